package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

type runsLogsCmd struct {
	ID     string `arg:"" name:"run" help:"Id of a run."`
	Node   string `arg:"" optional:"" help:"Only the job of this node; in a sub-recipe OUTER/INNER."`
	Follow bool   `short:"f" help:"Go on until the run has ended."`
	Failed bool   `help:"Only jobs that have failed."`
	Stream string `help:"combined, stdout or stderr." enum:"combined,stdout,stderr" default:"combined"`
}

// Run is `galley runs logs`.
func (l runsLogsCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	printed := map[int64]string{} // by execution
	last := ""                    // the node whose log was printed last
	for {
		d, err := findRecipe(ctx, c, l.ID)
		if err != nil {
			return err
		}
		isLast := !l.Follow || isSettled(d) // before the logs are read: nothing is missed
		jobs, err := l.jobs(ctx, c, d)
		if err != nil {
			return err
		}
		for _, n := range jobs {
			if l.Failed && n.status != string(recipe.Failed) {
				continue
			}
			text, err := newLog(ctx, c, n.jobID, l.Stream, printed)
			if err != nil {
				return err
			}
			if text != "" && last != n.name {
				if l.Node == "" {
					p.say("==> %s (job %d) <==", n.name, n.jobID)
				}
				last = n.name
			}
			if err := p.foreign(text); err != nil {
				return err
			}
		}
		if isLast {
			return nil
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// jobs are the nodes with a job whose logs are asked for.
func (l runsLogsCmd) jobs(ctx context.Context, c *client.Client, d api.RecipeDetail) ([]node, error) {
	nodes, err := nodesOf(ctx, c, d)
	if err != nil {
		return nil, err
	}
	var out []node
	var names []string
	for _, n := range nodes {
		if n.jobID == 0 {
			continue
		}
		names = append(names, n.name)
		if l.Node == "" || n.name == l.Node {
			out = append(out, n)
		}
	}
	if len(out) == 0 && l.Node != "" && !l.Follow {
		return nil, fmt.Errorf("run %s has no job at node %s; its jobs are at: %s", l.ID, l.Node, strings.Join(names, ", "))
	}
	return out, nil
}

// newLog is what the latest execution of a job has written beside what was printed of it.
func newLog(ctx context.Context, c *client.Client, jobID int64, stream string, printed map[int64]string) (string, error) {
	j, err := c.Job(ctx, jobID)
	if err != nil || j.Execution == nil {
		return "", err
	}
	text, err := c.JobLog(ctx, j.Execution.ID, stream)
	if err != nil && !api.IsNotFound(err) {
		return "", err
	}
	fresh := strings.TrimPrefix(text, printed[j.Execution.ID])
	printed[j.Execution.ID] = text
	return fresh, nil
}
