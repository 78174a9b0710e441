package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// run is a recipe, or the run of an order with the recipe that it has started, if any.
type run struct {
	Kitchen  string            `json:"kitchen,omitempty"`
	Order    *api.Order        `json:"order,omitempty"`
	OrderRun *api.OrderRun     `json:"order_run,omitempty"`
	Recipe   *api.RecipeDetail `json:"recipe,omitempty"`
}

// findRun looks for a recipe, if id is a number, and otherwise for the run of an order, in
// every kitchen.
func findRun(ctx context.Context, c *client.Client, id string) (run, error) {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		d, err := c.Recipe(ctx, n)
		return run{Recipe: &d}, err
	}
	var r run
	kitchen, err := inKitchens(ctx, c, "run "+id, func(kitchen string) error {
		o, orderRun, err := c.OrderRun(ctx, kitchen, id)
		r.Order, r.OrderRun = &o, &orderRun
		return err
	})
	if err != nil {
		return run{}, err
	}
	r.Kitchen = kitchen
	if r.OrderRun.RecipeID == nil {
		return r, nil
	}
	d, err := c.Recipe(ctx, *r.OrderRun.RecipeID)
	r.Recipe = &d
	return r, err
}

// findRecipe is findRun for those who need a recipe.
func findRecipe(ctx context.Context, c *client.Client, id string) (api.RecipeDetail, error) {
	r, err := findRun(ctx, c, id)
	if err != nil {
		return api.RecipeDetail{}, err
	}
	if r.Recipe == nil {
		return api.RecipeDetail{}, fmt.Errorf("run %s has started no recipe (%s): galley runs show %s says why", id, r.OrderRun.Label, id)
	}
	return *r.Recipe, nil
}

// inKitchens asks look for each kitchen, and returns the one that has what is looked for.
func inKitchens(ctx context.Context, c *client.Client, what string, look func(kitchen string) error) (string, error) {
	kitchens, err := c.Kitchens(ctx)
	if err != nil {
		return "", err
	}
	for _, k := range kitchens {
		if err := look(k.Name); err == nil || !api.IsNotFound(err) {
			return k.Name, err
		}
	}
	return "", fmt.Errorf("there is no %s in any of the %d kitchens; galley runs ls and galley orders ls list what there is", what, len(kitchens))
}

// node is a node of a run, or of one of its sub-recipes.
type node struct {
	name    string // with those of the sub-recipes around it: "outer/inner"
	what    string // job clean 1.0.0
	status  string
	depth   int // of dependencies
	parents []string
	job     *api.Job
	jobID   int64
}

func (n node) row() []string {
	row := []string{n.name, n.what, n.status, "", "", "", ""}
	if j := n.job; j != nil {
		row[3], row[5] = when(j.Started), strconv.FormatInt(j.ID, 10)
		if j.Started != nil && (j.Ended != nil || j.Status == "RUNNING") {
			row[4] = took(j.Started, j.Ended)
		}
		if j.Error != nil {
			row[6] = cmp.Or(j.Error.Title, j.Error.Name)
			if j.Error.Description != "" {
				row[6] += ": " + j.Error.Description
			}
		}
	}
	return row
}

func (n node) after() string {
	if len(n.parents) == 0 {
		return ""
	}
	return ", after " + strings.Join(n.parents, ", ")
}

// nodesOf are the nodes of d and of its sub-recipes, each behind those that it needs, with
// their jobs.
func nodesOf(ctx context.Context, c *client.Client, d api.RecipeDetail) ([]node, error) {
	nodes, err := innerNodes(ctx, c, d, "")
	if err != nil {
		return nil, err
	}
	at := map[int64]int{}
	var ids []int64
	for i, n := range nodes {
		if n.jobID != 0 {
			at[n.jobID] = i
			ids = append(ids, n.jobID)
		}
	}
	for some := range slices.Chunk(ids, 100) { // a URL has an end
		jobs, err := c.Jobs(ctx, client.JobQuery{JobIDs: some})
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if i, known := at[j.ID]; known {
				nodes[i].job, nodes[i].status = &j, j.Status
			}
		}
	}
	return nodes, nil
}

func innerNodes(ctx context.Context, c *client.Client, d api.RecipeDetail, outer string) ([]node, error) {
	depths := depths(d.Details.Nodes)
	names := slices.SortedFunc(maps.Keys(d.Details.Nodes), func(a, b string) int {
		return cmp.Or(cmp.Compare(depths[a], depths[b]), cmp.Compare(a, b))
	})
	var out []node
	for _, name := range names {
		instance := d.Details.Nodes[name]
		n := node{name: outer + name, depth: strings.Count(outer, "/") + depths[name]}
		for _, parent := range instance.Dependencies {
			n.parents = append(n.parents, outer+parent.Name)
		}
		var inside []node
		switch kind := instance.NodeType; {
		case kind.JobNode != nil:
			n.what, n.status, n.jobID = "job "+kind.JobTypeName+" "+kind.JobTypeVersion, kind.Status, kind.JobID
		case kind.RecipeNode != nil:
			n.what, n.status = "recipe "+kind.RecipeTypeName, string(kind.RecipeCounts.Status(kind.RecipeNode.IsCompleted))
			sub, err := c.Recipe(ctx, kind.RecipeID)
			if err == nil {
				inside, err = innerNodes(ctx, c, sub, n.name+"/")
			}
			if err != nil {
				return nil, err
			}
		case kind.ConditionNode != nil:
			n.what, n.status = "condition", "PENDING"
			if kind.IsProcessed {
				n.status = "REJECTED"
			}
			if kind.IsAccepted {
				n.status = "ACCEPTED"
			}
		}
		out = append(append(out, n), inside...)
	}
	return out, nil
}

// depths are the longest ways from a node to one without dependencies.
func depths(nodes map[string]api.NodeInstance) map[string]int {
	out := map[string]int{}
	for range nodes { // no way is longer
		for name, n := range nodes {
			for _, parent := range n.Dependencies {
				if deeper := out[parent.Name] + 1; deeper > out[name] && deeper < len(nodes) {
					out[name] = deeper
				}
			}
		}
	}
	return out
}

func hasEnded(r api.OrderRun) bool { return order.RunStatus(r.Status).HasEnded() }

// sortNewest sorts the runs of several orders.
func sortNewest(runs []api.OrderRun) {
	slices.SortStableFunc(runs, func(a, b api.OrderRun) int { return cmp.Compare(b.Timings.Start, a.Timings.Start) })
}
