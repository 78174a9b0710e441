package plan

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// Definition is the definition of a recipe type as far as it is known while
// planning.
type Definition struct {
	Definition *recipe.Definition // nil: not known, or wrong as ValidateConfig has said
	Complete   bool               // nothing but revisions is unknown
	Draft      *form.Draft        // nil: the JSON form
	Inactive   bool               // the recipe type is not in use after the plan
}

// CheckParts reports types in the definition that the plan leaves inactive.
func (p Definition) CheckParts(l *Ledger, diags *diag.Diagnostics) {
	if p.Definition == nil || p.Inactive {
		return
	}
	for _, problem := range l.inactiveParts(p.Definition) {
		if at, detail, reported := value.LocateInDefinition(p.Draft, problem); reported {
			value.AddProblem(diags, problem, at, "Recipe definition does not fit the types of this plan", detail)
		}
	}
}

// Check holds the definition of a recipe type of that name against the types that it
// names: those that the plan makes, and, if the server may be asked, those that exist.
func (p Definition) Check(
	ctx context.Context, name string, l *Ledger, o *Online, diags *diag.Diagnostics,
) {
	d := p.Definition
	if d == nil {
		return
	}
	p.CheckParts(l, diags)
	catalog, current := l.catalog(d), l.definitions()
	delete(current, name)
	told := recipe.Validate(d, recipe.Catalog{}).InPlan() // by ValidateConfig
	offline := fresh(slices.Concat(recipe.Validate(d, catalog).InPlan(), recipe.Recursion(name, d, current)), told)
	failed := false
	for _, problem := range offline {
		at, detail, reported := value.LocateInDefinition(p.Draft, problem)
		if !reported {
			continue
		}
		value.AddProblem(diags, problem, at, "Recipe definition does not fit the types of this plan", detail)
		failed = failed || !problem.Warning
	}
	if failed || o == nil {
		return
	}
	all, err := p.ask(ctx, name, l, o, catalog, current)
	if err != nil {
		o.Report(diags)
		return
	}
	for _, problem := range fresh(all, slices.Concat(told, offline)) {
		at, detail, reported := value.LocateInDefinition(p.Draft, problem)
		if !reported {
			continue
		}
		if typeIsMissing(problem) {
			detail += "\n\nIf this configuration makes it, refer to that resource, such as galley_job_type.<label>.name, " +
				"so that it is made first."
		}
		if problem.Warning {
			value.AddProblem(diags, problem, at, "", detail)
			continue
		}
		o.Finding(diags, at, "Recipe definition does not fit the backend", detail)
	}
}

// CheckStrict refuses what v6 does not have, if the provider was asked to.
func (p Definition) CheckStrict(l *Ledger, diags *diag.Diagnostics) {
	if p.Definition == nil || !l.StrictV6 {
		return
	}
	for _, problem := range p.Definition.BeyondV6() {
		if at, detail, reported := value.LocateInDefinition(p.Draft, problem); reported {
			diags.AddAttributeError(at, "Recipe definition is beyond v6", detail+
				"\n\nThe provider has strict_v6 = true: take this out of the definition, or the setting out of the provider block.")
		}
	}
}

// ask finds what is wrong with the definition by what exists. If it names nothing that
// the plan makes, that is one question; otherwise the server could not know, and is
// asked for the other types. The error is errUnavailable.
func (p Definition) ask(
	ctx context.Context, name string, l *Ledger, o *Online, c recipe.Catalog, current map[string]*recipe.Definition,
) (recipe.Problems, error) {
	d := p.Definition
	jobs, subs := d.JobRefs(), d.RecipeRefs()
	if len(jobs)+len(subs) == 0 {
		return nil, nil
	}
	planned := !p.Complete || len(c.Jobs) > 0 || slices.ContainsFunc(subs, l.plansRecipe) ||
		slices.ContainsFunc(jobs, func(r recipe.JobRef) bool { return l.MadeElsewhere(KindJobType, r.Name+"/"+r.Version) }) ||
		slices.ContainsFunc(subs, func(r recipe.RecipeRef) bool { return l.MadeElsewhere(KindRecipeType, r.Name) }) ||
		slices.ContainsFunc(jobs, func(r recipe.JobRef) bool { return r.Revision == recipe.LatestRevision }) ||
		slices.ContainsFunc(subs, func(r recipe.RecipeRef) bool { return r.Revision == recipe.LatestRevision })
	if !planned {
		problems, err := o.validate(ctx, name, d)
		// The server does not say what there is instead of a missing type, and warns of the
		// media types of inputs that take anything.
		if err != nil || !slices.ContainsFunc(problems, typeIsMissing) && !slices.ContainsFunc(problems, isAboutMediaTypes) {
			return problems, err
		}
	}
	if err := o.catalog(ctx, d, l, c); err != nil {
		return nil, err
	}
	if err := o.current(ctx, d, current); err != nil {
		return nil, err
	}
	return slices.Concat(recipe.Validate(d, c).InPlan(), recipe.Recursion(name, d, current)), nil
}

func typeIsMissing(p recipe.Problem) bool {
	return p.Code == recipe.JobTypeDoesNotExist || p.Code == recipe.RecipeTypeDoesNotExist
}

func isAboutMediaTypes(p recipe.Problem) bool { return p.Code == recipe.MismatchedMediaTypes }

// fresh lists the problems that are not among those that were told.
func fresh(problems, told recipe.Problems) recipe.Problems {
	return slices.DeleteFunc(slices.Clone(problems), func(p recipe.Problem) bool {
		return slices.ContainsFunc(told, func(q recipe.Problem) bool {
			return p.Code == q.Code && p.Message == q.Message && slices.Equal(p.Path, q.Path)
		})
	})
}
