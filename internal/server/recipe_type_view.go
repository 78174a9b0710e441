package server

import (
	"cmp"
	"context"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func recipeTypeBaseView(t store.RecipeType) api.RecipeTypeBase {
	return api.RecipeTypeBase{ID: t.ID, Name: t.Name, Title: t.Title, Description: textView(t.Description),
		RevisionNum: t.RevisionNum}
}

func recipeTypeView(t store.RecipeType) api.RecipeType {
	return api.RecipeType{RecipeTypeBase: recipeTypeBaseView(t), IsActive: t.IsActive, Created: timeView(t.Created),
		Deprecated: timePtrView(t.Deprecated), LastModified: timeView(t.LastModified)}
}

func recipeTypesView(rows []store.RecipeType) []api.RecipeType {
	out := make([]api.RecipeType, len(rows))
	for i, row := range rows {
		out[i] = recipeTypeView(row)
	}
	return out
}

// uses is what recipe types use, each thing once, sorted by name (and version).
type uses struct {
	jobTypes    []store.JobType
	recipeTypes []store.RecipeType
}

// usesOf looks up what the latest revisions of those recipe types use, by their ids.
func (s *Server) usesOf(ctx context.Context, ids []int64) (map[int64]uses, error) {
	links, err := s.store.RecipeTypeLinks(ctx, ids)
	if err != nil {
		return nil, err
	}
	jobIDs, subIDs := idSet{}, idSet{}
	for _, l := range links {
		jobIDs.add(l.JobTypeID)
		subIDs.add(l.SubRecipeTypeID)
	}
	jobTypes, err := s.store.JobTypesByID(ctx, jobIDs.list())
	if err != nil {
		return nil, err
	}
	subTypes, err := s.store.RecipeTypesByID(ctx, subIDs.list())
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
			return cmp.Or(cmp.Compare(a.Name, b.Name), compareVersions(a.Version, b.Version))
		})
		u.jobTypes = slices.CompactFunc(u.jobTypes, func(a, b store.JobType) bool { return a.ID == b.ID })
		slices.SortFunc(u.recipeTypes, func(a, b store.RecipeType) int { return cmp.Compare(a.Name, b.Name) })
		u.recipeTypes = slices.CompactFunc(u.recipeTypes, func(a, b store.RecipeType) bool { return a.ID == b.ID })
		out[id] = u
	}
	return out, nil
}

func (s *Server) recipeTypeList(ctx context.Context, rows []store.RecipeType) ([]api.RecipeTypeListed, error) {
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
		t := api.RecipeTypeListed{RecipeType: recipeTypeView(row), JobTypes: []api.JobTypeNameVersion{}, SubRecipeTypes: []string{}}
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

func (s *Server) recipeTypeDetail(ctx context.Context, row store.RecipeType) (api.RecipeTypeDetail, error) {
	out := api.RecipeTypeDetail{RecipeType: recipeTypeView(row), Definition: row.Definition}
	used, err := s.usesOf(ctx, []int64{row.ID})
	if err != nil {
		return out, err
	}
	if out.JobTypes, err = s.jobTypeDetails(ctx, used[row.ID].jobTypes); err != nil {
		return out, err
	}
	super, err := s.store.SuperRecipeTypes(ctx, row.ID)
	if err != nil {
		return out, err
	}
	out.SubRecipeTypes, out.SuperRecipeTypes = recipeTypesView(used[row.ID].recipeTypes), recipeTypesView(super)
	return out, nil
}

func recipeTypeRevisionView(t store.RecipeType, r store.RecipeTypeRevision) api.RecipeTypeRevision {
	return api.RecipeTypeRevision{ID: r.ID, RecipeType: recipeTypeBaseView(t), RevisionNum: r.RevisionNum,
		Created: timeView(r.Created)}
}

func recipeTypeRevisionDetailView(t store.RecipeType, r store.RecipeTypeRevision) api.RecipeTypeRevisionDetail {
	return api.RecipeTypeRevisionDetail{ID: r.ID, RecipeType: recipeTypeView(t), RevisionNum: r.RevisionNum,
		Created: timeView(r.Created), Definition: r.Definition}
}

func recipeTypeRevRefView(r store.RecipeTypeRevision) api.RecipeTypeRevRef {
	return api.RecipeTypeRevRef{ID: r.ID, RecipeType: api.Ref{ID: r.RecipeTypeID}, RevisionNum: r.RevisionNum}
}
