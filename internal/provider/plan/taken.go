package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Kinds of things that have a name of their own on the backend.
const (
	KindFile          = "file"
	KindJobType       = "job type"
	KindKitchen       = "kitchen"
	KindKitchenRecipe = "recipe of a kitchen"
	KindRecipeType    = "recipe type"
	KindWorkspace     = "workspace"
)

// Claim is that a plan creates something with a name of its own.
type Claim struct {
	Kind, Name string
	At         path.Path // the attribute that the name comes from
	// Taken tells whether the server has it already, and then what is wrong, or doubtful, with
	// creating it. Nil: the server is not asked.
	Taken func(context.Context, *Online) (Taken, error)
}

// Taken is what the server has by a name.
type Taken struct {
	Summary, Detail string // "": there is nothing, or nothing to say about it
	IsTakenOver     bool   // by the create, which is worth a warning only
}

// Check reports what else has the name: another resource of the plan, for sure, or something on the
// server, as plan_validation says. What the same plan deletes or makes anew is in nobody's way.
func (c Claim) Check(ctx context.Context, l *Ledger, o *Online, diags *diag.Diagnostics) {
	if !l.Take(c.Kind, c.Name) {
		diags.AddAttributeError(c.At, "Two resources for one "+c.Kind, fmt.Sprintf(
			"Another resource of this plan creates %s %s, too. Only one can: the other would fail, or the two would change each "+
				"other's at every apply. Remove one of them, or give it another name.", c.Kind, c.Name))
		return
	}
	if c.Taken == nil || l.Holds(c.Kind, c.Name) {
		return
	}
	taken, err := c.Taken(ctx, o)
	switch {
	case err != nil || taken.Summary == "":
	case taken.IsTakenOver:
		diags.AddAttributeWarning(c.At, taken.Summary, taken.Detail)
	default:
		o.Finding(diags, c.At, taken.Summary, taken.Detail)
	}
}

// Take enters that the plan creates the thing of that kind and name. It is false if the plan
// does so twice.
func (l *Ledger) Take(kind, name string) bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{kind, name}
	free := !l.taken[key]
	l.taken[key] = true
	return free
}

// Hold enters that a state of the plan has the thing of that kind and name, which the plan
// may delete or make anew, or that this apply has deleted it.
func (l *Ledger) Hold(kind, name string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[[2]string{kind, name}] = true
}

// Holds tells whether a state of the plan has it, as far as Terraform has got by now.
func (l *Ledger) Holds(kind, name string) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held[[2]string{kind, name}]
}
