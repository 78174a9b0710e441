package provider

import (
	"maps"
	"slices"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// ledger remembers what the plan under way is going to make, so that what refers to it
// can be checked before it exists. Each configured provider has one of its own; each
// resource enters its planned self in ModifyPlan, and what has become of it in Create
// and Update. Terraform plans a resource after those that it refers to.
//
// It asks nobody. A nil ledger is empty and forgets what it is told. All methods may be
// called at the same time.
type ledger struct {
	mu          sync.Mutex
	jobTypes    map[jobTypeKey]plannedJobType
	recipeTypes map[string]plannedRecipeType
	workspaces  map[string]bool // by name: it is active
	kitchens    map[string]plannedKitchen
	offers      map[offerKey]plannedOffer // recipes of kitchens
}

type jobTypeKey struct{ name, version string }

// plannedJobType is a job type as the plan leaves it.
type plannedJobType struct {
	revision  int // latest; of a new one the number that it is expected to get
	manifests map[int]*seed.Manifest
}

// plannedRecipeType is a recipe type as the plan leaves it.
type plannedRecipeType struct {
	revision      int  // latest; of a new one the number that it is expected to get
	changes       bool // the plan makes that revision: a create or a changed definition
	priorRevision int  // before the plan; 0: there was none
	// definition and prior are read when they are asked for; nil if they are not wholly
	// known. Revisions of job types that are not known yet are the expected ones.
	definition, prior func() *recipe.Definition
}

func newLedger() *ledger {
	return &ledger{
		jobTypes:    map[jobTypeKey]plannedJobType{},
		recipeTypes: map[string]plannedRecipeType{},
		workspaces:  map[string]bool{},
		kitchens:    map[string]plannedKitchen{},
		offers:      map[offerKey]plannedOffer{},
	}
}

// setJobType enters a revision of a job type, which is its latest one then.
func (l *ledger) setJobType(m *seed.Manifest, revision int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := jobTypeKey{m.Job.Name, m.Job.JobVersion}
	manifests := maps.Clone(l.jobTypes[key].manifests)
	if manifests == nil {
		manifests = map[int]*seed.Manifest{}
	}
	manifests[revision] = m
	l.jobTypes[key] = plannedJobType{revision, manifests}
}

// jobType returns a manifest. LatestRevision stands for the planned one.
func (l *ledger) jobType(ref recipe.JobRef) (m *seed.Manifest, known bool) {
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.jobTypes[jobTypeKey{ref.Name, ref.Version}]
	if !ok {
		return nil, false
	}
	if ref.Revision == recipe.LatestRevision {
		ref.Revision = p.revision
	}
	m, known = p.manifests[ref.Revision]
	return m, known
}

// configurable is what a job type offers to configure, if the ledger has it.
func (l *ledger) configurable(ref recipe.JobRef) (k recipe.Configurable, known bool) {
	m, known := l.jobType(ref)
	if !known {
		return recipe.Configurable{}, false
	}
	return m.Configurable(), true
}

// setRecipeType enters a recipe type.
func (l *ledger) setRecipeType(name string, p plannedRecipeType) {
	if l == nil {
		return
	}
	for _, read := range []*func() *recipe.Definition{&p.definition, &p.prior} {
		if *read == nil {
			*read = func() *recipe.Definition { return nil }
		}
		*read = sync.OnceValue(*read)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recipeTypes[name] = p
}

// recipeType returns a recipe type of the plan, whether it changes or not.
func (l *ledger) recipeType(name string) (p plannedRecipeType, known bool) {
	if l == nil {
		return plannedRecipeType{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, known = l.recipeTypes[name]
	return p, known
}

// subDefinition is a recipe.SubDefinition. LatestRevision stands for the planned one.
// What the ledger does not know may exist on the server.
func (l *ledger) subDefinition(ref recipe.RecipeRef) (d *recipe.Definition, known bool) {
	p, known := l.recipeType(ref.Name)
	switch {
	case !known:
		return nil, false
	case ref.Revision == recipe.LatestRevision || ref.Revision == p.revision:
		d = p.definition()
	case ref.Revision == p.priorRevision:
		d = p.prior()
	}
	return d, d != nil
}

// catalog is what the ledger knows of the types that d names.
func (l *ledger) catalog(d *recipe.Definition) recipe.Catalog {
	c := recipe.Catalog{
		Jobs: map[recipe.JobRef]*recipe.JobInterface{}, Recipes: map[recipe.RecipeRef]*recipe.Interface{},
	}
	for _, ref := range d.JobRefs() {
		if m, known := l.jobType(ref); known {
			i := m.Interface()
			c.Jobs[ref] = &i
		}
	}
	for _, ref := range d.RecipeRefs() {
		if sub, known := l.subDefinition(ref); known {
			c.Recipes[ref] = &sub.Input
		}
	}
	return c
}

// plansRecipe tells whether the ledger has that type in that revision, also if its
// definition is not wholly known.
func (l *ledger) plansRecipe(ref recipe.RecipeRef) bool {
	p, known := l.recipeType(ref.Name)
	return known && (ref.Revision == recipe.LatestRevision || ref.Revision == p.revision || ref.Revision == p.priorRevision)
}

// resolve gives the revisions that are LatestRevision in d the expected numbers.
func (l *ledger) resolve(d *recipe.Definition) {
	if l == nil {
		return
	}
	for name, n := range d.Nodes {
		switch {
		case n.Job != nil && n.Job.Revision == recipe.LatestRevision:
			l.mu.Lock()
			p, known := l.jobTypes[jobTypeKey{n.Job.Name, n.Job.Version}]
			l.mu.Unlock()
			if known {
				n.Job = &recipe.JobRef{Name: n.Job.Name, Version: n.Job.Version, Revision: p.revision}
				d.Nodes[name] = n
			}
		case n.Recipe != nil && n.Recipe.Revision == recipe.LatestRevision:
			if p, known := l.recipeType(n.Recipe.Name); known {
				n.Recipe = &recipe.RecipeRef{Name: n.Recipe.Name, Revision: p.revision}
				d.Nodes[name] = n
			}
		}
	}
}

// definitions are the planned definitions by name, as recipe.Recursion wants them.
func (l *ledger) definitions() map[string]*recipe.Definition {
	if l == nil {
		return map[string]*recipe.Definition{}
	}
	l.mu.Lock()
	types := maps.Clone(l.recipeTypes)
	l.mu.Unlock()
	out := make(map[string]*recipe.Definition, len(types))
	for name, p := range types {
		out[name] = p.definition()
	}
	return out
}

// setWorkspace enters a workspace; name may be the one that it is expected to get.
func (l *ledger) setWorkspace(name string, active bool) {
	if l == nil || name == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.workspaces[name] = active
}

// workspace tells whether a workspace of the plan is going to be active.
func (l *ledger) workspace(name string) (active, known bool) {
	if l == nil {
		return false, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	active, known = l.workspaces[name]
	return active, known
}

// jobTypeRefs lists what the ledger knows of job types, for did-you-mean.
func (l *ledger) jobTypeRefs() []recipe.JobRef {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []recipe.JobRef
	for key, p := range l.jobTypes {
		for _, revision := range slices.Sorted(maps.Keys(p.manifests)) {
			out = append(out, recipe.JobRef{Name: key.name, Version: key.version, Revision: revision})
		}
	}
	return out
}
