package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Files: contract 1.5; upload and content are ours.

// fileFilter reads the filters of files that need nothing but the request; the caller resolves the workspaces. Nothing: no file can
// be meant.
func (r *request) fileFilter() (f store.FileFilter, workspaces []string, nothing bool) {
	f = store.FileFilter{
		FileTypes: r.oneOfEach("file_type", "SOURCE", "PRODUCT"), MediaTypes: r.strings("media_type"),
		FileNames: r.strings("file_name"), NameSearch: r.textOr("file_name_search", ""), JobTypeIDs: r.ids("job_type_id"),
		JobTypeNames: r.strings("job_type_name"), JobIDs: r.ids("job_id"), JobOutputs: r.strings("job_output"),
		RecipeIDs: r.ids("recipe_id"), RecipeTypeIDs: r.ids("recipe_type_id"), RecipeNodes: r.strings("recipe_node"),
		BatchIDs: r.ids("batch_id"), SourceFilter: r.sourceFilter(), Paging: r.paging(),
	}
	// Ours: what a client needs to find the file that it uploaded.
	f.FileIDs, f.FilePaths, f.SHA256s = r.ids("file_id"), r.strings("file_path"), r.strings("sha256")
	f.IsDeleted = r.flag("is_deleted")
	f.DataStarted, f.DataEnded = r.timeRange("data_started", "data_ended")
	f.CreatedStarted, f.CreatedEnded = r.timeRange("created_started", "created_ended")
	f.ModifiedStarted, f.ModifiedEnded = r.timeRange("modified_started", "modified_ended")
	return f, r.strings("workspace"), len(r.strings("countries")) > 0 // no file has a country
}

// visibleFiles completes a filter with what has to be looked up: the workspaces, and what the sender may not see.
func (s *Server) visibleFiles(ctx context.Context, r *request, f *store.FileFilter, workspaces []string) (nothing bool, err error) {
	if f.Kitchens, err = s.hidden(ctx, r); err != nil {
		return false, err
	}
	if len(workspaces) > 0 {
		rows, _, err := s.store.Workspaces(ctx, store.WorkspaceFilter{Names: workspaces})
		if err != nil {
			return false, err
		}
		for _, row := range rows {
			f.WorkspaceIDs = append(f.WorkspaceIDs, row.ID)
		}
		if len(rows) == 0 {
			return true, nil
		}
	}
	return false, nil
}

func (s *Server) listFiles(ctx context.Context, r *request) (*answer, error) {
	f, workspaces, nothing := r.fileFilter()
	if r.err != nil {
		return nil, r.err
	}
	none, err := s.visibleFiles(ctx, r, &f, workspaces)
	if err != nil {
		return nil, err
	}
	if nothing || none {
		return page[api.File](r, f.Paging, 0, nil)
	}
	rows, total, err := s.store.Files(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.filePage(ctx, r, f.Paging, total, rows)
}

func (s *Server) getFile(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.File(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, r, row.RecipeID, "file", id); err != nil {
		return nil, err
	}
	detail, err := s.views.FileDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return ok(detail), nil
}

// getFileContent is the bytes of a file. Ranges work; the entity tag is the SHA-256.
func (s *Server) getFileContent(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.File(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, r, row.RecipeID, "file", id); err != nil {
		return nil, err
	}
	body, row, err := s.catalog.OpenFile(ctx, id)
	if err != nil {
		return nil, err
	}
	return &answer{write: func(w http.ResponseWriter, r *http.Request) error {
		defer func() { _ = body.Close() }()
		h := w.Header()
		h.Set("Content-Type", row.MediaType)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": row.FileName}))
		h.Set("ETag", strconv.Quote(row.SHA256))
		if seeker, canSeek := body.(io.ReadSeeker); canSeek {
			http.ServeContent(w, r, row.FileName, row.LastModified.Time, seeker)
			return nil
		}
		h.Set("Content-Length", strconv.FormatInt(row.FileSize, 10))
		_, err := io.Copy(w, body)
		return err
	}}, nil
}

// purgeSource removes the bytes of a source file. Its refusals are bare JSON strings (contract 1.5).
func (s *Server) purgeSource(ctx context.Context, r *request) (*answer, error) {
	r.require("file_id")
	id := r.id("file_id")
	if r.err != nil {
		p := problemOf(r.err)
		p.body = p.detail
		return nil, p
	}
	row, err := s.store.File(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &problem{status: http.StatusBadRequest, body: fmt.Sprintf("File %d does not exist", id)}
	}
	if err != nil {
		return nil, err
	}
	if row.FileType != "SOURCE" {
		text := fmt.Sprintf("File %d is not a source file but a product of job %d", id, deref(row.JobID))
		return nil, &problem{status: http.StatusBadRequest, body: text}
	}
	if err := s.catalog.PurgeFile(ctx, id); err != nil {
		if refusal.CodeOf(err) == refusal.NotFound {
			return nil, &problem{status: http.StatusBadRequest, body: fmt.Sprintf("File %d does not exist", id)}
		}
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func deref(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}
