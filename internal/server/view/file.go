package view

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// FileList looks up what the views of rows need with one query for each kind of thing.
func (s Views) FileList(ctx context.Context, rows []store.File) ([]api.File, error) {
	workspaceIDs, jobIDs, recipeIDs := IDSet{}, IDSet{}, IDSet{}
	for _, row := range rows {
		workspaceIDs.Add(&row.WorkspaceID)
		jobIDs.Add(row.JobID)
		recipeIDs.Add(row.RecipeID)
	}
	workspaces, err := s.store.WorkspacesByID(ctx, workspaceIDs.List())
	if err != nil {
		return nil, err
	}
	jobs, err := s.store.JobsByID(ctx, jobIDs.List())
	if err != nil {
		return nil, err
	}
	recipes, err := s.store.RecipesByID(ctx, recipeIDs.List())
	if err != nil {
		return nil, err
	}
	jobTypeIDs, recipeTypeIDs, batchIDs := IDSet{}, IDSet{}, IDSet{}
	for _, job := range jobs {
		batchIDs.Add(job.BatchID)
		jobTypeIDs.Add(&job.JobTypeID)
	}
	for _, recipe := range recipes {
		recipeTypeIDs.Add(&recipe.RecipeTypeID)
	}
	jobTypes, err := s.store.JobTypesByID(ctx, jobTypeIDs.List())
	if err != nil {
		return nil, err
	}
	recipeTypes, err := s.store.RecipeTypesByID(ctx, recipeTypeIDs.List())
	if err != nil {
		return nil, err
	}
	batches, err := s.store.BatchesByID(ctx, batchIDs.List())
	if err != nil {
		return nil, err
	}
	out := make([]api.File, len(rows))
	for i, row := range rows {
		out[i] = File(row, workspaces[row.WorkspaceID])
		if row.JobID != nil {
			base := JobTypeBase(jobTypes[jobs[*row.JobID].JobTypeID])
			out[i].JobType = &base
			out[i].Batch = batchBase(batches, jobs[*row.JobID].BatchID)
		}
		if row.RecipeID != nil {
			base := RecipeTypeBase(recipeTypes[recipes[*row.RecipeID].RecipeTypeID])
			out[i].RecipeType = &base
		}
	}
	return out, nil
}

// File is a file of a list; w is its workspace, which its URL is made of.
func File(f store.File, w store.Workspace) api.File {
	out := api.File{
		ID: f.ID, FileName: f.FileName, Workspace: api.FileWorkspace{ID: w.ID, Name: w.Name}, DataTypeTags: []string{},
		MediaType: f.MediaType, FileType: f.FileType, FileSize: f.FileSize, FilePath: f.FilePath, SHA256: f.SHA256,
		IsDeleted: f.IsDeleted, Created: Time(f.Created), Deleted: TimePtr(f.Deleted),
		DataStarted: TimePtr(f.DataStarted), DataEnded: TimePtr(f.DataEnded), Sources: Sources(f.Sources),
		LastModified: Time(f.LastModified), Geometry: f.Geometry, CenterPoint: f.CenterPoint, Countries: []string{}, Job: Ref(f.JobID), JobExe: Ref(f.JobExeID),
		JobOutput: Text(f.JobOutput), Recipe: Ref(f.RecipeID), RecipeNode: Text(f.RecipeNode),
		IsSuperseded: f.IsSuperseded, Superseded: TimePtr(f.Superseded),
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

// FileDetail is one file with all that it refers to.
func (s Views) FileDetail(ctx context.Context, row store.File) (api.FileDetail, error) {
	list, err := s.FileList(ctx, []store.File{row})
	if err != nil {
		return api.FileDetail{}, err
	}
	return api.FileDetail{File: list[0], MetaData: Object(row.MetaData)}, nil
}

// FilesOf are the file ids of a stored recipe.Data by input.
func FilesOf(raw store.JSON) map[string][]int64 {
	var data struct {
		Files map[string][]int64 `json:"files"`
	}
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &data) // we wrote it
	}
	return data.Files
}
