package page

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// panelLines are how many lines of a log the panel of a node has, panelBefore of them before
// the failing one.
const (
	panelLines  = 7
	panelBefore = 3
)

// A panel is all about one node: what it ran, its error, tries, log, inputs and outputs.
type panel struct {
	Name, Title string
	State       string
	JobID       int64
	SubID       int64
	Job         *api.JobDetail
	Runs        string
	Why         string
	Condition   string
	Tries       []try
	Exe         *api.JobExecution
	Try         int
	Lines       []logLine
	LineCount   int
	Word        lastWord
	Inputs      []given
	Outputs     []given
	Median      string
	Buttons     []button
	recipeID    int64
}

// LogLink is the line of the log that says what went wrong.
func (p panel) LogLink() string {
	return fmt.Sprintf("%sjobs/%d/log?%s#L%d", Prefix, p.JobID, url.Values{"try": {strconv.Itoa(p.Try)}}.Encode(), max(p.Word.Number, 1))
}

// A try is one execution of a job.
type try struct {
	Num    int
	Status string
	Title  string
	Link   string
	Chosen bool
}

func (v *visit) panelOf(ctx context.Context, in *instance, n node) (*panel, error) {
	p := &panel{Name: n.Name, State: n.State, Runs: n.Runs, Why: n.Why, recipeID: in.row.ID}
	if n.Usual > 0 {
		p.Median = duration(n.Usual)
	}
	if n.Def.Condition != nil {
		p.Condition = in.decided(n)
		if n.Row != nil && n.Row.Condition != nil {
			var err error
			p.Inputs, err = v.inputsOf(ctx, n.Row.Condition.Input)
			return p, err
		}
		return p, nil
	}
	if sub := n.Sub(); sub != nil {
		p.SubID = sub.ID
		return p, nil
	}
	if job := n.Job(); job != nil {
		return p, v.fillJob(ctx, p, job.ID)
	}
	return p, nil
}

// fillJob adds what there is to know of a job.
func (v *visit) fillJob(ctx context.Context, p *panel, id int64) error {
	var job api.JobDetail
	if err := v.call.get(ctx, fmt.Sprintf("/v6/jobs/%d/", id), nil, &job); err != nil {
		return err
	}
	p.Job, p.JobID, p.State, p.Title = &job, id, job.Status, job.JobType.Title
	var err error
	if p.Inputs, err = v.inputsOf(ctx, job.Input); err != nil {
		return err
	}
	if p.Outputs, err = v.inputsOf(ctx, job.Output); err != nil {
		return err
	}
	exes, err := all[api.JobExecution](ctx, v.call, fmt.Sprintf("/v6/jobs/%d/executions/", id), url.Values{"page_size": {"100"}})
	if err != nil {
		return err
	}
	asked, _ := strconv.Atoi(v.query().Get("try"))
	for i, exe := range exes.Results {
		t := try{Num: exe.ExeNum, Status: exe.Status, Link: frame{v: v}.Keep("try", strconv.Itoa(exe.ExeNum), "node", p.Name) + "#panel"}
		if exe.Error != nil {
			t.Title = exe.Error.Title
		}
		if exe.ExeNum == asked || p.Exe == nil && (asked == 0 || i == len(exes.Results)-1) {
			p.Exe, p.Try = &exes.Results[i], exe.ExeNum
		}
		p.Tries = append(p.Tries, t)
	}
	for i := range p.Tries {
		p.Tries[i].Chosen = p.Tries[i].Num == p.Try
	}
	p.Buttons = v.jobButtons(job)
	if p.Exe == nil {
		return nil
	}
	chunks, err := v.page.logOf(ctx, p.Exe.ID)
	if err != nil {
		return err
	}
	last, total := endOf(chunks, max(lastWords+panelBefore, panelLines))
	first := total - len(last) // index of the first of them
	p.LineCount = total
	failing := -1
	from := max(total-panelLines, 0)
	if p.Exe.Status == string(recipe.Failed) {
		if at := failingLine(last); at >= 0 {
			failing = first + at
			p.Word = lastWord{failing + 1, short(start(last[at].Text), 400)}
			from = min(from, max(failing-panelBefore, first))
		}
	}
	p.Lines = v.linesOf(last[from-first:min(from+panelLines, total)-first], from, failing)
	return nil
}

func (v *visit) jobButtons(job api.JobDetail) []button {
	if !v.may(auth.Operator) || job.IsSuperseded {
		return nil
	}
	base := fmt.Sprintf("%sjobs/%d/", Prefix, job.ID)
	switch recipe.JobStatus(job.Status) {
	case recipe.Failed, recipe.Canceled:
		return []button{{"Requeue job…", base + "requeue", ""}}
	case recipe.Pending, recipe.Blocked, recipe.Queued, recipe.Running:
		return []button{{"Cancel job…", base + "cancel", ""}}
	}
	return nil
}

// jobView is a job that is looked at alone.
type jobView struct {
	Panel  *panel
	Recipe *api.RecipeBase
	Node   string
	Code   string
}

func (p *Page) job(ctx context.Context, v *visit) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	d := jobView{Panel: &panel{}}
	if err := v.fillJob(ctx, d.Panel, id); err != nil {
		return nil, err
	}
	d.Recipe, d.Panel.Name = d.Panel.Job.Recipe, d.Panel.Job.JobType.Name
	if d.Panel.Job.RecipeNode != nil {
		d.Node = *d.Panel.Job.RecipeNode
		d.Panel.Name = d.Node
	}
	for i := range d.Panel.Tries {
		d.Panel.Tries[i].Link = fmt.Sprintf("%sjobs/%d?try=%d#panel", Prefix, id, d.Panel.Tries[i].Num)
	}
	out := &sheet{template: "job", title: fmt.Sprintf("Job %d: %s %s", id, d.Panel.Name, d.Panel.State), section: "recipes", data: d,
		live: liveUnless(d.Panel.State == string(recipe.Completed))}
	if out.live != "" {
		out.live = liveWithLog(d.Panel.Exe)
	}
	return out, nil
}

// logWindow is how many lines one page of a log has.
const logWindow = 500

// maxFound bounds how many lines a search in a log shows.
const maxFound = 1000

type logView struct {
	Job      api.JobDetail
	Exe      api.JobExecution
	Tries    []try
	Lines    []logLine
	Total    int
	From, To int // lines, from 1
	Failing  int // line; 0: none
	Query    string
	Stream   string
	Found    int
	Older    string
	Newer    string
	Download string
	Node     string
}

// log is the page of a log: its end, or the part that is asked for, or what a search finds.
func (p *Page) log(ctx context.Context, v *visit) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	d := logView{Query: v.query().Get("q"), Stream: v.query().Get("stream")}
	if err := v.call.get(ctx, fmt.Sprintf("/v6/jobs/%d/", id), nil, &d.Job); err != nil {
		return nil, err
	}
	if d.Job.RecipeNode != nil {
		d.Node = *d.Job.RecipeNode
	}
	exes, err := all[api.JobExecution](ctx, v.call, fmt.Sprintf("/v6/jobs/%d/executions/", id), url.Values{"page_size": {"100"}})
	if err != nil {
		return nil, err
	}
	asked, _ := strconv.Atoi(v.query().Get("try"))
	for _, exe := range exes.Results {
		t := try{Num: exe.ExeNum, Status: exe.Status, Link: fmt.Sprintf("%sjobs/%d/log?try=%d", Prefix, id, exe.ExeNum)}
		if exe.Error != nil {
			t.Title = exe.Error.Title
		}
		if exe.ExeNum == asked || d.Exe.ID == 0 && asked == 0 {
			d.Exe = exe
		}
		d.Tries = append(d.Tries, t)
	}
	if d.Exe.ID == 0 && asked != 0 {
		return nil, refused(http.StatusNotFound, "There is no try %d of this job.", asked)
	}
	for i := range d.Tries {
		d.Tries[i].Chosen = d.Tries[i].Num == d.Exe.ExeNum
	}
	title := fmt.Sprintf("Log of job %d", id)
	out := &sheet{template: "log", title: title, section: "recipes"}
	if d.Exe.ID != 0 {
		if err := v.fillLog(ctx, &d); err != nil {
			return nil, err
		}
		d.Download = fmt.Sprintf("%sjobs/%d/log.txt?try=%d", Prefix, id, d.Exe.ExeNum)
		if d.Exe.Ended == nil && d.Query == "" {
			out.live = liveWithLog(&d.Exe)
		}
	}
	out.data = d
	return out, nil
}

func (v *visit) fillLog(ctx context.Context, d *logView) error {
	chunks, err := v.page.logOf(ctx, d.Exe.ID)
	if err != nil {
		return err
	}
	last, total := endOf(chunks, lastWords)
	d.Total = total
	failing := -1
	if d.Exe.Status == string(recipe.Failed) {
		if at := failingLine(last); at >= 0 {
			failing = total - len(last) + at
			d.Failing = failing + 1
		}
	}
	if d.Query != "" || d.Stream != "" {
		d.find(v, chunks, failing)
		return nil
	}
	to := total
	if from, err := strconv.Atoi(v.query().Get("from")); err == nil && from > 0 {
		to = min(min(from, total)+logWindow-1, total)
	}
	from := max(to-logWindow, 0)
	if v.query().Get("from") == "" && failing >= 0 && failing < from {
		from = max(failing-10, 0) // the failing line is on the page that is opened first
		to = min(from+logWindow, total)
	}
	d.Lines = v.linesOf(linesFrom(chunks, from, to), from, failing)
	d.From, d.To = from+1, to
	keep := frame{v: v}
	if from > 0 {
		d.Older = keep.Keep("from", strconv.Itoa(max(from-logWindow, 0)+1))
	}
	if to < total {
		d.Newer = keep.Keep("from", strconv.Itoa(to+1))
	}
	return nil
}

// find keeps the lines that have the text, regardless of case, and those of one stream.
func (d *logView) find(v *visit, chunks []store.LogChunk, failing int) {
	want := strings.ToLower(d.Query)
	at := -1
	store.EachLogLine(chunks, func(l store.LogLine) bool {
		at++
		if d.Stream != "" && l.Stream != d.Stream || want != "" && !strings.Contains(strings.ToLower(l.Text), want) {
			return true
		}
		if d.Found++; d.Found <= maxFound {
			d.Lines = append(d.Lines, v.linesOf([]store.LogLine{l}, at, failing)...)
		}
		return true
	})
}

// logText is the whole log as text, as the API has it.
func (p *Page) logText(w http.ResponseWriter, r *http.Request) {
	v, ok := p.enter(w, r)
	if !ok {
		return
	}
	id, err := v.id()
	var exe store.JobExecution
	if err == nil {
		num, numErr := strconv.Atoi(r.URL.Query().Get("try"))
		if numErr != nil {
			num = 1
		}
		exe, err = p.Store.JobExecution(r.Context(), id, num)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = refused(http.StatusNotFound, "Not found.")
	}
	if err != nil {
		p.render(w, v, p.trouble(v, err))
		return
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="job-%d-try-%d.log"`, id, exe.ExeNum))
	p.pass(w, v, fmt.Sprintf("/v6/job-executions/%d/logs/combined/?format=txt", exe.ID))
}

// pass answers with what the API answers.
func (p *Page) pass(w http.ResponseWriter, v *visit, path string) {
	asked, err := v.call.request(v.Context(), v.Method, path, http.NoBody)
	if err != nil {
		p.render(w, v, p.trouble(v, err))
		return
	}
	for _, name := range []string{"Range", "If-Range", "If-None-Match"} {
		if value := v.Request.Header.Get(name); value != "" {
			asked.Header.Set(name, value)
		}
	}
	p.API.ServeHTTP(w, asked)
}
