package view

import (
	"cmp"
	"context"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// RecipeTypeBase is a recipe type as others refer to it.
func RecipeTypeBase(t store.RecipeType) api.RecipeTypeBase {
	return api.RecipeTypeBase{ID: t.ID, Name: t.Name, Title: t.Title, Description: Text(t.Description),
		RevisionNum: t.RevisionNum}
}

// RecipeType is a recipe type without what it uses.
func RecipeType(t store.RecipeType) api.RecipeType {
	return api.RecipeType{RecipeTypeBase: RecipeTypeBase(t), IsActive: t.IsActive, Created: Time(t.Created),
		Deprecated: TimePtr(t.Deprecated), LastModified: Time(t.LastModified)}
}

// RecipeTypes is RecipeType of each.
func RecipeTypes(rows []store.RecipeType) []api.RecipeType {
	out := make([]api.RecipeType, len(rows))
	for i, row := range rows {
		out[i] = RecipeType(row)
	}
	return out
}

// uses is what recipe types use, each thing once, sorted by name (and version).
type uses struct {
	jobTypes    []store.JobType
	recipeTypes []store.RecipeType
}

// usesOf looks up what the latest revisions of those recipe types use, by their ids.
func (s Views) usesOf(ctx context.Context, ids []int64) (map[int64]uses, error) {
	links, err := s.store.RecipeTypeLinks(ctx, ids)
	if err != nil {
		return nil, err
	}
	jobIDs, subIDs := IDSet{}, IDSet{}
	for _, l := range links {
		jobIDs.Add(l.JobTypeID)
		subIDs.Add(l.SubRecipeTypeID)
	}
	jobTypes, err := s.store.JobTypesByID(ctx, jobIDs.List())
	if err != nil {
		return nil, err
	}
	subTypes, err := s.store.RecipeTypesByID(ctx, subIDs.List())
	if err != nil {
		return nil, err
	}
	out := map[int64]uses{}
	for _, l := range links {
		u := out[l.RecipeTypeID]
		if l.JobTypeID != nil {
			u.jobTypes = append(u.jobTypes, jobTypes[*l.JobTypeID])
		}
		if l.SubRecipeTypeID != nil {
			u.recipeTypes = append(u.recipeTypes, subTypes[*l.SubRecipeTypeID])
		}
		out[l.RecipeTypeID] = u
	}
	for id, u := range out {
		slices.SortFunc(u.jobTypes, func(a, b store.JobType) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), CompareVersions(a.Version, b.Version))
		})
		u.jobTypes = slices.CompactFunc(u.jobTypes, func(a, b store.JobType) bool { return a.ID == b.ID })
		slices.SortFunc(u.recipeTypes, func(a, b store.RecipeType) int { return cmp.Compare(a.Name, b.Name) })
		u.recipeTypes = slices.CompactFunc(u.recipeTypes, func(a, b store.RecipeType) bool { return a.ID == b.ID })
		out[id] = u
	}
	return out, nil
}

// RecipeTypeList is recipe types as a list has them.
func (s Views) RecipeTypeList(ctx context.Context, rows []store.RecipeType) ([]api.RecipeTypeListed, error) {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	used, err := s.usesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]api.RecipeTypeListed, len(rows))
	for i, row := range rows {
		t := api.RecipeTypeListed{RecipeType: RecipeType(row), JobTypes: []api.JobTypeNameVersion{}, SubRecipeTypes: []string{}}
		for _, jobType := range used[row.ID].jobTypes {
			t.JobTypes = append(t.JobTypes, api.JobTypeNameVersion{Name: jobType.Name, Version: jobType.Version})
		}
		for _, sub := range used[row.ID].recipeTypes {
			t.SubRecipeTypes = append(t.SubRecipeTypes, sub.Name)
		}
		out[i] = t
	}
	return out, nil
}

// RecipeTypeDetail is one recipe type with its definition and all that it uses.
func (s Views) RecipeTypeDetail(ctx context.Context, row store.RecipeType) (api.RecipeTypeDetail, error) {
	out := api.RecipeTypeDetail{RecipeType: RecipeType(row), Definition: row.Definition}
	used, err := s.usesOf(ctx, []int64{row.ID})
	if err != nil {
		return out, err
	}
	if out.JobTypes, err = s.JobTypeDetails(ctx, used[row.ID].jobTypes); err != nil {
		return out, err
	}
	super, err := s.store.SuperRecipeTypes(ctx, row.ID)
	if err != nil {
		return out, err
	}
	out.SubRecipeTypes, out.SuperRecipeTypes = RecipeTypes(used[row.ID].recipeTypes), RecipeTypes(super)
	return out, nil
}

// RecipeTypeRevision is a revision of a list.
func RecipeTypeRevision(t store.RecipeType, r store.RecipeTypeRevision) api.RecipeTypeRevision {
	return api.RecipeTypeRevision{ID: r.ID, RecipeType: RecipeTypeBase(t), RevisionNum: r.RevisionNum,
		Created: Time(r.Created)}
}

// RecipeTypeRevisionDetail is a revision with its definition.
func RecipeTypeRevisionDetail(t store.RecipeType, r store.RecipeTypeRevision) api.RecipeTypeRevisionDetail {
	return api.RecipeTypeRevisionDetail{ID: r.ID, RecipeType: RecipeType(t), RevisionNum: r.RevisionNum,
		Created: Time(r.Created), Definition: r.Definition}
}

// RecipeTypeRevRef is a revision as others refer to it.
func RecipeTypeRevRef(r store.RecipeTypeRevision) api.RecipeTypeRevRef {
	return api.RecipeTypeRevRef{ID: r.ID, RecipeType: api.Ref{ID: r.RecipeTypeID}, RevisionNum: r.RevisionNum}
}
