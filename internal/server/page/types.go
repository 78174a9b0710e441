package page

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

type typesView struct {
	Kind    string // recipe or job
	Recipes []api.RecipeTypeListed
	Jobs    []api.JobType
	Pager   pager
	Keyword string
}

func (p *Page) types(ctx context.Context, v *visit) (*sheet, error) {
	var types api.Page[api.RecipeTypeListed]
	if err := v.call.get(ctx, "/v6/recipe-types/", v.listing("name", "keyword"), &types); err != nil {
		return nil, err
	}
	d := typesView{Kind: "recipe", Recipes: types.Results, Pager: v.pagerOf(types.Count, len(types.Results)), Keyword: v.query().Get("keyword")}
	return &sheet{template: "types", title: "Recipe types", section: "types", data: d}, nil
}

func (p *Page) jobTypes(ctx context.Context, v *visit) (*sheet, error) {
	q := v.listing("name", "keyword")
	q.Del("order") // always by name, then version
	var types api.Page[api.JobType]
	if err := v.call.get(ctx, "/v6/job-types/", q, &types); err != nil {
		return nil, err
	}
	d := typesView{Kind: "job", Jobs: types.Results, Pager: v.pagerOf(types.Count, len(types.Results)), Keyword: v.query().Get("keyword")}
	return &sheet{template: "types", title: "Job types", section: "types", data: d}, nil
}
