package recipe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
)

// Configuration settles how the jobs of a recipe run (contract 4). What it does
// not state is left to the configuration of the job types.
type Configuration struct {
	Mounts           map[string]Mount // by name of the mount in the manifests
	OutputWorkspaces OutputWorkspaces
	Priority         *int // 1 or more, a lower number runs sooner; nil: not stated
	Settings         map[string]string
	ImageTag         string // of the jobs' images, instead of their own; "": not stated
}

// Mount is a folder of the host (Type "host", HostPath) or a Docker volume (Type
// "volume", Driver and DriverOpts).
type Mount struct {
	Type       string
	HostPath   string // absolute
	Driver     string
	DriverOpts map[string]string
}

// HostMountType is the type of a mount that is a folder of the host.
const HostMountType = "host"

// OutputWorkspaces names the workspaces that output files go to.
type OutputWorkspaces struct {
	Default string            // for outputs that are not in Outputs; "": not stated
	Outputs map[string]string // workspace by name of the output
}

// DefaultPriority is the priority of jobs whose configurations state none.
const DefaultPriority = 100

var configurationDocument = jsonDocument{
	noun: "configuration", def: "configuration", code: InvalidConfiguration, version: InvalidVersion,
}

// oldJobVersion is the version "2.0" of job type configurations, which is the same as "6".
const oldJobVersion = "2.0"

// ParseJobConfiguration is ParseConfiguration for the configuration of a job type or a job,
// which may be one of version 2.0.
func ParseJobConfiguration(raw []byte) (Configuration, Problems) {
	doc := configurationDocument
	doc.oldVersion = oldJobVersion
	return parseConfiguration(raw, doc)
}

// ParseConfiguration reads the JSON form. Beyond its structure it checks that
// the priority is 1 or more and that host paths are absolute.
func ParseConfiguration(raw []byte) (Configuration, Problems) {
	return parseConfiguration(raw, configurationDocument)
}

func parseConfiguration(raw []byte, doc jsonDocument) (Configuration, Problems) {
	value, structural := doc.read(raw)
	var found findings
	if p, bad := doc.badVersion(value, nil); bad {
		found = append(found, finding{stage: 0, Problem: p})
	}
	found.include(1, structural)
	outputs, _ := member[map[string]any](value, "output_workspaces")
	c := Configuration{
		Mounts: map[string]Mount{},
		OutputWorkspaces: OutputWorkspaces{
			Default: memberOr(outputs, "default", ""),
			Outputs: texts(outputs["outputs"]),
		},
	}
	members, _ := value.(map[string]any)
	c.Settings = texts(members["settings"])
	if tag, ok := members["image_tag"].(string); ok {
		if err := CheckImageTag(tag); err != nil {
			found.add(1, Path{"image_tag"}, InvalidConfiguration, "image_tag: %s", err)
		}
		c.ImageTag = tag
	}
	if n, ok := members["priority"].(json.Number); ok {
		switch i, err := WholeNumber(n); {
		case err != nil:
			found.add(1, Path{"priority"}, InvalidConfiguration, "priority: %s", err)
		case i < 1:
			found.add(1, Path{"priority"}, InvalidConfiguration, "priority: found %d, expected 1 or more (1 runs soonest)", i)
		case i > math.MaxInt32:
			found.add(1, Path{"priority"}, InvalidConfiguration, "priority: found %d, expected at most %d", i, math.MaxInt32)
		default:
			c.Priority = new(int(i))
		}
	}
	mounts, _ := member[map[string]any](value, "mounts")
	for name, m := range mounts {
		mount := Mount{
			Type:     memberOr(m, "type", ""),
			HostPath: memberOr(m, "host_path", ""),
			Driver:   memberOr(m, "driver", ""),
		}
		if opts, ok := member[map[string]any](m, "driver_opts"); ok {
			mount.DriverOpts = texts(opts)
		}
		if hostPath, ok := member[string](m, "host_path"); ok && mount.Type == HostMountType && !path.IsAbs(hostPath) {
			found.add(2, Path{"mounts", name, "host_path"}, HostAbsolutePath,
				"mounts.%s.host_path: found '%s', expected an absolute path that begins with '/'", name, Shorten(hostPath))
		}
		c.Mounts[name] = mount
	}
	return c, found.problems()
}

func texts(value any) map[string]string {
	out := map[string]string{}
	members, _ := value.(map[string]any)
	for name, v := range members {
		if s, ok := v.(string); ok {
			out[name] = s
		}
	}
	return out
}

// The JSON forms.
type (
	configurationJSON struct {
		Mounts           map[string]mountJSON  `json:"mounts,omitempty"`
		OutputWorkspaces *outputWorkspacesJSON `json:"output_workspaces,omitempty"`
		Priority         *int                  `json:"priority,omitempty"`
		Settings         map[string]string     `json:"settings,omitempty"`
		ImageTag         string                `json:"image_tag,omitempty"`
	}
	mountJSON struct {
		Type       string            `json:"type"`
		HostPath   *string           `json:"host_path,omitempty"`
		Driver     string            `json:"driver,omitempty"`
		DriverOpts map[string]string `json:"driver_opts,omitempty"`
	}
	outputWorkspacesJSON struct {
		Default string            `json:"default,omitempty"`
		Outputs map[string]string `json:"outputs,omitempty"`
	}
)

// Filled is the JSON form of c with everything that it does not state as it is by
// default (contract 4), apart from the priority: what that is depends on what is configured.
func (c Configuration) Filled() ([]byte, error) {
	mounts := map[string]any{}
	for name, m := range c.Mounts {
		if m.Type == HostMountType {
			mounts[name] = map[string]any{"type": m.Type, "host_path": m.HostPath}
			continue
		}
		mounts[name] = map[string]any{"type": m.Type, "driver": m.Driver, "driver_opts": overlay(m.DriverOpts, nil)}
	}
	out := map[string]any{
		"mounts":            mounts,
		"output_workspaces": map[string]any{"default": c.OutputWorkspaces.Default, "outputs": overlay(c.OutputWorkspaces.Outputs, nil)},
		"settings":          overlay(c.Settings, nil),
	}
	if c.Priority != nil {
		out["priority"] = *c.Priority
	}
	if c.ImageTag != "" {
		out["image_tag"] = c.ImageTag
	}
	return json.Marshal(out)
}

// MarshalJSON writes what c states, and nothing else.
func (c Configuration) MarshalJSON() ([]byte, error) {
	out := configurationJSON{Mounts: map[string]mountJSON{}, Priority: c.Priority, Settings: c.Settings, ImageTag: c.ImageTag}
	for name, m := range c.Mounts {
		w := mountJSON{Type: m.Type, Driver: m.Driver, DriverOpts: m.DriverOpts}
		if m.Type == HostMountType {
			w = mountJSON{Type: m.Type, HostPath: &m.HostPath}
		}
		out.Mounts[name] = w
	}
	if w := c.OutputWorkspaces; w.Default != "" || len(w.Outputs) > 0 {
		out.OutputWorkspaces = &outputWorkspacesJSON{w.Default, w.Outputs}
	}
	return json.Marshal(out)
}

// UnmarshalJSON is ParseConfiguration; its error is an *InvalidError.
func (c *Configuration) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	parsed, problems := ParseConfiguration(raw)
	if err := problems.Err(); err != nil {
		return err
	}
	*c = parsed
	return nil
}

// Merge returns c with what over states put over it: mounts, settings and
// workspaces of outputs key by key. What over does not state stays, also the
// priority, which the original resets to 100.
func (c Configuration) Merge(over Configuration) Configuration {
	out := Configuration{
		Mounts: overlay(c.Mounts, over.Mounts),
		OutputWorkspaces: OutputWorkspaces{
			Default: c.OutputWorkspaces.Default,
			Outputs: overlay(c.OutputWorkspaces.Outputs, over.OutputWorkspaces.Outputs),
		},
		Priority: c.Priority,
		Settings: overlay(c.Settings, over.Settings),
		ImageTag: cmp.Or(over.ImageTag, c.ImageTag),
	}
	if over.OutputWorkspaces.Default != "" {
		out.OutputWorkspaces.Default = over.OutputWorkspaces.Default
	}
	if over.Priority != nil {
		out.Priority = over.Priority
	}
	return out
}

func overlay[V any](base, over map[string]V) map[string]V {
	out := make(map[string]V, len(base)+len(over))
	maps.Copy(out, base)
	maps.Copy(out, over)
	return out
}

// Configurable names what a job type offers to configure.
type Configurable struct {
	Mounts         []string
	Settings       []string
	SecretSettings []string
	FileOutputs    []string
}

// Check compares c with what a job type offers. An output file without a
// workspace is an error; names that one side lacks are warnings.
func (c Configuration) Check(k Configurable) Problems {
	var errs, warnings findings
	for _, output := range k.FileOutputs {
		if c.Workspace(output) == "" {
			errs.add(0, Path{"output_workspaces"}, MissingWorkspace,
				"output_workspaces: no workspace for the output '%s'; name one under outputs, or a default", output)
		}
	}
	compare := func(member Path, noun string, have, offered []string, unknown, missing Code) {
		for _, name := range have {
			if !slices.Contains(offered, name) {
				warnings.add(0, member.At(name), unknown, "%s: the job type has no %s '%s'%s",
					member.At(name), noun, name, DidYouMean(name, offered))
			}
		}
		for _, name := range offered {
			if missing != "" && !slices.Contains(have, name) {
				warnings.add(0, member, missing, "%s: the %s '%s' of the job type is not configured", member, noun, name)
			}
		}
	}
	compare(Path{"mounts"}, "mount", slices.Sorted(maps.Keys(c.Mounts)), k.Mounts, UnknownMount, MissingMount)
	compare(Path{"settings"}, "setting", slices.Sorted(maps.Keys(c.Settings)),
		slices.Concat(k.Settings, k.SecretSettings), UnknownSetting, MissingSetting)
	compare(Path{"output_workspaces", "outputs"}, "file output",
		slices.Sorted(maps.Keys(c.OutputWorkspaces.Outputs)), k.FileOutputs, UnknownOutput, "")
	for i := range warnings {
		warnings[i].Warning = true
	}
	return append(errs.problems(), warnings.problems()...)
}

// Workspace names the workspace for the files of an output; "" if c names none.
func (c Configuration) Workspace(output string) string {
	if w := c.OutputWorkspaces.Outputs[output]; w != "" {
		return w
	}
	return c.OutputWorkspaces.Default
}

// EffectivePriority is the priority that c states, or DefaultPriority.
func (c Configuration) EffectivePriority() int {
	if c.Priority == nil {
		return DefaultPriority
	}
	return *c.Priority
}

var imageTag = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// CheckImageTag accepts what may follow the colon in the name of an image.
func CheckImageTag(tag string) error {
	if !imageTag.MatchString(tag) {
		return fmt.Errorf("found %q, expected the tag of an image such as 1.4.0: letters, digits, '_', '.' and '-', at most 128", Shorten(tag))
	}
	return nil
}
