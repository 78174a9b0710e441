package seed

import (
	"encoding/json"
	"slices"
	"strings"
)

// DefaultMediaType is the media type of an output file whose manifest names none.
const DefaultMediaType = "application/octet-stream"

// OutputDir is the environment variable with the folder for a job's outputs.
const OutputDir = "OUTPUT_DIR"

// Manifest is a Seed 1.0.0 job manifest. JSON tags are the format. [Parse]
// fills the defaults of contract 1.3, so a Manifest made by it states them all.
type Manifest struct {
	SeedVersion string `json:"seedVersion"` // always "1.0.0"
	Job         Job    `json:"job"`
}

// Job describes one unit of work.
type Job struct {
	Name           string     `json:"name"` // letters, digits, dashes
	JobVersion     string     `json:"jobVersion"`
	PackageVersion string     `json:"packageVersion"`
	Title          string     `json:"title"`
	Description    string     `json:"description"`
	Tags           []string   `json:"tags,omitempty"`
	Maintainer     Maintainer `json:"maintainer"`
	Timeout        int        `json:"timeout"` // seconds, at least 1
	Resources      Resources  `json:"resources"`
	Interface      Interface  `json:"interface"`
	Errors         []Error    `json:"errors,omitempty"`
}

// Maintainer is whom to ask about a job.
type Maintainer struct {
	Name         string `json:"name"`
	Organization string `json:"organization,omitempty"`
	Email        string `json:"email"`
	URL          string `json:"url,omitempty"`
	Phone        string `json:"phone,omitempty"`
}

// Resources are the amounts of each resource that a job needs.
type Resources struct {
	Scalar []Scalar `json:"scalar,omitempty"`
}

// Scalar is the need of one resource: value + inputMultiplier * MiB of input.
// Memory and disk are in MiB, cpus and gpus in pieces.
type Scalar struct {
	Name            string  `json:"name"`
	Value           float64 `json:"value"`
	InputMultiplier float64 `json:"inputMultiplier,omitempty"`
}

// Amount is what a job with that much input gets of the resource.
func (s Scalar) Amount(inputMiB float64) float64 { return s.Value + s.InputMultiplier*inputMiB }

// EnvName is the environment variable that tells the job its amount.
func (s Scalar) EnvName() string { return EnvName("ALLOCATED_" + s.Name) }

// Interface is how a job is called, and with what.
type Interface struct {
	Command  string    `json:"command,omitempty"` // a Bash command line
	Inputs   Inputs    `json:"inputs"`
	Outputs  Outputs   `json:"outputs"`
	Mounts   []Mount   `json:"mounts,omitempty"`
	Settings []Setting `json:"settings,omitempty"`
}

// Inputs are the files and values that a job takes.
type Inputs struct {
	Files []InputFile `json:"files,omitempty"`
	JSON  []InputJSON `json:"json,omitempty"`
}

// InputFile is an input that takes one file, or several if Multiple.
type InputFile struct {
	Name       string   `json:"name"`
	Required   bool     `json:"required"`   // default true
	MediaTypes []string `json:"mediaTypes"` // accepted types; empty: not stated
	Multiple   bool     `json:"multiple"`   // the job gets a folder
	Partial    bool     `json:"partial"`
}

// InputJSON is an input that takes a JSON value.
type InputJSON struct {
	Name     string `json:"name"`
	Type     string `json:"type"`     // array, boolean, integer, number, object, string
	Required bool   `json:"required"` // default true
}

// Outputs are the files and values that a job makes.
type Outputs struct {
	Files []OutputFile `json:"files,omitempty"`
	JSON  []OutputJSON `json:"json,omitempty"`
}

// OutputFile is a file in the output folder, or several if Multiple.
type OutputFile struct {
	Name      string `json:"name"`
	Pattern   string `json:"pattern"`   // glob, relative to the output folder
	MediaType string `json:"mediaType"` // default DefaultMediaType
	Multiple  bool   `json:"multiple"`
	Required  bool   `json:"required"` // default true
}

// OutputJSON is a member of the job's seed.outputs.json.
type OutputJSON struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Key      string `json:"key,omitempty"`
	Required bool   `json:"required"` // default true
}

// Member is the name of the output's member in seed.outputs.json: its key, or
// without one its name.
func (o OutputJSON) Member() string {
	if o.Key != "" {
		return o.Key
	}
	return o.Name
}

// Mount is a shared folder that a job needs.
type Mount struct {
	Name string `json:"name"`
	Path string `json:"path"` // absolute, where the job looks for it
	Mode string `json:"mode"` // "ro" (default) or "rw"
}

// WithReadOnlyMount is a copy of m in which a mount is read-only.
func (m *Manifest) WithReadOnlyMount(name string) *Manifest {
	out := *m
	out.Job.Interface.Mounts = slices.Clone(m.Job.Interface.Mounts)
	for i := range out.Job.Interface.Mounts {
		if mount := &out.Job.Interface.Mounts[i]; mount.Name == name {
			mount.Mode = "ro"
		}
	}
	return &out
}

// Setting is a value that an operator configures; the job finds it in its environment.
type Setting struct {
	Name   string `json:"name"`
	Secret bool   `json:"secret"`
}

// Error gives one exit code of a job a meaning.
type Error struct {
	Code        int    `json:"code"`
	Name        string `json:"name"`
	Title       string `json:"title"` // default: the name
	Description string `json:"description,omitempty"`
	Category    string `json:"category"` // "job" (default) or "data"
}

// UnmarshalJSON fills the defaults of what data does not state.
func (f *InputFile) UnmarshalJSON(data []byte) error {
	type plain InputFile
	p := plain{Required: true}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	if p.MediaTypes == nil {
		p.MediaTypes = []string{}
	}
	*f = InputFile(p)
	return nil
}

// UnmarshalJSON fills the defaults of what data does not state.
func (j *InputJSON) UnmarshalJSON(data []byte) error {
	type plain InputJSON
	p := plain{Required: true}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	*j = InputJSON(p)
	return nil
}

// UnmarshalJSON fills the defaults of what data does not state.
func (f *OutputFile) UnmarshalJSON(data []byte) error {
	type plain OutputFile
	p := plain{Required: true}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	if p.MediaType == "" {
		p.MediaType = DefaultMediaType
	}
	*f = OutputFile(p)
	return nil
}

// UnmarshalJSON fills the defaults of what data does not state.
func (j *OutputJSON) UnmarshalJSON(data []byte) error {
	type plain OutputJSON
	p := plain{Required: true}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	*j = OutputJSON(p)
	return nil
}

// UnmarshalJSON fills the defaults of what data does not state.
func (m *Mount) UnmarshalJSON(data []byte) error {
	type plain Mount
	p := plain{Mode: "ro"}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	*m = Mount(p)
	return nil
}

// UnmarshalJSON fills the defaults of what data does not state.
func (e *Error) UnmarshalJSON(data []byte) error {
	type plain Error
	p := plain{Category: "job"}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	if p.Title == "" {
		p.Title = p.Name
	}
	*e = Error(p)
	return nil
}

// ErrorFor returns what the manifest says of an exit code, and false if it says
// nothing. Of several errors with one code the last counts, as in the original
// service.
func (m *Manifest) ErrorFor(exitCode int) (Error, bool) {
	for i := len(m.Job.Errors) - 1; i >= 0; i-- {
		if e := m.Job.Errors[i]; e.Code == exitCode {
			return e, true
		}
	}
	return Error{}, false
}

// EnvName turns the name of an input, a setting or a resource into the
// environment variable that a job finds it in: upper case, with '_' for every
// character that is not a letter, a digit or '_'.
func EnvName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}
