package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type queueView struct {
	Heading, Beside string
	Waiting         []waitRow
	Running         []runRow
	More            int
	Workers         []workerRow
}

type waitRow struct {
	Q        api.QueueStatus
	State    string
	Width    float64
	Since    moment
	Why      string
	TypeLink string
	Action   *button
}

type runRow struct {
	Job    api.Job
	Place  string
	Link   string
	Since  moment
	SoFar  string
	Median string
	Over   bool
	so     time.Duration
	usual  time.Duration
}

type workerRow struct {
	Name    string
	Slots   int // jobs that it can run at a time; 0: it is not heard of any more
	Runs    int
	Longest string
	so      time.Duration
}

func (p *Page) queue(ctx context.Context, v *visit) (*sheet, error) {
	var d queueView
	running, err := all[api.Job](ctx, v.call, "/v6/jobs/", url.Values{"status": {"RUNNING"}, "order": {"started"}, "page_size": {"200"}})
	if err != nil {
		return nil, err
	}
	// What the server works itself, such as strikes, takes no place of a worker, and does not show that one works.
	before := len(running.Results)
	running.Results = slices.DeleteFunc(running.Results, func(j api.Job) bool { return j.JobType.IsSystem })
	running.Count -= before - len(running.Results)
	here, err := v.page.Store.Workers(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.addWaiting(ctx, v, running.Results, here); err != nil {
		return nil, err
	}
	if err := d.addRunning(ctx, v, running.Results, here); err != nil {
		return nil, err
	}
	d.More = running.Count - len(d.Running)
	waiting, paused := 0, 0
	var oldest time.Duration
	for _, w := range d.Waiting {
		waiting += w.Q.Count
		if w.Q.JobType.IsPaused {
			paused += w.Q.Count
		} else {
			oldest = max(oldest, v.now.Sub(w.Since.Time))
		}
	}
	switch {
	case waiting == 0:
		d.Heading = "Nothing waits"
	case paused > 0:
		d.Heading = fmt.Sprintf("%s, %d of them for a paused job type", count(waiting, "job waits", "jobs wait"), paused)
	default:
		d.Heading = count(waiting, "job waits", "jobs wait")
	}
	d.Beside = fmt.Sprintf("%d run on %s", running.Count, count(len(d.Workers), "worker", "workers"))
	if oldest > 0 {
		d.Beside += " · the oldest that could run waits " + duration(oldest)
	}
	return &sheet{template: "queue", title: d.Heading, section: "queue", data: d, live: Prefix + "live"}, nil
}

func (d *queueView) addWaiting(ctx context.Context, v *visit, running []api.Job, here []store.Worker) error {
	queue, err := all[api.QueueStatus](ctx, v.call, "/v6/queue/status/", nil)
	if err != nil {
		return err
	}
	types, err := all[api.JobType](ctx, v.call, "/v6/job-types/", nil)
	if err != nil {
		return err
	}
	most := 1
	for _, q := range queue.Results {
		most = max(most, q.Count)
	}
	for _, q := range queue.Results {
		w := waitRow{Q: q, State: "QUEUED", Width: 120 * float64(q.Count) / float64(most), Since: v.at(q.LongestQueued),
			TypeLink: Prefix + "job-types" + pathOf(q.JobType.Name, q.JobType.Version)}
		var full api.JobType
		for _, t := range types.Results {
			if t.ID == q.JobType.ID {
				full = t
			}
		}
		busy := 0
		for _, j := range running {
			if j.JobType.ID == q.JobType.ID {
				busy++
			}
		}
		switch {
		case q.JobType.IsPaused:
			w.State, w.Why = "PAUSED", "job type is paused"
			if full.Paused != nil {
				w.Why += " since " + v.at(full.Paused).Short()
			}
			if v.may(auth.Editor) {
				w.Action = &button{"Resume…", w.TypeLink + "/resume", ""}
			}
		case full.MaxScheduled != nil && busy >= *full.MaxScheduled:
			w.Why = fmt.Sprintf("max_scheduled %d is reached", *full.MaxScheduled)
		case len(here) == 0:
			w.State, w.Why = "STUCK", "there is no worker"
		case len(running) == 0 && v.now.Sub(w.Since.Time) > stuckAfter:
			w.State, w.Why = "STUCK", "nothing runs at all: no worker takes it"
		default:
			w.Why = "no free worker yet"
		}
		d.Waiting = append(d.Waiting, w)
	}
	slices.SortStableFunc(d.Waiting, func(a, b waitRow) int {
		if a.Q.JobType.IsPaused != b.Q.JobType.IsPaused {
			if a.Q.JobType.IsPaused {
				return -1
			}
			return 1
		}
		return a.Q.HighestPriority - b.Q.HighestPriority
	})
	return nil
}

func (d *queueView) addRunning(ctx context.Context, v *visit, jobs []api.Job, here []store.Worker) error {
	by := map[string]*workerRow{}
	for _, j := range jobs {
		row := runRow{Job: j, Since: v.at(j.Started), Link: fmt.Sprintf("%sjobs/%d", Prefix, j.ID)}
		if j.Started != nil {
			row.so = v.now.Sub(j.Started.Time)
		}
		row.SoFar = duration(row.so)
		if j.Recipe != nil {
			row.Place = fmt.Sprintf("%s %d", j.Recipe.RecipeType.Name, j.Recipe.ID)
			if j.RecipeNode != nil {
				row.Place += " · " + *j.RecipeNode
				row.Link = fmt.Sprintf("%srecipes/%d?%s#panel", Prefix, j.Recipe.ID, url.Values{"node": {*j.RecipeNode}}.Encode())
				u, err := v.usualOf(ctx, j.Recipe.RecipeType.ID)
				if err != nil {
					return err
				}
				if row.usual = u.Node(*j.RecipeNode); row.usual > 0 {
					row.Median, row.Over = duration(row.usual), row.so > 2*row.usual
				}
			}
		}
		if j.Node != nil && j.Node.Hostname != "" {
			w := by[j.Node.Hostname]
			if w == nil {
				w = &workerRow{Name: j.Node.Hostname}
				by[j.Node.Hostname] = w
			}
			w.Runs++
			if row.so > w.so {
				w.so, w.Longest = row.so, row.SoFar
			}
		}
		d.Running = append(d.Running, row)
	}
	slices.SortStableFunc(d.Running, func(a, b runRow) int { return int((b.so - b.usual) - (a.so - a.usual)) })
	d.Running = d.Running[:min(len(d.Running), listSize)]
	for _, w := range here {
		if by[w.Hostname] == nil {
			by[w.Hostname] = &workerRow{Name: w.Hostname}
		}
		by[w.Hostname].Slots += w.Slots
	}
	for _, w := range by {
		d.Workers = append(d.Workers, *w)
	}
	slices.SortFunc(d.Workers, func(a, b workerRow) int { return strings.Compare(a.Name, b.Name) })
	return nil
}
