package page

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// A logLine is one line of the log of an execution, with both streams as one.
type logLine struct {
	Number int // from 1
	At     moment
	Stream string
	Text   string
	Class  string
}

// logOf is the whole log of an execution that who looks has been shown the job of. It is
// bounded in bytes but not in lines, each of which takes more than its bytes: what is made
// of it keeps only those that are shown.
func (p *Page) logOf(ctx context.Context, exeID int64) ([]store.LogChunk, error) {
	return p.Store.Log(ctx, exeID, -1, []string{"stdout", "stderr"})
}

// endOf are the last n lines of a log, and how many it has.
func endOf(chunks []store.LogChunk, n int) (last []store.LogLine, total int) {
	store.EachLogLine(chunks, func(l store.LogLine) bool {
		if len(last) == 2*n {
			last = append(last[:0], last[n:]...)
		}
		last = append(last, l)
		total++
		return true
	})
	return last[max(len(last)-n, 0):], total
}

// linesFrom are the lines of a log with the indexes from from to before to.
func linesFrom(chunks []store.LogChunk, from, to int) []store.LogLine {
	var out []store.LogLine
	at := 0
	store.EachLogLine(chunks, func(l store.LogLine) bool {
		if at >= from && at < to {
			out = append(out, l)
		}
		at++
		return at < to
	})
	return out
}

// A line of a page is at most that long; a line of a log can have megabytes.
const (
	maxLineBytes = 16 << 10
	maxLineRunes = 4000 // less than the bytes can have, so that what is cut ends in "…"
)

// start is a line without what is beyond maxLineBytes.
func start(line string) string {
	if len(line) <= maxLineBytes {
		return line
	}
	end := maxLineBytes
	for end > maxLineBytes-utf8.UTFMax && !utf8.RuneStart(line[end]) {
		end--
	}
	return line[:end]
}

// linesOf is a part of a log as a page shows it, from the line with the index from.
func (v *visit) linesOf(lines []store.LogLine, from int, failing int) []logLine {
	out := make([]logLine, len(lines))
	for i, l := range lines {
		out[i] = logLine{Number: from + i + 1, At: v.at(l.Written), Stream: l.Stream, Text: short(start(l.Text), maxLineRunes)}
		if l.Stream == "stderr" || from+i == failing {
			out[i].Class = "er"
		}
	}
	return out
}

// looksBad is how programs mention that something went wrong, saysBad how they begin the line
// that says what.
var (
	looksBad = regexp.MustCompile(`(?i)error|exception|fatal|panic|fail|denied|refused|cannot|can't|not found|killed|no such|violates|invalid`)
	saysBad  = regexp.MustCompile(`(?i)^[\s\d\[\]():.,TZ/+-]*[\w.$]*(error|exception|fatal|panic|critical|severe)\b`)
)

const lastWords = 300 // lines at the end of a log among which the failing one is looked for

// failingLine is the index of the line that most likely says what went wrong; -1 in an empty
// log. Of what the program complained about last, it is the last line that says so: a
// traceback ends in its error, a database begins with it and explains.
func failingLine(lines []store.LogLine) int {
	first := max(len(lines)-lastWords, 0)
	best, rank := -1, 0
	for i := len(lines) - 1; i >= first; i-- {
		text := string(plain([]byte(start(lines[i].Text))))
		complaint := lines[i].Stream == "stderr"
		r := 1
		switch {
		case strings.TrimSpace(text) == "":
			continue
		case complaint && saysBad.MatchString(text):
			return i
		case complaint && looksBad.MatchString(text):
			r = 5
		case saysBad.MatchString(text):
			r = 4
		case complaint:
			r = 3
		case looksBad.MatchString(text):
			r = 2
		}
		if r > rank {
			best, rank = i, r
		}
	}
	return best
}

// A lastWord is the failing line of an execution that has ended.
type lastWord struct {
	Number int // from 1; 0: the log is empty
	Text   string
}

// logErrors remembers failing lines: logs of what has ended do not change, and can be long.
type logErrors struct {
	mu sync.Mutex
	by map[int64]lastWord
}

const maxLogErrors = 2000

// failing is the failing line of an execution that has ended.
func (p *Page) failing(ctx context.Context, exeID int64) (lastWord, error) {
	p.errors.mu.Lock()
	known, isKnown := p.errors.by[exeID]
	p.errors.mu.Unlock()
	if isKnown {
		return known, nil
	}
	chunks, err := p.logOf(ctx, exeID)
	if err != nil {
		return lastWord{}, err
	}
	var out lastWord
	last, total := endOf(chunks, lastWords)
	if at := failingLine(last); at >= 0 {
		out = lastWord{total - len(last) + at + 1, short(start(last[at].Text), 400)}
	}
	p.errors.mu.Lock()
	defer p.errors.mu.Unlock()
	if len(p.errors.by) >= maxLogErrors || p.errors.by == nil {
		p.errors.by = map[int64]lastWord{}
	}
	p.errors.by[exeID] = out
	return out, nil
}
