package page

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type typeView struct {
	T          api.RecipeTypeDetail
	Revision   int
	Revisions  []api.RecipeTypeRevision
	Graph      picture
	Nodes      []typeNode
	Inputs     []typeInput
	Strip      strip
	Used       []hit
	Definition string
	Code       string
	Owner      string
}

type typeNode struct{ Name, Runs, After, Link, Median string }

type typeInput struct{ Name, Kind, Note string }

// A strip is the last runs of a type as bars. All numbers are those of its picture.
type strip struct {
	Width, Height float64
	Bars          []stripBar
	MedianY       float64
	Median        string
	Failed, All   int
	Slowest       string
}

type stripBar struct {
	X, Y, H float64
	State   string
	Link    string
	Title   string
}

func (p *Page) recipeType(ctx context.Context, v *visit) (*sheet, error) {
	name := v.PathValue("name")
	d := typeView{}
	base := "/v6/recipe-types" + pathOf(name) + "/"
	if err := v.call.get(ctx, base, nil, &d.T); err != nil {
		return nil, err
	}
	revisions, err := all[api.RecipeTypeRevision](ctx, v.call, base+"revisions/", url.Values{"page_size": {"100"}})
	if err != nil {
		return nil, err
	}
	d.Revisions, d.Revision = revisions.Results, d.T.RevisionNum
	raw := d.T.Definition
	if n, err := strconv.Atoi(v.query().Get("revision")); err == nil && n > 0 {
		var rev api.RecipeTypeRevisionDetail
		if err := v.call.get(ctx, fmt.Sprintf("%srevisions/%d/", base, n), nil, &rev); err != nil {
			return nil, err
		}
		d.Revision, raw = n, rev.Definition
	}
	definition, err := definitionOf(raw, nil)
	if err != nil {
		return nil, err
	}
	usual, err := v.usualOf(ctx, d.T.ID)
	if err != nil {
		return nil, err
	}
	link := func(node string) string { return linkOf(definition.Nodes[node]) }
	d.Graph = v.draw(definitionGraph(definition, fmt.Sprintf("Graph of recipe type %s, revision %d: %s. The table of nodes has the same.", name, d.Revision,
		count(len(definition.Nodes), "node", "nodes")), link))
	for _, node := range slices.Sorted(maps.Keys(definition.Nodes)) {
		n := definition.Nodes[node]
		row := typeNode{Name: node, Runs: runsOf(n), Link: linkOf(n)}
		if n.Condition != nil {
			row.Runs = "condition " + (&instance{}).decided(nodeOf(n))
		}
		var after []string
		for _, dependency := range slices.Sorted(maps.Keys(n.Dependencies)) {
			if definition.Nodes[dependency].Condition != nil {
				dependency += " (" + acceptance(n.Dependencies[dependency]) + ")"
			}
			after = append(after, dependency)
		}
		row.After = strings.Join(after, ", ")
		if u := usual.Node(node); u > 0 {
			row.Median = duration(u)
		}
		d.Nodes = append(d.Nodes, row)
	}
	d.Inputs = inputsOfType(definition.Input)
	if d.Strip, err = v.stripOf(ctx, d.T.ID, usual); err != nil {
		return nil, err
	}
	if err := d.addUses(ctx, v); err != nil {
		return nil, err
	}
	if d.Owner, err = v.ownerNamed(ctx, api.OriginRecipeType, name); err != nil {
		return nil, err
	}
	d.Definition = pretty(raw)
	d.Code = written(codeOfRecipeType(d.T, definition))
	return &sheet{template: "type", title: "Recipe type " + name, section: "types", data: d}, nil
}

func nodeOf(n recipe.Node) node { return node{Def: n} }

// linkOf is the page of what a node runs.
func linkOf(n recipe.Node) string {
	switch {
	case n.Job != nil:
		return Prefix + "job-types" + pathOf(n.Job.Name, n.Job.Version)
	case n.Recipe != nil:
		return fmt.Sprintf("%stypes%s?revision=%d", Prefix, pathOf(n.Recipe.Name), n.Recipe.Revision)
	}
	return "#nodes"
}

func inputsOfType(i recipe.Interface) []typeInput {
	var out []typeInput
	for _, name := range slices.Sorted(maps.Keys(i.Files)) {
		f := i.Files[name]
		in := typeInput{Name: name, Kind: "file", Note: strings.Join(f.MediaTypes, ", ")}
		if f.Multiple {
			in.Kind = "files"
		}
		if !f.Required {
			in.Kind += ", optional"
		}
		out = append(out, in)
	}
	for _, name := range slices.Sorted(maps.Keys(i.JSON)) {
		j := i.JSON[name]
		in := typeInput{Name: name, Kind: string(j.Type)}
		if !j.Required {
			in.Kind += ", optional"
		}
		if j.Default != "" {
			in.Note = "otherwise " + short(j.Default, 60)
		}
		out = append(out, in)
	}
	return out
}

// stripOf is the last runs of a type.
func (v *visit) stripOf(ctx context.Context, id int64, u usual) (strip, error) {
	const bars, step, high = 30, 17.0, 52.0
	recipes, err := all[api.Recipe](ctx, v.call, "/v6/recipes/", url.Values{"recipe_type_id": {strconv.FormatInt(id, 10)}, "is_superseded": {"false"},
		"order": {"-id"}, "page_size": {strconv.Itoa(bars)}})
	if err != nil {
		return strip{}, err
	}
	s := strip{Width: step * bars, Height: high + 20, All: len(recipes.Results)}
	longest := u.Recipe
	var took []time.Duration
	for _, r := range recipes.Results {
		end := v.now
		if r.Completed != nil {
			end = r.Completed.Time
		}
		took = append(took, end.Sub(r.Created.Time))
		if r.IsCompleted || r.JobsRunning > 0 {
			longest = max(longest, took[len(took)-1])
		}
	}
	for i, r := range recipes.Results {
		h := high
		if longest > 0 {
			h = max(min(high*took[i].Seconds()/longest.Seconds(), high), 3)
		}
		status := string(r.Status(r.IsCompleted))
		if r.JobsFailed > 0 {
			s.Failed++
			status = string(recipe.Failed)
		}
		s.Bars = append(s.Bars, stripBar{X: step * float64(len(recipes.Results)-1-i), Y: high - h, H: h, State: status, Link: fmt.Sprintf("%srecipes/%d", Prefix, r.ID),
			Title: fmt.Sprintf("Recipe %d, %s, %s, %s", r.ID, v.at(r.Created).Short(), status, duration(took[i]))})
	}
	if u.Runs > 0 && longest > 0 {
		s.MedianY, s.Median = high-high*u.Recipe.Seconds()/longest.Seconds(), duration(u.Recipe)
	}
	slowest := time.Duration(0)
	for _, node := range slices.Sorted(maps.Keys(u.nodes)) {
		if u.nodes[node] > slowest {
			slowest, s.Slowest = u.nodes[node], node+", "+duration(u.nodes[node])
		}
	}
	return s, nil
}

// addUses lists what uses the type: orders of kitchens that who looks sees, and other types.
func (d *typeView) addUses(ctx context.Context, v *visit) error {
	for _, t := range d.T.SuperRecipeTypes {
		d.Used = append(d.Used, hit{"recipe type", t.Name, Prefix + "types" + pathOf(t.Name), ""})
	}
	k, err := v.kitchens(ctx)
	if err != nil || len(k.ids) == 0 {
		return err
	}
	recipes, _, err := v.page.Store.Recipes(ctx, store.RecipeFilter{RecipeTypeIDs: []int64{d.T.ID}, Kitchens: store.KitchenFilter{In: k.idList()},
		Paging: store.Paging{PageSize: 50, Order: []store.Order{{Field: "id", Desc: true}}}})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, r := range recipes {
		at, err := v.placeOf(ctx, k, r.ID)
		if err != nil {
			return err
		}
		if at == nil || seen[at.Order.HID] || order.Status(at.Order.Status).HasEnded() {
			continue
		}
		seen[at.Order.HID] = true
		d.Used = append(d.Used, hit{"order", at.Order.RecipeName + " / " + at.Order.Variation, Prefix + "orders/" + at.Order.HID, at.Kitchen + " · " + at.Order.Schedule})
	}
	return nil
}
