package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A problemCase is one file of testdata: a document and what is wrong with it.
type problemCase struct {
	Doc      json.RawMessage // the document
	Raw      *string         // or its text, where that is no JSON
	Problems []wantProblem   // all of them, in order
}

type wantProblem struct {
	Path    string // joined with dots
	Code    Code
	Message string // compared if given
	Warning bool
	Plan    PlanView
}

func (c problemCase) text() []byte {
	if c.Raw != nil {
		return []byte(*c.Raw)
	}
	return c.Doc
}

// check compares problems with those of the case.
func (c problemCase) check(t *testing.T, got Problems) {
	t.Helper()
	list := []wantProblem{}
	for i, p := range got {
		w := wantProblem{Path: p.Path.String(), Code: p.Code, Message: p.Message, Warning: p.Warning, Plan: p.Plan}
		if i < len(c.Problems) && c.Problems[i].Message == "" {
			w.Message = ""
		}
		if p.Message == "" || strings.Contains(p.Message, "galley.invalid") {
			t.Errorf("problem %d has the message %q", i, p.Message)
		}
		list = append(list, w)
	}
	if diff := cmp.Diff(append([]wantProblem{}, c.Problems...), list); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// eachCase runs a test for every file of a folder of testdata. The name of the
// file is the name of the case, a sentence.
func eachCase[C any](t *testing.T, folder string, run func(*testing.T, C)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", folder, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(strings.ReplaceAll(name, "-", " "), func(t *testing.T) {
			t.Parallel()
			run(t, mustLoad[C](t, file))
		})
	}
}

func mustLoad[C any](t *testing.T, file string) C {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c C
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(fmt.Errorf("reading %s: %w", file, err))
	}
	return c
}
