package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// runMark is what a recipe or an order remembers beside its state, for the next plan.
type runMark struct {
	Unfinished      int64 `json:"unfinished,omitempty"`       // id of a recipe that an apply was still waiting for when it ended
	UnfinishedOrder bool  `json:"unfinished_order,omitempty"` // an apply was still waiting for the order when it ended
	Imported        int   `json:"imported,omitempty"`         // reads that have to come before the import counts as past
}

// readsOfImport is how many reads may lie between an import and the first plan after
// it (that of the import itself, and that of the plan), and the end of them.
const readsOfImport = 3

const runMarkKey = "mark"

// privateData is the private state of the framework's requests and responses.
type privateData interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// readMark returns the zero mark if there is none, or one that another version wrote.
func readMark(ctx context.Context, p privateData) runMark {
	var m runMark
	if raw, diags := p.GetKey(ctx, runMarkKey); !diags.HasError() && len(raw) > 0 {
		if err := json.Unmarshal(raw, &m); err != nil {
			return runMark{}
		}
	}
	return m
}

func (m runMark) write(ctx context.Context, p privateData) diag.Diagnostics {
	raw, err := json.Marshal(m)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Cannot save state", sentence(err.Error()))}
	}
	return p.SetKey(ctx, runMarkKey, raw)
}
