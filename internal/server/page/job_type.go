package page

import (
	"context"
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
	d.Code = codeOfJobType(d.T)
	return &sheet{template: "jobtype", title: "Job type " + name + " " + version, section: "types", data: d}, nil
}
