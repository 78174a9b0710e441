package page

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type recipeView struct {
	R       api.RecipeDetail
	Status  string
	Banner  *banner
	Buttons []button
	Place   *place
	Due     moment
	Outer   int64 // the recipe that contains this one; 0: none
	SoFar   string
	Ended   bool
	Usual   string
	Runs    int
	Bar     []share
	Graph   picture
	Nodes   []nodeRow
	Chosen  string
	Panel   *panel
	Gantt   gantt
	Input   []given
	Files   []api.File
	More    int // products that are not listed
	By      string
	Code    string
	Owner   string // "galley_recipe in workspace x of Terraform"; empty: not known
}

// A banner is the answer to what is going on.
type banner struct {
	Class, Icon string
	Heading     string
	Line        string
	Parts       []string
}

// A nodeRow is a line of the table of nodes.
type nodeRow struct {
	node
	JobID   int64
	SubID   int64
	Try     string
	Started moment
	Took    string
	Median  string
	Link    string
}

func (p *Page) recipe(ctx context.Context, v *visit) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	var r api.RecipeDetail
	if err := v.call.get(ctx, fmt.Sprintf("/v6/recipes/%d/", id), nil, &r); err != nil {
		return nil, err
	}
	in, err := v.instanceOf(ctx, id)
	if err != nil {
		return nil, err
	}
	d := recipeView{R: r, Status: in.status(), Bar: bar(r.JobCounts), Ended: r.IsCompleted, Runs: in.usual.Runs}
	d.SoFar = duration(v.now.Sub(in.row.Created.Time))
	if in.row.Completed != nil {
		d.SoFar = duration(in.row.Completed.Sub(in.row.Created.Time))
	}
	if in.usual.Runs > 0 {
		d.Usual = duration(in.usual.Recipe)
	}
	if r.Recipe != nil {
		d.Outer = r.Recipe.ID
	}
	if r.Event != nil {
		d.By, _ = r.Event.Description["user"].(string)
	}
	k, err := v.kitchens(ctx)
	if err != nil {
		return nil, err
	}
	if d.Place, err = v.placeOf(ctx, k, in.row.RootID); err != nil {
		return nil, err
	}
	if d.Place != nil {
		d.Due = v.at(d.Place.Run.Due())
	}
	chosen, isChosen := in.chosen(v.query().Get("node"))
	d.Nodes = v.nodeRows(in)
	if isChosen {
		d.Chosen = chosen.Name
		if d.Panel, err = v.panelOf(ctx, in, chosen); err != nil {
			return nil, err
		}
	}
	g, err := v.graphOf(ctx, in, "", d.Chosen, 0)
	if err != nil {
		return nil, err
	}
	d.Graph = v.draw(g)
	d.Graph.offerFailures(v, in)
	d.Gantt = v.ganttOf(in)
	if d.Input, err = v.inputsOf(ctx, r.Input); err != nil {
		return nil, err
	}
	files := api.Page[api.File]{}
	if err := v.call.get(ctx, "/v6/files/", url.Values{"recipe_id": {strconv.FormatInt(id, 10)}, "page_size": {"50"}, "order": {"id"}}, &files); err != nil {
		return nil, err
	}
	d.Files, d.More = files.Results, files.Count-len(files.Results)
	if d.Owner, err = v.ownerOf(ctx, api.OriginRecipe, id); err != nil {
		return nil, err
	}
	d.Banner = v.bannerOf(in, &d)
	d.Buttons = v.recipeButtons(in, &d)
	d.Code = written(codeOfRecipe(r))
	out := &sheet{template: "recipe", title: fmt.Sprintf("%s %d: %s", r.RecipeType.Name, id, d.Banner.Heading), section: "recipes", data: d,
		live: liveUnless(r.IsCompleted)}
	if d.Panel != nil && out.live != "" {
		out.live = liveWithLog(d.Panel.Exe)
	}
	return out, nil
}

// liveUnless is the path of the stream of changes, for what can still change.
func liveUnless(over bool) string {
	if over {
		return ""
	}
	return Prefix + "live"
}

func (v *visit) nodeRows(in *instance) []nodeRow {
	var out []nodeRow
	for _, n := range in.sorted() {
		row := nodeRow{node: n, Link: fmt.Sprintf("%srecipes/%d?%s#panel", Prefix, in.row.ID, url.Values{"node": {n.Name}}.Encode())}
		if n.Usual > 0 {
			row.Median = duration(n.Usual)
		}
		if job := n.Job(); job != nil {
			row.JobID, row.Started = job.ID, v.at(job.Started)
			if job.NumExes > 0 {
				row.Try = fmt.Sprintf("%d of %d", job.NumExes, max(job.MaxTries, job.NumExes))
			}
			row.Took = took(v.now, job.Started, job.Ended)
		}
		if sub := n.Sub(); sub != nil {
			row.SubID, row.Started = sub.ID, v.at(sub.Created)
			row.Took = took(v.now, &sub.Created, sub.Completed)
		}
		if n.Row != nil && n.Row.Condition != nil {
			row.Started = v.at(n.Row.Condition.Processed)
		}
		out = append(out, row)
	}
	return out
}

// took is how long something has taken, so far if it has not ended; empty before it began.
func took(now time.Time, from, to *store.Time) string {
	if from == nil {
		return ""
	}
	if to != nil && !to.Before(from.Time) {
		now = to.Time
	}
	return duration(now.Sub(from.Time))
}

// ownerOf is which workspace of Terraform has something; empty: none has said so.
func (v *visit) ownerOf(ctx context.Context, kind string, id int64) (string, error) {
	origins, err := all[api.Origin](ctx, v.call, "/v6/origins/", url.Values{"kind": {kind}, "name": {strconv.FormatInt(id, 10)}})
	if err != nil {
		return "", err
	}
	return ownerIn(origins.Results), nil
}

func (v *visit) ownerNamed(ctx context.Context, kind, name string) (string, error) {
	origins, err := all[api.Origin](ctx, v.call, "/v6/origins/", url.Values{"kind": {kind}, "name": {name}})
	if err != nil {
		return "", err
	}
	return ownerIn(origins.Results), nil
}

func ownerIn(origins []api.Origin) string {
	for _, o := range origins {
		if o.Claimed != nil {
			return strings.TrimSpace("a state of Terraform " + o.Origin)
		}
	}
	return ""
}
