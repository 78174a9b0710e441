package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// plannedDefinition is the definition of a recipe type as far as it is known while
// planning.
type plannedDefinition struct {
	definition *recipe.Definition // nil: not known, or wrong as ValidateConfig has said
	complete   bool               // nothing but revisions is unknown
	reader     *definitionReader  // nil: the JSON form
}

// planned reads m, a plan. Revisions that are not known yet are those that l expects.
func (m recipeTypeModel) planned(l *ledger) plannedDefinition {
	var p plannedDefinition
	switch {
	case m.hasJSON() && m.DefinitionJSON.IsUnknown(), m.Definition.IsUnknown():
		return p
	case m.hasJSON():
		p.definition, _ = recipe.Parse([]byte(m.DefinitionJSON.ValueString()))
		p.complete = p.definition != nil
	case !m.Definition.IsNull():
		p.reader = readDefinition(m.Definition)
		raw, err := json.Marshal(p.reader.document)
		if err != nil || len(p.reader.problems) > 0 {
			return p
		}
		p.definition, _ = recipe.Parse(raw)
		p.complete = p.definition != nil && !p.reader.incomplete
	}
	if p.definition != nil {
		l.resolve(p.definition)
	}
	return p
}

// enterPlan tells the ledger what m, the plan, makes of a recipe type; prior is nil
// for a create.
func (m recipeTypeModel) enterPlan(l *ledger, p plannedDefinition, prior *recipeTypeModel) {
	entry := plannedRecipeType{revision: 1, changes: true, definition: func() *recipe.Definition {
		if p.complete {
			return p.definition
		}
		return nil
	}}
	if prior != nil {
		entry.priorRevision = int(prior.RevisionNum.ValueInt64())
		entry.revision = entry.priorRevision + 1
		entry.prior = func() *recipe.Definition {
			d, _ := prior.parse()
			return d
		}
	}
	l.setRecipeType(m.Name.ValueString(), entry)
}

// enterState tells the ledger of a recipe type that is as m says.
func (m recipeTypeModel) enterState(l *ledger) {
	read := func() *recipe.Definition {
		d, _ := m.parse()
		return d
	}
	revision := int(m.RevisionNum.ValueInt64())
	l.setRecipeType(m.Name.ValueString(), plannedRecipeType{
		revision: revision, priorRevision: revision, definition: read, prior: read,
	})
}

// check holds the definition of a recipe type of that name against the types that it
// names: those that the plan makes, and, if the server may be asked, those that exist.
func (p plannedDefinition) check(
	ctx context.Context, name string, l *ledger, o *online, diags *diag.Diagnostics,
) {
	d := p.definition
	if d == nil {
		return
	}
	catalog, current := l.catalog(d), l.definitions()
	delete(current, name)
	told := recipe.Validate(d, recipe.Catalog{}) // by ValidateConfig
	offline := fresh(slices.Concat(recipe.Validate(d, catalog), recipe.Recursion(name, d, current)), told)
	failed := false
	for _, problem := range offline {
		if p.reader != nil && !p.reader.reports(problem) {
			continue
		}
		at, detail := p.reader.locate(problem)
		addProblem(diags, problem, at, "Recipe definition does not fit the types of this plan", detail)
		failed = failed || !problem.Warning
	}
	if failed || o == nil {
		return
	}
	all, err := p.ask(ctx, name, l, o, catalog, current)
	if err != nil {
		o.report(diags)
		return
	}
	for _, problem := range fresh(all, slices.Concat(told, offline)) {
		if p.reader != nil && !p.reader.reports(problem) {
			continue
		}
		at, detail := p.reader.locate(problem)
		if typeIsMissing(problem) {
			detail += "\n\nIf this configuration makes it, refer to that resource, such as galley_job_type.<label>.name, " +
				"so that it is made first."
		}
		if problem.Warning {
			addProblem(diags, problem, at, "", detail)
			continue
		}
		o.finding(diags, at, "Recipe definition does not fit the backend", detail)
	}
}

// ask finds what is wrong with the definition by what exists. If it names nothing that
// the plan makes, that is one question; otherwise the server could not know, and is
// asked for the other types. The error is errUnavailable.
func (p plannedDefinition) ask(
	ctx context.Context, name string, l *ledger, o *online, c recipe.Catalog, current map[string]*recipe.Definition,
) (recipe.Problems, error) {
	d := p.definition
	jobs, subs := d.JobRefs(), d.RecipeRefs()
	if len(jobs)+len(subs) == 0 {
		return nil, nil
	}
	planned := !p.complete || len(c.Jobs) > 0 || slices.ContainsFunc(subs, l.plansRecipe) ||
		slices.ContainsFunc(jobs, func(r recipe.JobRef) bool { return r.Revision == recipe.LatestRevision }) ||
		slices.ContainsFunc(subs, func(r recipe.RecipeRef) bool { return r.Revision == recipe.LatestRevision })
	if !planned {
		problems, err := o.validate(ctx, name, d)
		// The server does not say what there is instead of a missing type.
		if err != nil || !slices.ContainsFunc(problems, typeIsMissing) {
			return problems, err
		}
	}
	if err := o.catalog(ctx, d, l, c); err != nil {
		return nil, err
	}
	if err := o.current(ctx, d, current); err != nil {
		return nil, err
	}
	return slices.Concat(recipe.Validate(d, c), recipe.Recursion(name, d, current)), nil
}

func typeIsMissing(p recipe.Problem) bool {
	return p.Code == recipe.JobTypeDoesNotExist || p.Code == recipe.RecipeTypeDoesNotExist
}

// fresh lists the problems that are not among those that were told.
func fresh(problems, told recipe.Problems) recipe.Problems {
	return slices.DeleteFunc(slices.Clone(problems), func(p recipe.Problem) bool {
		return slices.ContainsFunc(told, func(q recipe.Problem) bool {
			return p.Code == q.Code && p.Message == q.Message && slices.Equal(p.Path, q.Path)
		})
	})
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
	summary = counted(changed, "node changes", "nodes change")
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

func counted(n int, one, several string) string {
	switch n {
	case 0:
		return "No " + one
	case 1:
		return "1 " + one
	default:
		return fmt.Sprintf("%d %s", n, several)
	}
}
