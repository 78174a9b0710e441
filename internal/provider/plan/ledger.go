package plan

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// Ledger remembers what the plan under way is going to make, so that what refers to it
// can be checked before it exists. Each configured provider has one of its own; each
// resource enters its planned self in ModifyPlan, and what has become of it in Create
// and Update. Terraform plans a resource after those that it refers to.
//
// It asks nobody. A nil ledger is empty and forgets what it is told. All methods may be
// called at the same time.
type Ledger struct {
	StrictV6 bool // set before anything is planned: what v6 does not have is refused

	mu          sync.Mutex
	jobTypes    map[jobTypeKey]plannedJobType
	recipeTypes map[string]RecipeType
	titles      map[string]string // of recipe types that are created, by name
	workspaces  map[string]bool   // by name: it is active
	rebased     map[string]bool   // workspaces that get another base URL, by name
	kitchens    map[string]Kitchen
	offers      map[offerKey]Offer      // recipes of kitchens
	taken       map[[2]string]bool      // what the plan creates, by kind and name
	held        map[[2]string]bool      // what states of the plan have, in the same way
	replaced    map[[2]string]string    // what the plan makes anew: the old by kind and the new one's name
	deferred    map[[2]string]string    // likewise, in an apply: what is deleted when the new one exists
	left        map[[2]string][]any     // runs that a create may take over, by kind and fingerprint
	users       map[string]types.String // roles by name
	own         ownWrites
	siblings    *siblings // nil: there are none
}

type jobTypeKey struct{ name, version string }

// plannedJobType is a job type as the plan leaves it.
type plannedJobType struct {
	revision  int // latest; of a new one the number that it is expected to get
	manifests map[int]*seed.Manifest
	inactive  bool // after the plan
}

// RecipeType is a recipe type as the plan leaves it.
type RecipeType struct {
	Revision      int  // latest; of a new one the number that it is expected to get
	Changes       bool // the plan makes that revision: a create or a changed definition
	PriorRevision int  // before the plan; 0: there was none
	Inactive      bool // after the plan
	// definition and prior are read when they are asked for; nil if they are not wholly
	// known. Revisions of job types that are not known yet are the expected ones.
	Definition, Prior func() *recipe.Definition
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{
		jobTypes:    map[jobTypeKey]plannedJobType{},
		recipeTypes: map[string]RecipeType{},
		titles:      map[string]string{},
		workspaces:  map[string]bool{},
		rebased:     map[string]bool{},
		kitchens:    map[string]Kitchen{},
		offers:      map[offerKey]Offer{},
		users:       map[string]types.String{},
		taken:       map[[2]string]bool{},
		held:        map[[2]string]bool{},
		left:        map[[2]string][]any{},
		replaced:    map[[2]string]string{},
		deferred:    map[[2]string]string{},
	}
}

// SetJobType enters a revision of a job type, which is its latest one then.
func (l *Ledger) SetJobType(m *seed.Manifest, revision int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.siblings.tell(KindJobType, m.Job.Name+"/"+m.Job.JobVersion)
	key := jobTypeKey{m.Job.Name, m.Job.JobVersion}
	manifests := maps.Clone(l.jobTypes[key].manifests)
	if manifests == nil {
		manifests = map[int]*seed.Manifest{}
	}
	manifests[revision] = m
	l.jobTypes[key] = plannedJobType{revision: revision, manifests: manifests, inactive: l.jobTypes[key].inactive}
}

// SetJobTypeActive enters whether a job type of the plan is active after it.
func (l *Ledger) SetJobTypeActive(name, version string, active bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := jobTypeKey{name, version}
	p := l.jobTypes[key]
	p.inactive = !active
	l.jobTypes[key] = p
}

// inactiveParts are problems with the types of d that the plan leaves inactive, which makes
// whatever contains them inactive, too.
func (l *Ledger) inactiveParts(d *recipe.Definition) recipe.Problems {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var out recipe.Problems
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		n, what := d.Nodes[name], ""
		switch {
		case n.Job != nil && l.jobTypes[jobTypeKey{n.Job.Name, n.Job.Version}].inactive:
			what = fmt.Sprintf("job type %s %s", n.Job.Name, n.Job.Version)
		case n.Recipe != nil && l.recipeTypes[n.Recipe.Name].Inactive:
			what = "recipe type " + n.Recipe.Name
		default:
			continue
		}
		at := recipe.Path{"nodes", name, "node_type"}
		out = append(out, recipe.Problem{Path: at, Code: InactiveType, Message: fmt.Sprintf(
			"%s: Node '%s': %s is inactive after this plan, and what contains it cannot be active. Set its is_active to true, or is_active of this recipe type "+
				"to false", at, name, what)})
	}
	return out
}

// HasInactive tells whether the plan leaves any type inactive.
func (l *Ledger) HasInactive() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.jobTypes {
		if p.inactive {
			return true
		}
	}
	for _, p := range l.recipeTypes {
		if p.Inactive {
			return true
		}
	}
	return false
}

// InactiveType is the code of a type that cannot be used.
const InactiveType recipe.Code = "INACTIVE_TYPE"

// JobType returns a manifest. LatestRevision stands for the planned one.
func (l *Ledger) jobType(ref recipe.JobRef) (m *seed.Manifest, known bool) {
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
func (l *Ledger) configurable(ref recipe.JobRef) (k recipe.Configurable, known bool) {
	m, known := l.jobType(ref)
	if !known {
		return recipe.Configurable{}, false
	}
	return m.Configurable(), true
}

// SetRecipeType enters a recipe type.
func (l *Ledger) SetRecipeType(name string, p RecipeType) {
	if l == nil {
		return
	}
	for _, read := range []*func() *recipe.Definition{&p.Definition, &p.Prior} {
		if *read == nil {
			*read = func() *recipe.Definition { return nil }
		}
		*read = sync.OnceValue(*read)
	}
	l.siblings.tell(KindRecipeType, name)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recipeTypes[name] = p
}

// TakeTitle enters the title of a recipe type that the plan creates. It is an error if
// another title of the plan leaves the same name: only one of the two can be made.
func (l *Ledger) TakeTitle(title string) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name := recipe.Slug(title)
	other, taken := l.titles[name]
	if !taken {
		l.titles[name] = title
		return nil
	}
	return recipe.NameCollision(title, other)
}

// RecipeType returns a recipe type of the plan, whether it changes or not.
func (l *Ledger) RecipeType(name string) (p RecipeType, known bool) {
	if l == nil {
		return RecipeType{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, known = l.recipeTypes[name]
	return p, known
}

// SubDefinition is a recipe.SubDefinition. LatestRevision stands for the planned one.
// What the ledger does not know may exist on the server.
func (l *Ledger) SubDefinition(ref recipe.RecipeRef) (d *recipe.Definition, known bool) {
	p, known := l.RecipeType(ref.Name)
	switch {
	case !known:
		return nil, false
	case ref.Revision == recipe.LatestRevision || ref.Revision == p.Revision:
		d = p.Definition()
	case ref.Revision == p.PriorRevision:
		d = p.Prior()
	}
	return d, d != nil
}

// catalog is what the ledger knows of the types that d names.
func (l *Ledger) catalog(d *recipe.Definition) recipe.Catalog {
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
		if sub, known := l.SubDefinition(ref); known {
			c.Recipes[ref] = &sub.Input
		}
	}
	return c
}

// plansRecipe tells whether the ledger has that type in that revision, also if its
// definition is not wholly known.
func (l *Ledger) plansRecipe(ref recipe.RecipeRef) bool {
	p, known := l.RecipeType(ref.Name)
	return known && (ref.Revision == recipe.LatestRevision || ref.Revision == p.Revision || ref.Revision == p.PriorRevision)
}

// Resolve gives the revisions that are LatestRevision in d the expected numbers.
func (l *Ledger) Resolve(d *recipe.Definition) {
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
			if p, known := l.RecipeType(n.Recipe.Name); known {
				n.Recipe = &recipe.RecipeRef{Name: n.Recipe.Name, Revision: p.Revision}
				d.Nodes[name] = n
			}
		}
	}
}

// definitions are the planned definitions by name, as recipe.Recursion wants them.
func (l *Ledger) definitions() map[string]*recipe.Definition {
	if l == nil {
		return map[string]*recipe.Definition{}
	}
	l.mu.Lock()
	types := maps.Clone(l.recipeTypes)
	l.mu.Unlock()
	out := make(map[string]*recipe.Definition, len(types))
	for name, p := range types {
		out[name] = p.Definition()
	}
	return out
}

// JobTypeRefs lists what the ledger knows of job types, for did-you-mean.
func (l *Ledger) JobTypeRefs() []recipe.JobRef {
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
