package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// program is what a command has of the world.
type program struct {
	stdout, stderr io.Writer
	backend        *client.Client // nil: not asked
	stdin          io.Reader
	getenv         func(string) string
	outTerminal    bool // somebody looks at stdout
	errTerminal    bool // somebody looks at stderr: progress is shown there
	inProgress     bool // the line that the cursor is in is one of progress
}

// isTerminal tells whether somebody looks at f.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// client is that of the backend that the environment names.
func (p *program) client() (*client.Client, error) {
	cfg, err := client.ConfigFromEnvironment(p.getenv, schedule.ParseDuration)
	if err != nil {
		return nil, err
	}
	if !cfg.HasCredentials() {
		return nil, errors.New("found no credentials in the environment: set GALLEY_TOKEN, GALLEY_TOKEN_FILE, or GALLEY_USERNAME and GALLEY_PASSWORD")
	}
	if cfg.Origin, err = client.OriginFromEnvironment(p.getenv); err != nil {
		return nil, err
	} // without a session: no later apply takes what was done by hand for a create that was lost
	cfg.UserAgent = "galley/" + version
	p.backend, err = client.New(cfg)
	return p.backend, err
}

// explain is err for the reader, with the single findings of the backend and what to do next.
func explain(err error) string {
	text := err.Error()
	e, isAnswer := errors.AsType[*api.Error](err)
	if !isAnswer {
		return text
	}
	for _, f := range e.Problems {
		if !strings.Contains(text, f.Description) { // the answer may begin with its first finding
			text += "; " + f.Description
		}
	}
	switch {
	case api.IsUnauthorized(err):
		text += ". Check GALLEY_TOKEN, or GALLEY_USERNAME and GALLEY_PASSWORD."
	case api.IsForbidden(err):
		text += ". This user may not do that: use another one, or ask for the right."
	}
	return text
}

// say prints a line of text. Its arguments may come from the backend: nothing of them steers
// the terminal.
func (p *program) say(format string, args ...any) {
	p.progress("")
	_, _ = fmt.Fprintln(p.stdout, visible(fmt.Sprintf(format, args...)))
}

// progress shows, on a terminal, what is going on, in place of what it has shown before.
func (p *program) progress(format string, args ...any) {
	if !p.errTerminal || format == "" && !p.inProgress {
		return
	}
	_, _ = fmt.Fprint(p.stderr, "\r\x1b[K", visible(fmt.Sprintf(format, args...)))
	p.inProgress = format != ""
}

// table prints rows below the names of their columns.
func (p *program) table(columns []string, rows [][]string) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{columns}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			if cells[i] = visible(cell); cell == "" {
				cells[i] = "-"
			}
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// listing are the flags of what can be printed for programs.
type listing struct {
	JSON bool `name:"json" help:"Print JSON, in the shapes of the API."`
}

// print prints v as JSON, if that is asked for, or else a table.
func (l listing) print(p *program, v any, columns []string, rows [][]string) error {
	if l.JSON {
		return p.json(v)
	}
	return p.table(columns, rows)
}

// json prints v. What JSON itself leaves unescaped, but a terminal may obey, is escaped.
func (p *program) json(v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, r := range string(raw) {
		if r < utf8.RuneSelf && r != 0x7f || unicode.IsPrint(r) || r > 0xffff {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	_, err = fmt.Fprintln(p.stdout, b.String())
	return err
}

// visible is text in which whatever would steer a terminal, or reorder what is read, is
// written as an escape such as \x1b.
func visible(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
		i += size
	}
	return b.String()
}

// foreign prints bytes that somebody else has written. Into a file or a pipe they go as
// they are; on a terminal all but line breaks and tabs is made visible.
func (p *program) foreign(raw string) error {
	if p.outTerminal {
		lines := strings.Split(raw, "\n")
		for i, line := range lines {
			cells := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
			for j := range cells {
				cells[j] = visible(cells[j])
			}
			lines[i] = strings.Join(cells, "\t")
		}
		raw = strings.Join(lines, "\n")
	}
	_, err := io.WriteString(p.stdout, raw)
	return err
}

// when is a time for people, in UTC.
func when(t *api.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

// moment is a time of the order API, in ms since 1970.
func moment(ms *int64) string {
	if ms == nil {
		return ""
	}
	return time.UnixMilli(*ms).UTC().Format(time.DateTime)
}

// took is how long something has taken, or takes by now.
func took(from, to *api.Time) string {
	switch {
	case from == nil:
		return ""
	case to == nil:
		return time.Since(from.Time).Round(time.Second).String()
	}
	return to.Sub(from.Time).Round(time.Second).String()
}
