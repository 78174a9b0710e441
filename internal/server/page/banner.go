package page

import (
	"fmt"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// bannerOf says in one sentence how a recipe does.
func (v *visit) bannerOf(in *instance, d *recipeView) *banner {
	r := in.row
	switch {
	case r.IsSuperseded && d.R.SupersededByRecipe != nil:
		return &banner{Class: "mute", Icon: "CANCELED", Heading: fmt.Sprintf("Superseded by recipe %d", d.R.SupersededByRecipe.ID),
			Parts: []string{"It was " + d.Status + " by then, and stays readable."}}
	case r.JobsFailed > 0:
		return v.failedBanner(in, d)
	case r.IsCompleted:
		return &banner{Class: "ok", Icon: "COMPLETED", Heading: "Completed in " + d.SoFar}
	case d.Status == string(recipe.Canceled):
		return &banner{Class: "mute", Icon: "CANCELED", Heading: "Canceled"}
	case d.Status == string(recipe.Blocked):
		return &banner{Class: "block", Icon: "BLOCKED", Heading: "Blocked", Parts: []string{"Nothing of it can go on by itself."}}
	}
	if late := v.lateness(d); late != "" {
		return &banner{Class: "block", Icon: "LATE", Heading: late}
	}
	var names []string
	for _, name := range in.names {
		if in.nodes[name].State == string(recipe.Running) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return &banner{Heading: "Waiting for a worker"}
	}
	return &banner{Heading: "Running: " + someOf(names)}
}

func (v *visit) lateness(d *recipeView) string {
	if d.Place == nil || d.Place.Run.MaxDuration == nil || d.Place.Run.Started == nil {
		return ""
	}
	limit := time.Duration(*d.Place.Run.MaxDuration) * time.Second
	so := v.now.Sub(d.Place.Run.Started.Time)
	if so <= limit {
		return ""
	}
	return fmt.Sprintf("Runs %s; its limit is %s", duration(so), duration(limit))
}

func (v *visit) failedBanner(in *instance, d *recipeView) *banner {
	b := &banner{Class: "fail", Icon: "FAILED", Heading: count(in.row.JobsFailed, "job has failed", "jobs have failed")}
	var failed, running []node
	for _, n := range in.sorted() {
		switch n.State {
		case string(recipe.Failed):
			failed = append(failed, n)
		case string(recipe.Running):
			running = append(running, n)
		}
	}
	if len(failed) > 0 {
		n := failed[0]
		b.Heading = n.Name + " failed"
		if job := n.Job(); job != nil {
			if job.ErrorTitle != "" {
				b.Heading += ": " + job.ErrorTitle
			}
			since := v.at(job.LastStatusChange)
			b.Parts = append(b.Parts, fmt.Sprintf("Since %s, %s ago.", since.Long(), since.Ago()))
		}
		if len(failed) > 1 {
			b.Heading += fmt.Sprintf(", and %d more", len(failed)-1)
		}
	}
	if d.Panel != nil && d.Panel.Word.Number > 0 && d.Panel.State == string(recipe.Failed) {
		b.Line = d.Panel.Word.Text
	}
	if in.row.JobsBlocked > 0 {
		b.Parts = append(b.Parts, count(in.row.JobsBlocked, "job waits for it.", "jobs wait for it."))
	}
	if len(running) > 0 {
		var names []string
		for _, n := range running {
			names = append(names, n.Name)
		}
		b.Parts = append(b.Parts, someOf(names)+" still "+verb(len(names), "runs", "run")+".")
	}
	return b
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// recipeButtons are what can be done with a recipe now, by who looks.
func (v *visit) recipeButtons(in *instance, d *recipeView) []button {
	base := fmt.Sprintf("%srecipes/%d/", Prefix, in.row.ID)
	var out []button
	if d.Panel != nil && d.Panel.JobID != 0 && d.Panel.State == string(recipe.Failed) {
		out = append(out, button{"Open log at the error", d.Panel.LogLink(), "log"})
	}
	if !v.may(auth.Operator) || in.row.IsSuperseded {
		return out
	}
	if in.row.JobsFailed+in.row.JobsCanceled > 0 {
		if d.Panel != nil && d.Panel.JobID != 0 && d.Panel.State == string(recipe.Failed) {
			out = append(out, button{"Requeue " + d.Panel.Name + "…", fmt.Sprintf("%sjobs/%d/requeue", Prefix, d.Panel.JobID), ""})
		}
		if in.row.JobsFailed+in.row.JobsCanceled > 1 {
			out = append(out, button{"Requeue all that failed…", base + "requeue", ""})
		}
	}
	if d.Place != nil && slices.Contains([]string{"SERVING_ERROR", "STOPPED_SERVING"}, d.Place.Run.Status) && in.row.ParentID == nil {
		out = append(out, button{"Resume run…", Prefix + "runs/" + d.Place.Run.HID + "/resume", ""})
	}
	if in.row.ParentID == nil {
		out = append(out, button{"Reprocess…", base + "reprocess", ""})
	}
	if !in.row.IsCompleted && d.Status != string(recipe.Canceled) {
		out = append(out, button{"Cancel recipe…", base + "cancel", "danger"})
	}
	return out
}
