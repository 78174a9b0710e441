package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// hostile is what a job may write to take over the terminal of its reader.
const hostile = "ok\x1b[2J\x1b]0;title\x07\u009b31m\u202e\x00\xff\r\n\tend\n"

func TestVisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a name, grün 雪": "a name, grün 雪", "": "", `a\b"c"'`: `a\b"c"'`,
		"a\nb": `a\nb`, "\x1b[31m": `\x1b[31m`, "\u009b31m": `\u009b31m`, "\u202eabc": `\u202eabc`, "\xff": `\xff`, "\x7f": `\x7f`,
	} {
		if got := visible(text); got != want {
			t.Errorf("visible(%q): got %q, want %q", text, got, want)
		}
	}
}

func TestForeignBytes(t *testing.T) {
	t.Parallel()
	for isTerminal, want := range map[bool]string{
		false: hostile,
		true:  `ok\x1b[2J\x1b]0;title\a\u009b31m\u202e\x00\xff` + "\n\tend\n",
	} {
		var out bytes.Buffer
		if err := (&program{stdout: &out, outTerminal: isTerminal}).foreign(hostile); err != nil || out.String() != want {
			t.Errorf("terminal %v: got %q, %v; want %q", isTerminal, out.String(), err, want)
		}
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &program{stdout: &out}
	if err := p.table([]string{"NAME", "STATUS"}, [][]string{{"\x1b[31mred", "FAILED"}, {"b", ""}}); err != nil {
		t.Fatal(err)
	}
	if want := "NAME        STATUS\n\\x1b[31mred  FAILED\nb           -\n"; strings.ReplaceAll(out.String(), " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got\n%s", out.String())
	}
	out.Reset()
	if err := (listing{JSON: true}).print(p, []string{"\x1b\u009b\u202e雪<"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if want := "[\n  \"\\u001b\\u009b\\u202e雪\\u003c\"\n]\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// Without a terminal there is no progress, and with one it is gone before the next line.
func TestProgress(t *testing.T) {
	t.Parallel()
	for isTerminal, want := range map[bool]string{false: "", true: "\r\x1b[K1 of 2\r\x1b[K"} {
		var out, err bytes.Buffer
		p := &program{stdout: &out, stderr: &err, errTerminal: isTerminal}
		p.progress("%d of 2", 1)
		p.say("clean: %s", "COMPLETED\x1b")
		if got := err.String(); got != want || out.String() != "clean: COMPLETED\\x1b\n" {
			t.Errorf("terminal %v: got %q and %q, want %q", isTerminal, got, out.String(), want)
		}
	}
}

func TestErrorsSayWhatToDoNext(t *testing.T) {
	t.Parallel()
	problems := []api.Finding{{Description: "name is empty"}, {Description: "path is empty"}}
	for want, err := range map[string]error{
		"plain": errors.New("plain"),
		"GET /x: 401 Unauthorized. Check GALLEY_TOKEN, or GALLEY_USERNAME and GALLEY_PASSWORD.":    &api.Error{Method: "GET", Path: "/x", Status: 401},
		"GET /x: 403 Forbidden. This user may not do that: use another one, or ask for the right.": &api.Error{Method: "GET", Path: "/x", Status: 403},
		"GET /x: 400 Bad Request: name is empty; path is empty":                                    &api.Error{Method: "GET", Path: "/x", Status: 400, Detail: "name is empty", Problems: problems},
	} {
		if got := explain(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A retry of an upload begins anew, with what is shown, too.
func TestProgressOfBytes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	bytesOf := strings.NewReader("abcd")
	m := &metered{Reader: bytesOf, Seeker: bytesOf, p: &program{stderr: &out, errTerminal: true}, what: "f", size: 4}
	for range 2 {
		if n, err := m.Read(make([]byte, 3)); n != 3 || err != nil {
			t.Fatalf("got %d, %v", n, err)
		}
		if _, err := m.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.Copy(io.Discard, m); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "\r\x1b[Kf: 75% of 4 bytes\r\x1b[Kf: 100% of 4 bytes" {
		t.Errorf("got %q", got)
	}
}
