package page

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// reprocessView is the question of a reprocess: what will happen, node by node.
type reprocessView struct {
	R         api.RecipeDetail
	Heading   string
	Sentence  string
	Revision  int
	Revisions []int
	From      int
	Graph     picture
	Steps     []step
	Will      []string
	Refused   []recipe.Change // why it cannot be done
	Warning   string
	Once      string
	All       bool
}

func (p *Page) askReprocess(ctx context.Context, v *visit) (*sheet, error) {
	r, err := v.recipeToChange(ctx)
	if err != nil {
		return nil, err
	}
	d := reprocessView{R: r, From: r.RecipeTypeRev.RevisionNum, Once: rand.Text(), All: v.query().Get("all") != ""}
	d.Heading = fmt.Sprintf("Reprocess recipe %d?", r.ID)
	if err := d.revisions(ctx, v); err != nil {
		return nil, err
	}
	var next api.RecipeTypeRevisionDetail
	if err := v.call.get(ctx, fmt.Sprintf("/v6/recipe-types%s/revisions/%d/", pathOf(r.RecipeType.Name), d.Revision), nil, &next); err != nil {
		return nil, err
	}
	if d.Revision != d.From {
		d.Heading = fmt.Sprintf("Reprocess recipe %d at revision %d?", r.ID, d.Revision)
	}
	row, err := v.page.Store.Recipe(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	old, err := definitionOf(r.RecipeTypeRev.Definition, &row)
	if err != nil {
		return nil, err
	}
	fresh, err := definitionOf(next.Definition, &row)
	if err != nil {
		return nil, err
	}
	forced := recipe.ForcedNodes{All: d.All}
	for _, name := range v.query()["force"] {
		if _, known := fresh.Nodes[name]; known && !slices.Contains(forced.Nodes, name) {
			forced.Nodes = append(forced.Nodes, name)
		}
	}
	if err := d.plan(ctx, v, old, fresh, forced); err != nil {
		return nil, err
	}
	owner, err := v.ownerOf(ctx, api.OriginRecipe, r.ID)
	if err != nil {
		return nil, err
	}
	d.Warning = warn(owner, fmt.Sprintf("set recipe_type_revision = %d there to agree", d.Revision))
	return &sheet{template: "reprocess", title: d.Heading, section: "recipes", data: d}, nil
}

// revisions are those that the recipe can be reprocessed with, and the one that is asked for.
func (d *reprocessView) revisions(ctx context.Context, v *visit) error {
	revisions, err := all[api.RecipeTypeRevision](ctx, v.call, "/v6/recipe-types"+pathOf(d.R.RecipeType.Name)+"/revisions/", url.Values{"page_size": {"100"}})
	if err != nil {
		return err
	}
	for _, rev := range revisions.Results {
		d.Revisions = append(d.Revisions, rev.RevisionNum)
		d.Revision = max(d.Revision, rev.RevisionNum)
	}
	if n, err := strconv.Atoi(v.query().Get("revision")); err == nil && n > 0 {
		d.Revision = n
	}
	return nil
}

// plan says what will happen, in the words of a plan.
func (d *reprocessView) plan(ctx context.Context, v *visit, old, next *recipe.Definition, forced recipe.ForcedNodes) error {
	diff := recipe.Compare(old, next, &forced)
	if !diff.CanBeReprocessed {
		d.Refused = diff.Reasons
		d.Sentence = "The input of this recipe does not fit the revision: nothing can be taken over."
		return nil
	}
	in, err := v.instanceOf(ctx, d.R.ID)
	if err != nil {
		return err
	}
	steps := diff.Plan()
	counts := map[recipe.PlanAction]int{}
	for name, s := range steps {
		counts[s.Action]++
		one := step{Name: name, Action: string(s.Action), Reason: s.Reason, Forced: slices.Contains(forced.Nodes, name), CanBe: next.Nodes[name].Type() != "" && s.Action != recipe.PlanNew}
		if s.Action == recipe.PlanDrop {
			one.CanBe = false
		}
		if u := in.usual.Node(name); u > 0 {
			one.Usual = duration(u)
		}
		d.Steps = append(d.Steps, one)
	}
	order := []string{"NEW", "RUN", "DROP", "COPY"}
	slices.SortFunc(d.Steps, func(a, b step) int {
		if by := slices.Index(order, a.Action) - slices.Index(order, b.Action); by != 0 {
			return by
		}
		return strings.Compare(a.Name, b.Name)
	})
	var parts []string
	for _, part := range []struct {
		action    recipe.PlanAction
		one, many string
	}{{recipe.PlanRun, "node runs again", "nodes run again"}, {recipe.PlanNew, "is new", "are new"},
		{recipe.PlanCopy, "is copied with its outputs", "are copied with their outputs"}, {recipe.PlanDrop, "is dropped", "are dropped"}} {
		if n := counts[part.action]; n > 0 {
			parts = append(parts, count(n, part.one, part.many))
		}
	}
	d.Sentence = fmt.Sprintf("A new recipe takes over the input of %d. %s. Nothing has been changed yet.", d.R.ID, strings.Join(parts, ", "))
	for _, name := range in.names {
		n := in.nodes[name]
		if n.State == string(recipe.Running) && steps[name].Action != recipe.PlanCopy {
			d.Will = append(d.Will, fmt.Sprintf("%s still runs in %d. It is canceled.", name, d.R.ID))
		}
	}
	for _, name := range diff.Unpublish() {
		d.Will = append(d.Will, "The products of "+name+" are unpublished.")
	}
	d.Will = append(d.Will, fmt.Sprintf("%d is superseded and stays readable.", d.R.ID))
	d.Graph = v.draw(planGraph(old, next, steps, fmt.Sprintf("What a reprocess of recipe %d does: %s. The table has the same.", d.R.ID, count(len(steps), "node", "nodes")),
		func(name string) string { return frame{v: v}.toggle("force", name) }))
	return nil
}

func (p *Page) reprocess(ctx context.Context, v *visit) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	forced := recipe.ForcedNodes{All: v.PostForm.Get("all") != "", Nodes: v.PostForm["force"]}
	if forced.All {
		forced.Nodes = nil
	}
	raw, err := json.Marshal(forced)
	if err != nil {
		return nil, err
	}
	num, err := strconv.Atoi(v.PostForm.Get("revision"))
	if err != nil || num < 1 {
		return nil, refused(http.StatusBadRequest, "The form has no revision.")
	}
	var next api.Recipe
	body := api.RecipeReprocess{ForcedNodes: raw, RevisionNum: num}
	if err := v.call.send(ctx, http.MethodPost, fmt.Sprintf("/v6/recipes/%d/reprocess/", id), v.once(), body, &next); err != nil {
		return nil, err
	}
	return &sheet{location: fmt.Sprintf("%srecipes/%d", Prefix, next.ID)}, nil
}
