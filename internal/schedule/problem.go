package schedule

import (
	"fmt"
	"strings"
)

// Field is a part of what Parse takes.
type Field string

// The fields that a Problem can be about.
const (
	TextField    Field = "schedule"
	ZoneField    Field = "time_zone"
	StartField   Field = "start"
	ExpiresField Field = "expires"
	MaxRunsField Field = "max_runs"
)

// Problem is one thing that is wrong with a schedule.
type Problem struct {
	Field   Field
	Message string // a sentence without the name of the field: what was found, what is expected
}

// InvalidError reports everything that is wrong with a schedule. It has at least one problem.
type InvalidError struct{ Problems []Problem }

// Error gives the problems, one a line, each behind its field.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = string(p.Field) + ": " + p.Message
	}
	return strings.Join(lines, "\n")
}

func (e *InvalidError) add(f Field, format string, args ...any) {
	e.Problems = append(e.Problems, Problem{f, fmt.Sprintf(format, args...)})
}

// shorten keeps a quoted text from filling the screen.
func shorten(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
