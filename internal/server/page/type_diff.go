package page

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// typeDiffView is two revisions of a type in one graph.
type typeDiffView struct {
	Name      string
	From, To  int
	Revisions []api.RecipeTypeRevision
	Heading   string
	Sentence  string
	Graph     picture
	Changes   []typeChange
	Reasons   []recipe.Change
	Raw       string
}

type typeChange struct{ Name, State, Old, New string }

func (p *Page) typeDiff(ctx context.Context, v *visit) (*sheet, error) {
	name := v.PathValue("name")
	d := typeDiffView{Name: name}
	base := "/v6/recipe-types" + pathOf(name) + "/"
	var t api.RecipeTypeDetail
	if err := v.call.get(ctx, base, nil, &t); err != nil {
		return nil, err
	}
	revisions, err := all[api.RecipeTypeRevision](ctx, v.call, base+"revisions/", url.Values{"page_size": {"100"}})
	if err != nil {
		return nil, err
	}
	d.Revisions = revisions.Results
	d.From, d.To = max(t.RevisionNum-1, 1), t.RevisionNum
	if n, err := strconv.Atoi(v.query().Get("from")); err == nil && n > 0 {
		d.From = n
	}
	if n, err := strconv.Atoi(v.query().Get("to")); err == nil && n > 0 {
		d.To = n
	}
	old, err := v.revision(ctx, base, d.From)
	if err != nil {
		return nil, err
	}
	next, err := v.revision(ctx, base, d.To)
	if err != nil {
		return nil, err
	}
	diff := recipe.Compare(old, next, nil)
	d.fill(v, diff, old, next)
	raw, err := json.Marshal(diff)
	if err != nil {
		return nil, err
	}
	d.Raw = pretty(raw)
	return &sheet{template: "diff", title: d.Heading, section: "types", data: d}, nil
}

func (v *visit) revision(ctx context.Context, base string, num int) (*recipe.Definition, error) {
	var rev api.RecipeTypeRevisionDetail
	if err := v.call.get(ctx, fmt.Sprintf("%srevisions/%d/", base, num), nil, &rev); err != nil {
		return nil, err
	}
	return definitionOf(rev.Definition, nil)
}

func (d *typeDiffView) fill(v *visit, diff *recipe.Diff, old, next *recipe.Definition) {
	counts := map[recipe.DiffStatus]int{}
	steps := map[string]recipe.PlanStep{}
	runs, copies := 0, 0
	for name, n := range diff.Nodes {
		// A node that is only below a change is as it was; a reprocess runs it again.
		below := n.Status == recipe.StatusChanged && !slices.ContainsFunc(n.Changes, func(c recipe.Change) bool { return c.Name != recipe.ParentChanged })
		if !below {
			counts[n.Status]++
		}
		s := recipe.PlanStep{Action: recipe.PlanCopy, Reason: "unchanged"}
		switch {
		case n.Status == recipe.StatusNew:
			s = recipe.PlanStep{Action: recipe.PlanNew, Reason: "new node"}
		case n.Status == recipe.StatusDeleted:
			s = recipe.PlanStep{Action: recipe.PlanDrop, Reason: "removed"}
		case n.Status == recipe.StatusChanged && !below:
			s = recipe.PlanStep{Action: recipe.PlanAction(recipe.StatusChanged), Reason: n.Changes[0].Description}
		case n.ReprocessNewNode:
			s = recipe.PlanStep{Action: recipe.PlanRun, Reason: "runs again"}
		}
		if n.ReprocessNewNode {
			runs++
		} else if n.Status != recipe.StatusDeleted {
			copies++
		}
		steps[name] = s
		if below || n.Status == recipe.StatusUnchanged {
			continue
		}
		c := typeChange{Name: name, State: string(s.Action)}
		if n.Status != recipe.StatusNew {
			c.Old = describe(old.Nodes[name], old)
		}
		if n.Status != recipe.StatusDeleted {
			c.New = describe(next.Nodes[name], next)
		}
		if n.Status == recipe.StatusChanged {
			var texts []string
			for _, change := range n.Changes {
				texts = append(texts, change.Description)
			}
			c.New += " — " + strings.Join(texts, "; ")
		}
		d.Changes = append(d.Changes, c)
	}
	slices.SortFunc(d.Changes, func(a, b typeChange) int { return strings.Compare(a.State+a.Name, b.State+b.Name) })
	d.Heading = fmt.Sprintf("Revision %d changes %s, adds %d, drops %d", d.To, count(counts[recipe.StatusChanged], "node", "nodes"), counts[recipe.StatusNew], counts[recipe.StatusDeleted])
	if len(d.Changes) == 0 {
		d.Heading = fmt.Sprintf("Revision %d changes nothing in the nodes of %d", d.To, d.From)
	}
	d.Sentence = fmt.Sprintf("A reprocess of a recipe of revision %d runs %s and copies %d. Its input fits: recipes can be reprocessed.", d.From, count(runs, "node", "nodes"), copies)
	if !diff.CanBeReprocessed {
		d.Sentence, d.Reasons = fmt.Sprintf("Recipes of revision %d cannot be reprocessed: their input does not fit.", d.From), diff.Reasons
	}
	d.Graph = v.draw(planGraph(old, next, steps, fmt.Sprintf("Revisions %d and %d in one graph: %s. The table of changes has the same.", d.From, d.To,
		count(len(steps), "node", "nodes")), nil))
}

// describe is a node in one line.
func describe(n recipe.Node, d *recipe.Definition) string {
	text := "condition"
	switch {
	case n.Job != nil:
		text = fmt.Sprintf("job %s %s revision %d", n.Job.Name, n.Job.Version, n.Job.Revision)
	case n.Recipe != nil:
		text = fmt.Sprintf("recipe %s revision %d", n.Recipe.Name, n.Recipe.Revision)
	case n.Condition != nil:
		text += " " + (&instance{}).decided(nodeOf(n))
	}
	var parents []string
	for _, dependency := range slices.Sorted(maps.Keys(n.Dependencies)) {
		if d.Nodes[dependency].Condition != nil {
			dependency += " (" + acceptance(n.Dependencies[dependency]) + ")"
		}
		parents = append(parents, dependency)
	}
	if len(parents) > 0 {
		text += "; after " + strings.Join(parents, ", ")
	}
	return text
}
