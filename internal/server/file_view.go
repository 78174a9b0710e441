package server

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// fileList looks up what the views of rows need with one query for each kind of thing.
func (s *Server) fileList(ctx context.Context, rows []store.File) ([]api.File, error) {
	workspaceIDs, jobIDs, recipeIDs := idSet{}, idSet{}, idSet{}
	for _, row := range rows {
		workspaceIDs.add(&row.WorkspaceID)
		jobIDs.add(row.JobID)
		recipeIDs.add(row.RecipeID)
	}
	workspaces, err := s.store.WorkspacesByID(ctx, workspaceIDs.list())
	if err != nil {
		return nil, err
	}
	jobs, err := s.store.JobsByID(ctx, jobIDs.list())
	if err != nil {
		return nil, err
	}
	recipes, err := s.store.RecipesByID(ctx, recipeIDs.list())
	if err != nil {
		return nil, err
	}
	jobTypeIDs, recipeTypeIDs := idSet{}, idSet{}
	for _, job := range jobs {
		jobTypeIDs.add(&job.JobTypeID)
	}
	for _, recipe := range recipes {
		recipeTypeIDs.add(&recipe.RecipeTypeID)
	}
	jobTypes, err := s.store.JobTypesByID(ctx, jobTypeIDs.list())
	if err != nil {
		return nil, err
	}
	recipeTypes, err := s.store.RecipeTypesByID(ctx, recipeTypeIDs.list())
	if err != nil {
		return nil, err
	}
	out := make([]api.File, len(rows))
	for i, row := range rows {
		out[i] = fileView(row, workspaces[row.WorkspaceID])
		if row.JobID != nil {
			base := jobTypeBaseView(jobTypes[jobs[*row.JobID].JobTypeID])
			out[i].JobType = &base
		}
		if row.RecipeID != nil {
			base := recipeTypeBaseView(recipeTypes[recipes[*row.RecipeID].RecipeTypeID])
			out[i].RecipeType = &base
		}
	}
	return out, nil
}

func fileView(f store.File, w store.Workspace) api.File {
	out := api.File{
		ID: f.ID, FileName: f.FileName, Workspace: api.FileWorkspace{ID: w.ID, Name: w.Name}, DataTypeTags: []string{},
		MediaType: f.MediaType, FileType: f.FileType, FileSize: f.FileSize, FilePath: f.FilePath, SHA256: f.SHA256,
		IsDeleted: f.IsDeleted, Created: timeView(f.Created), Deleted: timePtrView(f.Deleted),
		DataStarted: timePtrView(f.DataStarted), DataEnded: timePtrView(f.DataEnded), Sources: sourcesView(f.Sources),
		LastModified: timeView(f.LastModified), Countries: []string{}, Job: refView(f.JobID), JobExe: refView(f.JobExeID),
		JobOutput: textView(f.JobOutput), Recipe: refView(f.RecipeID), RecipeNode: textView(f.RecipeNode),
		IsSuperseded: f.IsSuperseded, Superseded: timePtrView(f.Superseded),
	}
	if len(f.DataTypes) > 0 {
		_ = json.Unmarshal(f.DataTypes, &out.DataTypeTags) // we wrote it
	}
	if w.BaseURL != "" {
		url := strings.TrimSuffix(w.BaseURL, "/") + "/" + f.FilePath
		out.URL = &url
	}
	return out
}

func (s *Server) fileDetail(ctx context.Context, row store.File) (api.FileDetail, error) {
	list, err := s.fileList(ctx, []store.File{row})
	if err != nil {
		return api.FileDetail{}, err
	}
	return api.FileDetail{File: list[0], MetaData: objectView(row.MetaData)}, nil
}
