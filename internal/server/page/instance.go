package page

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// An instance is a recipe with all nodes of its definition, created or not.
type instance struct {
	row        store.Recipe
	definition *recipe.Definition
	graph      *recipe.Graph
	nodes      map[string]node
	names      []string // so that each comes after those that it depends on
	usual      usual
}

// A node is a node of a recipe.
type node struct {
	Name   string
	Def    recipe.Node
	Row    *store.NodeRow // nil: not created
	State  string         // the API's word, or that of a condition
	Runs   string         // "load 1.4.0 r3"
	Why    string
	Detail string // in the graph
	Usual  time.Duration
}

// Job is the node's job; nil: it has none.
func (n node) Job() *store.Job {
	if n.Row == nil {
		return nil
	}
	return n.Row.Job
}

// Sub is the node's recipe; nil: it has none.
func (n node) Sub() *store.Recipe {
	if n.Row == nil {
		return nil
	}
	return n.Row.SubRecipe
}

// IsCopied tells whether the node was taken over from the recipe before.
func (n node) IsCopied() bool { return n.Row != nil && !n.Row.IsOriginal }

// instanceOf reads the nodes of a recipe that who looks may see.
func (v *visit) instanceOf(ctx context.Context, id int64) (*instance, error) {
	st := v.page.Store
	row, err := st.Recipe(ctx, id)
	if err != nil {
		return nil, err
	}
	revision, err := st.RecipeTypeRevisionByID(ctx, row.RecipeTypeRevID)
	if err != nil {
		return nil, err
	}
	definition, err := definitionOf(revision.Definition, &row)
	if err != nil {
		return nil, err
	}
	in := &instance{row: row, definition: definition, nodes: map[string]node{}}
	var problems recipe.Problems
	if in.graph, problems = recipe.NewGraph(definition); in.graph == nil {
		return nil, problems.Err()
	}
	in.names = in.graph.Order()
	rows, err := st.RecipeNodesFull(ctx, id)
	if err != nil {
		return nil, err
	}
	if in.usual, err = v.usualOf(ctx, row.RecipeTypeID); err != nil {
		return nil, err
	}
	created := map[string]recipe.NodeState{}
	byName := map[string]*store.NodeRow{}
	for i := range rows {
		byName[rows[i].NodeName] = &rows[i]
		created[rows[i].NodeName] = progressOf(rows[i])
	}
	skipped := order.NodeStates(*definition, created)
	for _, name := range in.names {
		n := node{Name: name, Def: definition.Nodes[name], Row: byName[name], Usual: in.usual.Node(name)}
		n.Runs = runsOf(n.Def)
		n.State = n.word()
		if n.Row == nil && skipped[name] == order.NodeSkipped {
			n.State = "NOT TAKEN"
		}
		in.nodes[name] = n
	}
	for _, name := range in.names {
		n := in.nodes[name]
		n.Why, n.Detail = in.explain(v, n)
		in.nodes[name] = n
	}
	return in, nil
}

// definitionOf reads a definition: what runs of it in a recipe, unless that is nil.
func definitionOf(raw store.JSON, of *store.Recipe) (*recipe.Definition, error) {
	var d recipe.Definition
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("reading a definition: %w", err)
	}
	if of == nil {
		return &d, nil
	}
	names, err := of.PartNodes()
	return d.Part(names), err
}

// progressOf is what the rules of progress need to know of a node.
func progressOf(n store.NodeRow) recipe.NodeState {
	switch {
	case n.Job != nil:
		return recipe.NodeState{Type: recipe.JobNode, Status: recipe.JobStatus(n.Job.Status)}
	case n.SubRecipe != nil:
		return recipe.NodeState{Type: recipe.RecipeNode, Completed: n.SubRecipe.IsCompleted, Status: subState(*n.SubRecipe)}
	case n.Condition != nil:
		return recipe.NodeState{Type: recipe.ConditionNode, Processed: n.Condition.IsProcessed, Accepted: n.Condition.IsAccepted}
	}
	return recipe.NodeState{}
}

func subState(r store.Recipe) recipe.JobStatus {
	return api.RecipeCounts{JobCounts: countsOf(r.Counts), IsBlocked: r.IsBlocked}.Status(r.IsCompleted)
}

func runsOf(n recipe.Node) string {
	switch {
	case n.Job != nil:
		return fmt.Sprintf("%s %s r%d", n.Job.Name, n.Job.Version, n.Job.Revision)
	case n.Recipe != nil:
		return fmt.Sprintf("recipe %s r%d", n.Recipe.Name, n.Recipe.Revision)
	}
	return "condition"
}

// word is the state of a node in the words of the API.
func (n node) word() string {
	switch {
	case n.Row == nil:
		return string(recipe.Pending)
	case n.Row.Job != nil:
		return n.Row.Job.Status
	case n.Row.SubRecipe != nil:
		return string(subState(*n.Row.SubRecipe))
	case n.Row.Condition != nil && n.Row.Condition.IsProcessed && n.Row.Condition.IsAccepted:
		return "ACCEPTED"
	case n.Row.Condition != nil && n.Row.Condition.IsProcessed:
		return "REJECTED"
	}
	return string(recipe.Pending)
}

// explain says why a node is as it is, for the table and, shorter, for the graph.
func (in *instance) explain(v *visit, n node) (why, detail string) {
	job := n.Job()
	switch {
	case n.Def.Condition != nil:
		why = in.decided(n)
		return why, why
	case n.State == "NOT TAKEN":
		why = in.notTaken(n)
		return why, why
	case n.State == string(recipe.Blocked):
		if by := in.blockers(n.Name); len(by) > 0 {
			why = "by " + strings.Join(by, " and ")
		}
		return why, why
	case job != nil && n.State == string(recipe.Failed):
		why = job.ErrorTitle
		if job.ErrorCategory != "" {
			why += " (" + job.ErrorCategory + ")"
		}
		return why, job.ErrorTitle
	case job != nil && n.State == string(recipe.Running) && job.Started != nil:
		detail = duration(v.now.Sub(job.Started.Time))
		if n.Usual > 0 {
			detail += ", usual " + duration(n.Usual)
		}
	case job != nil && job.Started != nil && job.Ended != nil:
		detail = duration(job.Ended.Sub(job.Started.Time))
	case n.Def.Recipe != nil:
		detail = fmt.Sprintf("%s r%d", n.Def.Recipe.Name, n.Def.Recipe.Revision)
	}
	if n.IsCopied() {
		why = "copied from recipe before"
		if in.row.SupersededRecipeID != nil {
			why = fmt.Sprintf("copied from recipe %d", *in.row.SupersededRecipeID)
		}
	}
	if job != nil && job.NumExes > 1 {
		why = strings.TrimPrefix(why+"; "+count(job.NumExes, "try", "tries"), "; ")
	}
	return why, detail
}

// blockers are the nearest nodes above that keep a node from running.
func (in *instance) blockers(name string) []string {
	var out []string
	seen := map[string]bool{}
	var look func(string)
	look = func(of string) {
		for _, dependency := range slices.Sorted(maps.Keys(in.definition.Nodes[of].Dependencies)) {
			if seen[dependency] {
				continue
			}
			seen[dependency] = true
			switch in.nodes[dependency].State {
			case string(recipe.Failed), string(recipe.Canceled):
				out = append(out, dependency)
			case string(recipe.Blocked), string(recipe.Pending):
				look(dependency)
			}
		}
	}
	look(name)
	return out
}

// notTaken says which condition has led elsewhere.
func (in *instance) notTaken(n node) string {
	for _, dependency := range slices.Sorted(maps.Keys(n.Def.Dependencies)) {
		if in.definition.Nodes[dependency].Condition != nil && in.nodes[dependency].Row != nil {
			if n.Def.Dependencies[dependency] {
				return "only if " + dependency + " is accepted"
			}
			return "only if " + dependency + " is rejected"
		}
	}
	return "nothing leads here"
}

// decided is what a condition looked at: "rows 18204 ≥ 1000".
func (in *instance) decided(n node) string {
	var data recipe.Data
	known := n.Row != nil && n.Row.Condition != nil && n.Row.Condition.IsProcessed && len(n.Row.Condition.Input) > 0 &&
		json.Unmarshal(n.Row.Condition.Input, &data) == nil
	var parts []string
	for _, f := range n.Def.Condition.DataFilter.Filters {
		text := f.Name
		if known {
			if value, given := data.JSON[f.Name]; given {
				text += " " + short(compact(value), 40)
			}
		}
		values := make([]string, len(f.Values))
		for i, value := range f.Values {
			values[i] = short(compact(value), 40)
		}
		parts = append(parts, text+" "+sign(f.Condition)+" "+strings.Join(values, ", "))
	}
	join := " or "
	if n.Def.Condition.DataFilter.All {
		join = " and "
	}
	return strings.Join(parts, join)
}

// sign is how a comparison is written.
func sign(condition string) string {
	switch condition {
	case "<=":
		return "≤"
	case ">=":
		return "≥"
	case "!=":
		return "≠"
	case "==":
		return "="
	}
	return condition
}

// urgency orders nodes for who looks: what has failed first.
func urgency(state string) int {
	order := []string{"FAILED", "RUNNING", "QUEUED", "BLOCKED", "PENDING", "CANCELED", "REJECTED", "ACCEPTED", "COMPLETED", "NOT TAKEN"}
	if at := slices.Index(order, state); at >= 0 {
		return at
	}
	return len(order)
}

// sorted are the nodes, failed ones first.
func (in *instance) sorted() []node {
	out := make([]node, 0, len(in.names))
	for _, name := range in.names {
		out = append(out, in.nodes[name])
	}
	slices.SortStableFunc(out, func(a, b node) int { return urgency(a.State) - urgency(b.State) })
	return out
}

// chosen is the node whose panel is shown: the one that is asked for, else the first that has
// failed, else the one that runs longest.
func (in *instance) chosen(asked string) (node, bool) {
	if n, known := in.nodes[asked]; known {
		return n, true
	}
	var best node
	for _, n := range in.sorted() {
		switch {
		case n.State == string(recipe.Failed):
			return n, true
		case n.State != string(recipe.Running) || n.Job() == nil || n.Job().Started == nil:
		case best.Name == "" || n.Job().Started.Before(best.Job().Started.Time):
			best = n
		}
	}
	return best, best.Name != ""
}

// status is the state of the recipe in the API's words.
func (in *instance) status() string {
	return string(subState(in.row))
}

// input is what a recipe was given, sorted by name.
type given struct {
	Name  string
	Value string // JSON
	Files []api.File
}

// inputsOf are the values and files of data, sorted by name.
func (v *visit) inputsOf(ctx context.Context, raw json.RawMessage) ([]given, error) {
	var data recipe.Data
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &data) != nil {
		return nil, nil
	}
	var ids []int64
	for _, list := range data.Files {
		ids = append(ids, list...)
	}
	files, err := v.filesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []given
	for name, list := range data.Files {
		g := given{Name: name}
		for _, id := range list {
			if f, known := files[id]; known {
				g.Files = append(g.Files, f)
			}
		}
		out = append(out, g)
	}
	for name, value := range data.JSON {
		out = append(out, given{Name: name, Value: short(compact(value), 2000)})
	}
	slices.SortFunc(out, func(a, b given) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
