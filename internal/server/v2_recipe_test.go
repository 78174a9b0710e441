package server_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestRecipesAsFiles: contract datakitchen-v2, 1.4.
func TestRecipesAsFiles(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	k.must("PUT", "/v2/kitchen/create/Prod/Dev", "-", nil)
	for path, want := range map[string]string{
		"Prod/hello/variations.json": helloVariations, "Dev/hello/variations.json": helloVariations,
		"Prod/hello/docs/read%20me.md": "Hello.", "Prod/hello/docs%2Fread%20me.md": "Hello.",
	} {
		var file api.FileContents
		k.must("GET", "/v2/recipe/file/"+path, "{}", &file)
		if file.Contents != want {
			t.Errorf("%s has %q, want %q", path, file.Contents, want)
		}
	}

	text := func(s string) *string { return &s }
	files := func(contents bool) api.RecipeFolders {
		file := func(name, path, sha, contentsOf string) api.KitchenRecipeFile {
			f := api.KitchenRecipeFile{FileName: name, SHA: sha, Type: "blob", URL: "/v2/recipe/file/Prod/hello/" + path}
			if !contents {
				return f
			}
			if f.JSON = text(contentsOf); name == "read me.md" {
				f.JSON, f.Text = nil, text(contentsOf)
			}
			return f
		}
		return api.RecipeFolders{
			"hello": {file("description.json", "description.json", "*", helloDescription), file("variables.json", "variables.json", "*", helloVariables),
				file("variations.json", "variations.json", "*", helloVariations)},
			// git hash-object of "Hello."
			"hello/docs": {file("read me.md", "docs/read%20me.md", "63af512c383ca207450e4340019cf55737bb40a0", "Hello.")},
		}
	}
	shas := func(folders api.RecipeFolders) {
		for name, list := range folders {
			for i := range list {
				if len(list[i].SHA) != 40 {
					t.Errorf("%s/%s has the sha %q", name, list[i].FileName, list[i].SHA)
				}
				if name == "hello" {
					list[i].SHA = "*"
				}
			}
		}
	}
	var head string
	for _, c := range []struct{ method, body string }{{"GET", "-"}, {"GET", "{}"}, {"POST", "-"}, {"POST", "{}"}, {"POST", `{"recipe-files": [], "include-recipe-tree": true}`}} {
		var got api.KitchenRecipeFiles
		k.must(c.method, "/v2/recipe/get/Prod/hello", c.body, &got)
		shas(got.Recipes["hello"])
		shas(got.Tree["hello"])
		if diff := cmp.Diff(files(true), got.Recipes["hello"]); diff != "" || len(got.Recipes) != 1 || got.OrigHead == "" {
			t.Errorf("%s %s (-want +got):\n%s", c.method, c.body, diff)
		}
		if got.Tree != nil && !cmp.Equal(files(false), got.Tree["hello"]) {
			t.Errorf("the tree is %+v", got.Tree)
		}
		head = got.OrigHead
	}
	var some, tree api.KitchenRecipeFiles
	k.must("POST", "/v2/recipe/get/Prod/hello", `{"recipe-files": ["docs/read me.md", "nothing.json"]}`, &some)
	if len(some.Recipes["hello"]["hello"]) != 0 || len(some.Recipes["hello"]["hello/docs"]) != 1 {
		t.Errorf("one file: got %+v", some.Recipes)
	}
	k.must("GET", "/v2/recipe/tree/Prod/hello", "-", &tree)
	shas(tree.Recipes["hello"])
	if diff := cmp.Diff(files(false), tree.Recipes["hello"]); diff != "" || tree.OrigHead != head {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	var none api.KitchenRecipeFiles
	k.must("POST", "/v2/recipe/get/Prod/nothing", "{}", &none)
	if len(none.Recipes) != 0 {
		t.Errorf("an unknown recipe is %+v, want no key", none.Recipes)
	}
}

// TestRecipeChanges: both forms of an update, and a child that gets its own recipe by one.
func TestRecipeChanges(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{Workers: -1}, recipeChanges)
}

func recipeChanges(t *testing.T, k *kitchens) {
	k.must("PUT", "/v2/kitchen/create/Prod/Dev", "-", nil)
	read := func(kitchen string) map[string]string {
		var got api.KitchenRecipeFiles
		k.must("GET", "/v2/recipe/get/"+kitchen+"/hello", "-", &got)
		out := map[string]string{}
		for folder, list := range got.Recipes["hello"] {
			for _, f := range list {
				if f.JSON != nil {
					out[folder+"/"+f.FileName] = *f.JSON
				} else {
					out[folder+"/"+f.FileName] = *f.Text
				}
			}
		}
		return out
	}
	before := read("Prod")
	k.must("POST", "/v2/recipe/update/Dev/hello", `{"files": {"docs/read me.md": {}, "new.json": {"contents": "{}", "isNew": true}}, "message": "m", "skipCompile": true, "skipFormat": true}`, nil)
	k.must("POST", "/v2/recipe/update/Dev/hello", `{"message": "m", "filepath": "docs/old.txt", "file": "2016"}`, nil)
	k.must("PUT", "/v2/recipe/create/Dev/hello", `{"message": "m", "filepath": "docs/added.txt", "file": ""}`, nil)
	want := maps.Clone(before)
	delete(want, "hello/docs/read me.md")
	want["hello/new.json"], want["hello/docs/old.txt"], want["hello/docs/added.txt"] = "{}", "2016", ""
	if diff := cmp.Diff(want, read("Dev")); diff != "" {
		t.Errorf("Dev (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, read("Prod")); diff != "" {
		t.Errorf("Prod has changed with Dev:\n%s", diff)
	}
	k.must("DELETE", "/v2/recipe/delete/Dev/hello", `{"message": "m", "filepath": "docs/old.txt", "file": "old.txt"}`, nil)
	delete(want, "hello/docs/old.txt")
	if diff := cmp.Diff(want, read("Dev")); diff != "" {
		t.Errorf("after a deletion (-want +got):\n%s", diff)
	}
	k.must("DELETE", "/v2/recipe/Dev/hello", "{}", nil)
	if diff := cmp.Diff(before, read("Dev")); diff != "" {
		t.Errorf("without its own, Dev inherits again (-want +got):\n%s", diff)
	}
	k.must("DELETE", "/v2/recipe/delete/Prod/hello", "-", nil)
	var names api.KitchenRecipeNames
	k.must("GET", "/v2/kitchen/recipenames/Dev", "-", &names)
	if len(names.Recipes) != 0 {
		t.Errorf("the recipes are %q, want none", names.Recipes)
	}
	k.must("POST", "/v2/recipe/create/Prod/bare", "-", nil)
	var bare api.KitchenRecipeFiles
	k.must("GET", "/v2/recipe/tree/Prod/bare", "-", &bare)
	var found []string
	for _, f := range bare.Recipes["bare"]["bare"] {
		found = append(found, f.FileName)
	}
	if !slices.Equal(found, []string{"description.json", "variables.json", "variations.json"}) {
		t.Errorf("a new recipe has the files %q", found)
	}
}

func TestRecipeRefusals(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{Workers: -1})
	k.must("PUT", "/v2/kitchen/create/Prod/Dev", "-", nil)
	k.checkRefusals(map[string]v2Refusal{
		"a file of an unknown kitchen":   {"GET", "/v2/recipe/file/Nowhere/hello/variations.json", "-", 404, "does not exist."},
		"a file of an unknown recipe":    {"GET", "/v2/recipe/file/Prod/nothing/variations.json", "-", 404, "does not exist."},
		"an unknown file":                {"GET", "/v2/recipe/file/Prod/hello/nothing", "-", 404, "does not exist."},
		"a recipe of an unknown kitchen": {"POST", "/v2/recipe/get/Nowhere/hello", "{}", 404, "does not exist."},
		"files that are none":            {"POST", "/v2/recipe/get/Prod/hello", `{"recipe-files": "x"}`, 400, `'recipe-files'`},
		"a recipe that is there":         {"POST", "/v2/recipe/create/Prod/hello", "{}", 409, "hello"},
		"a recipe in an unknown kitchen": {"POST", "/v2/recipe/create/Nowhere/x", "{}", 404, "does not exist."},
		"an update of an unknown recipe": {"POST", "/v2/recipe/update/Prod/nothing", `{"files": {"x": {"contents": ""}}}`, 404, "does not exist."},
		"an update of nothing":           {"POST", "/v2/recipe/update/Prod/hello", `{"message": "m"}`, 400, "nothing to change"},
		"a path that leaves the recipe":  {"POST", "/v2/recipe/update/Prod/hello", `{"files": {"../x": {"contents": ""}}}`, 400, "../x"},
		"variations that are none":       {"POST", "/v2/recipe/update/Prod/hello", `{"files": {"variations.json": {"contents": "{\"variation-list\": 7}"}}}`, 400, "variation-list"},
		"variables that are none":        {"POST", "/v2/recipe/update/Prod/hello", `{"files": {"variables.json": {"contents": "{"}}}`, 400, "variables.json"},
		"contents that are none":         {"POST", "/v2/recipe/update/Prod/hello", `{"files": {"x": {"contents": 7}}}`, 400, "contents"},
		"an inherited recipe's deletion": {"DELETE", "/v2/recipe/Dev/hello", "{}", 409, "Prod"},
		"an unknown recipe's deletion":   {"DELETE", "/v2/recipe/Prod/nothing", "{}", 404, "does not exist."},
	})
	k.must("POST", "/v2/recipe/create/Dev/hello", "{}", nil) // one of its own hides the inherited one
	k.checkRefusals(map[string]v2Refusal{"another one of its own": {"POST", "/v2/recipe/create/Dev/hello", "{}", 409, "hello"}})
}
