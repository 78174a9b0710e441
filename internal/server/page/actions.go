package page

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// A question is what is asked before something changes: a page of its own, with a button
// that names what it does. Once makes it safe to press that twice.
type question struct {
	Heading string
	Will    []string // what will happen
	Warning string   // of Terraform; empty: none
	Button  string
	Danger  bool
	Back    string
	Action  string // path of the POST
	Once    string
	Fields  []field
}

// A field is something that a question wants to know.
type field struct{ Name, Label, Kind, Value, Help string }

func (v *visit) ask(q question) *sheet {
	q.Action, q.Once = v.URL.EscapedPath(), rand.Text()
	return &sheet{template: "confirm", title: q.Heading, section: "", data: q}
}

// warn is what to know before something is changed that Terraform has.
func warn(owner, what string) string {
	if owner == "" {
		return ""
	}
	return fmt.Sprintf("It is in %s. Its next plan may show what is done here by hand; %s.", owner, what)
}

// once is the key that makes a form safe to be sent twice.
func (v *visit) once() string {
	key := v.PostForm.Get("once")
	if len(key) < 16 || len(key) > 64 {
		return ""
	}
	return "page-" + key
}

// askCancelRecipe, askRequeueRecipe: all jobs of a recipe.
func (p *Page) askCancelRecipe(ctx context.Context, v *visit) (*sheet, error) {
	r, err := v.recipeToChange(ctx)
	if err != nil {
		return nil, err
	}
	open := r.JobsTotal - r.JobsCompleted - r.JobsCanceled
	owner, err := v.ownerOf(ctx, api.OriginRecipe, r.ID)
	if err != nil {
		return nil, err
	}
	return v.ask(question{Heading: fmt.Sprintf("Cancel recipe %d?", r.ID), Button: fmt.Sprintf("Cancel recipe %d", r.ID), Danger: true,
		Will: []string{count(open, "job is canceled", "jobs are canceled") + "; what runs is stopped.",
			fmt.Sprintf("%d stay COMPLETED, with their outputs.", r.JobsCompleted), "A requeue can take it up again."},
		Warning: warn(owner, "a canceled recipe is replaced by an apply if the resource says so"), Back: fmt.Sprintf("%srecipes/%d", Prefix, r.ID)}), nil
}

func (p *Page) cancelRecipe(ctx context.Context, v *visit) (*sheet, error) {
	return v.changeJobs(ctx, "/v6/jobs/cancel/", "recipes", func(id int64) api.JobFilter { return api.JobFilter{RecipeIDs: v.inside(ctx, id)} })
}

func (p *Page) askRequeueRecipe(ctx context.Context, v *visit) (*sheet, error) {
	r, err := v.recipeToChange(ctx)
	if err != nil {
		return nil, err
	}
	n := r.JobsFailed + r.JobsCanceled
	return v.ask(question{Heading: fmt.Sprintf("Requeue what failed in recipe %d?", r.ID), Button: fmt.Sprintf("Requeue %s of recipe %d", count(n, "job", "jobs"), r.ID),
		Will: []string{fmt.Sprintf("%s queued again, with the same inputs and as many more tries as the job type allows: %d FAILED, %d CANCELED.",
			count(n, "job is", "jobs are"), r.JobsFailed, r.JobsCanceled), "What waits for them goes on when they are COMPLETED. Nothing that is COMPLETED runs again."},
		Back: fmt.Sprintf("%srecipes/%d", Prefix, r.ID)}), nil
}

func (p *Page) requeueRecipe(ctx context.Context, v *visit) (*sheet, error) {
	return v.changeJobs(ctx, "/v6/jobs/requeue/", "recipes", func(id int64) api.JobFilter {
		return api.JobFilter{RecipeIDs: v.inside(ctx, id), Status: []string{string(recipe.Failed), string(recipe.Canceled)}}
	})
}

// inside is a recipe with its sub-recipes at all depths.
func (v *visit) inside(ctx context.Context, id int64) []int64 {
	out := []int64{id}
	for i := 0; i < len(out) && len(out) < 1000; i++ {
		nodes, err := v.page.Store.RecipeNodes(ctx, out[i])
		if err != nil {
			return out
		}
		for _, n := range nodes {
			if n.SubRecipeID != nil && !slices.Contains(out, *n.SubRecipeID) {
				out = append(out, *n.SubRecipeID)
			}
		}
	}
	return out
}

func (v *visit) recipeToChange(ctx context.Context) (api.RecipeDetail, error) {
	var r api.RecipeDetail
	if err := v.need(auth.Operator); err != nil {
		return r, err
	}
	id, err := v.id()
	if err != nil {
		return r, err
	}
	return r, v.call.get(ctx, fmt.Sprintf("/v6/recipes/%d/", id), nil, &r)
}

// changeJobs sends a filter of jobs to the API, and leads back to what it was about.
func (v *visit) changeJobs(ctx context.Context, path, kind string, filter func(id int64) api.JobFilter) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.call.send(ctx, http.MethodPost, path, "", filter(id), nil); err != nil {
		return nil, err
	}
	return &sheet{location: fmt.Sprintf("%s%s/%d", Prefix, kind, id)}, nil
}

func (p *Page) askJob(word, heading string, will ...string) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		if err := v.need(auth.Operator); err != nil {
			return nil, err
		}
		id, err := v.id()
		if err != nil {
			return nil, err
		}
		var job api.JobDetail
		if err := v.call.get(ctx, fmt.Sprintf("/v6/jobs/%d/", id), nil, &job); err != nil {
			return nil, err
		}
		name := fmt.Sprintf("job %d", id)
		if job.RecipeNode != nil {
			name = *job.RecipeNode
		}
		texts := append([]string{fmt.Sprintf("Job %d of %s %s is %s.", id, job.JobType.Name, job.JobType.Version, job.Status)}, will...)
		return v.ask(question{Heading: fmt.Sprintf(heading, name), Button: word + " " + name, Will: texts, Danger: word == "Cancel", Back: backOf(job)}), nil
	}
}

// backOf is the page that shows a job best.
func backOf(job api.JobDetail) string {
	if job.Recipe == nil || job.RecipeNode == nil {
		return fmt.Sprintf("%sjobs/%d", Prefix, job.ID)
	}
	return fmt.Sprintf("%srecipes/%d?%s", Prefix, job.Recipe.ID, url.Values{"node": {*job.RecipeNode}}.Encode())
}

func (p *Page) doJob(path string) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		id, err := v.id()
		if err != nil {
			return nil, err
		}
		if err := v.call.send(ctx, http.MethodPost, path, "", api.JobFilter{JobIDs: []int64{id}}, nil); err != nil {
			return nil, err
		}
		var job api.JobDetail
		if err := v.call.get(ctx, fmt.Sprintf("/v6/jobs/%d/", id), nil, &job); err != nil {
			return nil, err
		}
		return &sheet{location: backOf(job)}, nil
	}
}
