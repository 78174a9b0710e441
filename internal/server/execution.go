package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Job executions: contract 1.4.

// listJobExecutions answers an unknown job with an empty page.
func (s *Server) listJobExecutions(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	p, statuses := r.paging(), r.strings("status")
	p.Order = nil // always newest first
	nothing := len(r.ids("node_id"))+len(r.ids("error_id")) > 0
	categories := r.oneOfEach("error_category", errorCategories()...)
	if r.err != nil {
		return nil, r.err
	}
	job, err := s.visibleJob(ctx, r, id)
	if err == nil && nothing || err != nil && problemOf(err).status == http.StatusNotFound {
		return page[api.JobExecution](r, p, 0, nil)
	}
	if err != nil {
		return nil, err
	}
	jobType, err := s.store.JobType(ctx, job.JobTypeID)
	if err != nil {
		return nil, err
	}
	if slices.Contains(statuses, string(recipe.Failed)) {
		statuses = append(statuses, engine.ExeLost) // which are shown so
	}
	rows, _, err := s.store.JobExecutions(ctx, id, statuses, store.Paging{}) // a job has few
	if err != nil {
		return nil, err
	}
	out := []api.JobExecution{}
	for _, row := range rows {
		if len(categories) == 0 || slices.Contains(categories, row.ErrorCategory) {
			out = append(out, view.Execution(job, jobType, row))
		}
	}
	return cutPage(r, p, out)
}

func (s *Server) getJobExecution(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	num, err := r.pathNumber("num")
	if err != nil {
		return nil, err
	}
	job, err := s.visibleJob(ctx, r, id)
	if err != nil {
		return nil, err
	}
	exe, err := s.store.JobExecution(ctx, id, num)
	if err != nil {
		return nil, err
	}
	jobType, err := s.store.JobType(ctx, job.JobTypeID)
	if err != nil {
		return nil, err
	}
	revision, err := s.store.JobTypeRevisionByID(ctx, job.JobTypeRevID)
	if err != nil {
		return nil, err
	}
	out := api.JobExecutionDetail{
		JobExecution: view.Execution(job, jobType, exe), TaskResults: map[string]any{}, Resources: view.ResourcesOf(revision.Manifest),
		Configuration: s.views.JobConfiguration(job.Configuration, view.SecretSettings(revision.Manifest)), Output: view.Data(exe.Output),
	}
	if exe.ExitCode != nil {
		out.TaskResults["exit_code"] = *exe.ExitCode
	}
	if exe.Image != "" {
		out.TaskResults["image"], out.TaskResults["image_digest"] = exe.Image, exe.ImageDigest
	}
	return ok(out), nil
}

// getJobLog is the log of an execution: text or, unless the client asks for text, JSON
// with the time of every line. Nothing written yet: 204 (contract 1.4).
func (s *Server) getJobLog(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	var streams []string
	switch stream := r.PathValue("stream"); stream {
	case "stdout", "stderr":
		streams = []string{stream}
	case "combined":
	default:
		return nil, errNotFound()
	}
	started, format := r.time("started"), r.oneOf("format", "", "json", "txt")
	since, limit := r.count("since"), r.count("limit")
	if r.err != nil {
		return nil, r.err
	}
	exe, err := s.store.JobExecutionByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if _, err := s.visibleJob(ctx, r, exe.JobID); err != nil {
		return nil, err
	}
	chunks, err := s.store.Log(ctx, id, -1, streams)
	if err != nil {
		return nil, err
	}
	lines := logPage{chunks: chunks, started: started, since: since, limit: limit}
	if isEmpty := lines.each(func(store.LogLine) error { return errEnough }) == nil; isEmpty {
		return &answer{status: http.StatusNoContent}, nil
	}
	if format == "txt" || format == "" && prefersText(r.Header.Values("Accept")) {
		return lines.answer("text/plain; charset=utf-8", lines.writeText), nil
	}
	return lines.answer("application/json", lines.writeJSON), nil
}

// prefersText says whether text/plain is asked for before JSON or anything.
func prefersText(accept []string) bool {
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		mediaType, _, _ := strings.Cut(part, ";")
		switch strings.TrimSpace(mediaType) {
		case "text/plain", "text/*":
			return true
		case "application/json", "application/*", "*/*":
			return false
		}
	}
	return false
}

// logPage is a part of a log. It is written line by line: lines take many times the memory of
// their text.
type logPage struct {
	chunks  []store.LogChunk
	started *store.Time // earliest line; nil: any
	since   int         // lines to leave out first
	limit   int         // lines at most; 0: all
}

// errEnough ends a loop over lines that has found what it was for.
var errEnough = errors.New("enough lines")

// each is the loop over the lines of the page, until do fails.
func (p logPage) each(do func(store.LogLine) error) (err error) {
	n := 0
	store.EachLogLine(p.chunks, func(line store.LogLine) bool {
		if p.started != nil && line.Written.Before(p.started.Time) {
			return true
		}
		if n++; n <= p.since {
			return true
		}
		err = do(line)
		return err == nil && (p.limit == 0 || n < p.since+p.limit)
	})
	return err
}

func (p logPage) answer(mediaType string, write func(w io.Writer) error) *answer {
	return &answer{status: http.StatusOK, write: func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(http.StatusOK)
		buffered := bufio.NewWriter(w)
		if err := write(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	}}
}

func (p logPage) writeText(w io.Writer) error {
	return p.each(func(line store.LogLine) error {
		_, err := io.WriteString(w, line.Text+"\n")
		return err
	})
}

func (p logPage) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w) // ends each line with a newline
	e.SetEscapeHTML(false)
	before := "["
	err := p.each(func(line store.LogLine) error {
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		before = ","
		return e.Encode(api.LogLine{Timestamp: view.Time(line.Written), Stream: line.Stream, Message: line.Text})
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "]\n")
	return err
}
