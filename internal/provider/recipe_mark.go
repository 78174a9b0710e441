package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// recipeMark is what a recipe remembers beside its state, for the next plan.
type recipeMark struct {
	Unfinished int64 `json:"unfinished,omitempty"` // id of a recipe that an apply was still waiting for when it ended
	Imported   int   `json:"imported,omitempty"`   // reads that have to come before the import counts as past
}

// readsOfImport is how many reads may lie between an import and the first plan after
// it (that of the import itself, and that of the plan), and the end of them.
const readsOfImport = 3

const recipeMarkKey = "mark"

// privateData is the private state of the framework's requests and responses.
type privateData interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// readMark returns the zero mark if there is none, or one that another version wrote.
func readMark(ctx context.Context, p privateData) recipeMark {
	var m recipeMark
	if raw, diags := p.GetKey(ctx, recipeMarkKey); !diags.HasError() && len(raw) > 0 {
		if err := json.Unmarshal(raw, &m); err != nil {
			return recipeMark{}
		}
	}
	return m
}

func (m recipeMark) write(ctx context.Context, p privateData) diag.Diagnostics {
	raw, err := json.Marshal(m)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Cannot save recipe", sentence(err.Error()))}
	}
	return p.SetKey(ctx, recipeMarkKey, raw)
}
