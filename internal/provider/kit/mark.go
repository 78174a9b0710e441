package kit

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Mark is what a recipe or an order remembers beside its state, for the next plan.
type Mark struct {
	Unfinished      int64 `json:"unfinished,omitempty"`       // id of a recipe that an apply was still waiting for when it ended
	UnfinishedOrder bool  `json:"unfinished_order,omitempty"` // an apply was still waiting for the order when it ended
	Tainted         bool  `json:"tainted,omitempty"`          // the create ended in an error, so that the resource is to be made anew
	Imported        int   `json:"imported,omitempty"`         // reads that have to come before the import counts as past
}

// ReadsOfImport is how many reads may lie between an import and the first plan after
// it (that of the import itself, and that of the plan), and the end of them.
const ReadsOfImport = 3

const runMarkKey = "mark"

// PrivateData is the private state of the framework's requests and responses.
type PrivateData interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// ReadMark returns the zero mark if there is none, or one that another version wrote.
func ReadMark(ctx context.Context, p PrivateData) Mark {
	var m Mark
	if raw, diags := p.GetKey(ctx, runMarkKey); !diags.HasError() && len(raw) > 0 {
		if err := json.Unmarshal(raw, &m); err != nil {
			return Mark{}
		}
	}
	return m
}

// Write keeps the mark for the next plan.
func (m Mark) Write(ctx context.Context, p PrivateData) diag.Diagnostics {
	raw, err := json.Marshal(m)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Cannot save state", value.Sentence(err.Error()))}
	}
	return p.SetKey(ctx, runMarkKey, raw)
}

const takeOverKey = "take_over"

// MarkTakeOver tells, in the private data of the plan of a create, that it takes a run over. The
// delete before it gets that data.
func MarkTakeOver(ctx context.Context, p PrivateData) diag.Diagnostics {
	return p.SetKey(ctx, takeOverKey, []byte("true"))
}

// IsTakenOver tells a delete that the create which follows takes the run over.
func IsTakenOver(ctx context.Context, p PrivateData) bool {
	raw, diags := p.GetKey(ctx, takeOverKey)
	return !diags.HasError() && string(raw) == "true"
}

const replacementKey = "replacement"

// MarkReplacement tells, in the private data of the plan of a create, what it is made instead
// of. The delete before it gets that data.
func MarkReplacement(ctx context.Context, p PrivateData, r plan.Replacement) diag.Diagnostics {
	raw, err := json.Marshal(r)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Cannot save plan", value.Sentence(err.Error()))}
	}
	return p.SetKey(ctx, replacementKey, raw)
}

// ReplacementOf tells a delete that a create follows, and of what. With create_before_destroy it
// has been, and there is none.
func ReplacementOf(ctx context.Context, p PrivateData) (r plan.Replacement, ok bool) {
	raw, diags := p.GetKey(ctx, replacementKey)
	if diags.HasError() || len(raw) == 0 || json.Unmarshal(raw, &r) != nil {
		return plan.Replacement{}, false
	}
	return r, true
}
