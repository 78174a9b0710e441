package kit

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
)

// Outcome is what has come of waiting for a run: a recipe, or an order that runs once.
type Outcome struct {
	Kind        string // recipe, order
	What        string // begins sentences: "Recipe 7 of type ndvi"
	Status      string
	IsCompleted bool
	OnFailure   string
	Doing       func() string // what it was doing when the time was up, in sentences
	Failure     func() string // why it is not completed
}

// Report says in diags what the error of a poll, or else the status, means. It is false
// if the run may go on: then the next apply waits on. ctx is that of the apply.
//
// To be interrupted is no error: what was created would be tainted then, and the next
// apply would start another run instead of waiting on.
func (o Outcome) Report(ctx context.Context, err error, diags *diag.Diagnostics) (finished bool) {
	switch {
	case ctx.Err() != nil:
		diags.AddWarning(fmt.Sprintf("Interrupted while waiting for the %s", o.Kind),
			o.What+" goes on. It is in the state, with its id: the next apply waits for it.")
		return false
	case errors.Is(err, context.DeadlineExceeded):
		text := o.Doing() + " It is in the state, with its id; more time is given with timeouts, for example \"1h\"."
		if o.OnFailure == OnFailureWarn {
			diags.AddWarning(o.What+" has not finished in time", text+"\n\nAs on_failure is \"warn\", the apply goes on without it. "+
				"The next plan shows what has become of it.")
			return false
		}
		const next = "takes it over: it waits for it, or, if it has failed by then, resumes it"
		diags.AddError(o.What+" has not finished in time", text+"\n\nIf this apply has created it, it is tainted, and the next apply "+next+
			". If not, the next apply waits for it. With on_failure = \"warn\" this is only a warning, and nothing is tainted.")
		return false
	case err != nil:
		fault.Add(diags, "Cannot wait for the "+o.Kind, fmt.Errorf("%s: %w", o.What, err))
		return false
	case o.IsCompleted:
	case o.OnFailure == OnFailureWarn:
		diags.AddWarning(o.What+" is "+o.Status, o.Failure())
	default:
		const next = "resumes it: what is completed is kept"
		diags.AddError(o.What+" is "+o.Status, fmt.Sprintf("%s\n\nThe %s is kept in the state. If this apply has started it, it is "+
			"tainted and the next apply "+next+". With on_failure = \"warn\" a failure is only a warning.", o.Failure(), o.Kind))
	}
	return true
}
