package orders

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

func TestKitchensFormATree(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		root, err := k.CreateKitchen(t.Context(), KitchenSpec{Name: "root", Description: "all", By: chef})
		if err != nil {
			t.Fatal(err)
		}
		child, err := k.CreateKitchen(t.Context(), KitchenSpec{Name: "child", Parent: "root", By: chef})
		if err != nil {
			t.Fatal(err)
		}
		if root.ParentID != nil || child.ParentID == nil || *child.ParentID != root.ID || root.HID == child.HID || root.Creator != "chef" {
			t.Errorf("root %+v, child %+v", root, child)
		}
		if len(root.HID) != 36 || root.HID[14] != '1' {
			t.Errorf("%s is no UUID of version 1", root.HID)
		}
		for name, tt := range map[string]struct {
			spec KitchenSpec
			code refusal.Code
			text string
		}{
			"a name that is taken": {KitchenSpec{Name: "root"}, refusal.Conflict, `There is a kitchen "root" already`},
			"an unknown parent":    {KitchenSpec{Name: "x", Parent: "y"}, refusal.NotFound, `kitchen "y" not found`},
			"a reserved name":      {KitchenSpec{Name: "None"}, refusal.Invalid, "is reserved"},
			"a name with a slash":  {KitchenSpec{Name: "a/b"}, refusal.Invalid, "cannot carry"},
		} {
			_, err := k.CreateKitchen(t.Context(), tt.spec)
			refusedAs(t, name, err, tt.code, tt.text)
		}
		for i := 3; i <= maxKitchenDepth; i++ {
			if _, err := k.CreateKitchen(t.Context(), KitchenSpec{Name: fmt.Sprint("k", i), Parent: map[bool]string{true: "child", false: fmt.Sprint("k", i-1)}[i == 3]}); err != nil {
				t.Fatal(err)
			}
		}
		_, err = k.CreateKitchen(t.Context(), KitchenSpec{Name: "deeper", Parent: fmt.Sprint("k", maxKitchenDepth)})
		refusedAs(t, "one that is too deep", err, refusal.TooLarge, "at most 20 are allowed")
		refusedAs(t, "deleting one with children", k.DeleteKitchen(t.Context(), "root", chef), refusal.Conflict, `has the child "child"`)
		if err := k.DeleteKitchen(t.Context(), fmt.Sprint("k", maxKitchenDepth), chef); err != nil {
			t.Error(err)
		}
		key := func() *usecase.IdempotencyKey {
			return &usecase.IdempotencyKey{Key: "k", User: "chef", Fingerprint: "f"}
		}
		first, err := k.CreateKitchen(t.Context(), KitchenSpec{Name: "twice", Key: key()})
		again, err2 := k.CreateKitchen(t.Context(), KitchenSpec{Name: "twice", Key: key()})
		if err != nil || err2 != nil || first.HID != again.HID {
			t.Errorf("made twice with one key: %v, %v", err, err2)
		}
	})
}

func TestEditKitchen(t *testing.T) {
	t.Parallel()
	eachEmptyRestaurant(t, func(t *testing.T, k *restaurant) {
		created, err := k.CreateKitchen(t.Context(), KitchenSpec{Name: "main", By: chef})
		if err != nil {
			t.Fatal(err)
		}
		raw := func(s string) json.RawMessage { return json.RawMessage(s) }
		edited, err := k.EditKitchen(t.Context(), "main", KitchenEdit{
			Description: new("new"), Overrides: raw(`{"a": 1.50}`), Staff: raw(`["chef"]`), Roles: raw(`{"chef":"Admin"}`),
			Alerts: raw(`{"orderrunError":["cook@example.com","https://example.com/x"],"orderrunStart":null,"orderrunSuccess":[]}`),
			Extra:  raw(`{"wizard-status":{}}`), By: chef, IfMatch: usecase.IfMatch{created.LastModified},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := created
		if edited.Overrides, edited.SecretOverrides, err = k.Desk.Overrides(edited); err != nil {
			t.Fatal(err)
		}
		want.Description, want.Overrides, want.Staff, want.Roles = "new", raw(`{"a": 1.50}`), raw(`["chef"]`), raw(`{"chef":"Admin"}`)
		want.Alerts, want.Extra = raw(`{"orderrunError":["cook@example.com","https://example.com/x"]}`), raw(`{"wizard-status":{}}`)
		want.LastModified = edited.LastModified
		if diff := cmp.Diff(want, edited); diff != "" || !edited.LastModified.After(created.LastModified.Time) {
			t.Errorf("edited (-want +got):\n%s", diff)
		}
		if got, err := k.EditKitchen(t.Context(), "main", KitchenEdit{By: chef}); err != nil || string(got.Staff) != `["chef"]` {
			t.Errorf("an edit of nothing: %+v, %v", got, err)
		}
		_, err = k.EditKitchen(t.Context(), "main", KitchenEdit{By: chef, IfMatch: usecase.IfMatch{created.LastModified}})
		refusedAs(t, "an edit of an older version", err, refusal.Precondition, "The kitchen was changed")
		for text, edit := range map[string]KitchenEdit{
			"a b: the name of a variable":               {Overrides: raw(`{"a b":1}`)},
			"JSON object":                               {Overrides: raw(`[]`)},
			"kitchen-staff: expected an array":          {Staff: raw(`{}`)},
			"kitchen-roles: expected an object":         {Roles: raw(`[]`)},
			"expected Admin, Developer or Guest":        {Roles: raw(`{"chef":"King"}`)},
			`there is no event "orderrunMaybe"`:         {Alerts: raw(`{"orderrunMaybe":[]}`)},
			"settings.alerts.orderrunError.1: found":    {Alerts: raw(`{"orderrunError":["a@example.com","nobody"]}`)},
			"the kitchen's record: expected an object":  {Extra: raw(`3`)},
			"settings.alerts: expected an object of li": {Alerts: raw(`{"orderrunError":"a@example.com"}`)},
		} {
			edit.By = chef
			_, err := k.EditKitchen(t.Context(), "main", edit)
			refusedAs(t, text, err, refusal.Invalid, text)
		}
		_, err = k.EditKitchen(t.Context(), "other", KitchenEdit{By: chef})
		refusedAs(t, "an unknown kitchen", err, refusal.NotFound, `kitchen "other" not found`)
	})
}

func TestInheritedRecipesAreCopiedBeforeTheyChange(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		files := func(kitchen string) map[string]string {
			t.Helper()
			k, err := r.Store.KitchenByName(t.Context(), kitchen)
			if err != nil {
				t.Fatal(err)
			}
			row, err := r.Store.KitchenRecipe(t.Context(), k.ID, "meal")
			if err != nil {
				t.Fatal(err)
			}
			rows, err := r.Store.KitchenRecipeFiles(t.Context(), row.ID)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]string{}
			for _, f := range rows {
				out[f.Path] = f.Contents
			}
			return out
		}
		before := files("main")
		edit := func(kitchen string, changes map[string]*string) error {
			return last(r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: kitchen, Recipe: "meal", Files: changes, By: chef}))
		}
		refusedAs(t, "deleting an inherited recipe", r.DeleteKitchenRecipe(t.Context(), "dev", "meal", chef), refusal.Conflict, `inherits recipe "meal" from kitchen "main"`)
		if err := edit("dev", map[string]*string{"sql/x.sql": new("select 1"), order.VariablesFile: nil, "not/there": nil}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			order.DescriptionFile: before[order.DescriptionFile], order.VariationsFile: before[order.VariationsFile], "sql/x.sql": "select 1",
		}
		if diff := cmp.Diff(want, files("dev")); diff != "" {
			t.Errorf("the copy (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, files("main")); diff != "" {
			t.Errorf("the original was changed:\n%s", diff)
		}
		if err := r.DeleteKitchenRecipe(t.Context(), "dev", "meal", chef); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, files("dev")); diff != "" {
			t.Errorf("after the copy was deleted (-want +got):\n%s", diff)
		}
		many := map[string]*string{}
		for i := range maxRecipeFiles {
			many[fmt.Sprintf("f%d", i)] = new("x")
		}
		for text, changes := range map[string]map[string]*string{
			"contains \"..\"":                       {"../x": new("")},
			"is absolute":                           {"/x": new("")},
			"variables.json: The variables.json is": {order.VariablesFile: new("")},
			"variations.json: variation-list.v":     {order.VariationsFile: new(`{"variation-list":{"v":{"override-setting":"x"}}}`)},
			"is no text":                            {"x": new("a\x00b")},
		} {
			refusedAs(t, text, edit("main", changes), refusal.Invalid, text)
		}
		refusedAs(t, "too many files", edit("main", many), refusal.TooLarge, "at most 100 are allowed")
		refusedAs(t, "a file that is too large", edit("main", map[string]*string{"x": new(strings.Repeat("x", usecase.MaxDocument+1))}), refusal.TooLarge, "at most 1048576")
		create := func(kitchen, name string) error {
			return last(r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: kitchen, Recipe: name, Create: true, By: chef}))
		}
		refusedAs(t, "a recipe that the kitchen has", create("main", "meal"), refusal.Conflict, "already")
		if err := create("dev", "meal"); err != nil {
			t.Errorf("a recipe of its own instead of the one that it inherits: %v", err)
		}
		if got := files("dev"); len(got) > 0 {
			t.Errorf("it has the files %v of the one above, want none", got)
		}
		refusedAs(t, "a recipe with a bad name", create("dev", "a/b"), refusal.Invalid, "recipe name")
		refusedAs(t, "a recipe in no kitchen", create("x", "y"), refusal.NotFound, `kitchen "x"`)
		if diff := cmp.Diff(before, files("main")); diff != "" {
			t.Errorf("refused edits have changed:\n%s", diff)
		}
	})
}

// A sub-recipe of another dialect's recipe still has no configuration of its own.
func TestOnlyRunsOfOrdersConfigureSubRecipes(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		menu := r.RecipeType(t, "Menu", enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, map[string]string{
			"first": enginetest.SubNode("meal", nil, enginetest.Deps{"LIMIT": "recipe:LIMIT"}),
		}))
		rec, err := r.CreateRecipe(t.Context(), engine.RecipeSpec{
			RecipeTypeID: menu.ID, Input: json.RawMessage(`{"json":{"LIMIT":1}}`), Configuration: json.RawMessage(`{"settings":{"schema":"s"}}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		if sub := r.Node(t, rec.ID, "first").SubRecipe; sub.Configuration != nil {
			t.Errorf("the sub-recipe has %s", sub.Configuration)
		}
		r.cookbook(t, "main", "menu", "menu", `{"variable-list":{"LIMIT":1,"TOKEN":"s3cret"}}`)
		run := r.runs(t, r.order(t, OrderSpec{Recipe: "menu"}))[0]
		sub := r.Node(t, *run.RecipeID, "first").SubRecipe
		configuration, err := r.OpenConfiguration(sub.Configuration)
		if err != nil || configuration == nil || configuration.Settings["TOKEN"] != "s3cret" {
			t.Errorf("the sub-recipe of a run has %+v: %v", configuration, err)
		}
		secrets, err := r.SecretSettings(t.Context(), sub.RecipeTypeRevID)
		if diff := cmp.Diff([]string{"TOKEN"}, secrets); err != nil || diff != "" {
			t.Errorf("secrets: %v (-want +got):\n%s", err, diff)
		}
	})
}

// TestAKitchenWithAResumedRunStays resumes a run of an order that has ended, and deletes their kitchen.
func TestAKitchenWithAResumedRunStays(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		d := r.serve(t, 1)
		o := r.order(t, OrderSpec{Recipe: "burnt", Schedule: "0 * * * *", MaxRuns: 1})
		r.pass(t, o, monday.Add(time.Hour), d)
		_, run := r.awaitOrder(t, o, order.Completed, order.RunFailed)
		if _, _, err := r.EditJobType(t.Context(), "scorch", "1.0.0", catalog.JobTypeEdit{IsPaused: new(true)}); err != nil {
			t.Fatal(err)
		}
		next, err := r.ResumeRun(t.Context(), run.HID, chef, nil)
		if err != nil {
			t.Fatal(err)
		}
		refusedAs(t, "deleting a kitchen with a run that goes on", r.DeleteKitchen(t.Context(), "dev", chef), refusal.Conflict, "stop them first")
		if _, err := r.StopRun(t.Context(), next.HID, chef); err != nil {
			t.Fatal(err)
		}
		if err := r.DeleteKitchen(t.Context(), "dev", chef); err != nil {
			t.Error(err)
		}
	})
}
