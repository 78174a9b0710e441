package dkapi

import (
	"context"
	"crypto/sha1" //nolint:gosec // it names contents as git does, and protects nothing
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Recipes as files: contract 1.4.

// recipeFiles are the files of the recipe that a request names.
func (d *Dialect) recipeFiles(ctx context.Context, r *Request) ([]store.KitchenRecipeFile, error) {
	files, _, err := d.recipeFilesOf(ctx, r)
	return files, err
}

// recipeFilesOf is recipeFiles, and the name of the kitchen that has the recipe itself.
func (d *Dialect) recipeFilesOf(ctx context.Context, r *Request) (files []store.KitchenRecipeFile, owner string, err error) {
	kitchen, err := d.Store.KitchenByName(ctx, r.Path("kitchen"))
	if err != nil {
		return nil, "", err
	}
	row, err := d.Store.KitchenRecipe(ctx, kitchen.ID, r.Path("recipe"))
	if errors.Is(err, store.ErrNotFound) {
		return nil, "", &noRecipe{notExist("The recipe %q of the kitchen %q", r.Path("recipe"), kitchen.Name)}
	}
	if err != nil {
		return nil, "", err
	}
	if err := d.hideSecrets(ctx, r); err != nil {
		return nil, "", err
	}
	if row.KitchenID != kitchen.ID {
		if kitchen, err = d.Store.Kitchen(ctx, row.KitchenID); err != nil {
			return nil, "", err
		}
	}
	files, err = d.Store.KitchenRecipeFiles(ctx, row.ID)
	return files, kitchen.Name, err
}

// noRecipe is how a recipe that is not there differs from a kitchen that is not.
type noRecipe struct{ *Refusal }

// Unwrap returns the refusal.
func (n *noRecipe) Unwrap() error { return n.Refusal }

func (d *Dialect) getRecipeFile(ctx context.Context, r *Request) (*Answer, error) {
	files, err := d.recipeFiles(ctx, r)
	if err != nil {
		return nil, err
	}
	name := path.Clean(r.Path("path"))
	i := slices.IndexFunc(files, func(f store.KitchenRecipeFile) bool { return f.Path == name })
	if i < 0 {
		return nil, notExist("The file %q of the recipe %q", name, r.Path("recipe"))
	}
	return ok(api.FileContents{Contents: r.contents(files[i])})
}

// getRecipeFiles are all files, or those that the body asks for.
func (d *Dialect) getRecipeFiles(ctx context.Context, r *Request) (*Answer, error) {
	var body api.KitchenRecipeGet
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	files, owner, err := d.recipeFilesOf(ctx, r)
	if _, isMissing := errors.AsType[*noRecipe](err); isMissing {
		return ok(api.KitchenRecipeFiles{Recipes: map[string]api.RecipeFolders{}})
	}
	if err != nil {
		return nil, err
	}
	out := api.KitchenRecipeFiles{OrigHead: head(files), Kitchen: owner}
	if body.IncludeTree {
		out.Tree = foldersView(r, files, false)
	}
	if len(body.Files) > 0 {
		files = slices.DeleteFunc(files, func(f store.KitchenRecipeFile) bool { return !slices.Contains(body.Files, f.Path) })
	}
	out.Recipes = foldersView(r, files, true)
	if name := r.Path("recipe"); len(body.Files) > 0 && len(out.Recipes[name][name]) == 0 {
		delete(out.Recipes[name], name) // no file of the root was asked for
	}
	return ok(out)
}

func (d *Dialect) getRecipeTree(ctx context.Context, r *Request) (*Answer, error) {
	files, err := d.recipeFiles(ctx, r)
	if _, isMissing := errors.AsType[*noRecipe](err); isMissing {
		return ok(api.KitchenRecipeFiles{Recipes: map[string]api.RecipeFolders{}})
	}
	if err != nil {
		return nil, err
	}
	return ok(api.KitchenRecipeFiles{OrigHead: head(files), Recipes: foldersView(r, files, false)})
}

// foldersView are files by folder under the name of their recipe.
func foldersView(r *Request, files []store.KitchenRecipeFile, contents bool) map[string]api.RecipeFolders {
	name := r.Path("recipe")
	folders := api.RecipeFolders{name: {}}
	for _, f := range files {
		folder := path.Join(name, path.Dir(f.Path))
		file := api.KitchenRecipeFile{FileName: path.Base(f.Path), SHA: blobSHA(f.Contents), Type: "blob",
			URL: (&url.URL{Path: "/v2/recipe/file/" + r.Path("kitchen") + "/" + name + "/" + f.Path}).EscapedPath()}
		switch text := r.contents(f); {
		case contents && strings.HasSuffix(f.Path, ".json"):
			file.JSON = &text
		case contents:
			file.Text = &text
		}
		folders[folder] = append(folders[folder], file)
	}
	return map[string]api.RecipeFolders{name: folders}
}

// blobSHA is the name that git gives to contents: clients compare it with their files'.
func blobSHA(contents string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(contents), contents)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// head changes whenever a file does.
func head(files []store.KitchenRecipeFile) string {
	var all strings.Builder
	for _, f := range files {
		fmt.Fprintf(&all, "%s %s\n", blobSHA(f.Contents), f.Path)
	}
	return blobSHA(all.String())
}

// createRecipe makes a recipe with the files of the body (ours). Those that orders read
// are there from the beginning, empty if the body does not have them.
func (d *Dialect) createRecipe(ctx context.Context, r *Request) (*Answer, error) {
	var body api.KitchenRecipeCreate
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	description, err := encode(map[string]string{"description": body.Description})
	if err != nil {
		return nil, err
	}
	files := map[string]*string{
		order.DescriptionFile: new(string(description)),
		order.VariablesFile:   new(`{"variable-list": {}}`),
		order.VariationsFile:  new(`{"variation-list": {}}`),
	}
	for name, change := range body.Files {
		if change.Contents != nil {
			files[name] = change.Contents
		}
	}
	return d.editRecipe(ctx, r, files, true)
}

// editRecipe writes and deletes files.
func (d *Dialect) editRecipe(ctx context.Context, r *Request, files map[string]*string, create bool) (*Answer, error) {
	_, err := d.Orders.EditKitchenRecipe(ctx, orders.KitchenRecipeEdit{Kitchen: r.Path("kitchen"), Recipe: r.Path("recipe"),
		Files: files, Create: create, By: r.by(), Key: r.Key})
	if err != nil {
		return nil, err
	}
	a, err := done()
	a.Replayed = r.replayed()
	return a, err
}

// updateRecipe takes changes by path, or in the form of 2016 the contents of one file.
func (d *Dialect) updateRecipe(ctx context.Context, r *Request) (*Answer, error) {
	var body api.KitchenRecipeUpdate
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	files := make(map[string]*string, len(body.Files)+1)
	for name, change := range body.Files {
		files[name] = change.Contents
	}
	if body.FilePath != "" && body.File != nil {
		files[body.FilePath] = body.File
	}
	if len(files) == 0 {
		return nil, refusef(http.StatusBadRequest, `There is nothing to change: expected the member "files", or "filepath" and "file".`)
	}
	return d.editRecipe(ctx, r, files, false)
}

// deleteRecipe deletes a recipe that the kitchen has itself.
func (d *Dialect) deleteRecipe(ctx context.Context, r *Request) (*Answer, error) {
	if err := d.Orders.DeleteKitchenRecipe(ctx, r.Path("kitchen"), r.Path("recipe"), r.by()); err != nil {
		return nil, err
	}
	return done()
}

// deleteRecipeFile deletes the file that the body names (2016), or without one the recipe.
func (d *Dialect) deleteRecipeFile(ctx context.Context, r *Request) (*Answer, error) {
	var body api.KitchenRecipeUpdate
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if body.FilePath == "" {
		return d.deleteRecipe(ctx, r)
	}
	return d.editRecipe(ctx, r, map[string]*string{body.FilePath: nil}, false)
}
