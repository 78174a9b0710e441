package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	maxNeeds   = 20               // that the home page lists; the rest are in the list of failures
	maxShown   = 50               // running recipes
	stuckAfter = 10 * time.Minute // how long something may wait for a worker before somebody should look
)

// A need is something that does not go on by itself.
type need struct {
	State         string
	Kind          string // of the list's rows: fail, late, wait
	Title, Link   string
	Detail, Where string
	Since         moment
	Aside         string
	Buttons       []button
}

// A button leads somewhere, as a link. Pages that ask first end in "…".
type button struct {
	Text, Link string
	Key        string // of the script's keys
}

// A runningRow is a recipe that runs.
type runningRow struct {
	ID        int64
	Name      string
	Failed    int
	Place     *place
	Bar       []share
	Done, All int
	Now       string
	SoFar     string
	Median    string
	State     string
	since     time.Time
}

type homeView struct {
	Heading, Beside string
	Kitchens        []string
	Kitchen         string
	Mine            bool
	Needs           []need
	More            bool // there are more than are listed
	Running         []runningRow
	RunningJobs     int
	Wide, Narrow    timeline
	Last            moment // the last failure, if nothing needs anybody
	Empty           bool   // nothing has ever run
}

func (p *Page) home(ctx context.Context, v *visit) (*sheet, error) {
	h := homeView{Kitchen: v.query().Get("kitchen"), Mine: v.query().Get("mine") != ""}
	k, err := v.kitchens(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range k.list {
		h.Kitchens = append(h.Kitchens, one.Name)
	}
	slices.Sort(h.Kitchens)
	failing, err := h.addFailed(ctx, v, k)
	if err != nil {
		return nil, err
	}
	late, err := h.addLate(ctx, v, k)
	if err != nil {
		return nil, err
	}
	if err := h.addWaiting(ctx, v); err != nil {
		return nil, err
	}
	if err := h.addRunning(ctx, v, k); err != nil {
		return nil, err
	}
	if err := h.addTimelines(ctx, v, k); err != nil {
		return nil, err
	}
	h.Heading = homeHeading(failing, late, len(h.Needs))
	day := url.Values{"is_completed": {"true"}, "started": {v.now.Add(-24 * time.Hour).UTC().Format(time.RFC3339)}, "page_size": {"1"}}
	var completed api.Page[api.Recipe]
	if err := v.call.get(ctx, "/v6/recipes/", day, &completed); err != nil {
		return nil, err
	}
	h.Beside = fmt.Sprintf("%s · %d completed in the last 24 h · times are %s (%s)", count(len(h.Running), "runs now", "run now"), completed.Count,
		v.zone, v.now.In(v.zone).Format("UTC-07:00"))
	if h.Empty = len(h.Needs)+len(h.Running)+completed.Count == 0; h.Empty {
		var any api.Page[api.Recipe]
		if err := v.call.get(ctx, "/v6/recipes/", url.Values{"page_size": {"1"}}, &any); err != nil {
			return nil, err
		}
		h.Empty = any.Count == 0
	}
	return &sheet{template: "home", title: h.Heading, section: "home", data: h, live: Prefix + "live"}, nil
}

// homeHeading is the answer to why somebody has come.
func homeHeading(failing, late, all int) string {
	var parts []string
	switch failing {
	case 0:
	case 1:
		parts = append(parts, "1 run is failing")
	default:
		parts = append(parts, fmt.Sprintf("%d runs are failing", failing))
	}
	switch {
	case late == 1 && failing > 0:
		parts = append(parts, "1 is late")
	case late == 1:
		parts = append(parts, "1 run is late")
	case late > 1 && failing > 0:
		parts = append(parts, fmt.Sprintf("%d are late", late))
	case late > 1:
		parts = append(parts, fmt.Sprintf("%d runs are late", late))
	}
	if len(parts) > 0 {
		return strings.Join(parts, ", ")
	}
	if all > 0 {
		return count(all, "thing waits for somebody", "things wait for somebody")
	}
	return "Nothing needs you"
}

// keeps applies the filters of the page.
func (h *homeView) keeps(v *visit, at *place) bool {
	if h.Kitchen != "" && (at == nil || at.Kitchen != h.Kitchen) {
		return false
	}
	return !h.Mine || at != nil && at.Order.Username == v.who.User.Username
}

// addFailed lists what has failed, the newest first: one line for each outermost recipe.
func (h *homeView) addFailed(ctx context.Context, v *visit, k kitchens) (failing int, err error) {
	jobs, err := all[api.Job](ctx, v.call, "/v6/jobs/", url.Values{"status": {"FAILED"}, "is_superseded": {"false"},
		"order": {"-last_status_change"}, "page_size": {"100"}})
	if err != nil {
		return 0, err
	}
	h.Last = moment{}
	roots, err := v.rootsOf(ctx, jobs.Results)
	if err != nil {
		return 0, err
	}
	by := map[int64][]api.Job{}
	var order []int64 // of roots; negative: a job without a recipe
	for _, job := range jobs.Results {
		root := -job.ID
		if job.Recipe != nil {
			root = roots[job.Recipe.ID].ID
		}
		if by[root] == nil {
			order = append(order, root)
		}
		by[root] = append(by[root], job)
	}
	for _, root := range order {
		row := store.Recipe{}
		for _, r := range roots {
			if r.ID == root {
				row = r
			}
		}
		if root > 0 && row.IsSuperseded {
			continue
		}
		n, kept, err := h.failedNeed(ctx, v, k, row, by[root])
		if err != nil {
			return 0, err
		}
		if !kept {
			continue
		}
		failing++
		if h.More = len(h.Needs) >= maxNeeds; !h.More {
			h.Needs = append(h.Needs, n)
		}
	}
	if failing == 0 {
		var old api.Page[api.Job]
		if err := v.call.get(ctx, "/v6/jobs/", url.Values{"status": {"FAILED"}, "order": {"-last_status_change"}, "page_size": {"1"}}, &old); err != nil {
			return 0, err
		}
		if len(old.Results) > 0 {
			h.Last = v.at(old.Results[0].LastStatusChange)
		}
	}
	return failing, nil
}

// rootsOf is the outermost recipes of jobs, by the id of the recipe that each is in.
func (v *visit) rootsOf(ctx context.Context, jobs []api.Job) (map[int64]store.Recipe, error) {
	var ids []int64
	for _, j := range jobs {
		if j.Recipe != nil && !slices.Contains(ids, j.Recipe.ID) {
			ids = append(ids, j.Recipe.ID)
		}
	}
	rows, err := v.page.Store.RecipesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var outer []int64
	for _, r := range rows {
		outer = append(outer, r.RootID)
	}
	rootRows, err := v.page.Store.RecipesByID(ctx, outer)
	if err != nil {
		return nil, err
	}
	out := map[int64]store.Recipe{}
	for id, r := range rows {
		out[id] = rootRows[r.RootID]
	}
	return out, nil
}

// failedNeed is the line of a recipe, or of a job alone, of which the jobs have failed.
func (h *homeView) failedNeed(ctx context.Context, v *visit, k kitchens, row store.Recipe, jobs []api.Job) (n need, kept bool, err error) {
	job := jobs[0]
	var at *place
	if row.ID != 0 {
		if at, err = v.placeOf(ctx, k, row.ID); err != nil {
			return n, false, err
		}
	}
	if !h.keeps(v, at) {
		return n, false, nil
	}
	n = need{State: "FAILED", Kind: "fail", Since: v.at(job.LastStatusChange)}
	title := "failed"
	if job.Error != nil {
		title = job.Error.Title
	}
	if job.NumExes > 1 {
		title += fmt.Sprintf(", %d tries", job.NumExes)
	}
	word := lastWord{}
	if len(h.Needs) < maxNeeds && job.NumExes > 0 {
		exe, err := v.page.Store.JobExecution(ctx, job.ID, job.NumExes)
		if err == nil {
			word, err = v.page.failing(ctx, exe.ID)
		}
		if err != nil {
			return n, false, err
		}
	}
	if n.Detail = word.Text; n.Detail == "" && job.Error != nil {
		n.Detail = job.Error.Description
	}
	log := fmt.Sprintf("%sjobs/%d/log#L%d", Prefix, job.ID, max(word.Number, 1))
	if row.ID == 0 {
		n.Title, n.Link = job.JobType.Name+": "+title, fmt.Sprintf("%sjobs/%d", Prefix, job.ID)
		n.Where = fmt.Sprintf("job %d, outside of recipes", job.ID)
		n.Buttons = []button{{"Open log", log, "log"}, {"Requeue…", fmt.Sprintf("%sjobs/%d/requeue", Prefix, job.ID), ""}}
		return n, true, nil
	}
	name := job.Recipe.RecipeType.Name
	if types, err := v.page.Store.RecipeTypesByID(ctx, []int64{row.RecipeTypeID}); err == nil && types[row.RecipeTypeID].Name != "" {
		name = types[row.RecipeTypeID].Name
	}
	n.Title, n.Link = name+": "+title, fmt.Sprintf("%srecipes/%d", Prefix, row.ID)
	var where []string
	if at != nil {
		where = append(where, at.String())
	}
	where = append(where, fmt.Sprintf("recipe %d", row.ID))
	if len(jobs) > 1 {
		where = append(where, fmt.Sprintf("%d of %d jobs", row.JobsFailed, row.JobsTotal))
	} else if job.RecipeNode != nil {
		where = append(where, *job.RecipeNode)
	}
	n.Where = strings.Join(where, " · ")
	if row.JobsBlocked > 0 {
		n.Aside = count(row.JobsBlocked, "job waits", "jobs wait")
	}
	n.Buttons = []button{{"Open log", log, "log"}, {"Requeue…", fmt.Sprintf("%srecipes/%d/requeue", Prefix, row.ID), ""}}
	return n, true, nil
}
