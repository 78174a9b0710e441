package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

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
	lines := logLines(chunks)
	if started != nil {
		kept := lines[:0]
		for _, line := range lines {
			if !line.Timestamp.Before(started.Time) {
				kept = append(kept, line)
			}
		}
		lines = kept
	}
	if len(lines) == 0 {
		return &answer{status: http.StatusNoContent}, nil
	}
	if format == "txt" || format == "" && prefersText(r.Header.Values("Accept")) {
		return text(http.StatusOK, logText(lines)), nil
	}
	return ok(lines), nil
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

func logLines(chunks []store.LogChunk) []api.LogLine {
	lines := store.LogLines(chunks)
	out := make([]api.LogLine, len(lines))
	for i, line := range lines {
		out[i] = api.LogLine{Timestamp: view.Time(line.Written), Stream: line.Stream, Message: line.Text}
	}
	return out
}

func logText(lines []api.LogLine) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line.Message)
		b.WriteByte('\n')
	}
	return b.String()
}
