package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
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
		if j.Status == string(recipe.Running) {
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
