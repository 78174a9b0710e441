package view

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// JobTypeBase is a job type as others refer to it.
func JobTypeBase(t store.JobType) api.JobTypeBase {
	return api.JobTypeBase{
		ID: t.ID, Name: t.Name, Version: t.Version, Title: t.Title, Description: t.Description,
		IsActive: t.IsActive, IsSystem: t.IsSystem, IsPaused: t.IsPaused, IsPublished: t.IsPublished, IconCode: t.IconCode,
	}
}

// JobType is a job type of a list.
func JobType(t store.JobType) api.JobType {
	return api.JobType{
		JobTypeBase: JobTypeBase(t), MaxScheduled: t.MaxScheduled, MaxTries: t.MaxTries, Retry: t.Retry, RevisionNum: t.RevisionNum,
		DockerImage: t.DockerImage, Created: Time(t.Created), Deprecated: TimePtr(t.Deprecated),
		Paused: TimePtr(t.Paused), LastModified: Time(t.LastModified),
	}
}

// JobTypeDetails are the details of rows. Secret settings are left out.
func (s Views) JobTypeDetails(ctx context.Context, rows []store.JobType) ([]api.JobTypeDetail, error) {
	out := make([]api.JobTypeDetail, len(rows))
	for i, row := range rows {
		users, err := s.store.RecipeTypesOfJobType(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		configuration := s.JobConfiguration(row.Configuration, SecretSettings(row.Manifest))
		if configuration == nil {
			configuration = json.RawMessage("{}")
		}
		out[i] = api.JobTypeDetail{JobType: JobType(row), Manifest: row.Manifest,
			Configuration: configuration, RecipeTypes: RecipeTypes(users)}
	}
	return out, nil
}

// JobTypeNames groups rows, which are sorted by name and version, by name. The
// newest version by semantic order speaks for the name.
func JobTypeNames(rows []store.JobType) []api.JobTypeName {
	out := []api.JobTypeName{}
	for group := range slices.Values(groupByName(rows)) {
		slices.SortFunc(group, func(a, b store.JobType) int { return CompareVersions(b.Version, a.Version) })
		t := group[0]
		name := api.JobTypeName{
			Name: t.Name, Title: t.Title, Description: t.Description, IsActive: t.IsActive, IsSystem: t.IsSystem, IsPaused: t.IsPaused,
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

// JobTypeRevRef is a revision as others refer to it.
func JobTypeRevRef(r store.JobTypeRevision) api.JobTypeRevRef {
	return api.JobTypeRevRef{ID: r.ID, JobType: api.Ref{ID: r.JobTypeID}, RevisionNum: r.RevisionNum}
}

// JobTypeRevision is a revision of a list.
func JobTypeRevision(t store.JobType, r store.JobTypeRevision) api.JobTypeRevision {
	return api.JobTypeRevision{ID: r.ID, JobType: JobTypeBase(t), RevisionNum: r.RevisionNum,
		DockerImage: r.DockerImage, Created: Time(r.Created)}
}

// JobTypeRevisionDetail is a revision with its manifest.
func JobTypeRevisionDetail(t store.JobType, r store.JobTypeRevision) api.JobTypeRevisionDetail {
	return api.JobTypeRevisionDetail{JobTypeRevision: JobTypeRevision(t, r), Manifest: r.Manifest}
}
