package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// betweenLooks is how long to wait where nothing tells of changes.
const betweenLooks = time.Second

type runsWatchCmd struct {
	ID string `arg:"" name:"run" help:"Id of a run."`
}

// Run is `galley runs watch`.
func (w runsWatchCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	return watch(ctx, p, c, w.ID)
}

// following is the flag of what starts a run.
type following struct {
	Watch bool `short:"w" help:"Wait until the run has ended; the exit code is 1 if it has not completed."`
}

// follow watches the run that was started, if that is asked for.
func (f following) follow(ctx context.Context, p *program, c *client.Client, id string) error {
	if !f.Watch {
		return nil
	}
	return watch(ctx, p, c, id)
}

// watch waits until a run has ended. It is a failure unless it has completed.
func watch(ctx context.Context, p *program, c *client.Client, id string) error {
	r, err := findRun(ctx, c, id)
	for err == nil && r.Recipe == nil && !hasEnded(*r.OrderRun) {
		p.progress("run %s: %s", id, r.OrderRun.Label)
		if err = pause(ctx); err == nil {
			r, err = findRun(ctx, c, id)
		}
	}
	if err != nil {
		return err
	}
	if r.Recipe == nil {
		return failure{fmt.Sprintf("run %s has started no recipe: %s %s", id, r.OrderRun.Label, r.OrderRun.Error)}
	}
	d, err := watchRecipe(ctx, p, c, r.Recipe.ID)
	if err != nil {
		return err
	}
	p.say("Run %s: %s", id, statusOf(d.RecipeCommon))
	if !d.IsCompleted {
		return failure{fmt.Sprintf("run %s is %s; galley runs logs %s --failed shows why, galley runs resume %s goes on", id,
			statusOf(d.RecipeCommon), id, id)}
	}
	return nil
}

// watchRecipe waits until a recipe is settled, and tells of its nodes meanwhile.
func watchRecipe(ctx context.Context, p *program, c *client.Client, id int64) (api.RecipeDetail, error) {
	told := map[string]string{}
	for {
		for d, err := range c.WatchRecipe(ctx, id) {
			if err != nil {
				break
			}
			if told = p.tell(d, told); isSettled(d) {
				return d, nil
			}
		}
		// The stream has ended, or this backend has none: the answer to a plain question counts.
		d, err := c.Recipe(ctx, id)
		if err != nil {
			return d, err
		}
		if told = p.tell(d, told); isSettled(d) {
			return d, nil
		}
		if err := pause(ctx); err != nil {
			return d, err
		}
	}
}

func isSettled(d api.RecipeDetail) bool {
	return recipe.JobStatus(statusOf(d.RecipeCommon)).IsSettled()
}

// tell prints the nodes whose status is not the one that was told, and shows how far the
// run is. It returns what is told by now.
func (p *program) tell(d api.RecipeDetail, told map[string]string) map[string]string {
	now := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(d.Details.Nodes)) {
		switch kind := d.Details.Nodes[name].NodeType; {
		case kind.JobNode != nil:
			now[name] = kind.Status
		case kind.RecipeNode != nil:
			now[name] = string(kind.RecipeCounts.Status(kind.RecipeNode.IsCompleted))
		default:
			continue
		}
		if now[name] != told[name] {
			p.say("%s: %s", name, now[name])
		}
	}
	p.progress("run %d: %s, %d of %d jobs completed", d.ID, statusOf(d.RecipeCommon), d.JobsCompleted, d.JobsTotal)
	return now
}

// pause waits a little; its error is that the program was interrupted.
func pause(ctx context.Context) error {
	select {
	case <-time.After(betweenLooks):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
