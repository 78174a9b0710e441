package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

type typesCmd struct {
	Ls   typesLsCmd   `cmd:"" help:"List recipe types and job types."`
	Diff typesDiffCmd `cmd:"" help:"Compare two revisions of a recipe type, the last two if none is given."`
}

type typesLsCmd struct {
	listing
	Keyword []string `help:"Only those with this text in their names; may be given again." placeholder:"TEXT"`
	All     bool     `help:"Inactive ones as well."`
}

// listedTypes are both kinds of types.
type listedTypes struct {
	RecipeTypes []api.RecipeTypeListed `json:"recipe_types"`
	JobTypes    []api.JobType          `json:"job_types"`
}

// Run is `galley types ls`.
func (l typesLsCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	var isActive *bool
	if !l.All {
		yes := true
		isActive = &yes
	}
	recipes, err := c.RecipeTypes(ctx, client.RecipeTypeQuery{Keywords: l.Keyword, IsActive: isActive})
	if err != nil {
		return err
	}
	jobs, err := c.JobTypes(ctx, client.JobTypeQuery{Keywords: l.Keyword, IsActive: isActive})
	if err != nil {
		return err
	}
	var rows [][]string
	for _, r := range recipes {
		rows = append(rows, []string{"recipe", r.Name, "", strconv.Itoa(r.RevisionNum), activity(r.IsActive), r.Title})
	}
	for _, j := range jobs {
		rows = append(rows, []string{"job", j.Name, j.Version, strconv.Itoa(j.RevisionNum), activity(j.IsActive), j.Title})
	}
	return l.print(p, listedTypes{orNone(recipes), orNone(jobs)}, []string{"KIND", "NAME", "VERSION", "REVISION", "STATUS", "TITLE"}, rows)
}

func activity(isActive bool) string {
	if isActive {
		return "active"
	}
	return "inactive"
}

type typesDiffCmd struct {
	listing
	Name string `arg:"" help:"Name of a recipe type."`
	From int    `arg:"" optional:"" help:"Revision."`
	To   int    `arg:"" optional:"" help:"Revision. Default: the latest."`
}

// Run is `galley types diff`.
func (d typesDiffCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	if d.To == 0 {
		t, err := c.RecipeType(ctx, d.Name)
		if err != nil {
			return err
		}
		d.To = t.RevisionNum
	}
	if d.From == 0 {
		if d.From = d.To - 1; d.From < 1 {
			return fmt.Errorf("recipe type %s has one revision only: there is nothing to compare it with", d.Name)
		}
	}
	diff, err := c.DiffRecipeType(ctx, d.Name, d.From, d.To)
	if err != nil {
		return err
	}
	if d.JSON {
		return p.json(diff)
	}
	p.say("%s, from revision %d to %d", d.Name, d.From, d.To)
	for _, name := range slices.Sorted(maps.Keys(diff.Nodes)) {
		n := diff.Nodes[name]
		p.say("%s: %s", name, n.Status)
		for _, change := range n.Changes {
			p.say("  %s", change.Description)
		}
	}
	for _, reason := range diff.Reasons {
		p.say("Runs of the old revision cannot be reprocessed: %s", reason.Description)
	}
	return nil
}
