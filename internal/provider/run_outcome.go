package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// runOutcome is what has come of waiting for a run: a recipe, or an order that runs once.
type runOutcome struct {
	kind        string // recipe, order
	what        string // begins sentences: "Recipe 7 of type ndvi"
	status      string
	isCompleted bool
	onFailure   string
	doing       func() string // what it was doing when the time was up, in sentences
	failure     func() string // why it is not completed
}

// report says in diags what the error of a poll, or else the status, means. It is false
// if the run may go on: then the next apply waits on. ctx is that of the apply.
//
// To be interrupted is no error: what was created would be tainted then, and the next
// apply would start another run instead of waiting on.
func (o runOutcome) report(ctx context.Context, err error, diags *diag.Diagnostics) (finished bool) {
	switch {
	case ctx.Err() != nil:
		diags.AddWarning(fmt.Sprintf("Interrupted while waiting for the %s", o.kind),
			o.what+" goes on. It is in the state, with its id: the next apply waits for it.")
		return false
	case errors.Is(err, context.DeadlineExceeded):
		diags.AddError(o.what+" has not finished in time", o.doing()+" It is in the state, with its id; "+
			"more time is given with timeouts, for example \"1h\".\n\nIf this apply has created it, it is "+
			"tainted, and the next apply starts a new one; after terraform untaint ADDRESS it waits for this one. If not, "+
			"the next apply waits for it.")
		return false
	case err != nil:
		addError(diags, "Cannot wait for the "+o.kind, fmt.Errorf("%s: %w", o.what, err))
		return false
	case o.isCompleted:
	case o.onFailure == onFailureWarn:
		diags.AddWarning(o.what+" is "+o.status, o.failure())
	default:
		diags.AddError(o.what+" is "+o.status, fmt.Sprintf("%s\n\nThe %s is kept in the state. If this apply has started it, it is "+
			"tainted and the next apply starts a new one. With on_failure = \"warn\" a failure is only a warning.", o.failure(), o.kind))
	}
	return true
}
