package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

type runsResumeCmd struct {
	following
	ID string `arg:"" name:"run" help:"Id of a run that has failed or was stopped."`
}

// Run is `galley runs resume`.
func (r runsResumeCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	found, err := findRun(ctx, c, r.ID)
	if err != nil {
		return err
	}
	if found.OrderRun == nil {
		if err := resumeRecipe(ctx, c, *found.Recipe); err != nil {
			return err
		}
		p.say("Run %s goes on.", r.ID)
		return r.follow(ctx, p, c, r.ID)
	}
	if !order.RunStatus(found.OrderRun.Status).CanResume() {
		return fmt.Errorf("run %s is %s: only runs that have failed or were stopped can be resumed", r.ID, found.OrderRun.Label)
	}
	id, err := c.ResumeRun(ctx, found.Kitchen, r.ID)
	if err != nil {
		return err
	}
	p.say("Run %s resumes run %s.", id, r.ID)
	return r.follow(ctx, p, c, id)
}

// resumeRecipe queues the jobs of a settled recipe that have failed or were canceled, and
// waits until the first of them is under way, so that nobody takes the old end for the new.
func resumeRecipe(ctx context.Context, c *client.Client, d api.RecipeDetail) error {
	if d.IsCompleted || !isSettled(d) {
		return fmt.Errorf("run %d is %s: only runs that have failed or were stopped can be resumed", d.ID, statusOf(d.RecipeCommon))
	}
	ids, err := c.UnfinishedRecipes(ctx, d)
	if err != nil {
		return err
	}
	ended := []string{string(recipe.Failed), string(recipe.Canceled)}
	before, err := c.Jobs(ctx, client.JobQuery{RecipeIDs: ids, Statuses: ended})
	if err != nil {
		return err
	}
	if len(before) == 0 {
		return fmt.Errorf("run %d is %s, and none of its jobs has failed: galley runs show %d says what it waits for", d.ID,
			statusOf(d.RecipeCommon), d.ID)
	}
	if err := c.RequeueJobs(ctx, api.JobRequeue{JobFilter: api.JobFilter{RecipeIDs: ids, Status: ended}}); err != nil {
		return err
	}
	for {
		for _, old := range before {
			j, err := c.Job(ctx, old.ID)
			if err != nil {
				return err
			}
			if j.NumExes > old.NumExes || j.Status != old.Status {
				return nil
			}
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

type runsReprocessCmd struct {
	following
	ID       string   `arg:"" name:"run" help:"Id of a run."`
	Node     []string `help:"Run this node, and what follows it, though it has not changed; may be given again." placeholder:"NAME" xor:"forced"`
	All      bool     `help:"Run every node." xor:"forced"`
	Revision int      `help:"Revision of the recipe type. Default: the latest." placeholder:"NUMBER"`
}

// Run is `galley runs reprocess`.
func (r runsReprocessCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	d, err := findRecipe(ctx, c, r.ID)
	if err != nil {
		return err
	}
	forced, err := json.Marshal(recipe.ForcedNodes{All: r.All, Nodes: r.Node})
	if err != nil {
		return err
	}
	fresh, err := c.ReprocessRecipe(ctx, d.ID, api.RecipeReprocess{ForcedNodes: forced, RevisionNum: r.Revision})
	if err != nil {
		return err
	}
	p.say("Run %d supersedes run %d.", fresh.ID, d.ID)
	return r.follow(ctx, p, c, strconv.FormatInt(fresh.ID, 10))
}

type runsCancelCmd struct {
	ID string `arg:"" name:"run" help:"Id of a run."`
}

// Run is `galley runs cancel`.
func (r runsCancelCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	d, err := findRecipe(ctx, c, r.ID)
	if err != nil {
		return err
	}
	if isSettled(d) {
		p.say("Run %s is %s: there is nothing to cancel.", r.ID, statusOf(d.RecipeCommon))
		return nil
	}
	for !isSettled(d) {
		// Every time: nodes may have been created since the last one.
		ids, err := c.UnfinishedRecipes(ctx, d)
		if err != nil {
			return err
		}
		if err := c.CancelJobs(ctx, api.JobFilter{RecipeIDs: ids}); err != nil {
			return err
		}
		p.progress("canceling run %s: %d jobs run", r.ID, d.JobsRunning)
		if err := pause(ctx); err != nil {
			return err
		}
		if d, err = c.Recipe(ctx, d.ID); err != nil {
			return err
		}
	}
	p.say("Run %s is %s.", r.ID, statusOf(d.RecipeCommon))
	return nil
}
