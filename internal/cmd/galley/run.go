package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

type runsCmd struct {
	Ls        runsLsCmd        `cmd:"" help:"List runs, newest first."`
	Show      runsShowCmd      `cmd:"" help:"Show a run with its nodes."`
	Watch     runsWatchCmd     `cmd:"" help:"Wait until a run has ended; the exit code is 1 if it has not completed."`
	Logs      runsLogsCmd      `cmd:"" help:"Print the logs of the jobs of a run."`
	Graph     runsGraphCmd     `cmd:"" help:"Draw the nodes of a run."`
	Resume    runsResumeCmd    `cmd:"" help:"Run what has not completed of a run again. What has completed is kept."`
	Reprocess runsReprocessCmd `cmd:"" help:"Replace a run by a new one, which runs what has changed and what is named here."`
	Cancel    runsCancelCmd    `cmd:"" help:"Stop a run, and wait until its jobs have stopped."`
}

type runsLsCmd struct {
	listing
	Kitchen string   `short:"k" help:"List the runs of the orders of this kitchen instead." placeholder:"NAME"`
	Type    []string `help:"Only runs of this recipe type; may be given again." placeholder:"NAME"`
	Active  bool     `help:"Only runs that have not completed."`
	Limit   int      `short:"n" help:"At most so many; 0: all." default:"20"`
}

// Run is `galley runs ls`.
func (l runsLsCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	if l.Kitchen != "" {
		return l.ofOrders(ctx, p, c)
	}
	q := client.RecipeQuery{RecipeTypeNames: l.Type, Order: []string{"-id"}, Limit: l.Limit}
	if l.Active {
		isCompleted, isSuperseded := false, false
		q.IsCompleted, q.IsSuperseded = &isCompleted, &isSuperseded
	}
	runs, err := c.Recipes(ctx, q)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, r := range runs {
		status, duration := statusOf(r.RecipeCommon), ""
		if r.Completed != nil || !recipe.JobStatus(status).IsSettled() { // when it has failed is not known
			duration = took(&r.Created, r.Completed)
		}
		rows = append(rows, []string{
			strconv.FormatInt(r.ID, 10), r.RecipeType.Name, strconv.Itoa(r.RecipeTypeRev.RevisionNum), status,
			fmt.Sprintf("%d/%d", r.JobsCompleted, r.JobsTotal), when(&r.Created), duration,
		})
	}
	return l.print(p, orNone(runs), []string{"RUN", "TYPE", "REVISION", "STATUS", "JOBS", "CREATED", "TOOK"}, rows)
}

// ofOrders lists the newest runs of each order of a kitchen.
func (l runsLsCmd) ofOrders(ctx context.Context, p *program, c *client.Client) error {
	if len(l.Type) > 0 {
		return fmt.Errorf("--type is for runs that are listed without --kitchen: leave one of them out")
	}
	count := 1 << 20
	list, err := c.Orders(ctx, l.Kitchen, api.OrderQuery{ServingsCount: &count})
	if err != nil {
		return err
	}
	recipes := map[string]string{}
	var runs []api.OrderRun
	for _, o := range list.Orders {
		recipes[o.HID] = o.Recipe + "/" + o.Variation
		for _, r := range list.Servings[o.HID].Servings {
			if !l.Active || !hasEnded(r) {
				runs = append(runs, r)
			}
		}
	}
	sortNewest(runs)
	if l.Limit > 0 && len(runs) > l.Limit {
		runs = runs[:l.Limit]
	}
	var rows [][]string
	for _, r := range runs {
		id := ""
		if r.RecipeID != nil {
			id = strconv.FormatInt(*r.RecipeID, 10)
		}
		rows = append(rows, []string{r.HID, recipes[r.OrderID], r.Label, moment(&r.ScheduledFor), moment(r.Timings.End), id, r.Error})
	}
	return l.print(p, orNone(runs), []string{"RUN", "RECIPE", "STATUS", "SCHEDULED FOR", "ENDED", "RUN OF THE RECIPE", "ERROR"}, rows)
}

type runsShowCmd struct {
	listing
	ID string `arg:"" name:"run" help:"Id of a run: the number of a recipe, or the id of a run of an order."`
}

// Run is `galley runs show`.
func (s runsShowCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	r, err := findRun(ctx, c, s.ID)
	if err != nil {
		return err
	}
	if s.JSON {
		return p.json(r)
	}
	if r.Order != nil {
		p.say("Run %s of order %s in kitchen %s, scheduled for %s: %s", r.OrderRun.HID, r.Order.HID, r.Kitchen,
			moment(&r.OrderRun.ScheduledFor), r.OrderRun.Label)
		if r.OrderRun.Error != "" {
			p.say("Error: %s", r.OrderRun.Error)
		}
	}
	if r.Recipe == nil {
		return nil
	}
	d := *r.Recipe
	p.say("Run %d of %s, revision %d: %s, %d of %d jobs completed", d.ID, d.RecipeType.Name, d.RecipeTypeRev.RevisionNum,
		statusOf(d.RecipeCommon), d.JobsCompleted, d.JobsTotal)
	if d.Simulated {
		p.say("Its jobs were only simulated: no command was run, and outputs are made up.")
	}
	if d.SupersededByRecipe != nil {
		p.say("It is superseded by run %d.", d.SupersededByRecipe.ID)
	}
	nodes, err := nodesOf(ctx, c, d)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, n := range nodes {
		rows = append(rows, n.row())
	}
	if err := p.table([]string{"NODE", "RUNS", "STATUS", "STARTED", "TOOK", "JOB", "ERROR"}, rows); err != nil {
		return err
	}
	if recipe.JobStatus(statusOf(d.RecipeCommon)).IsSettled() && !d.IsCompleted {
		p.say("galley runs logs %s --failed shows the logs of what has failed, galley runs resume %s runs it again.", s.ID, s.ID)
	}
	return nil
}

type runsGraphCmd struct {
	ID     string `arg:"" name:"run" help:"Id of a run."`
	Format string `help:"text, mermaid, or dot for Graphviz." enum:"text,mermaid,dot" default:"text"`
}

// Run is `galley runs graph`.
func (g runsGraphCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	d, err := findRecipe(ctx, c, g.ID)
	if err != nil {
		return err
	}
	definition, problems := recipe.Parse(d.RecipeTypeRev.Definition)
	if definition == nil {
		return fmt.Errorf("run %s has a definition that cannot be read: %s", g.ID, problems[0].Message)
	}
	switch g.Format {
	case "mermaid":
		return p.foreign(definition.Mermaid())
	case "dot":
		return p.foreign(definition.DOT())
	}
	nodes, err := nodesOf(ctx, c, d)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		p.say("%*s%s (%s): %s%s", 2*n.depth, "", n.name, n.what, n.status, n.after())
	}
	return nil
}

// statusOf sums up a run in the words of a job.
func statusOf(r api.RecipeCommon) string { return string(r.Status(r.IsCompleted)) }

// orNone is a list that JSON writes as one when it is empty.
func orNone[T any](list []T) []T { return append([]T{}, list...) }
