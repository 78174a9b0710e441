package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/batches"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Data sets: contract scale-v6-data, D2.

// noMembers is the answer where there is nothing to make members of.
const noMembers = "No files found from filters and/or no data provided"

func (s *Server) listDatasets(ctx context.Context, r *request) (*answer, error) {
	f := store.DatasetFilter{IDs: r.ids("id"), Keywords: r.strings("keyword"), Paging: r.paging()}
	f.Started, f.Ended = r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Datasets(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.DatasetList(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) createDataset(ctx context.Context, r *request) (*answer, error) {
	r.require("definition")
	spec := batches.DatasetSpec{Title: r.text("title"), Description: r.text("description"), Definition: r.object("definition"), Key: r.idempotencyKey()}
	var err error
	if spec.Members, spec.DryRun, err = s.members(ctx, r); err != nil {
		return nil, err
	}
	row, added, err := s.batches.CreateDataset(ctx, spec)
	if err != nil {
		return nil, err
	}
	if a := notAdded(added); a != nil {
		return a, nil
	}
	detail, err := s.views.DatasetDetail(ctx, row, spec.Members.Files.Kitchens)
	if err != nil {
		return nil, err
	}
	return createdOnce(detail, fmt.Sprintf("/v6/datasets/%d/", row.ID), spec.Key), nil
}

// notAdded answers where no members were stored although some were asked for; nil: they were.
func notAdded(added batches.Added) *answer {
	switch {
	case added.Nothing:
		return ok(map[string]string{"No Results": noMembers})
	case added.DryRun != nil:
		out := make([]versioned, len(added.DryRun))
		for i, data := range added.DryRun {
			out[i] = versioned(data)
		}
		return ok(out)
	}
	return nil
}

// versioned is data with its version.
type versioned recipe.Data

// MarshalJSON implements json.Marshaler.
func (v versioned) MarshalJSON() ([]byte, error) {
	raw, err := json.Marshal(recipe.Data(v))
	if err != nil {
		return nil, err
	}
	return append([]byte(`{"version":"7",`), raw[1:]...), nil
}

// members reads what members are to be made of: data, one object or a list of them, or a template with filters of files.
func (s *Server) members(ctx context.Context, r *request) (spec batches.MembersSpec, dryRun bool, err error) {
	spec.Data, spec.Template = r.objects("data"), r.object("data_template")
	if v := r.flag("dry_run"); v != nil {
		dryRun = *v
	}
	f, workspaces, nothing := r.fileFilter()
	if r.err != nil {
		return spec, dryRun, r.err
	}
	none, err := s.visibleFiles(ctx, r, &f, workspaces)
	if nothing || none {
		f.FileIDs = []int64{0} // of no file
	}
	spec.Files = f
	return spec, dryRun, err
}

// objects is a list of JSON objects, or a single one; {} alone counts as absent.
func (r *request) objects(name string) []json.RawMessage {
	list, isList := r.value(name).([]any)
	if !isList {
		raw := r.object(name)
		if raw == nil || usecase.IsEmptyObject(raw) {
			return nil
		}
		return []json.RawMessage{raw}
	}
	out := make([]json.RawMessage, len(list))
	for i, item := range list {
		if _, isObject := item.(map[string]any); !isObject {
			r.fail(badRequest(`Parameter must be a list of JSON objects: "%s": item %d is %s`, name, i, kindOf(item)))
			return nil
		}
		var buf bytes.Buffer
		e := json.NewEncoder(&buf)
		e.SetEscapeHTML(false)
		if err := e.Encode(item); err != nil {
			r.failType(name, "list of JSON objects")
			return nil
		}
		out[i] = bytes.TrimSpace(buf.Bytes())
	}
	return out
}

func (s *Server) validateDataset(_ context.Context, r *request) (*answer, error) {
	r.require("definition")
	definition := r.object("definition")
	if r.err != nil {
		return nil, r.err
	}
	problems, err := s.batches.ValidateDataset(definition)
	if err != nil {
		return nil, err
	}
	return ok(validation(problems)), nil
}

func (s *Server) getDataset(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.Dataset(ctx, id)
	if err != nil {
		return nil, err
	}
	sees, err := s.hidden(ctx, r)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.DatasetDetail(ctx, row, sees)
	if err != nil {
		return nil, err
	}
	return ok(detail), nil
}

// addDatasetMembers answers with the members, not with the data set.
func (s *Server) addDatasetMembers(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	key := r.idempotencyKey()
	spec, dryRun, err := s.members(ctx, r)
	if err != nil {
		return nil, err
	}
	added, err := s.batches.AddMembers(ctx, id, spec, dryRun, key)
	if err != nil {
		return nil, err
	}
	if a := notAdded(added); a != nil {
		return a, nil
	}
	return createdOnce(view.DatasetMembers(added.Members), "", key), nil
}

func (s *Server) listDatasetMembers(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	p := r.paging()
	if r.err != nil {
		return nil, r.err
	}
	if _, err := s.store.Dataset(ctx, id); err != nil {
		return nil, err
	}
	rows, total, err := s.store.DatasetMembers(ctx, id, p)
	if err != nil {
		return nil, err
	}
	return page(r, p, total, view.DatasetMembers(rows))
}

func (s *Server) getDatasetMember(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.DatasetMember(ctx, id)
	if err != nil {
		return nil, err
	}
	sees, err := s.hidden(ctx, r)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.DatasetMemberDetail(ctx, row, sees)
	if err != nil {
		return nil, err
	}
	return ok(detail), nil
}
