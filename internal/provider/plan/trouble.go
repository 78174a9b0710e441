package plan

import (
	"errors"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
)

// The values of on_unreachable.
const (
	UnreachableFail = "fail"
	UnreachableKeep = "keep"
)

// Trouble is what becomes of a plan whose backend cannot be asked, and what was said of it
// already: one reason is told once, however many resources it meets.
type Trouble struct {
	keep bool // on_unreachable

	mu   sync.Mutex
	told bool
}

// NewTrouble returns what on_unreachable asks for.
func NewTrouble(onUnreachable string) *Trouble {
	return &Trouble{keep: onUnreachable == UnreachableKeep}
}

// CannotRead reports that a resource was not read. hasState tells whether there is a last
// known state to go on with: with on_unreachable = "keep" that is what the plan does.
func (t *Trouble) CannotRead(diags *diag.Diagnostics, summary string, err error, hasState bool) {
	isAbout := client.IsUnavailable(err)
	if isAbout && hasState && t.keeps() {
		t.warn(diags, err)
		return
	}
	if isAbout {
		t.tell()
	}
	if e, ok := errors.AsType[*client.UnreachableError](err); ok && e.Again {
		diags.AddError(summary, "The backend cannot be asked, for the reason that another error of this plan gives.")
		return
	}
	detail := fault.Detail(err)
	switch {
	case isAbout && !hasState:
		detail += "\n\nThere is no last known state that a plan could go on with."
	case isAbout:
		detail += "\n\nTo plan from the last known state while the backend cannot be asked, set on_unreachable = \"keep\" in the provider block."
	}
	diags.AddError(summary, detail)
}

func (t *Trouble) warn(diags *diag.Diagnostics, err error) {
	if t.tell() {
		diags.AddWarning("State was not refreshed", "The backend cannot be asked. "+fault.Detail(err)+
			"\n\nAs on_unreachable is \"keep\", this plan goes on from the last known state of everything that could not be read, and does not "+
			"check what it refers to. What has changed since then is not in it.")
	}
}

// keeps tells whether a plan goes on from the last known state.
func (t *Trouble) keeps() bool { return t != nil && t.keep }

// tell is called by who reports the reason, and tells whether nobody has before. A nil
// Trouble remembers nothing.
func (t *Trouble) tell() bool {
	if t == nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	first := !t.told
	t.told = true
	return first
}
