package page

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

type jobTypeView struct {
	T         api.JobTypeDetail
	Revisions []api.JobTypeRevision
	Versions  []api.JobType
	Manifest  string
	Settings  string
	Code      string
	Owner     string
	Buttons   []button
}

func (p *Page) jobType(ctx context.Context, v *visit) (*sheet, error) {
	name, version := v.PathValue("name"), v.PathValue("version")
	var d jobTypeView
	base := "/v6/job-types" + pathOf(name, version) + "/"
	if err := v.call.get(ctx, base, nil, &d.T); err != nil {
		return nil, err
	}
	revisions, err := all[api.JobTypeRevision](ctx, v.call, base+"revisions/", url.Values{"page_size": {"50"}})
	if err != nil {
		return nil, err
	}
	versions, err := all[api.JobType](ctx, v.call, "/v6/job-types"+pathOf(name)+"/", url.Values{"page_size": {"50"}})
	if err != nil {
		return nil, err
	}
	d.Revisions, d.Versions = revisions.Results, versions.Results
	d.Manifest, d.Settings = pretty(d.T.Manifest), pretty(d.T.Configuration)
	if d.Owner, err = v.ownerNamed(ctx, api.OriginJobType, name+"/"+version); err != nil {
		return nil, err
	}
	if v.may(auth.Editor) {
		word, path := "Pause", "/pause"
		if d.T.IsPaused {
			word, path = "Resume", "/resume"
		}
		d.Buttons = append(d.Buttons, button{word + "…", Prefix + "job-types" + pathOf(name, version) + path, ""})
	}
	d.Code = written(codeOfJobType(d.T))
	return &sheet{template: "jobtype", title: "Job type " + name + " " + version, section: "types", data: d}, nil
}

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

// askJobType, editJobType: pausing and resuming.
func (p *Page) askJobType(pause bool) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		if err := v.need(auth.Editor); err != nil {
			return nil, err
		}
		name, version := v.PathValue("name"), v.PathValue("version")
		var t api.JobTypeDetail
		if err := v.call.get(ctx, "/v6/job-types"+pathOf(name, version)+"/", nil, &t); err != nil {
			return nil, err
		}
		owner, err := v.ownerNamed(ctx, api.OriginJobType, name+"/"+version)
		if err != nil {
			return nil, err
		}
		q := question{Heading: fmt.Sprintf("Resume job type %s %s?", name, version), Button: "Resume " + name + " " + version,
			Will: []string{"Jobs of it that wait are started as soon as there is a worker."}, Back: Prefix + "job-types" + pathOf(name, version),
			Warning: warn(owner, fmt.Sprintf("set is_paused = %t there to agree", pause))}
		if pause {
			q.Heading, q.Button = fmt.Sprintf("Pause job type %s %s?", name, version), "Pause "+name+" "+version
			q.Will = []string{"No more jobs of it are started; recipes wait for them. What runs goes on."}
		}
		return v.ask(q), nil
	}
}

func (p *Page) pauseJobType(pause bool) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		path := pathOf(v.PathValue("name"), v.PathValue("version"))
		body := map[string]any{"is_paused": pause}
		if err := v.call.send(ctx, http.MethodPatch, "/v6/job-types"+path+"/", "", body, nil); err != nil {
			return nil, err
		}
		return &sheet{location: Prefix + "job-types" + path}, nil
	}
}
