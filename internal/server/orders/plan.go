package orders

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// randomNode keeps the machine's network address out of UUIDs.
var randomNode = sync.OnceFunc(func() {
	node := make([]byte, 6)
	_, _ = rand.Read(node) // it never fails
	node[0] |= 1           // a multicast address, as RFC 9562 has it for random ones
	uuid.SetNodeID(node)
})

// newHID is the id of a kitchen, an order or a run: a UUID of version 1, as clients know it.
func newHID() string {
	randomNode()
	return uuid.Must(uuid.NewUUID()).String()
}

// kitchenRecipe is a recipe as a kitchen sees it now.
type kitchenRecipe struct {
	line        []store.Kitchen // the kitchen last
	description order.Description
	variations  order.Variations
	variables   order.Variables
}

// readRecipe reads a recipe's files. A recipe without one of them has an empty one.
func readRecipe(ctx context.Context, q store.Q, kitchenID int64, name string) (kitchenRecipe, error) {
	var r kitchenRecipe
	var err error
	if r.line, err = q.KitchenLine(ctx, kitchenID); err != nil {
		return r, err
	}
	row, err := q.KitchenRecipe(ctx, kitchenID, name)
	if errors.Is(err, store.ErrNotFound) {
		return r, refusal.Errorf(refusal.Invalid, "Kitchen %q has no recipe %q", r.line[len(r.line)-1].Name, name)
	}
	if err != nil {
		return r, err
	}
	read := func(path string, parse func([]byte) recipe.Problems) error {
		file, err := q.KitchenRecipeFile(ctx, row.ID, path)
		if err != nil || file == nil {
			return err
		}
		return refusal.Of(refusal.Invalid, path+": ", parse([]byte(file.Contents)))
	}
	return r, errors.Join(
		read(order.DescriptionFile, func(raw []byte) (ps recipe.Problems) { r.description, ps = order.ParseDescription(raw); return ps }),
		read(order.VariationsFile, func(raw []byte) (ps recipe.Problems) { r.variations, ps = order.ParseVariations(raw); return ps }),
		read(order.VariablesFile, func(raw []byte) (ps recipe.Problems) { r.variables, ps = order.ParseVariables(raw); return ps }),
	)
}

// variation is one of the recipe's variations.
func (r kitchenRecipe) variation(recipeName, name string) (order.Variation, error) {
	v, ok := r.variations.List[name]
	if !ok {
		return v, refusal.Errorf(refusal.Invalid, "Recipe %q has no variation %q%s", recipeName, name, recipe.DidYouMean(name, usecase.SortedKeys(r.variations.List)))
	}
	return v, nil
}

// runPlan is what a run starts with.
type runPlan struct {
	recipe      store.Recipe // with its configuration; not stored yet
	input       recipe.Data
	definition  *recipe.Definition
	revisionNum int
	variables   order.Variables // for the eyes of people
	secrets     []string        // names of variables whose values are not
	maxDuration *int64          // seconds
	timeout     *int64          // seconds
}

// planRun reads everything again that an order does not freeze, and makes all checks of
// a run. What does not fit is a *refusal.Error; the variables are there even then, or at least
// those that name whom to tell.
func (d *Desk) planRun(ctx context.Context, tx *store.Tx, o store.RecipeOrder, run store.OrderRun, plan planning) (runPlan, error) {
	var p runPlan
	var err error
	if o.Parameters, err = d.sealer.OpenParameters(o.Parameters); err != nil {
		return p, err
	}
	r, err := readRecipe(ctx, tx.Q, o.KitchenID, o.RecipeName)
	p.variables = d.addressed(r, o, run)
	if err != nil {
		return p, err
	}
	v, err := r.variation(o.RecipeName, o.Variation)
	if err != nil {
		return p, err
	}
	if r.description.RecipeType == "" {
		return p, refusal.Errorf(refusal.Invalid, `Recipe %q names no recipe type; write {"recipe-type": "<name>"} into its %s`, o.RecipeName, order.DescriptionFile)
	}
	rt, err := tx.RecipeTypeByName(ctx, r.description.RecipeType)
	if errors.Is(err, store.ErrNotFound) {
		return p, refusal.Errorf(refusal.Invalid, "Recipe %q stands for the recipe type %q, which does not exist; correct recipe-type in its %s",
			o.RecipeName, r.description.RecipeType, order.DescriptionFile)
	}
	if err != nil {
		return p, err
	}
	revision, err := catalog.ActiveRevision(ctx, tx, rt, r.description.RecipeTypeRevision)
	if err != nil {
		return p, err
	}
	rev, err := d.catalog.RecipeRevision(ctx, tx.Q, revision.ID)
	if err != nil {
		return p, err
	}
	target, err := d.target(ctx, tx.Q, rev)
	if err != nil {
		return p, err
	}
	layers, secrets, err := d.layers(r, o, run)
	if err != nil {
		return p, err
	}
	target.Secrets = append(target.Secrets, secrets...)
	p.secrets, p.variables = target.Secrets, order.Shown(target.Secrets, layers...)
	target.Secrets = order.Tainted(target.Secrets, layers...)
	effective, ps := order.Effective(layers...)
	if err := refusal.Of(refusal.Invalid, "Variables: ", ps); err != nil {
		return p, err
	}
	if err := refusal.Of(refusal.Invalid, "Variables: ", order.CheckAlerts(effective, target.Secrets)); err != nil {
		return p, err
	}
	if v, err = d.chooseFiles(ctx, tx, o, run, v, layers, target.Secrets, plan); err != nil {
		return p, err
	}
	bound, ps := order.Bind(v, effective, target)
	if err := refusal.Of(refusal.InvalidInput, "Invalid recipe data: ", ps); err != nil {
		return p, err
	}
	part, err := partOf(o, r, rev.Definition)
	if err != nil {
		return p, err
	}
	p.definition, p.revisionNum = rev.Definition.Part(part), revision.RevisionNum
	for _, m := range []struct {
		name, text string
		dst        **int64
	}{{"max-duration", v.MaxDuration, &p.maxDuration}, {"timeout", cmp.Or(o.Timeout, v.Timeout), &p.timeout}} {
		if m.text == "" {
			continue
		}
		limit, err := schedule.ParseDuration(m.text)
		if err != nil {
			return p, refusal.Errorf(refusal.Invalid, "Variation %q: %s: %s", o.Variation, m.name, err)
		}
		*m.dst = new(max(int64(limit.Seconds()), 1))
	}
	over := &bound.Configuration
	if raw, err := usecase.Encode(over); err != nil || usecase.IsEmptyObject(raw) {
		over = nil
	}
	if !plan.starts && slices.ContainsFunc(slices.Collect(maps.Values(v.InputFiles)), func(ids []int64) bool { return slices.Contains(ids, 0) }) {
		return p, nil // its files are still to come
	}
	if p.recipe, p.input, err = d.engine.NewRecipe(ctx, tx, rt, revision.RevisionNum, bound.Input, over, target.Secrets); err == nil && part != nil {
		p.recipe.Part, err = usecase.Encode(part)
	}
	return p, err
}

// addressed are the variables that name whom to tell of a run, as far as they can be read.
func (d *Desk) addressed(r kitchenRecipe, o store.RecipeOrder, run store.OrderRun) order.Variables {
	if len(r.line) == 0 {
		return order.Variables{}
	}
	layers, secrets, err := d.layers(r, o, run)
	if err != nil {
		return order.Variables{}
	}
	secrets = order.Tainted(secrets, layers...)
	for i, layer := range layers {
		layers[i] = layer.Masked(secrets)
	}
	return order.Addressed(layers...)
}

// layers are the variables of a run, the weakest first, and the names of those that were
// given as secrets.
func (d *Desk) layers(r kitchenRecipe, o store.RecipeOrder, run store.OrderRun) (layers []order.Variables, secrets []string, err error) {
	layers = []order.Variables{r.variables, r.variations.Variables(o.Variation)}
	for _, k := range r.line {
		open, secret, err := d.Overrides(k)
		if err != nil {
			return nil, nil, err
		}
		for _, raw := range []store.JSON{open, secret} {
			overrides, ps := order.ParseParameters(raw)
			if err := refusal.Of(refusal.Invalid, "Overrides of kitchen "+k.Name+": ", ps); err != nil {
				return nil, nil, err
			}
			layers = append(layers, overrides)
		}
		secrets = append(secrets, usecase.SortedKeys(layers[len(layers)-1])...)
	}
	parameters, ps := order.ParseParameters(o.Parameters)
	if err := refusal.Of(refusal.Invalid, "Parameters: ", ps); err != nil {
		return nil, nil, err
	}
	s, err := scheduleOf(o)
	if err != nil {
		return nil, nil, err
	}
	system := order.System(r.line[len(r.line)-1].Name, o.RecipeName, o.Variation, o.HID, run.HID)
	layers = append(layers, parameters, system, order.TimesOf(s, run.Due().Time).Variables())
	return layers, append(secrets, secretsOf(o)...), nil
}

// target is what variables can become in a run of a revision.
func (d *Desk) target(ctx context.Context, q store.Q, rev *catalog.RecipeRevision) (order.Target, error) {
	var jobs []recipe.Configurable
	seen := map[int64]bool{}
	var walk func(rev *catalog.RecipeRevision) error
	walk = func(rev *catalog.RecipeRevision) error {
		for _, j := range rev.Types.Jobs {
			if !seen[-j.ID] {
				seen[-j.ID] = true
				jobs = append(jobs, j.Manifest.Configurable())
			}
		}
		for _, sub := range rev.Types.Recipes {
			if seen[sub.ID] {
				continue
			}
			seen[sub.ID] = true
			inside, err := d.catalog.RecipeRevision(ctx, q, sub.ID)
			if err != nil {
				return err
			}
			if err := walk(inside); err != nil {
				return err
			}
		}
		return nil
	}
	err := walk(rev)
	return order.TargetOf(rev.Definition.Input, jobs), err
}

// SecretSettings are the names of the settings of a revision's job types, at any depth,
// whose values nobody may see.
func (d *Desk) SecretSettings(ctx context.Context, recipeTypeRevID int64) ([]string, error) {
	rev, err := d.catalog.RecipeRevision(ctx, d.Store.Q, recipeTypeRevID)
	if err != nil {
		return nil, err
	}
	target, err := d.target(ctx, d.Store.Q, rev)
	return target.Secrets, err
}
