package page

import (
	"archive/zip"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/code"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// requirement is the file of an export that is of no object.
const requirement = `# Written by galleyd. "terraform init" and "terraform apply" take over what is here and change nothing.
# Once that is done, the import blocks can go.
terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}
`

// An export collects objects with all that they need, each once.
type export struct {
	*visit
	has  map[code.Key]bool
	list []code.Resource
}

// download answers with what collect has found, as a folder of configuration.
func (p *Page) download(name func(*visit) string, collect func(context.Context, *export) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := p.enter(w, r)
		if !ok {
			return
		}
		e := &export{visit: v, has: map[code.Key]bool{}}
		files, err := map[string]string(nil), collect(r.Context(), e)
		if err == nil {
			files, err = code.Folder(e.list)
		}
		if err != nil {
			p.write(w, v, func(context.Context, *visit) (*sheet, error) { return nil, err })
			return
		}
		files["terraform.tf"] = requirement
		folder := "galley"
		if name != nil {
			folder = code.Identifier(name(v))
		}
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", folder+".zip"))
		w.Header().Set("Cache-Control", "no-store")
		if r.Method == http.MethodHead {
			return
		}
		archive := zip.NewWriter(w)
		for _, file := range slices.Sorted(maps.Keys(files)) {
			part, err := archive.CreateHeader(&zip.FileHeader{Name: folder + "/" + file, Method: zip.Deflate, Modified: v.now.UTC()})
			if err == nil {
				_, err = part.Write([]byte(files[file]))
			}
			if err != nil {
				return // nobody is listening: what has come is no whole archive
			}
		}
		_ = archive.Close()
	}
}

// isNew notes an object; false: it is there already.
func (e *export) isNew(kind, id string) bool {
	key := code.Key{Type: kind, ID: id}
	if e.has[key] {
		return false
	}
	e.has[key] = true
	return true
}

func (e *export) add(r code.Resource) { e.list = append(e.list, r) }

// jobType adds a job type with the workspaces that it writes to.
func (e *export) jobType(ctx context.Context, name, version string) error {
	if !e.isNew("galley_job_type", name+"/"+version) {
		return nil
	}
	var t api.JobTypeDetail
	if err := e.call.get(ctx, "/v6/job-types"+pathOf(name, version)+"/", nil, &t); err != nil {
		return err
	}
	r := codeOfJobType(t)
	e.add(r)
	for _, need := range r.Needs {
		if err := e.workspace(ctx, need.ID); err != nil {
			return err
		}
	}
	return nil
}

func (e *export) workspace(ctx context.Context, name string) error {
	if !e.isNew("galley_workspace", name) {
		return nil
	}
	list, err := every[api.Workspace](ctx, e.call, "/v6/workspaces/", url.Values{"name": {name}})
	if err != nil {
		return err
	}
	for _, w := range list {
		var detail api.WorkspaceDetail
		if err := e.call.get(ctx, fmt.Sprintf("/v6/workspaces/%d/", w.ID), nil, &detail); err != nil {
			return err
		}
		if w.Name == name {
			e.add(codeOfWorkspace(detail))
		}
	}
	return nil
}

// recipeType adds a recipe type with the types of its nodes.
func (e *export) recipeType(ctx context.Context, name string) error {
	if !e.isNew("galley_recipe_type", name) {
		return nil
	}
	var t api.RecipeTypeDetail
	if err := e.call.get(ctx, "/v6/recipe-types"+pathOf(name)+"/", nil, &t); err != nil {
		return err
	}
	definition, err := definitionOf(store.JSON(t.Definition), nil)
	if err != nil {
		return err
	}
	r := codeOfRecipeType(t, definition)
	e.add(r)
	for _, need := range r.Needs {
		if need.Type == r.Type {
			err = e.recipeType(ctx, need.ID)
		} else {
			name, version, _ := strings.Cut(need.ID, "/")
			err = e.jobType(ctx, name, version)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// kitchen adds a kitchen with those above it, their recipes, what those run, and its own orders that go on.
func (e *export) kitchen(ctx context.Context, k kitchens, name string) error {
	var needs []code.Key
	for at := name; at != ""; {
		i := slices.IndexFunc(k.list, func(one api.Kitchen) bool { return one.Name == at })
		if i < 0 {
			if at == name {
				return refused(http.StatusNotFound, "Not found.")
			}
			break // a kitchen above that is not for who looks
		}
		if e.isNew("galley_kitchen", at) {
			e.add(codeOfKitchen(k.list[i]))
		}
		for _, recipe := range k.list[i].Recipes {
			if err := e.kitchenRecipe(ctx, at, recipe); err != nil {
				return err
			}
			needs = append(needs, code.Key{Type: "galley_kitchen_recipe", ID: at + "/" + recipe})
		}
		at = k.list[i].Parent
	}
	return e.orders(ctx, k, name, needs)
}

func (e *export) kitchenRecipe(ctx context.Context, kitchen, name string) error {
	var answer api.KitchenRecipeFiles
	path := "/v2/recipe/get/" + url.PathEscape(kitchen) + "/" + url.PathEscape(name)
	if err := e.call.send(ctx, http.MethodPost, path, "", api.KitchenRecipeGet{}, &answer); err != nil {
		return err
	}
	if answer.Kitchen != kitchen || !e.isNew("galley_kitchen_recipe", kitchen+"/"+name) {
		return nil // it is that of a kitchen above
	}
	files := map[string]string{}
	for _, f := range answer.Recipes[name][name] {
		if f.JSON != nil {
			files[f.FileName] = *f.JSON
		}
	}
	r := codeOfKitchenRecipe(kitchen, name, files)
	e.add(r)
	d, _ := order.ParseDescription([]byte(files[order.DescriptionFile]))
	if d.RecipeType == "" {
		return nil
	}
	err := e.recipeType(ctx, d.RecipeType)
	if api.IsNotFound(err) {
		return nil // it is not there yet
	}
	return err
}

// orders adds the orders of a kitchen that have not ended.
func (e *export) orders(ctx context.Context, k kitchens, kitchen string, needs []code.Key) error {
	var list api.OrderList
	none := 0
	if err := e.call.send(ctx, http.MethodGet, "/v2/order/status/"+url.PathEscape(kitchen), "", api.OrderQuery{ServingsCount: &none}, &list); err != nil {
		return err
	}
	for _, o := range list.Orders {
		if order.Status(o.Status).HasEnded() || !e.isNew("galley_order", kitchen+"/"+o.HID) {
			continue
		}
		r := codeOfOrder(kitchen, store.RecipeOrder{HID: o.HID, RecipeName: o.Recipe, Variation: o.Variation, Status: o.Status}, o.InputSettings)
		for _, need := range needs {
			if strings.HasSuffix(need.ID, "/"+o.Recipe) {
				r.Needs = append(r.Needs, need)
			}
		}
		e.add(r)
	}
	return nil
}

func exportKitchen(ctx context.Context, e *export) error {
	k, err := e.kitchens(ctx)
	if err != nil {
		return err
	}
	return e.kitchen(ctx, k, e.PathValue("name"))
}

func exportType(ctx context.Context, e *export) error { return e.recipeType(ctx, e.PathValue("name")) }

// exportAll adds all that is in use and that who looks may see.
func exportAll(ctx context.Context, e *export) error {
	workspaces, err := every[api.Workspace](ctx, e.call, "/v6/workspaces/", url.Values{"is_active": {"true"}})
	if err != nil {
		return err
	}
	for _, w := range workspaces {
		if err := e.workspace(ctx, w.Name); err != nil {
			return err
		}
	}
	jobTypes, err := every[api.JobType](ctx, e.call, "/v6/job-types/", url.Values{"is_active": {"true"}, "is_system": {"false"}})
	if err != nil {
		return err
	}
	for _, t := range jobTypes {
		if err := e.jobType(ctx, t.Name, t.Version); err != nil {
			return err
		}
	}
	types, err := every[api.RecipeTypeListed](ctx, e.call, "/v6/recipe-types/", url.Values{"is_active": {"true"}})
	if err != nil {
		return err
	}
	for _, t := range types {
		if err := e.recipeType(ctx, t.Name); err != nil {
			return err
		}
	}
	k, err := e.kitchens(ctx)
	if err != nil {
		return err
	}
	for _, one := range k.list {
		if err := e.kitchen(ctx, k, one.Name); err != nil {
			return err
		}
	}
	return nil
}

// every is all of a list, page by page.
func every[T any](ctx context.Context, c caller, path string, query url.Values) ([]T, error) {
	var out []T
	for page := 1; ; page++ {
		query.Set("page", fmt.Sprint(page))
		got, err := all[T](ctx, c, path, query)
		if err != nil {
			return nil, err
		}
		out = append(out, got.Results...)
		if len(got.Results) == 0 || len(out) >= got.Count {
			return out, nil
		}
	}
}
