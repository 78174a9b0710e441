package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// Log is a handler that keeps what a part of the server says of itself while it starts.
type Log struct {
	mu    sync.Mutex
	lines []line
}

type line struct {
	level slog.Level
	text  string
}

// Enabled implements slog.Handler.
func (l *Log) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements slog.Handler.
func (l *Log) Handle(_ context.Context, r slog.Record) error {
	var details []string
	r.Attrs(func(a slog.Attr) bool {
		details = append(details, fmt.Sprintf("%s: %s", a.Key, a.Value))
		return true
	})
	text := r.Message
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line{r.Level, text})
	return nil
}

// WithAttrs implements slog.Handler.
func (l *Log) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *Log) WithGroup(string) slog.Handler { return l }

// Findings are a finding for each line: a warning is Warn.
func (l *Log) Findings(what, do string) []Finding {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Finding
	for _, line := range l.lines {
		f := Finding{What: what, Status: OK, Found: line.text}
		if line.level >= slog.LevelWarn {
			f.Status, f.Do = Warn, do
		}
		out = append(out, f)
	}
	return out
}
