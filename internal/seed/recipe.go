package seed

import (
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Interface returns what a recipe sees of the job (contract 1.3): its inputs and
// its outputs, an output's media type as a list of one, and its errors.
func (m *Manifest) Interface() recipe.JobInterface {
	in, out := m.Job.Interface.Inputs, m.Job.Interface.Outputs
	ji := recipe.JobInterface{
		Input:  recipe.Interface{Files: map[string]recipe.FileParam{}, JSON: map[string]recipe.JSONParam{}},
		Output: recipe.Interface{Files: map[string]recipe.FileParam{}, JSON: map[string]recipe.JSONParam{}},
	}
	for _, f := range in.Files {
		ji.Input.Files[f.Name] = recipe.FileParam{
			MediaTypes: slices.Clone(f.MediaTypes), Required: f.Required, Multiple: f.Multiple,
		}
	}
	for _, j := range in.JSON {
		ji.Input.JSON[j.Name] = recipe.JSONParam{Type: recipe.JSONType(j.Type), Required: j.Required}
	}
	for _, f := range out.Files {
		ji.Output.Files[f.Name] = recipe.FileParam{
			MediaTypes: []string{f.MediaType}, Required: f.Required, Multiple: f.Multiple,
		}
	}
	for _, j := range out.JSON {
		ji.Output.JSON[j.Name] = recipe.JSONParam{Type: recipe.JSONType(j.Type), Required: j.Required}
	}
	for _, e := range m.Job.Errors {
		ji.Errors = append(ji.Errors, e.Name)
	}
	return ji
}

// Configurable returns the names that a configuration of the job may or must
// mention (contract 4), in the manifest's order. Settings are the open ones,
// SecretSettings the secret ones: no name is in both.
func (m *Manifest) Configurable() recipe.Configurable {
	var c recipe.Configurable
	for _, mount := range m.Job.Interface.Mounts {
		c.Mounts = append(c.Mounts, mount.Name)
	}
	for _, s := range m.Job.Interface.Settings {
		if s.Secret {
			c.SecretSettings = append(c.SecretSettings, s.Name)
		} else {
			c.Settings = append(c.Settings, s.Name)
		}
	}
	for _, f := range m.Job.Interface.Outputs.Files {
		c.FileOutputs = append(c.FileOutputs, f.Name)
	}
	return c
}
