package internal

import (
	"bytes"
	"regexp"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestContributing finds each command of CONTRIBUTING.md, and each file that it leads to; and the forms for issues
// have what their host wants.
func TestContributing(t *testing.T) {
	t.Parallel()
	text := mustRead(t, ".github/CONTRIBUTING.md")
	makefile := mustRead(t, "GNUmakefile")
	for _, m := range regexp.MustCompile("`make ([a-z ]+)`").FindAllSubmatch(text, -1) {
		for _, target := range bytes.Fields(m[1]) {
			if !regexp.MustCompile(`(?m)^` + string(target) + `:`).Match(makefile) {
				t.Errorf("there is no make %s", target)
			}
		}
	}
	for _, m := range regexp.MustCompile(`\]\(\.\./([^)]+)\)`).FindAllSubmatch(text, -1) {
		mustRead(t, string(m[1]))
	}
	for _, name := range []string{"bug_report.yml", "feature_request.yml"} {
		var form struct {
			Name, Description string
			Body              []struct {
				Type, ID   string
				Attributes struct{ Label string }
			}
		}
		if err := yaml.Unmarshal(mustRead(t, ".github/ISSUE_TEMPLATE/"+name), &form); err != nil {
			t.Fatal(err)
		}
		if form.Name == "" || form.Description == "" || len(form.Body) < 2 {
			t.Errorf("%s: %+v", name, form)
		}
		for _, b := range form.Body {
			if b.Type == "" || b.ID == "" || b.Attributes.Label == "" {
				t.Errorf("%s has the field %+v", name, b)
			}
		}
	}
	if !bytes.Contains(mustRead(t, ".github/CODEOWNERS"), []byte("* @")) {
		t.Error("nobody owns the code")
	}
}
