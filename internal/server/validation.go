package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// Validation: the last part of contract 0.2, and 1.1, 1.3, 1.6. The answer is 200 also
// for what is not valid.

func (s *Server) validateRecipeType(ctx context.Context, r *request) (*answer, error) {
	r.require("definition")
	name, definition := r.textOr("name", ""), r.object("definition")
	if r.err != nil {
		return nil, r.err
	}
	problems, diff, err := s.catalog.ValidateRecipeType(ctx, name, definition)
	if err != nil {
		return nil, err
	}
	out := struct {
		api.Validation
		Diff any `json:"diff"`
	}{validation(problems), map[string]any{}}
	if diff != nil {
		out.Diff = diff
	}
	return ok(out), nil
}

func (s *Server) validateJobType(ctx context.Context, r *request) (*answer, error) {
	r.require("manifest", "configuration")
	manifest, configuration := r.object("manifest"), r.object("configuration")
	if r.err != nil {
		return nil, r.err
	}
	problems, err := s.catalog.ValidateJobType(ctx, manifest, configuration, r.isEditor())
	if err != nil {
		return nil, err
	}
	return ok(validation(append(slices.Clone(problems), unusualResources(manifest)...))), nil
}

// usualResources are what every machine has, other than licenses and the like.
func usualResources() []string { return []string{"cpus", "mem", "disk", "sharedMem", "gpus"} }

// unusualResources warns of resources that only some machines may have.
func unusualResources(manifest json.RawMessage) recipe.Problems {
	m, problems := seed.Parse(manifest)
	if m == nil || problems.Err() != nil {
		return nil
	}
	var out recipe.Problems
	for i, resource := range m.Job.Resources.Scalar {
		if slices.Contains(usualResources(), resource.Name) {
			continue
		}
		at := recipe.Path{"job", "resources", "scalar", fmt.Sprint(i), "name"}
		out = append(out, recipe.Problem{Path: at, Code: recipe.NonstandardResource, Warning: true,
			Message: fmt.Sprintf("'%s' is not a standard resource; it is not looked after", resource.Name)})
	}
	return out
}

func (s *Server) validateWorkspace(ctx context.Context, r *request) (*answer, error) {
	r.require("title", "configuration")
	name, title, configuration := r.textOr("name", ""), r.textOr("title", ""), r.object("configuration")
	if r.err != nil {
		return nil, r.err
	}
	problems, err := s.catalog.ValidateWorkspace(ctx, name, title, configuration, r.isEditor())
	if err != nil {
		return nil, err
	}
	return ok(validation(problems)), nil
}
