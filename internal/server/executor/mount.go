package executor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// A bind is a folder of the machine, or a volume, at a path of a container.
type bind struct {
	mount    string // its name in the manifest
	source   string // a path of this machine; "": a volume
	target   string
	writable bool
}

// mounts gives each mount a variable named like it with its path: in a container that of
// the manifest, else the one on this machine, since nothing can appear elsewhere.
// An input or a setting of the same name takes the variable from it.
func (l *layout) mounts(t Task) (*JobError, error) {
	taken := variables(t.Manifest)
	for _, m := range t.Manifest.Job.Interface.Mounts {
		host := t.Mounts[m.Name]
		if volume, ok := t.Volumes[m.Name]; ok {
			if problem := l.volume(m, volume); problem != nil {
				return problem, nil
			}
			if name := seed.EnvName(m.Name); !taken[name] && l.container {
				l.env[name] = m.Path
			}
			continue
		}
		if host == "" {
			return jobError(ErrMissingMount, System,
				"The mount %q has no path on this machine; set it in the mounts of the job's configuration", m.Name), nil
		}
		_, err := os.Stat(host)
		if l.simulated {
			err = nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			return jobError(ErrMissingMount, System, "The mount %q is configured as %s, which does not exist", m.Name, host), nil
		}
		if err != nil {
			return nil, fmt.Errorf("looking at mount %q: %w", m.Name, err)
		}
		if m.Mode == "rw" {
			l.writable = append(l.writable, host)
		} else {
			l.readable = append(l.readable, host)
		}
		seen := host
		if l.container {
			seen = m.Path
			l.binds = append(l.binds, bind{mount: m.Name, source: host, target: m.Path, writable: m.Mode == "rw"})
		}
		if name := seed.EnvName(m.Name); !taken[name] {
			l.env[name] = seen
		}
	}
	return nil, nil
}

// volume makes a mount one of a volume.
func (l *layout) volume(m seed.Mount, v Volume) *JobError {
	switch {
	case l.simulated:
		return nil
	case !l.container:
		return jobError(ErrInvalidConfiguration, System,
			"Mount %s is a volume, which only a container can have; give the job type an image, or the mount a folder of the host", m.Name)
	}
	if err := v.check(l.drivers); err != nil {
		return jobError(ErrInvalidConfiguration, System, "Mount %s: %s", m.Name, err)
	}
	l.binds = append(l.binds, bind{mount: m.Name, target: m.Path, writable: m.Mode == "rw"})
	return nil
}

// check refuses drivers that the server does not name, and options by which the engine's own
// driver would mount any folder or disk of the machine, or read a file of it: those are for the server's list of mounts.
func (v Volume) check(drivers []string) error {
	if v.Driver != "" && v.Driver != "local" {
		if !slices.Contains(drivers, v.Driver) {
			return fmt.Errorf("the driver %q is none that galleyd allows (--volume-driver)", v.Driver)
		}
		return nil
	}
	if len(v.Options) == 0 {
		return nil
	}
	known := []string{"addr", "vers", "nfsvers", "ro", "rw", "soft", "hard", "timeo", "proto", "port", "username", "password", "domain", "uid", "gid", "size", "mode"}
	for option := range strings.SplitSeq(v.Options["o"], ",") {
		if name, _, _ := strings.Cut(option, "="); name != "" && !slices.Contains(known, name) {
			return fmt.Errorf("the option %q of a volume is not allowed; folders of the host are mounts of the type host; expected some of %s", name, strings.Join(known, ", "))
		}
	}
	kind := v.Options["type"]
	if !slices.Contains([]string{"nfs", "nfs4", "cifs", "tmpfs"}, kind) {
		return fmt.Errorf("the driver local mounts nfs, nfs4, cifs and tmpfs (found the type %q); folders of the host are mounts of the type host", kind)
	}
	return nil
}
