package plan

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// JobTypes lists the job types that exist, active or not.
func (o *Online) JobTypes(ctx context.Context) ([]api.JobType, error) {
	return ask(ctx, o, "job types", func(ctx context.Context) ([]api.JobType, error) {
		return o.Client.JobTypes(ctx, client.JobTypeQuery{})
	})
}

// JobTypeRefs lists the latest revisions of the job types that exist.
func (o *Online) JobTypeRefs(ctx context.Context) ([]recipe.JobRef, error) {
	list, err := o.JobTypes(ctx)
	refs := make([]recipe.JobRef, 0, len(list))
	for _, j := range list {
		refs = append(refs, recipe.JobRef{Name: j.Name, Version: j.Version, Revision: j.RevisionNum})
	}
	return refs, err
}

// RecipeTypes lists the recipe types that exist, active or not.
func (o *Online) RecipeTypes(ctx context.Context) ([]api.RecipeTypeListed, error) {
	return ask(ctx, o, "recipe types", func(ctx context.Context) ([]api.RecipeTypeListed, error) {
		return o.Client.RecipeTypes(ctx, client.RecipeTypeQuery{})
	})
}

// recipeTypeRefs is JobTypeRefs for recipe types.
func (o *Online) recipeTypeRefs(ctx context.Context) ([]recipe.RecipeRef, error) {
	list, err := o.RecipeTypes(ctx)
	refs := make([]recipe.RecipeRef, 0, len(list))
	for _, t := range list {
		refs = append(refs, recipe.RecipeRef{Name: t.Name, Revision: t.RevisionNum})
	}
	return refs, err
}

// workspaces are all that exist, by name: active or not.
func (o *Online) workspaces(ctx context.Context) (map[string]bool, error) {
	return ask(ctx, o, "workspaces", func(ctx context.Context) (map[string]bool, error) {
		list, err := o.Client.Workspaces(ctx, client.WorkspaceQuery{})
		active := make(map[string]bool, len(list))
		for _, w := range list {
			active[w.Name] = w.IsActive
		}
		return active, err
	})
}

// IsFreeWorkspace tells whether the server says that no workspace has that name.
func (o *Online) IsFreeWorkspace(ctx context.Context, name string) bool {
	all, err := o.workspaces(ctx)
	_, exists := all[name]
	return err == nil && !exists && name != ""
}

// manifest returns the manifest of a revision, of the latest one for LatestRevision.
// It is nil, though it exists, if this version of the provider cannot read it.
func (o *Online) manifest(ctx context.Context, ref recipe.JobRef) (m *seed.Manifest, exists bool, err error) {
	return AskFor(ctx, o, "job type "+ref.String(), func(ctx context.Context) (*seed.Manifest, error) {
		var raw []byte
		var err error
		if ref.Revision == recipe.LatestRevision {
			var j api.JobTypeDetail
			j, err = o.Client.JobType(ctx, ref.Name, ref.Version)
			raw = j.Manifest
		} else {
			var j api.JobTypeRevisionDetail
			j, err = o.Client.JobTypeRevision(ctx, ref.Name, ref.Version, ref.Revision)
			raw = j.Manifest
		}
		m, _ := seed.Parse(raw)
		return m, err
	})
}

// definition is manifest for recipe types.
func (o *Online) definition(ctx context.Context, ref recipe.RecipeRef) (d *recipe.Definition, exists bool, err error) {
	if ref.Revision == recipe.LatestRevision {
		t, exists, err := o.recipeType(ctx, ref.Name)
		d, _ := recipe.Parse(t.Definition)
		return d, exists, err
	}
	return AskFor(ctx, o, "recipe type "+ref.String(), func(ctx context.Context) (*recipe.Definition, error) {
		t, err := o.Client.RecipeTypeRevision(ctx, ref.Name, ref.Revision)
		d, _ := recipe.Parse(t.Definition)
		return d, err
	})
}

// RecipeType returns a recipe type with its latest definition.
func (o *Online) recipeType(ctx context.Context, name string) (t api.RecipeTypeDetail, exists bool, err error) {
	return AskFor(ctx, o, "latest of recipe type "+name, func(ctx context.Context) (api.RecipeTypeDetail, error) {
		return o.Client.RecipeType(ctx, name)
	})
}

// catalog adds to c, which has what the plan makes, what d names beyond that: nil for
// what does not exist. If there is such a thing, what does exist is added, too, for the
// messages. The error is errUnavailable.
func (o *Online) catalog(ctx context.Context, d *recipe.Definition, l *Ledger, c recipe.Catalog) error {
	jobs, err := o.catalogJobs(ctx, d, l, c)
	if err != nil {
		return err
	}
	recipes, err := o.catalogRecipes(ctx, d, l, c)
	if err != nil {
		return err
	}
	if jobs {
		exist, err := o.JobTypeRefs(ctx)
		if err != nil {
			return err
		}
		for _, ref := range exist {
			if i, named := c.Jobs[ref]; named && i == nil {
				return o.denies(ref)
			}
		}
		for _, ref := range append(l.JobTypeRefs(), exist...) {
			if _, known := c.Jobs[ref]; !known {
				c.Jobs[ref] = &recipe.JobInterface{}
			}
		}
	}
	if recipes {
		exist, err := o.recipeTypeRefs(ctx)
		if err != nil {
			return err
		}
		for _, ref := range exist {
			if i, named := c.Recipes[ref]; named && i == nil {
				return o.denies(ref)
			}
		}
		for _, ref := range exist {
			if _, known := c.Recipes[ref]; !known {
				c.Recipes[ref] = &recipe.Interface{}
			}
		}
	}
	return nil
}

// denies is about a revision that the server lists and then does not know: it has no
// such service.
func (o *Online) denies(ref fmt.Stringer) error {
	o.fail(fmt.Errorf("the backend lists %s, but does not give it out", ref))
	return errUnavailable
}

func (o *Online) catalogJobs(ctx context.Context, d *recipe.Definition, l *Ledger, c recipe.Catalog) (missing bool, err error) {
	for _, ref := range d.JobRefs() {
		if _, known := c.Jobs[ref]; known || ref.Name == form.Placeholder || ref.Version == form.Placeholder ||
			l.MadeElsewhere(KindJobType, ref.Name+"/"+ref.Version) {
			continue
		}
		m, exists, err := o.manifest(ctx, ref)
		switch {
		case err != nil:
			return false, err
		case m != nil:
			i := m.Interface()
			c.Jobs[ref] = &i
		case !exists:
			missing, c.Jobs[ref] = true, nil
		}
	}
	return missing, nil
}

func (o *Online) catalogRecipes(
	ctx context.Context, d *recipe.Definition, l *Ledger, c recipe.Catalog,
) (missing bool, err error) {
	for _, ref := range d.RecipeRefs() {
		if _, known := c.Recipes[ref]; known || ref.Name == form.Placeholder || l.plansRecipe(ref) || l.MadeElsewhere(KindRecipeType, ref.Name) {
			continue
		}
		sub, exists, err := o.definition(ctx, ref)
		switch {
		case err != nil:
			return false, err
		case sub != nil:
			c.Recipes[ref] = &sub.Input
		case !exists:
			missing, c.Recipes[ref] = true, nil
		}
	}
	return missing, nil
}

// validate asks for everything that is wrong or doubtful with a definition that the
// type of that name is to get. The error is errUnavailable.
func (o *Online) validate(ctx context.Context, name string, d *recipe.Definition) (recipe.Problems, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("writing definition: %w", err)
	}
	key := fmt.Sprintf("definition of %s: %x", name, sha256.Sum256(raw))
	v, err := ask(ctx, o, key, func(ctx context.Context) (api.RecipeTypeValidation, error) {
		return o.Client.ValidateRecipeType(ctx, api.RecipeTypeValidate{Name: name, Definition: raw})
	})
	var out recipe.Problems
	for _, f := range v.Errors {
		out = append(out, recipe.Problem{Path: placeOfFinding(f.Path, d), Code: recipe.Code(f.Name), Message: f.Description})
	}
	for _, f := range v.Warnings {
		if f.Name != "REPROCESS_WARNING" { // warnOfChanges says that, with the reasons
			out = append(out, recipe.Problem{
				Path: placeOfFinding(f.Path, d), Code: recipe.Code(f.Name), Message: f.Description, Warning: true,
			})
		}
	}
	return out, err
}

// placeOfFinding is the inverse of recipe.Path.String. Names of nodes may have dots.
func placeOfFinding(at string, d *recipe.Definition) recipe.Path {
	if at == "" {
		return nil
	}
	rest, inNodes := strings.CutPrefix(at, "nodes.")
	node := ""
	for name := range d.Nodes {
		if inNodes && len(name) > len(node) && (rest == name || strings.HasPrefix(rest, name+".")) {
			node = name
		}
	}
	switch {
	case node == "":
		return strings.Split(at, ".")
	case rest == node:
		return recipe.Path{"nodes", node}
	}
	return recipe.Path{"nodes", node}.At(strings.Split(rest[len(node)+1:], ".")...)
}

// current adds to known, the planned definitions by name, those of all types below d
// that the plan does not have.
func (o *Online) current(ctx context.Context, d *recipe.Definition, known map[string]*recipe.Definition) error {
	for _, ref := range d.RecipeRefs() {
		if _, seen := known[ref.Name]; seen || ref.Name == form.Placeholder {
			continue
		}
		below, _, err := o.definition(ctx, recipe.RecipeRef{Name: ref.Name})
		if err != nil {
			return err
		}
		known[ref.Name] = below
		if below == nil {
			continue
		}
		if err := o.current(ctx, below, known); err != nil {
			return err
		}
	}
	return nil
}
