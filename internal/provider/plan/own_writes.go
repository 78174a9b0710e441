package plan

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// ownWrites is what this apply has changed that the server carries on into other things,
// which then are no longer what the plan was made from, but nobody else's change either
// (contract of a plan, 1).
type ownWrites struct {
	jobTypes    map[jobTypeKey]bool // new revisions go into the recipe types that contain them
	types       bool                // so do those of job types and recipe types into the recipe types above
	deactivated bool                // what contains a deactivated type is deactivated, too
}

// WroteJobType notes that this apply has changed a job type.
func (l *Ledger) WroteJobType(name, version string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.own.jobTypes == nil {
		l.own.jobTypes = map[jobTypeKey]bool{}
	}
	l.own.jobTypes[jobTypeKey{name, version}] = true
	l.own.types = true
}

// WroteRecipeType notes that this apply has made a revision of a recipe type.
func (l *Ledger) WroteRecipeType() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own.types = true
}

// Deactivated notes that this apply has deactivated a job type or a recipe type.
func (l *Ledger) Deactivated() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own.deactivated = true
}

// HasDeactivated tells whether this apply has deactivated a type.
func (l *Ledger) HasDeactivated() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.own.deactivated
}

// MovedOn is the definition that the server makes of before by what this apply has
// changed: with the revisions, in now, of the types that it wrote.
func (l *Ledger) MovedOn(before, now *recipe.Definition) *recipe.Definition {
	if l == nil || before == nil || now == nil {
		return before
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	moved := &recipe.Definition{Input: before.Input, Nodes: make(map[string]recipe.Node, len(before.Nodes))}
	for name, node := range before.Nodes {
		is := now.Nodes[name]
		switch {
		case node.Job != nil && is.Job != nil && l.own.jobTypes[jobTypeKey{node.Job.Name, node.Job.Version}]:
			ref := *node.Job
			ref.Revision = is.Job.Revision
			node.Job = &ref
		case node.Recipe != nil && is.Recipe != nil && l.own.types:
			ref := *node.Recipe
			ref.Revision = is.Recipe.Revision
			node.Recipe = &ref
		}
		moved.Nodes[name] = node
	}
	return moved
}
