package dkapi

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// maxLogLines bounds the log of a run in JSON: the last ones. Exports have all.
const maxLogLines = 10_000

// priority is that of syslog for a record type.
func priority(recordType string) int {
	switch recordType {
	case "CRITICAL":
		return 2
	case "ERROR":
		return 3
	case "WARNING":
		return 4
	case "INFO":
		return 6
	default:
		return 7
	}
}

// recordTypes are the words that a line's level can have (contract 1.5, log).
func recordTypes() []string {
	return []string{"TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
}

// recordType is the level of a line of output: the word that it begins with, perhaps in
// brackets, or else INFO for stdout and WARNING for stderr.
func recordType(stream, text string) string {
	word := strings.TrimLeft(text, " \t[")
	if end := strings.IndexFunc(word, func(c rune) bool { return c < 'A' || c > 'Z' }); end >= 0 {
		word = word[:end]
	}
	switch {
	case word == "WARN":
		return "WARNING"
	case word == "FATAL":
		return "CRITICAL"
	case slices.Contains(recordTypes(), word):
		return word
	case stream == "stderr":
		return "WARNING"
	}
	return "INFO"
}

// pathRun is the run of the kitchen that a path names.
func (d *Dialect) pathRun(ctx context.Context, r *Request) (store.OrderRun, error) {
	hid, err := r.runID("run")
	if err != nil {
		return store.OrderRun{}, err
	}
	_, _, run, err := runIn(ctx, d.Store.Q, r.Path("kitchen"), hid)
	return run, err
}

func (d *Dialect) getRunLog(ctx context.Context, r *Request) (*Answer, error) {
	run, err := d.pathRun(ctx, r)
	if err != nil {
		return nil, err
	}
	log, err := runLog(ctx, d.Store.Q, run, maxLogLines)
	return &Answer{Body: log}, err
}

// runLog is the last lines of a run by time: the output of its jobs' executions, and why
// it or they failed.
func runLog(ctx context.Context, q store.Q, run store.OrderRun, most int) (api.RunLog, error) {
	lines, err := runLines(ctx, q, run)
	if err != nil {
		return api.RunLog{}, err
	}
	out := api.RunLog{Start: max(len(lines)-most, 0), Count: len(lines), Lines: []api.RunLogLine{}}
	for _, l := range lines[out.Start:] {
		out.Lines = append(out.Lines, l.view(run))
	}
	return out, nil
}

// logLine is a line of a run's log.
type logLine struct {
	at               store.Time
	node, host       string
	stream, text     string
	recordType       string
	excType, excText *string
}

func (l logLine) view(run store.OrderRun) api.RunLogLine {
	at := l.at.UTC().Format("2006-01-02T15:04:05.000000-07:00")
	return api.RunLogLine{RecordType: l.recordType, Message: l.text, Node: l.node, Time: at, DateTime: at, Thread: l.stream,
		OrderRunID: run.HID, Priority: priority(l.recordType), Hostname: l.host, ExcType: l.excType, ExcDesc: l.excText}
}

func runLines(ctx context.Context, q store.Q, run store.OrderRun) ([]logLine, error) {
	var lines []logLine
	if run.RecipeID != nil {
		var err error
		if lines, err = recipeLines(ctx, q, *run.RecipeID, ""); err != nil {
			return nil, err
		}
	}
	if run.Error != "" {
		at := run.LastModified
		if run.Ended != nil {
			at = *run.Ended
		}
		lines = append(lines, logLine{at: at, stream: "galleyd", text: run.Error, recordType: "ERROR"})
	}
	slices.SortStableFunc(lines, func(a, b logLine) int { return a.at.Compare(b.at.Time) })
	return lines, nil
}

// recipeLines are the lines of the jobs that a recipe has run itself, and those of its
// sub-recipes, whose nodes are named behind their own: sub.node.
func recipeLines(ctx context.Context, q store.Q, recipeID int64, prefix string) ([]logLine, error) {
	nodes, err := q.RecipeNodesFull(ctx, recipeID)
	if err != nil {
		return nil, err
	}
	var lines []logLine
	for _, n := range nodes {
		var more []logLine
		switch name := prefix + n.NodeName; {
		case !n.IsOriginal: // taken over from the run that this one resumed
		case n.Job != nil:
			more, err = jobLines(ctx, q, *n.Job, name)
		case n.SubRecipe != nil:
			more, err = recipeLines(ctx, q, n.SubRecipe.ID, name+".")
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

// jobLines are the lines of all executions of a job.
func jobLines(ctx context.Context, q store.Q, job store.Job, node string) ([]logLine, error) {
	executions, _, err := q.JobExecutions(ctx, job.ID, nil, store.Paging{})
	if err != nil {
		return nil, err
	}
	var lines []logLine
	for _, exe := range executions {
		chunks, err := q.Log(ctx, exe.ID, -1, nil)
		if err != nil {
			return nil, err
		}
		for _, l := range store.LogLines(chunks) {
			lines = append(lines, logLine{at: l.Written, node: node, host: exe.Hostname, stream: l.Stream, text: l.Text,
				recordType: recordType(l.Stream, l.Text)})
		}
		if exe.ErrorName != "" && exe.Ended != nil {
			text := exe.ErrorTitle
			if exe.ErrorDescription != "" {
				text += ": " + exe.ErrorDescription
			}
			lines = append(lines, logLine{at: *exe.Ended, node: node, host: exe.Hostname, stream: "galleyd", text: text, recordType: "ERROR",
				excType: &exe.ErrorName, excText: &text})
		}
	}
	return lines, nil
}

// exportRunLog is the log as a zip file with a text file for each node.
func (d *Dialect) exportRunLog(ctx context.Context, r *Request) (*Answer, error) {
	run, err := d.pathRun(ctx, r)
	if err != nil {
		return nil, err
	}
	lines, err := runLines(ctx, d.Store.Q, run)
	if err != nil {
		return nil, err
	}
	var names []string
	texts := map[string]*strings.Builder{}
	for _, l := range lines {
		if texts[l.node] == nil {
			texts[l.node] = &strings.Builder{}
			names = append(names, l.node)
		}
		fmt.Fprintf(texts[l.node], "%s %s %s\n", l.at.UTC().Format(time.RFC3339Nano), l.recordType, l.text)
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range names {
		file := name
		if file == "" {
			file = "order-run"
		}
		f, err := w.Create(run.HID + "/" + file + ".log")
		if err != nil {
			return nil, fmt.Errorf("exporting a log: %w", err)
		}
		if _, err := f.Write([]byte(texts[name].String())); err != nil {
			return nil, fmt.Errorf("exporting a log: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("exporting a log: %w", err)
	}
	return ok(api.RunLogExport{Log: base64.StdEncoding.EncodeToString(buf.Bytes())})
}
