package executor

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

const (
	resourceGPUs = "gpus" // whole ones
	cpuPeriod    = 100_000
)

// create makes the volumes and the container of a job, and returns its id.
func (c *Container) create(ctx context.Context, t Task, l *layout, words []string) (string, error) {
	mounts, err := c.mounts(ctx, t, l)
	if err != nil {
		return "", err
	}
	if err := c.handOver(t, l); err != nil {
		return "", err
	}
	config := &container.Config{
		Image: t.image.id, Cmd: words, User: c.userOf(t.JobID), Labels: c.labels(t),
		Healthcheck: &container.HealthConfig{Test: []string{"NONE"}},
	}
	for name, value := range l.env {
		config.Env = append(config.Env, name+"="+value)
	}
	slices.Sort(config.Env)
	host := c.hostConfig(t, l)
	host.Mounts = mounts
	created, err := c.engine.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: config, HostConfig: host, Name: c.nameOf(t),
	})
	if err != nil {
		return "", fmt.Errorf("making container: %w", err)
	}
	return created.ID, nil
}

// logFactor is how much larger the engine's file of both streams may be than what is kept of one, as JSON escapes it.
const logFactor = 16

// hostConfig locks a job in and limits it.
func (c *Container) hostConfig(t Task, l *layout) *container.HostConfig {
	limits := c.cfg.Limits.limitsOf(l.allocated)
	network, ok := networkOf(c.networks, t.Manifest.Job.Name)
	switch {
	case !ok:
		network = "none"
	case network == "":
		network = "default"
	}
	host := &container.HostConfig{
		NetworkMode: container.NetworkMode(network), ReadonlyRootfs: true, CapDrop: []string{"ALL"}, IpcMode: "private",
		SecurityOpt: append([]string{"no-new-privileges"}, c.args.security...), ShmSize: limits.Shared,
		LogConfig: container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": strconv.FormatInt(logFactor*c.cfg.MaxLog, 10)}}, Runtime: c.args.runtime,
		Resources: container.Resources{
			Memory: limits.Memory, MemorySwap: limits.Memory, PidsLimit: &limits.Processes,
			Ulimits: slices.Concat([]*container.Ulimit{
				{Name: "core", Soft: 0, Hard: 0}, {Name: "fsize", Soft: limits.Disk, Hard: limits.Disk},
			}, c.args.ulimits),
		},
	}
	if c.engine.service != nil {
		host.Runtime = "" // the service has it
	}
	if limits.CPUs > 0 { // a share of the time, which may be more than this machine has
		host.CPUPeriod, host.CPUQuota = cpuPeriod, max(int64(limits.CPUs*cpuPeriod), cpuPeriod/100)
	}
	if n := int(l.allocated[resourceGPUs]); n > 0 {
		host.DeviceRequests = []container.DeviceRequest{{Count: n, Capabilities: [][]string{{"gpu"}}}}
	}
	if c.engine.isPodman && c.engine.rootless {
		host.UsernsMode = "keep-id"
	}
	return host
}

// mounts are the folders of the execution and what the manifest mounts. Volumes are made.
func (c *Container) mounts(ctx context.Context, t Task, l *layout) ([]mount.Mount, error) {
	mounts := []mount.Mount{
		{Type: mount.TypeBind, Source: l.inputs(), Target: jobInputs, ReadOnly: true},
		{Type: mount.TypeBind, Source: l.outputs(), Target: jobOutputs},
	}
	if !slices.ContainsFunc(l.binds, func(b bind) bool { return b.target == jobTmp }) {
		mounts = append(mounts, mount.Mount{Type: mount.TypeBind, Source: l.tmp(), Target: jobTmp})
	}
	for _, b := range l.binds {
		m := mount.Mount{Type: mount.TypeBind, Source: b.source, Target: b.target, ReadOnly: !b.writable}
		if b.source == "" {
			volume := t.Volumes[b.mount]
			m.Type, m.Source = mount.TypeVolume, c.nameOf(t)+"-"+b.mount
			_, err := c.engine.VolumeCreate(ctx, client.VolumeCreateOptions{
				Name: m.Source, Driver: cmp.Or(volume.Driver, "local"), DriverOpts: volume.Options, Labels: c.labels(t),
			})
			if err != nil {
				return nil, fmt.Errorf("making the volume of mount %s: %w", b.mount, err)
			}
		}
		mounts = append(mounts, m)
	}
	return append(mounts, c.imageVolumes(t, l, mounts)...), nil
}

// imageVolumes are the folders that an image declares to be volumes, unless something is mounted
// there. An engine would give each a volume of the host's without limit, the one thing of the
// image that a job could write: it is memory of the job instead.
func (c *Container) imageVolumes(t Task, l *layout, mounted []mount.Mount) []mount.Mount {
	limits := c.cfg.Limits.limitsOf(l.allocated)
	var volumes []mount.Mount
	for _, at := range t.image.volumes {
		at = path.Clean("/" + at)
		if slices.ContainsFunc(mounted, func(m mount.Mount) bool { return path.Clean(m.Target) == at }) {
			continue
		}
		volumes = append(volumes, mount.Mount{
			Type: mount.TypeTmpfs, Target: at, TmpfsOptions: &mount.TmpfsOptions{SizeBytes: min(limits.Disk, limits.Memory), Mode: 0o1777},
		})
	}
	return volumes
}

// nameOf is the name of an execution's container.
func (c *Container) nameOf(t Task) string {
	return fmt.Sprintf("galley-%d-%d-%s", t.JobID, t.ExeNum, strings.ToLower(rand.Text()[:8]))
}

func (c *Container) labels(t Task) map[string]string {
	return map[string]string{
		labelServer: c.cfg.Work, labelJob: strconv.FormatInt(t.JobID, 10), labelExecution: strconv.Itoa(t.ExeNum), labelFolder: t.Dir,
	}
}

// userOf is the user of a job: one of its own if the server is root, else the server's. In
// Docker without root, only root of the container is that one.
func (c *Container) userOf(job int64) string {
	uid, gid := os.Geteuid(), os.Getegid()
	if own := c.users.uid(job); own != 0 {
		uid, gid = own, own
	}
	if c.engine.rootless && !c.engine.isPodman {
		uid, gid = 0, 0
	}
	return fmt.Sprintf("%d:%d", uid, gid)
}

// handOver gives a job the folders that it writes, and lets it read its inputs, whatever
// the umask of the server is.
func (c *Container) handOver(t Task, l *layout) error {
	inputs, err := os.ReadDir(l.inputs())
	if err != nil {
		return fmt.Errorf("giving the job its inputs: %w", err)
	}
	folders := []string{l.inputs()}
	for _, entry := range inputs {
		folders = append(folders, filepath.Join(l.inputs(), entry.Name()))
	}
	for _, folder := range folders {
		if err := os.Chmod(folder, 0o755); err != nil {
			return fmt.Errorf("giving the job its inputs: %w", err)
		}
	}
	uid := c.users.uid(t.JobID)
	if uid == 0 {
		return nil
	}
	for _, dir := range []string{l.outputs(), l.tmp()} {
		if err := os.Chown(dir, uid, uid); err != nil {
			return fmt.Errorf("giving the job its folders: %w", err)
		}
	}
	return nil
}

// place returns what puts an input file into the folder of its input: a link to it if the job
// can read that, and else a copy, which file systems that can do so make without copying.
func (c *Container) place(t Task) placer {
	own := c.users.uid(t.JobID) != 0
	return func(l *layout, from *os.File, f boundFile) error {
		info, err := from.Stat()
		if err != nil {
			return err
		}
		if !own || info.Mode().Perm()&0o004 != 0 {
			// The open file is linked, not what may by now be at its path.
			if linkOpen(from, f.Target) == nil {
				return nil
			}
		}
		if err := copyFile(l, from, f); err != nil {
			return err
		}
		return os.Chmod(f.Target, 0o444)
	}
}

// cleanUp removes what an execution had of the engine. Where that fails, the next
// look for what was left behind does it.
func (c *Container) cleanUp(ctx context.Context, t Task) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err := c.removeOf(ctx, t.JobID, t.ExeNum); err != nil {
		c.cfg.Logger.Warn("removing the container of an execution; it will be tried again", "job", t.JobID, "exe_num", t.ExeNum, "error", err)
	}
}

var errBusy = errors.New("another server has it")
