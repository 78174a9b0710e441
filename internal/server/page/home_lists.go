package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// addRunning lists recipes with jobs that run or wait for a worker, failing ones first.
func (h *homeView) addRunning(ctx context.Context, v *visit, k kitchens) error {
	jobs, err := all[api.Job](ctx, v.call, "/v6/jobs/", url.Values{"status": {"RUNNING", "QUEUED"}, "is_superseded": {"false"}, "order": {"id"}, "page_size": {"500"}})
	if err != nil {
		return err
	}
	roots, err := v.rootsOf(ctx, jobs.Results)
	if err != nil {
		return err
	}
	nodes := map[int64][]string{}
	for _, j := range jobs.Results {
		if j.Status == string(recipe.Running) && !j.JobType.IsSystem {
			h.RunningJobs++
		}
		if j.Recipe == nil {
			continue
		}
		root := roots[j.Recipe.ID].ID
		if j.Status == string(recipe.Running) && j.RecipeNode != nil && !slices.Contains(nodes[root], *j.RecipeNode) {
			nodes[root] = append(nodes[root], *j.RecipeNode)
		}
	}
	seen := map[int64]bool{}
	types := []int64{}
	for _, r := range roots {
		types = append(types, r.RecipeTypeID)
	}
	names, err := v.page.Store.RecipeTypesByID(ctx, types)
	if err != nil {
		return err
	}
	for _, r := range roots {
		if seen[r.ID] || r.IsSuperseded || len(h.Running) >= maxShown {
			continue
		}
		seen[r.ID] = true
		at, err := v.placeOf(ctx, k, r.ID)
		if err != nil {
			return err
		}
		if !h.keeps(v, at) {
			continue
		}
		u, err := v.usualOf(ctx, r.RecipeTypeID)
		if err != nil {
			return err
		}
		counts := countsOf(r.Counts)
		row := runningRow{ID: r.ID, Name: names[r.RecipeTypeID].Name, Failed: r.JobsFailed, Place: at, Bar: bar(counts), Done: r.JobsCompleted,
			All: r.JobsTotal, Now: someOf(nodes[r.ID]), SoFar: duration(v.now.Sub(r.Created.Time)), State: "RUNNING", since: r.Created.Time}
		if r.JobsRunning == 0 {
			row.State = "QUEUED"
		}
		if u.Runs > 0 {
			row.Median = duration(u.Recipe)
		}
		h.Running = append(h.Running, row)
	}
	slices.SortFunc(h.Running, func(a, b runningRow) int {
		if (a.Failed > 0) != (b.Failed > 0) {
			if a.Failed > 0 {
				return -1
			}
			return 1
		}
		return a.since.Compare(b.since)
	})
	return nil
}

// someOf names one or two of a list, and counts the rest.
func someOf(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1, 2:
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}

func countsOf(c store.Counts) api.JobCounts {
	return api.JobCounts{JobsTotal: c.JobsTotal, JobsPending: c.JobsPending, JobsBlocked: c.JobsBlocked, JobsQueued: c.JobsQueued,
		JobsRunning: c.JobsRunning, JobsFailed: c.JobsFailed, JobsCompleted: c.JobsCompleted, JobsCanceled: c.JobsCanceled}
}

// addLate lists runs that take longer than their limit.
func (h *homeView) addLate(ctx context.Context, v *visit, k kitchens) (late int, err error) {
	if len(k.ids) == 0 {
		return 0, nil
	}
	runs, _, err := v.page.Store.OrderRuns(ctx, store.OrderRunFilter{KitchenIDs: k.idList(), Statuses: []string{string(order.RunActive)}, Paging: store.Paging{PageSize: 500}})
	if err != nil {
		return 0, err
	}
	for _, run := range runs {
		if run.MaxDuration == nil || run.Started == nil || run.RecipeID == nil {
			continue
		}
		limit := time.Duration(*run.MaxDuration) * time.Second
		over := v.now.Sub(run.Started.Time) - limit
		if over <= 0 {
			continue
		}
		at, err := v.placeOf(ctx, k, *run.RecipeID)
		if err != nil {
			return 0, err
		}
		if !h.keeps(v, at) || at == nil {
			continue
		}
		late++
		n := need{State: "LATE", Kind: "late", Link: fmt.Sprintf("%srecipes/%d", Prefix, *run.RecipeID),
			Title: fmt.Sprintf("%s: Runs %s; its limit is %s", at.Order.RecipeName, duration(v.now.Sub(run.Started.Time)), duration(limit)),
			Since: v.at(run.Started.Add(limit)), Aside: duration(over) + " over the limit", Where: at.String() + " · recipe " + strconv.FormatInt(*run.RecipeID, 10)}
		row, err := v.page.Store.Recipe(ctx, *run.RecipeID)
		if err != nil {
			return 0, err
		}
		u, err := v.usualOf(ctx, row.RecipeTypeID)
		if err != nil {
			return 0, err
		}
		if u.Runs > 0 {
			n.Detail = fmt.Sprintf("the last %s took %s (median)", count(u.Runs, "run", "runs"), duration(u.Recipe))
		}
		n.Buttons = []button{{"Open recipe", n.Link, ""}, {"Cancel…", n.Link + "/cancel", ""}}
		h.Needs = append(h.Needs, n)
	}
	return late, nil
}

// addWaiting lists job types for which jobs wait that will not go on by themselves.
func (h *homeView) addWaiting(ctx context.Context, v *visit) error {
	if h.Kitchen != "" || h.Mine {
		return nil
	}
	queue, err := all[api.QueueStatus](ctx, v.call, "/v6/queue/status/", nil)
	if err != nil {
		return err
	}
	running, err := all[api.JobTypeRunning](ctx, v.call, "/v6/job-types/running/", nil)
	if err != nil {
		return err
	}
	works := slices.ContainsFunc(running.Results, func(r api.JobTypeRunning) bool { return !r.JobType.IsSystem })
	for _, q := range queue.Results {
		since := v.at(q.LongestQueued)
		n := need{Kind: "wait", Title: fmt.Sprintf("%s %s: %s for it", q.JobType.Name, q.JobType.Version, count(q.Count, "job waits", "jobs wait")),
			Link: Prefix + "queue", Since: since, Where: "job type", Buttons: []button{{"Open queue", Prefix + "queue", ""}}}
		n.Detail = "the oldest waits since " + since.Short()
		typePath := Prefix + "job-types" + pathOf(q.JobType.Name, q.JobType.Version)
		switch {
		case q.JobType.IsPaused:
			n.State = "PAUSED"
			n.Buttons = append(n.Buttons, button{"Resume…", typePath + "/resume", ""})
		case v.now.Sub(since.Time) > stuckAfter && !works:
			n.State, n.Detail = "STUCK", "nothing runs at all: no worker takes it; "+n.Detail
		default:
			continue
		}
		h.Needs = append(h.Needs, n)
	}
	return nil
}
