package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type recipesView struct {
	Rows  []recipeRow
	Pager pager
	State string // of the filter: "", going, completed
	Type  string
	Old   bool // superseded ones too
}

type recipeRow struct {
	R      api.Recipe
	Status string
	Bar    []share
	Took   string
	At     moment
}

func (p *Page) recipes(ctx context.Context, v *visit) (*sheet, error) {
	q := v.listing("-id", "recipe_type_name", "root_recipe_id")
	d := recipesView{State: v.query().Get("state"), Type: v.query().Get("recipe_type_name"), Old: v.query().Get("old") != ""}
	switch d.State {
	case "going":
		q.Set("is_completed", "false")
	case "completed":
		q.Set("is_completed", "true")
	}
	if !d.Old {
		q.Set("is_superseded", "false")
	}
	var recipes api.Page[api.Recipe]
	if err := v.call.get(ctx, "/v6/recipes/", q, &recipes); err != nil {
		return nil, err
	}
	for _, r := range recipes.Results {
		d.Rows = append(d.Rows, v.recipeRow(r))
	}
	d.Pager = v.pagerOf(recipes.Count, len(d.Rows))
	return &sheet{template: "recipes", title: "Recipes", section: "recipes", data: d, live: Prefix + "live"}, nil
}

func (v *visit) recipeRow(r api.Recipe) recipeRow {
	row := recipeRow{R: r, Status: string(r.Status(r.IsCompleted)), Bar: bar(r.JobCounts), At: v.at(r.Created)}
	row.Took = frame{v: v}.Between(r.Created, r.Completed)
	return row
}

type jobsView struct {
	Jobs   []api.Job
	Pager  pager
	Status string
	Type   string
}

func (p *Page) jobs(ctx context.Context, v *visit) (*sheet, error) {
	q := v.listing("-last_modified", "status", "job_type_name", "recipe_id", "error_category")
	q.Set("is_superseded", "false")
	var jobs api.Page[api.Job]
	if err := v.call.get(ctx, "/v6/jobs/", q, &jobs); err != nil {
		return nil, err
	}
	d := jobsView{jobs.Results, v.pagerOf(jobs.Count, len(jobs.Results)), v.query().Get("status"), v.query().Get("job_type_name")}
	title := "Jobs"
	if d.Status != "" {
		title = d.Status + " jobs"
	}
	return &sheet{template: "jobs", title: title, section: "recipes", data: d, live: Prefix + "live"}, nil
}

// A hit is something that a search has found.
type hit struct{ Kind, Text, Link, Beside string }

type searchView struct {
	Query string
	Hits  []hit
}

const maxHits = 20 // of each kind

// search looks for names, ids, kitchens and files.
func (p *Page) search(ctx context.Context, v *visit) (*sheet, error) {
	d := searchView{Query: strings.TrimSpace(v.query().Get("q"))}
	if d.Query != "" {
		for _, look := range []func(context.Context, *visit) error{d.ids, d.types, d.orders, d.files} {
			if err := look(ctx, v); err != nil {
				return nil, err
			}
		}
	}
	return &sheet{template: "search", title: "Search", data: d}, nil
}

func (d *searchView) ids(ctx context.Context, v *visit) error {
	id, isID := number(d.Query)
	if !isID {
		return nil
	}
	for kind, path := range map[string]string{"recipe": "/v6/recipes/%d/", "job": "/v6/jobs/%d/", "file": "/v6/files/%d/"} {
		var out struct {
			RecipeType *api.RecipeTypeBase `json:"recipe_type"`
			JobType    *api.JobTypeBase    `json:"job_type"`
			FileName   string              `json:"file_name"`
		}
		err := v.call.get(ctx, fmt.Sprintf(path, id), nil, &out)
		if api.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		h := hit{Kind: kind, Text: fmt.Sprintf("%s %d", kind, id), Link: fmt.Sprintf("%s%ss/%d", Prefix, kind, id)}
		switch {
		case kind == "file":
			h.Beside = out.FileName
		case out.RecipeType != nil && kind == "recipe":
			h.Beside = out.RecipeType.Name
		case out.JobType != nil:
			h.Beside = out.JobType.Name
		}
		d.Hits = append(d.Hits, h)
	}
	slices.SortFunc(d.Hits, func(a, b hit) int { return strings.Compare(b.Kind, a.Kind) })
	return nil
}

func (d *searchView) types(ctx context.Context, v *visit) error {
	some := strconv.Itoa(maxHits)
	var recipeTypes api.Page[api.RecipeTypeListed]
	if err := v.call.get(ctx, "/v6/recipe-types/", url.Values{"keyword": {d.Query}, "page_size": {some}}, &recipeTypes); err != nil {
		return err
	}
	for _, t := range recipeTypes.Results {
		d.Hits = append(d.Hits, hit{"recipe type", t.Name, Prefix + "types" + pathOf(t.Name), t.Title})
	}
	var jobTypes api.Page[api.JobType]
	if err := v.call.get(ctx, "/v6/job-types/", url.Values{"keyword": {d.Query}, "page_size": {some}}, &jobTypes); err != nil {
		return err
	}
	for _, t := range jobTypes.Results {
		d.Hits = append(d.Hits, hit{"job type", t.Name + " " + t.Version, Prefix + "job-types" + pathOf(t.Name, t.Version), t.Title})
	}
	return nil
}

func (d *searchView) orders(ctx context.Context, v *visit) error {
	k, err := v.kitchens(ctx)
	if err != nil || len(k.ids) == 0 {
		return err
	}
	want := strings.ToLower(d.Query)
	for _, one := range k.list {
		if strings.Contains(strings.ToLower(one.Name), want) {
			d.Hits = append(d.Hits, hit{"kitchen", one.Name, Prefix + "kitchens" + pathOf(one.Name), one.Description})
		}
	}
	rows, _, err := v.page.Store.RecipeOrders(ctx, store.RecipeOrderFilter{KitchenIDs: k.idList(), Paging: store.Paging{PageSize: 500}})
	if err != nil {
		return err
	}
	n := 0
	for _, row := range rows {
		if strings.Contains(strings.ToLower(row.RecipeName+" / "+row.Variation), want) || strings.HasPrefix(row.HID, want) && len(want) >= 4 {
			if n++; n <= maxHits {
				d.Hits = append(d.Hits, hit{"order", row.RecipeName + " / " + row.Variation, Prefix + "orders/" + row.HID, k.ids[row.KitchenID] + " · " + row.Schedule})
			}
		}
	}
	return nil
}

func (d *searchView) files(ctx context.Context, v *visit) error {
	var files api.Page[api.File]
	q := url.Values{"file_name_search": {d.Query}, "page_size": {strconv.Itoa(maxHits)}, "order": {"-id"}}
	if err := v.call.get(ctx, "/v6/files/", q, &files); err != nil {
		return err
	}
	for _, f := range files.Results {
		d.Hits = append(d.Hits, hit{"file", f.FileName, fmt.Sprintf("%sfiles/%d", Prefix, f.ID), f.Workspace.Name + "/" + f.FilePath})
	}
	return nil
}
