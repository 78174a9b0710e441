package dkapi

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// maxDetails bounds how many runs order/details tells of: the newest ones.
const maxDetails = 20

// getOrderDetails is order/details: of one run, of an order's or of the kitchen's newest.
// It looks at one moment, so that no node is between two states (contract 5.2).
func (d *Dialect) getOrderDetails(ctx context.Context, r *Request) (*Answer, error) {
	var query api.OrderDetailsQuery
	if err := r.decode(&query); err != nil {
		return nil, err
	}
	if err := d.hideSecrets(ctx, r); err != nil {
		return nil, err
	}
	var out api.OrderDetails
	err := d.Store.View(ctx, func(ctx context.Context, q store.Q) error {
		kitchen, rows, err := detailed(ctx, q, r)
		if err != nil {
			return err
		}
		out = api.OrderDetails{Repo: customer, Customer: customer, KitchenName: kitchen.Name, Status: "success",
			Orders: []api.Order{}, Servings: []api.OrderRunDetail{}}
		listed := map[int64]bool{}
		for _, row := range rows {
			if !listed[row.order.ID] {
				listed[row.order.ID] = true
				out.Orders = append(out.Orders, r.orderView(row.order, kitchen.Name, row.runs))
			}
			for _, run := range row.runs {
				detail, err := r.runDetail(ctx, q, kitchen, row.order, run, query)
				if err != nil {
					return err
				}
				out.Servings = append(out.Servings, detail)
			}
		}
		return nil
	})
	return &Answer{Body: out}, err
}

// runsOf is some runs of one order, newest first.
type runsOf struct {
	order store.RecipeOrder
	runs  []store.OrderRun
}

// detailed is what a request for details is about.
func detailed(ctx context.Context, q store.Q, r *Request) (kitchen store.Kitchen, rows []runsOf, err error) {
	hid, err := r.runID("")
	if err != nil {
		return kitchen, nil, err
	}
	if hid != "" {
		kitchen, row, run, err := runIn(ctx, q, r.Path("kitchen"), hid)
		return kitchen, []runsOf{{row, []store.OrderRun{run}}}, err
	}
	if hid, err = r.orderID(""); err != nil {
		return kitchen, nil, err
	}
	newest := store.Paging{PageSize: maxDetails}
	if hid != "" {
		kitchen, row, err := orderIn(ctx, q, r.Path("kitchen"), hid)
		if err != nil {
			return kitchen, nil, err
		}
		runs, _, err := q.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{row.ID}, Paging: newest})
		return kitchen, []runsOf{{row, runs}}, err
	}
	if kitchen, err = q.KitchenByName(ctx, r.Path("kitchen")); err != nil {
		return kitchen, nil, err
	}
	runs, _, err := q.OrderRuns(ctx, store.OrderRunFilter{KitchenIDs: []int64{kitchen.ID}, Paging: newest})
	if err != nil {
		return kitchen, nil, err
	}
	for _, run := range runs {
		row, err := q.RecipeOrder(ctx, run.OrderID)
		if err != nil {
			return kitchen, nil, err
		}
		rows = append(rows, runsOf{row, []store.OrderRun{run}})
	}
	return kitchen, rows, nil
}

// runDetail is contract 1.5 DETAIL, with what the flags of query ask for.
func (r *Request) runDetail(ctx context.Context, q store.Q, kitchen store.Kitchen, row store.RecipeOrder, run store.OrderRun,
	query api.OrderDetailsQuery) (api.OrderRunDetail, error) {
	out := api.OrderRunDetail{OrderRun: runView(run, row, kitchen.Name), RecipeName: row.RecipeName, Variables: r.variables(run.Variables, r.given(row))}
	nodes, err := readNodes(ctx, q, run)
	if err != nil {
		return out, err
	}
	out.State = string(order.RunNodeStatus(order.RunStatus(run.Status), nodes.statuses))
	if out.Variation, err = r.variationNow(ctx, q, kitchen, row); err != nil {
		return out, err
	}
	if out.Conditions, err = encode(nodes.conditions); err != nil {
		return out, err
	}
	summary := nodes.summary(out)
	if query.Summary {
		out.Summary = &summary
	}
	if query.TestResults {
		out.Tests = new("The jobs of this recipe have no tests.\n")
	}
	if query.TimingResults {
		out.Timing = new(timingText(summary))
	}
	if query.ServingJSON {
		if out.Serving, err = encode(out.OrderRun); err != nil {
			return out, err
		}
	}
	if query.Logs {
		log, err := runLog(ctx, q, run, maxLogLines)
		if err != nil {
			return out, err
		}
		out.Log = &log
	}
	return out, nil
}

// variationNow is the variation as variations.json has it now, for the eyes of the sender; {} if
// it is gone. Method hideSecrets goes before.
func (r *Request) variationNow(ctx context.Context, q store.Q, kitchen store.Kitchen, row store.RecipeOrder) (json.RawMessage, error) {
	rows, err := q.KitchenRecipes(ctx, kitchen.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(other store.KitchenRecipe) bool { return other.Name == row.RecipeName })
	if i < 0 {
		return objectOr(nil), nil
	}
	file, err := q.KitchenRecipeFile(ctx, rows[i].ID, order.VariationsFile)
	if err != nil || file == nil {
		return objectOr(nil), err
	}
	return objectOr(members(members([]byte(r.contents(*file)))["variation-list"])[row.Variation]), nil
}

// runNodes are the nodes of a run's recipe.
type runNodes struct {
	statuses   map[string]order.NodeStatus
	times      map[string]nodeTimes
	conditions map[string]map[string]string
}

type nodeTimes struct{ start, end *store.Time }

func readNodes(ctx context.Context, q store.Q, run store.OrderRun) (runNodes, error) {
	out := runNodes{times: map[string]nodeTimes{}, conditions: map[string]map[string]string{}}
	if run.RecipeID == nil {
		return out, nil
	}
	row, err := q.Recipe(ctx, *run.RecipeID)
	if err != nil {
		return out, err
	}
	revision, err := q.RecipeTypeRevisionByID(ctx, row.RecipeTypeRevID)
	if err != nil {
		return out, err
	}
	var definition recipe.Definition
	if err := json.Unmarshal(revision.Definition, &definition); err != nil {
		return out, fmt.Errorf("reading definition of recipe type revision %d: %w", revision.ID, err)
	}
	part, err := row.PartNodes()
	if err != nil {
		return out, err
	}
	definition = *definition.Part(part)
	nodes, err := q.RecipeNodesFull(ctx, row.ID)
	if err != nil {
		return out, err
	}
	states := make(map[string]recipe.NodeState, len(nodes))
	for _, n := range nodes {
		states[n.NodeName], out.times[n.NodeName] = nodeState(n)
	}
	out.statuses = order.NodeStates(definition, states)
	for name, n := range definition.Nodes {
		if n.Type() == recipe.ConditionNode {
			out.conditions[name] = map[string]string{"node": name}
		}
	}
	return out, nil
}

func nodeState(n store.NodeRow) (recipe.NodeState, nodeTimes) {
	switch {
	case n.Job != nil:
		state := recipe.NodeState{Type: recipe.JobNode, Status: recipe.JobStatus(n.Job.Status)}
		if n.Job.IsSuperseded && n.Job.ErrorName != "" && state.Status == recipe.Canceled {
			state.Status = recipe.Failed // as it had ended before another run took its place
		}
		return state, nodeTimes{n.Job.Started, n.Job.Ended}
	case n.SubRecipe != nil:
		c := n.SubRecipe.Counts
		state := recipe.NodeState{Type: recipe.RecipeNode, Status: recipe.JobCounts{Total: c.JobsTotal, Queued: c.JobsQueued,
			Running: c.JobsRunning, Completed: c.JobsCompleted, Failed: c.JobsFailed, Canceled: c.JobsCanceled,
			Blocked: c.JobsBlocked}.Status(n.SubRecipe.IsCompleted)}
		if c.JobsQueued > 0 {
			state.Status = recipe.Running // as a queued job is in production
		}
		return state, nodeTimes{&n.SubRecipe.Created, n.SubRecipe.Completed}
	case n.Condition != nil:
		return recipe.NodeState{Type: recipe.ConditionNode, Processed: n.Condition.IsProcessed, Accepted: n.Condition.IsAccepted},
			nodeTimes{&n.Condition.Created, n.Condition.Processed}
	}
	return recipe.NodeState{}, nodeTimes{}
}

func (n runNodes) summary(of api.OrderRunDetail) api.RunSummary {
	out := api.RunSummary{Name: of.RecipeName, Status: of.State, Nodes: make(map[string]api.RunNode, len(n.statuses)),
		End: of.Timings.End, TotalTime: of.Timings.Duration}
	if of.RecipeID != nil {
		out.Start = &of.Timings.Start
	}
	for name, status := range n.statuses {
		node := api.RunNode{Status: string(status), Tests: map[string]json.RawMessage{}, Start: millis(n.times[name].start)}
		if end := millis(n.times[name].end); end != nil && node.Start != nil {
			node.Timing = new(max(*end-*node.Start, 0))
		}
		out.Nodes[name] = node
	}
	return out
}

// timingText is a table of the nodes by name.
func timingText(s api.RunSummary) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "node\tstatus\tstart\tduration")
	for _, name := range slices.Sorted(maps.Keys(s.Nodes)) {
		n := s.Nodes[name]
		start, took := "-", "-"
		if n.Start != nil {
			start = time.UnixMilli(*n.Start).UTC().Format(time.RFC3339)
		}
		if n.Timing != nil {
			took = (time.Duration(*n.Timing) * time.Millisecond).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, n.Status, start, took)
	}
	_ = w.Flush() // to memory
	return b.String()
}
