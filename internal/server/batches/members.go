package batches

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const (
	maxAdded   = 20_000  // members in one request
	maxMembers = 100_000 // of a data set
	maxTold    = 20      // members that one answer says something about
	chunk      = 500     // rows in one statement
)

// MembersSpec is what members are made of: data as it is, and a template for each file that the filter finds.
type MembersSpec struct {
	Data     []json.RawMessage
	Template json.RawMessage
	Files    store.FileFilter // its Kitchens hold for data, too
}

// IsEmpty tells whether no members are asked for.
func (s MembersSpec) IsEmpty() bool { return len(s.Data) == 0 && !s.hasTemplate() }

func (s MembersSpec) hasTemplate() bool {
	return usecase.Given(s.Template) && !usecase.IsEmptyObject(s.Template)
}

// build makes the members, without looking at any data set.
func (m *Maker) build(ctx context.Context, spec MembersSpec) ([]recipe.Data, error) {
	const prefix = "Data is invalid: "
	var out []recipe.Data
	if len(spec.Data) > maxAdded {
		return nil, refusal.Errorf(refusal.TooLarge, "There are %d members; at most %d are allowed in one request: add the rest with POST /datasets/{id}/", len(spec.Data), maxAdded)
	}
	for i, raw := range spec.Data {
		data, ps := recipe.ParseData(raw)
		if err := refusal.Of(refusal.Invalid, prefix, ps.Below("data", fmt.Sprint(i))); err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	if !spec.hasTemplate() {
		return out, nil
	}
	template, ps := batch.ParseTemplate(spec.Template)
	f := spec.Files
	f.Paging = store.Paging{Page: 1, PageSize: maxAdded + 1, Order: []store.Order{{Field: "id"}}}
	files, total, err := m.Store.Files(ctx, f)
	if err != nil || total == 0 {
		return out, err
	}
	if err := refusal.Of(refusal.Invalid, prefix, ps); err != nil {
		return nil, err
	}
	if len(out)+total > maxAdded {
		return nil, refusal.Errorf(refusal.TooLarge, "The filters find %d files; at most %d members are allowed in one request: narrow the filters, and add the rest with POST /datasets/{id}/", total, maxAdded)
	}
	for _, file := range files {
		data, ps := template.Fill(file.ID)
		if err := refusal.Of(refusal.Invalid, prefix, ps); err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

// fit holds members against the parameters of a data set, and drops what it has no parameters for. One that does not fit refuses all.
// Files of kitchens that sees leaves out are as if they were not there.
func (m *Maker) fit(ctx context.Context, d batch.Dataset, members []recipe.Data, sees store.KitchenFilter) ([]recipe.Data, error) {
	out := make([]recipe.Data, len(members))
	var found recipe.Problems
	ids := map[int64]bool{}
	for i, data := range members {
		fitting, ps := d.Parameters.CheckData(data)
		found = append(found, ps.Errors().Below("data", fmt.Sprint(i))...)
		out[i] = fitting
		for _, list := range fitting.Files {
			for _, id := range list {
				ids[id] = true
			}
		}
	}
	if len(found) == 0 {
		known := make(map[int64]bool, len(ids))
		list := make([]int64, 0, len(ids))
		for id := range ids {
			list = append(list, id)
		}
		for part := range slices.Chunk(list, chunk) {
			rows, _, err := m.Store.Files(ctx, store.FileFilter{FileIDs: part, Kitchens: sees})
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				known[row.ID] = true
			}
		}
		found = unknownFiles(out, known)
	}
	if len(found) == 0 {
		return out, nil
	}
	texts := make([]string, 0, maxTold)
	for _, p := range found[:min(len(found), maxTold)] {
		texts = append(texts, p.Message)
	}
	if more := len(found) - maxTold; more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
		found = found[:maxTold]
	}
	return nil, &refusal.Error{Code: refusal.Invalid, Problems: found, Message: "Error(s) validating data against dataset: [" + strings.Join(texts, ", ") + "]"}
}

func unknownFiles(members []recipe.Data, known map[int64]bool) (found recipe.Problems) {
	for i, data := range members {
		for _, name := range usecase.SortedKeys(data.Files) {
			for j, id := range data.Files[name] {
				if known[id] {
					continue
				}
				at := recipe.Path{"data", fmt.Sprint(i), "files", name, fmt.Sprint(j)}
				found = append(found, recipe.Problem{Path: at, Code: recipe.InvalidData, Message: fmt.Sprintf("%s: file %d does not exist", at, id)})
			}
		}
	}
	return found
}

// insert stores members of a data set, and their files once each.
func (m *Maker) insert(ctx context.Context, tx *store.Tx, row store.Dataset, members []recipe.Data) ([]store.DatasetMember, error) {
	n, err := tx.CountMembers(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	if n+int64(len(members)) > maxMembers {
		return nil, refusal.Errorf(refusal.TooLarge, "Data set %d has %d members; with %d more there would be above %d, which is the most: make another data set", row.ID, n, len(members), maxMembers)
	}
	now := m.Now()
	out := make([]store.DatasetMember, len(members))
	var files []store.DatasetFile
	seen := map[int64]bool{}
	for i, data := range members {
		raw, err := usecase.Encode(data)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(raw) // maps are written in the order of their keys
		out[i] = store.DatasetMember{DatasetID: row.ID, Data: raw, Digest: hex.EncodeToString(sum[:]), Created: now}
		for _, name := range usecase.SortedKeys(data.Files) {
			for _, id := range data.Files[name] {
				if !seen[id] {
					seen[id] = true
					files = append(files, store.DatasetFile{DatasetID: row.ID, FileID: id, ParameterName: name})
				}
			}
		}
	}
	for from := 0; from < len(out); from += chunk {
		part := out[from:min(from+chunk, len(out))]
		if err := tx.Insert(ctx, &part); err != nil {
			return nil, err
		}
	}
	for part := range slices.Chunk(files, chunk) {
		if err := tx.AddDatasetFiles(ctx, part); err != nil {
			return nil, err
		}
	}
	return out, nil
}
