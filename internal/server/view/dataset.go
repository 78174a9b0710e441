package view

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// DatasetList is data sets as a list has them.
func (s Views) DatasetList(ctx context.Context, rows []store.Dataset) ([]api.Dataset, error) {
	ids := IDSet{}
	for _, row := range rows {
		ids.Add(&row.ID)
	}
	files, err := s.store.CountDatasetFiles(ctx, ids.List())
	if err != nil {
		return nil, err
	}
	out := make([]api.Dataset, len(rows))
	for i, row := range rows {
		out[i] = api.Dataset{ID: row.ID, Title: row.Title, Description: row.Description, Created: Time(row.Created),
			Definition: row.Definition, Files: files[row.ID]}
	}
	return out, nil
}

// DatasetDetail is one data set with all of its members and files, but for those of kitchens that sees leaves out.
func (s Views) DatasetDetail(ctx context.Context, row store.Dataset, sees store.KitchenFilter) (api.DatasetDetail, error) {
	out := api.DatasetDetail{ID: row.ID, Title: row.Title, Description: row.Description, Created: Time(row.Created), Definition: row.Definition,
		Members: []api.DatasetMemberBase{}, Files: []api.DatasetFile{}}
	members, _, err := s.store.DatasetMembers(ctx, row.ID, store.Paging{})
	if err != nil {
		return out, err
	}
	for _, m := range members {
		out.Members = append(out.Members, memberBase(m))
	}
	files, err := s.store.DatasetFiles(ctx, row.ID)
	if err != nil {
		return out, err
	}
	ids := IDSet{}
	for _, f := range files {
		ids.Add(&f.FileID)
	}
	rows, err := s.filesSeen(ctx, ids.List(), sees)
	if err != nil {
		return out, err
	}
	for _, f := range files {
		if _, seen := rows[f.FileID]; !seen {
			continue
		}
		out.Files = append(out.Files, api.DatasetFile{ID: f.ID, ParameterName: f.ParameterName,
			ScaleFile: api.ScaleFile{ID: f.FileID, FileName: rows[f.FileID].FileName, Countries: []string{}}})
	}
	return out, nil
}

// filesSeen is the files with those ids that are of no kitchen that sees leaves out.
func (s Views) filesSeen(ctx context.Context, ids []int64, sees store.KitchenFilter) (map[int64]store.File, error) {
	out := make(map[int64]store.File, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	rows, _, err := s.store.Files(ctx, store.FileFilter{FileIDs: ids, Kitchens: sees})
	for _, row := range rows {
		out[row.ID] = row
	}
	return out, err
}

// memberBase is a member without its data. Its files come in the order of their parameters.
func memberBase(m store.DatasetMember) api.DatasetMemberBase {
	out := api.DatasetMemberBase{ID: m.ID, Created: Time(m.Created), FileIDs: []int64{}}
	files := FilesOf(m.Data)
	for _, name := range sortedNames(files) {
		out.FileIDs = append(out.FileIDs, files[name]...)
	}
	return out
}

// DatasetMembers is members as lists have them.
func DatasetMembers(rows []store.DatasetMember) []api.DatasetMember {
	out := make([]api.DatasetMember, len(rows))
	for i, row := range rows {
		out[i] = api.DatasetMember{DatasetMemberBase: memberBase(row), Data: Data(row.Data)}
	}
	return out
}

// DatasetMemberDetail is one member with its files, but for those of kitchens that sees leaves out.
func (s Views) DatasetMemberDetail(ctx context.Context, row store.DatasetMember, sees store.KitchenFilter) (api.DatasetMemberDetail, error) {
	out := api.DatasetMemberDetail{DatasetMember: DatasetMembers([]store.DatasetMember{row})[0], Dataset: api.Ref{ID: row.DatasetID},
		Files: []api.DatasetMemberFile{}}
	ofSet, err := s.store.DatasetFiles(ctx, row.DatasetID)
	if err != nil {
		return out, err
	}
	files, err := s.filesSeen(ctx, out.FileIDs, sees)
	if err != nil {
		return out, err
	}
	var rows []store.File
	for _, f := range ofSet {
		if file, isMembers := files[f.FileID]; isMembers {
			rows = append(rows, file)
			out.Files = append(out.Files, api.DatasetMemberFile{ID: f.ID, ParameterName: f.ParameterName})
		}
	}
	views, err := s.FileList(ctx, rows)
	for i := range views {
		out.Files[i].ScaleFile = views[i]
	}
	return out, err
}
