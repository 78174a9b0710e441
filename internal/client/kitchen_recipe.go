package client

import (
	"context"
	"net/http"
	"path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// KitchenRecipeNames lists the recipes of a kitchen, inherited ones too.
func (c *Client) KitchenRecipeNames(ctx context.Context, kitchen string) ([]string, error) {
	v, _, err := send[api.KitchenRecipeNames](ctx, c, v2(http.MethodGet, nil, "kitchen", "recipenames", kitchen))
	return v.Recipes, err
}

// KitchenRecipeFiles returns the contents of the files of a kitchen's recipe, by their
// paths within it. A recipe that does not exist is an error of status 404, whatever the
// server calls it.
func (c *Client) KitchenRecipeFiles(ctx context.Context, kitchen, recipe string) (map[string]string, error) {
	files, _, err := c.KitchenRecipe(ctx, kitchen, recipe)
	return files, err
}

// KitchenRecipe is KitchenRecipeFiles, and the kitchen that has the recipe itself: that one, or
// one above, from which it is inherited. "": the server does not say.
func (c *Client) KitchenRecipe(ctx context.Context, kitchen, recipe string) (files map[string]string, owner string, err error) {
	k := v2(http.MethodGet, nil, "recipe", "get", kitchen, recipe)
	v, _, err := send[api.KitchenRecipeFiles](ctx, c, k)
	if err != nil {
		return nil, "", err
	}
	folders, exists := v.Recipes[recipe]
	if !exists {
		return nil, "", &api.Error{
			Status: http.StatusNotFound, Method: k.method, Path: "/" + path.Join("v2", "recipe", "get", kitchen, recipe),
			Detail: "There is no recipe " + recipe + " in kitchen " + kitchen + ".",
		}
	}
	files = map[string]string{}
	for folder, list := range folders {
		for _, f := range list {
			text := f.Text
			if f.JSON != nil {
				text = f.JSON
			}
			if text != nil {
				files[relativeTo(recipe, folder, f.FileName)] = *text
			}
		}
	}
	return files, v.Kitchen, nil
}

// relativeTo is the path, within a recipe, of a file of one of its folders ("r", "r/sub").
func relativeTo(recipe, folder, name string) string {
	if folder == recipe {
		return name
	}
	return path.Join(folder[min(len(recipe)+1, len(folder)):], name)
}

// CreateKitchenRecipe makes a recipe with these files.
func (c *Client) CreateKitchenRecipe(ctx context.Context, kitchen, recipe string, contents map[string]string) (taken bool, err error) {
	body := api.KitchenRecipeCreate{Files: fileChanges(contents)}
	resp, err := c.do(ctx, v2(http.MethodPost, body, "recipe", "create", kitchen, recipe).keyed())
	if err != nil {
		return false, err
	}
	return resp.Header.Get(takenOverHeader) != "", resp.Body.Close()
}

// WriteKitchenRecipe writes files of a recipe; its others stay. To write the same again
// changes nothing, so it is repeated like a read.
func (c *Client) WriteKitchenRecipe(ctx context.Context, kitchen, recipe string, contents map[string]string) error {
	body := api.KitchenRecipeUpdate{Files: fileChanges(contents)}
	k := v2(http.MethodPost, body, "recipe", "update", kitchen, recipe)
	k.idempotent = true
	return exec(ctx, c, k)
}

// fileChanges write files by their paths within the recipe.
func fileChanges(contents map[string]string) map[string]api.KitchenFileChange {
	out := make(map[string]api.KitchenFileChange, len(contents))
	for name, text := range contents {
		out[name] = api.KitchenFileChange{Contents: &text}
	}
	return out
}

// DeleteKitchenRecipe deletes a recipe that the kitchen has itself.
func (c *Client) DeleteKitchenRecipe(ctx context.Context, kitchen, recipe string) error {
	return exec(ctx, c, v2(http.MethodDelete, struct{}{}, "recipe", kitchen, recipe))
}
