package recipetype

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// planned reads m, a plan. Revisions that are not known yet are those that l expects.
func (m recipeTypeModel) planned(l *plan.Ledger) plan.Definition {
	p := plan.Definition{Inactive: m.isInactive()}
	switch {
	case m.hasJSON() && m.DefinitionJSON.IsUnknown(), value.IsUnknown(m.Definition):
		return p
	case m.hasJSON():
		p.Definition, _ = recipe.Parse([]byte(m.DefinitionJSON.ValueString()))
		p.Complete = p.Definition != nil
	case !value.IsNull(m.Definition):
		p.Draft = form.ReadDraft(value.Tree(m.Definition))
		p.Definition, _ = p.Draft.Definition()
		p.Complete = p.Definition != nil && p.Draft.KnownButRevisions()
	}
	if p.Definition != nil {
		l.Resolve(p.Definition)
	}
	return p
}

// enterPlan tells the ledger what m, the plan, makes of a recipe type; prior is nil
// for a create.
func (m recipeTypeModel) enterPlan(l *plan.Ledger, p plan.Definition, prior *recipeTypeModel) {
	entry := plan.RecipeType{Revision: 1, Changes: true, Inactive: m.isInactive(), Definition: func() *recipe.Definition {
		if p.Complete {
			return p.Definition
		}
		return nil
	}}
	if prior != nil {
		entry.PriorRevision = int(prior.RevisionNum.ValueInt64())
		entry.Revision = entry.PriorRevision + 1
		entry.Prior = func() *recipe.Definition {
			d, _ := prior.parse()
			return d
		}
	}
	l.SetRecipeType(m.Name.ValueString(), entry)
}

// enterState tells the ledger of a recipe type that is as m says.
func (m recipeTypeModel) enterState(l *plan.Ledger) {
	read := func() *recipe.Definition {
		d, _ := m.parse()
		return d
	}
	revision := int(m.RevisionNum.ValueInt64())
	l.SetRecipeType(m.Name.ValueString(), plan.RecipeType{
		Revision: revision, PriorRevision: revision, Definition: read, Prior: read, Inactive: m.isInactive(),
	})
}

// isInactive is true for a type that is known to be so.
func (m recipeTypeModel) isInactive() bool {
	return !m.IsActive.IsNull() && !m.IsActive.IsUnknown() && !m.IsActive.ValueBool()
}

// warnOfChanges says, in the plan, what a new definition changes and what a reprocess
// of its recipes would run again. Both definitions have passed their checks.
func warnOfChanges(name string, prior, next *recipe.Definition, diags *diag.Diagnostics) {
	if prior == nil || next == nil {
		return
	}
	for _, d := range []*recipe.Definition{prior, next} {
		if _, problems := recipe.NewGraph(d); len(problems) > 0 {
			return
		}
	}
	summary, detail := describeChanges(recipe.Compare(prior, next, nil))
	diags.AddWarning(fmt.Sprintf("Recipe type %s gets a new definition", name),
		unknownRevision().ReplaceAllString(summary+detail, "$1 one that is known after apply")+
			"\n\nRecipes that exist stay as they are until they are reprocessed.")
}

// unknownRevision is how a revision that is not known yet reads in a diff.
func unknownRevision() *regexp.Regexp {
	return regexp.MustCompile(`(revision changed from \d+ to) 0\b`)
}

// describeChanges sums up a diff in one sentence, and lists the nodes.
func describeChanges(diff *recipe.Diff) (summary, nodes string) {
	var lines []string
	changed, again := 0, 0
	plan := diff.Plan()
	for _, name := range slices.Sorted(maps.Keys(diff.Nodes)) {
		n := diff.Nodes[name]
		var own []string
		for _, c := range n.Changes {
			if c.Name != recipe.ParentChanged {
				own = append(own, c.Description)
			}
		}
		if n.Status == recipe.StatusNew || n.Status == recipe.StatusDeleted || len(own) > 0 {
			changed++
		}
		if n.ReprocessNewNode {
			again++
		}
		switch step := plan[name]; {
		case diff.CanBeReprocessed && step.Action != recipe.PlanCopy:
			lines = append(lines, fmt.Sprintf("%s (%s): %s", name, step.Action, step.Reason))
		case !diff.CanBeReprocessed && len(own) > 0:
			lines = append(lines, fmt.Sprintf("%s: %s", name, strings.Join(own, "; ")))
		case !diff.CanBeReprocessed && n.Status != recipe.StatusUnchanged && n.Status != recipe.StatusChanged:
			lines = append(lines, fmt.Sprintf("%s: %s", name, strings.ToLower(string(n.Status))))
		}
	}
	summary = value.Counted(changed, "node changes", "nodes change")
	if diff.CanBeReprocessed {
		if again == 0 {
			summary += ", none will be re-run"
		} else {
			summary += fmt.Sprintf(", %d will be re-run", again)
		}
	} else {
		var reasons []string
		for _, r := range diff.Reasons {
			reasons = append(reasons, strings.TrimPrefix(r.Description, "Input interface has changed: "))
		}
		summary += ". Recipes of the definition before cannot be reprocessed: " + strings.Join(reasons, "; ")
	}
	if len(lines) == 0 {
		return summary + ".", ""
	}
	if !diff.CanBeReprocessed {
		return summary + ". The nodes:", "\n  - " + strings.Join(lines, "\n  - ")
	}
	return summary + ":", "\n  - " + strings.Join(lines, "\n  - ")
}
