package view

import (
	"context"
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// jobBases are jobs as other things refer to them.
func (s Views) jobBases(ctx context.Context, ids IDSet) (map[int64]*api.JobBase, error) {
	jobs, err := s.store.JobsByID(ctx, ids.List())
	if err != nil {
		return nil, err
	}
	typeIDs, out := IDSet{}, map[int64]*api.JobBase{}
	for _, job := range jobs {
		typeIDs.Add(&job.JobTypeID)
	}
	types, err := s.store.JobTypesByID(ctx, typeIDs.List())
	for id, job := range jobs {
		out[id] = &api.JobBase{ID: id, JobType: JobTypeBase(types[job.JobTypeID]), Status: job.Status}
	}
	return out, err
}

// of is the job with that id; nil for none.
func of(jobs map[int64]*api.JobBase, id *int64) *api.JobBase {
	if id == nil {
		return nil
	}
	return jobs[*id]
}

// Strikes is strikes as a list has them.
func (s Views) Strikes(ctx context.Context, rows []store.Strike) ([]api.Strike, error) {
	ids := IDSet{}
	for _, row := range rows {
		ids.Add(row.JobID)
	}
	jobs, err := s.jobBases(ctx, ids)
	out := make([]api.Strike, len(rows))
	for i, row := range rows {
		out[i] = api.Strike{ID: row.ID, Name: row.Name, Title: row.Title, Description: Text(row.Description), Job: of(jobs, row.JobID),
			Created: Time(row.Created), LastModified: Time(row.LastModified)}
	}
	return out, err
}

// StrikeDetail is a strike with its configuration; only who may see secrets sees those.
func (s Views) StrikeDetail(ctx context.Context, row store.Strike, secrets bool) (api.StrikeDetail, error) {
	list, err := s.Strikes(ctx, []store.Strike{row})
	if err != nil {
		return api.StrikeDetail{}, err
	}
	raw, err := s.arrivalConfiguration(ingest.Strike, row.Configuration, secrets)
	return api.StrikeDetail{Strike: list[0], Configuration: raw}, err
}

// Scans is scans as a list has them.
func (s Views) Scans(ctx context.Context, rows []store.Scan) ([]api.Scan, error) {
	ids := IDSet{}
	for _, row := range rows {
		ids.Add(row.JobID, row.DryRunJobID)
	}
	jobs, err := s.jobBases(ctx, ids)
	out := make([]api.Scan, len(rows))
	for i, row := range rows {
		out[i] = api.Scan{ID: row.ID, Name: row.Name, Title: row.Title, Description: Text(row.Description), Job: of(jobs, row.JobID),
			DryRunJob: of(jobs, row.DryRunJobID), FileCount: row.FileCount, Created: Time(row.Created), LastModified: Time(row.LastModified)}
	}
	return out, err
}

// ScanDetail is a scan with its configuration; only who may see secrets sees those.
func (s Views) ScanDetail(ctx context.Context, row store.Scan, secrets bool) (api.ScanDetail, error) {
	list, err := s.Scans(ctx, []store.Scan{row})
	if err != nil {
		return api.ScanDetail{}, err
	}
	raw, err := s.arrivalConfiguration(ingest.Scan, row.Configuration, secrets)
	return api.ScanDetail{Scan: list[0], Configuration: raw}, err
}

func (s Views) arrivalConfiguration(kind ingest.Kind, stored store.JSON, secrets bool) (json.RawMessage, error) {
	c, err := s.arrivals.Configuration(kind, stored)
	if err != nil {
		return nil, err
	}
	if !secrets {
		c = c.Masked()
	}
	return json.Marshal(c)
}

// Workspace is a workspace of a list.
func Workspace(w store.Workspace) api.Workspace {
	return api.Workspace{
		ID: w.ID, Name: w.Name, Title: w.Title, Description: Text(w.Description), BaseURL: Text(w.BaseURL),
		IsActive: w.IsActive, Created: Time(w.Created), Deprecated: TimePtr(w.Deprecated), LastModified: Time(w.LastModified),
	}
}

// WorkspaceDetail is a workspace with its configuration.
func WorkspaceDetail(w store.Workspace) api.WorkspaceDetail {
	return api.WorkspaceDetail{Workspace: Workspace(w), Configuration: api.WorkspaceConfiguration{
		Broker: api.Broker{Type: w.Broker, HostPath: w.HostPath}}}
}

// ingestRelated is what the views of some ingests need besides their rows.
type ingestRelated struct {
	workspaces map[int64]store.Workspace
	strikes    map[int64]store.Strike
	scans      map[int64]store.Scan
	files      map[int64]api.File
}

func (s Views) ingestsRelated(ctx context.Context, rows ...store.Ingest) (rel ingestRelated, err error) {
	workspaces, strikes, scans, files := IDSet{}, IDSet{}, IDSet{}, IDSet{}
	for _, row := range rows {
		workspaces.Add(&row.WorkspaceID, row.NewWorkspaceID)
		strikes.Add(row.StrikeID)
		scans.Add(row.ScanID)
		files.Add(row.SourceFileID)
	}
	if rel.workspaces, err = s.store.WorkspacesByID(ctx, workspaces.List()); err != nil {
		return rel, err
	}
	if rel.strikes, err = s.store.StrikesByID(ctx, strikes.List()); err != nil {
		return rel, err
	}
	if rel.scans, err = s.store.ScansByID(ctx, scans.List()); err != nil {
		return rel, err
	}
	byID, err := s.store.FilesByID(ctx, files.List())
	if err != nil {
		return rel, err
	}
	var fileRows []store.File
	for _, row := range byID {
		fileRows = append(fileRows, row)
	}
	list, err := s.FileList(ctx, fileRows)
	rel.files = map[int64]api.File{}
	for _, f := range list {
		rel.files[f.ID] = f
	}
	return rel, err
}

func (rel ingestRelated) common(row store.Ingest) api.IngestCommon {
	out := api.IngestCommon{
		ID: row.ID, FileName: row.FileName, Status: row.Status, BytesTransferred: row.BytesTransferred,
		TransferStarted: Time(row.TransferStarted), TransferEnded: TimePtr(row.TransferEnded), MediaType: row.MediaType, FileSize: row.FileSize,
		DataTypeTags: []string{}, FilePath: row.FilePath, NewFilePath: row.NewFilePath, Job: Ref(row.JobID),
		IngestStarted: TimePtr(row.IngestStarted), IngestEnded: TimePtr(row.IngestEnded), Created: Time(row.Created), LastModified: Time(row.LastModified),
	}
	_ = json.Unmarshal(row.DataTypes, &out.DataTypeTags) // we wrote it
	if row.SourceFileID == nil {
		return out
	}
	if f, known := rel.files[*row.SourceFileID]; known {
		out.SourceFile = &api.IngestFile{File: f}
		out.DataStarted, out.DataEnded = f.DataStarted, f.DataEnded
	}
	return out
}

// Ingests is ingests as a list has them.
func (s Views) Ingests(ctx context.Context, rows []store.Ingest) ([]api.Ingest, error) {
	rel, err := s.ingestsRelated(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := make([]api.Ingest, len(rows))
	for i, row := range rows {
		out[i] = api.Ingest{IngestCommon: rel.common(row), Workspace: Workspace(rel.workspaces[row.WorkspaceID])}
		if row.NewWorkspaceID != nil {
			w := Workspace(rel.workspaces[*row.NewWorkspaceID])
			out[i].NewWorkspace = &w
		}
		if row.StrikeID != nil {
			st := rel.strikes[*row.StrikeID]
			out[i].Strike = &api.IngestStrike{ID: st.ID, Name: st.Name, Title: st.Title, Description: Text(st.Description), Job: Ref(st.JobID)}
		}
		if row.ScanID != nil {
			sc := rel.scans[*row.ScanID]
			out[i].Scan = &api.IngestScan{ID: sc.ID, Name: sc.Name, Title: sc.Title, Description: Text(sc.Description), Job: Ref(sc.JobID), DryRunJob: Ref(sc.DryRunJobID)}
		}
	}
	return out, nil
}

// IngestDetail is one ingest with all that it refers to; only who may see secrets sees those.
func (s Views) IngestDetail(ctx context.Context, row store.Ingest, secrets bool) (api.IngestDetail, error) {
	rel, err := s.ingestsRelated(ctx, row)
	if err != nil {
		return api.IngestDetail{}, err
	}
	out := api.IngestDetail{IngestCommon: rel.common(row), Workspace: WorkspaceDetail(rel.workspaces[row.WorkspaceID])}
	if row.NewWorkspaceID != nil {
		w := WorkspaceDetail(rel.workspaces[*row.NewWorkspaceID])
		out.NewWorkspace = &w
	}
	if row.StrikeID != nil {
		st, err := s.StrikeDetail(ctx, rel.strikes[*row.StrikeID], secrets)
		if err != nil {
			return out, err
		}
		out.Strike = &st
	}
	if row.ScanID != nil {
		sc, err := s.ScanDetail(ctx, rel.scans[*row.ScanID], secrets)
		if err != nil {
			return out, err
		}
		out.Scan = &sc
	}
	return out, nil
}
