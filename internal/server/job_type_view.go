package server

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func jobTypeBaseView(t store.JobType) api.JobTypeBase {
	return api.JobTypeBase{
		ID: t.ID, Name: t.Name, Version: t.Version, Title: t.Title, Description: t.Description,
		IsActive: t.IsActive, IsPaused: t.IsPaused, IsPublished: t.IsPublished, IconCode: t.IconCode,
	}
}

func jobTypeView(t store.JobType) api.JobType {
	return api.JobType{
		JobTypeBase: jobTypeBaseView(t), MaxScheduled: t.MaxScheduled, MaxTries: t.MaxTries, RevisionNum: t.RevisionNum,
		DockerImage: t.DockerImage, Created: timeView(t.Created), Deprecated: timePtrView(t.Deprecated),
		Paused: timePtrView(t.Paused), LastModified: timeView(t.LastModified),
	}
}

// jobTypeDetails are the details of rows. Secret settings are left out.
func (s *Server) jobTypeDetails(ctx context.Context, rows []store.JobType) ([]api.JobTypeDetail, error) {
	out := make([]api.JobTypeDetail, len(rows))
	for i, row := range rows {
		users, err := s.store.RecipeTypesOfJobType(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		configuration := s.configurationView(row.Configuration, secretSettings(row.Manifest))
		if configuration == nil {
			configuration = json.RawMessage("{}")
		}
		out[i] = api.JobTypeDetail{JobType: jobTypeView(row), Manifest: row.Manifest,
			Configuration: configuration, RecipeTypes: recipeTypesView(users)}
	}
	return out, nil
}

// jobTypeNamesView groups rows, which are sorted by name and version, by name. The
// newest version by semantic order speaks for the name.
func jobTypeNamesView(rows []store.JobType) []api.JobTypeName {
	out := []api.JobTypeName{}
	for group := range slices.Values(groupByName(rows)) {
		slices.SortFunc(group, func(a, b store.JobType) int { return compareVersions(b.Version, a.Version) })
		t := group[0]
		name := api.JobTypeName{
			Name: t.Name, Title: t.Title, Description: t.Description, IsActive: t.IsActive, IsPaused: t.IsPaused,
			IsPublished: t.IsPublished, IconCode: t.IconCode, LatestVersion: t.Version,
		}
		for _, version := range group {
			name.Versions = append(name.Versions, version.Version)
		}
		out = append(out, name)
	}
	return out
}

func groupByName(rows []store.JobType) [][]store.JobType {
	var out [][]store.JobType
	at := map[string]int{}
	for _, row := range rows {
		i, known := at[row.Name]
		if !known {
			i = len(out)
			at[row.Name] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], row)
	}
	return out
}

func jobTypeRevRefView(r store.JobTypeRevision) api.JobTypeRevRef {
	return api.JobTypeRevRef{ID: r.ID, JobType: api.Ref{ID: r.JobTypeID}, RevisionNum: r.RevisionNum}
}

func jobTypeRevisionView(t store.JobType, r store.JobTypeRevision) api.JobTypeRevision {
	return api.JobTypeRevision{ID: r.ID, JobType: jobTypeBaseView(t), RevisionNum: r.RevisionNum,
		DockerImage: r.DockerImage, Created: timeView(r.Created)}
}

func jobTypeRevisionDetailView(t store.JobType, r store.JobTypeRevision) api.JobTypeRevisionDetail {
	return api.JobTypeRevisionDetail{JobTypeRevision: jobTypeRevisionView(t, r), Manifest: r.Manifest}
}
