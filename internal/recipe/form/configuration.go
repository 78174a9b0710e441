package form

import (
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// JobTypeConfigurationShape describes the configuration of a job type in its object form,
// without its settings.
func JobTypeConfigurationShape() document.Shape {
	s := configurationShape(document.Member{
		Name: "priority", Shape: document.Simple(document.Integer), Default: whole(recipe.DefaultPriority),
		Doc: "Priority of the jobs, 1 or more: a lower number runs sooner.",
	})
	s.Hints = map[string]string{"settings": settingsHint}
	return s
}

// RunConfigurationShape is JobTypeConfigurationShape for a recipe, which leaves to the job
// types what it does not state.
func RunConfigurationShape() document.Shape {
	s := configurationShape(document.Member{
		Name: "priority", Shape: document.Simple(document.Integer),
		Doc: "Priority of the jobs, 1 or more: a lower number runs sooner. Default: that of each job type.",
	})
	s.Hints = map[string]string{"settings": settingsHint}
	return s
}

// VariationConfigurationShape is RunConfigurationShape with settings.
func VariationConfigurationShape() document.Shape {
	s := RunConfigurationShape().With(document.Member{
		Name: "settings", Shape: document.MapOf(document.Simple(document.Text)), Default: map[string]any{},
		Doc: "Values of the manifests' settings, by name. Everybody who may see the kitchen can read them.",
	})
	s.Hints = nil
	return s
}

const settingsHint = "settings are an attribute of their own, beside configuration"

func configurationShape(priority document.Member) document.Shape {
	text := document.Simple(document.Text)
	mount := document.ObjectOf(
		document.Member{Name: "type", Shape: text, Required: true, Doc: "`host` (a folder) or `volume`."},
		document.Member{Name: "host_path", Shape: text, Doc: "Absolute path of the folder; `host` only."},
		document.Member{Name: "driver", Shape: text, Default: "", Doc: "Driver of the volume; `volume` only."},
		document.Member{Name: "driver_opts", Shape: document.MapOf(text), Default: map[string]any{}, Doc: "Options of the driver; `volume` only."},
	)
	return document.ObjectOf(
		document.Member{Name: "mounts", Shape: document.MapOf(mount), Default: map[string]any{},
			Doc: "What is mounted at the manifests' mounts, by their names."},
		document.Member{Name: "output_workspaces", Default: map[string]any{},
			Doc: "Names of the workspaces that output files go to.",
			Shape: document.ObjectOf(
				document.Member{Name: "default", Shape: text, Default: "", Doc: "Workspace of the outputs that are not in `outputs`."},
				document.Member{Name: "outputs", Shape: document.MapOf(text), Default: map[string]any{}, Doc: "Workspace by name of the output."},
			)},
		priority,
	)
}

// ReadConfiguration reads the object form s of a configuration; nil is an empty one. It is
// complete if nothing is unknown or wrong. Of what is unknown nothing is stated; a mount
// that is partly unknown is left out as a whole, since half a mount would look wrong.
func ReadConfiguration(s document.Shape, v any) (c recipe.Configuration, problems recipe.Problems, complete bool) {
	if v == nil {
		v = map[string]any{}
	}
	read, wrong := s.Read(v)
	problems = fromDocument(wrong, recipe.InvalidConfiguration)
	complete = document.Known(read) && len(wrong) == 0
	members, _ := read.(map[string]any)
	if mounts, ok := members["mounts"].(map[string]any); ok {
		for name, m := range mounts {
			if !document.Known(m) {
				delete(mounts, name)
			}
		}
	}
	stated := document.WithoutUnknown(s.Minimal(members))
	if priority, given := members["priority"]; given && !document.IsUnknown(priority) {
		stated.(map[string]any)["priority"] = priority // also one that is as by default
	}
	raw, err := json.Marshal(stated)
	if err != nil { // its values come out of JSON
		return c, append(problems, recipe.Problem{Code: recipe.InvalidConfiguration, Message: err.Error()}), false
	}
	c, found := recipe.ParseConfiguration(raw)
	return c, append(problems, found...), complete
}

// OfConfiguration is the object form s of c, without what is as by default and what s has no member
// for.
func OfConfiguration(c recipe.Configuration, s document.Shape) map[string]any {
	if _, has := s.Member("settings"); !has {
		c.Settings = nil
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return map[string]any{} // texts and numbers always encode
	}
	value, _ := recipe.Decode(raw)
	read, _ := s.Read(value)
	minimal, _ := s.Minimal(read).(map[string]any)
	return minimal
}
