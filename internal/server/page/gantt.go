package page

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// A gantt is the executions of a recipe over time. All numbers are those of its picture.
type gantt struct {
	Width, Height float64
	Marks         []mark
	Rows          []ganttRow
	NowX          float64 // 0: it has ended
	Now           string
	More          int
}

type ganttRow struct {
	Y           float64
	Name, State string
	X, W        float64
	Median      float64 // 0: not known
	Critical    bool
	Text, Link  string
	TextX       float64
	start, end  time.Time
}

const maxGantt = 80

func (v *visit) ganttOf(in *instance) gantt {
	const label, width, right = 150.0, 880.0, 96.0
	g := gantt{Width: width}
	var first, last time.Time
	for _, name := range in.names {
		n := in.nodes[name]
		row := ganttRow{Name: name, State: n.State, Link: fmt.Sprintf("%srecipes/%d?%s#panel", Prefix, in.row.ID, url.Values{"node": {name}}.Encode())}
		switch job, sub := n.Job(), n.Sub(); {
		case job != nil && job.Started != nil:
			row.start, row.end = job.Started.Time, endOr(job.Ended, job.Started.Time, v.now)
		case sub != nil && (sub.IsCompleted || sub.JobsTotal > 0):
			row.start, row.end = sub.Created.Time, endOr(sub.Completed, sub.Created.Time, v.now)
		default:
			continue
		}
		if n.IsCopied() {
			continue // it ran in another recipe, at another time
		}
		row.Text = duration(row.end.Sub(row.start))
		if n.State == string(recipe.Failed) {
			row.Text += ", then failed"
		}
		if first.IsZero() || row.start.Before(first) {
			first = row.start
		}
		if row.end.After(last) {
			last = row.end
		}
		g.Rows = append(g.Rows, row)
	}
	if len(g.Rows) == 0 {
		return gantt{}
	}
	slices.SortStableFunc(g.Rows, func(a, b ganttRow) int { return a.start.Compare(b.start) })
	in.markCritical(g.Rows)
	if g.More = len(g.Rows) - maxGantt; g.More > 0 {
		g.Rows = g.Rows[:maxGantt]
	}
	if !last.After(first) {
		last = first.Add(time.Second)
	}
	scale := (width - label - right) / last.Sub(first).Seconds()
	x := func(at time.Time) float64 { return label + at.Sub(first).Seconds()*scale }
	for i := range g.Rows {
		r := &g.Rows[i]
		r.Y = 33 + 26*float64(i)
		r.X, r.W = x(r.start), max(r.end.Sub(r.start).Seconds()*scale, 3)
		r.TextX = r.X + r.W + 8
		if u := in.nodes[r.Name].Usual; u > 0 {
			if m := r.X + u.Seconds()*scale; m < width-4 {
				r.Median = m
				r.TextX = max(r.TextX, m+8)
			}
		}
		r.TextX = min(r.TextX, width-100)
	}
	g.Height = 44 + 26*float64(len(g.Rows))
	every := niceStep(last.Sub(first) / 8)
	for at := first.In(v.zone).Truncate(every); !at.After(last); at = at.Add(every) {
		if at.Before(first) {
			continue
		}
		format := "15:04"
		if every < time.Minute {
			format = "15:04:05"
		}
		g.Marks = append(g.Marks, mark{X: x(at), Text: at.Format(format)})
	}
	if !in.row.IsCompleted && in.row.JobsRunning > 0 {
		g.NowX, g.Now = x(v.now), v.now.In(v.zone).Format("15:04")
	}
	return g
}

func endOr(t *store.Time, start, otherwise time.Time) time.Time {
	if t != nil && !t.Before(start) {
		return t.Time
	}
	return otherwise
}

// niceStep is the distance of the marks of an axis.
func niceStep(d time.Duration) time.Duration {
	for _, step := range []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour} {
		if step >= d {
			return step
		}
	}
	return 7 * 24 * time.Hour
}

// markCritical marks the path that decided when the recipe ended: from what ended last back
// to what each had to wait for.
func (in *instance) markCritical(rows []ganttRow) {
	at := map[string]int{}
	last := -1
	for i, r := range rows {
		at[r.Name] = i
		if last < 0 || r.end.After(rows[last].end) {
			last = i
		}
	}
	seen := map[string]bool{}
	name := rows[last].Name
	for name != "" && !seen[name] {
		seen[name] = true
		if i, drawn := at[name]; drawn {
			rows[i].Critical = true
		}
		next := ""
		var latest time.Time
		for dependency := range in.definition.Nodes[name].Dependencies {
			end := time.Time{}
			if i, drawn := at[dependency]; drawn {
				end = rows[i].end
			} else if n := in.nodes[dependency]; n.Row != nil && n.Row.Condition != nil && n.Row.Condition.Processed != nil {
				end = n.Row.Condition.Processed.Time
			}
			if next == "" || end.After(latest) || end.Equal(latest) && dependency < next {
				next, latest = dependency, end
			}
		}
		name = next
	}
}
