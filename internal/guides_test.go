package internal

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A guideBlock is a fenced block of HCL in a guide. A comment in the line before its
// fence says how it is to be taken:
//
//	<!-- continues -->      together with the blocks before it, up to one that does not continue
//	<!-- since 1.14 -->     by a Terraform of that version or newer only, as the numbers of OpenTofu mean other features
//	<!-- query -->          as a .tfquery.hcl file
//	<!-- fragment -->       not by itself: arguments of some block, or an import, which no module can have
type guideBlock struct {
	line                int
	text                string
	continues, fragment bool
	query               bool
	since               string // "": every version
}

var (
	fence     = regexp.MustCompile("(?ms)^(<!-- ([^\n]*) -->\n)?```(?:terraform|hcl)\n(.*?)^```$")
	sinceNote = regexp.MustCompile(`^since (1\.\d+)$`)
)

// guideBlocks reads the blocks of a guide in their order.
func guideBlocks(t *testing.T, page string) []guideBlock {
	t.Helper()
	raw := mustReadFile(t, page)
	var out []guideBlock
	for _, m := range fence.FindAllSubmatchIndex(raw, -1) {
		b := guideBlock{line: strings.Count(string(raw[:m[0]]), "\n") + 1, text: string(raw[m[6]:m[7]])}
		note := ""
		if m[4] >= 0 {
			note = string(raw[m[4]:m[5]])
		}
		for _, word := range strings.Split(note, ", ") {
			switch since := sinceNote.FindStringSubmatch(word); {
			case word == "":
			case word == "continues":
				b.continues = true
			case word == "query":
				b.query = true
			case word == "fragment":
				b.fragment = true
			case since != nil:
				b.since = since[1]
			default:
				t.Errorf("%s:%d: unknown note %q", page, b.line, word)
			}
		}
		out = append(out, b)
	}
	return out
}

// TestGuides validates every block of HCL in the guides with the built provider and the
// installed CLI: each as a module of its own, or with those that it continues. Blocks
// that need a newer CLI, queries and fragments are at least parsed.
func TestGuides(t *testing.T) {
	t.Parallel()
	cli := terraform(t)
	pages, err := filepath.Glob(filepath.Join("..", "templates", "guides", "*.md*"))
	if err != nil || len(pages) < 2 {
		t.Fatalf("found the guides %q (%v)", pages, err)
	}
	root := t.TempDir()
	var main strings.Builder
	modules := map[string]string{} // page and line by module
	for _, page := range pages {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(page), ".tmpl"), ".md")
		var before string
		for _, b := range guideBlocks(t, page) {
			where := fmt.Sprintf("%s:%d", filepath.Base(page), b.line)
			if _, diags := hclsyntax.ParseConfig([]byte(b.text), where, hcl.InitialPos); diags.HasErrors() {
				t.Errorf("%s is no HCL: %s", where, diags)
				continue
			}
			if b.query || b.fragment || b.since != "" && (cli.tofu || cli.minor < sinceMinor(t, b.since)) {
				continue
			}
			text := b.text
			if b.continues {
				text = before + "\n" + text
			}
			before = text
			module := fmt.Sprintf("%s_%d", name, b.line)
			modules[module] = where
			file := writeModule(t, filepath.Join(root, module), text)
			fmt.Fprintf(&main, "module %q {\n  source = \"./%s\"\n", module, module)
			for _, variable := range blocks(t, file, "variable") {
				fmt.Fprintf(&main, "  %s = null\n", variable)
			}
			main.WriteString("}\n")
		}
	}
	if err := os.WriteFile(filepath.Join(root, "main.tf"), []byte(main.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	rc := devOverride(t)
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), cli.path, args...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s\nmodules: %v", strings.Join(args, " "), err, out, modules)
		}
		return string(out)
	}
	run("get", "-no-color")
	run("validate", "-no-color")
}

// writeModule makes a folder of a block, which may leave out what every configuration
// begins with, and returns its file.
func writeModule(t *testing.T, dir, text string) (file string) {
	t.Helper()
	if !strings.Contains(text, "required_providers") {
		text = "terraform {\n  required_providers {\n    galley = { source = \"recipe-galley/galley\" }\n  }\n}\n\n" + text
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "main.tf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func sinceMinor(t *testing.T, version string) int {
	t.Helper()
	minor, err := strconv.Atoi(strings.TrimPrefix(version, "1."))
	if err != nil {
		t.Fatal(err)
	}
	return minor
}

// TestTheGuideTestingIsItsExample: what the guide shows of tests is what TestExamples runs.
func TestTheGuideTestingIsItsExample(t *testing.T) {
	t.Parallel()
	var example strings.Builder
	for _, pattern := range []string{"examples/testing/*/*.hcl", "examples/testing/*/*/*.tf"} {
		for _, name := range mustGlob(t, pattern) {
			example.Write(mustRead(t, name))
		}
	}
	page := filepath.Join(root, "templates", "guides", "testing.md")
	shown := guideBlocks(t, page)
	if len(shown) < 5 {
		t.Fatalf("%s shows only %d blocks", page, len(shown))
	}
	for _, b := range shown {
		for part := range strings.SplitSeq(strings.TrimSpace(b.text), "\n}\n") { // a block of HCL each
			if !strings.Contains(example.String(), strings.TrimSuffix(strings.TrimSpace(part), "\n}")) {
				t.Errorf("%s:%d is not in examples/testing: %s", page, b.line, part)
			}
		}
	}
}

// troubleshooting returns what the guide explains: its headings that are messages, and the first columns of its tables.
func troubleshooting(t *testing.T) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(string(mustRead(t, "templates/guides/troubleshooting.md"))) {
		cell, _, isRow := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if isRow || strings.HasPrefix(line, "### `") {
			for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
				out = append(out, quoted[1])
			}
		}
	}
	return out
}

// TestTroubleshootingTextsExist holds the guide against the messages in the code: what nobody
// can run into any more must not stay there.
func TestTroubleshootingTextsExist(t *testing.T) {
	t.Parallel()
	elsewhere := []string{"Provider produced inconsistent final plan"} // Terraform's own
	source := messages(t)
	texts := troubleshooting(t)
	if len(texts) < 200 {
		t.Fatalf("found only %d messages", len(texts))
	}
	for _, text := range texts {
		if slices.Contains(elsewhere, text) {
			continue
		}
		for part := range strings.SplitSeq(text, "…") {
			if part = strings.Trim(part, " "); len(part) > 3 && !strings.Contains(source, part) {
				t.Errorf("no message of the code has %q", part)
			}
		}
	}
}

// TestTroubleshootingIsComplete wants each text that somebody can run into explained: headings of diagnostics word for
// word (those with "Cannot" by their verb), codes of findings, errors of jobs, and what galleyd says when it does not start.
func TestTroubleshootingIsComplete(t *testing.T) {
	t.Parallel()
	texts := troubleshooting(t)
	explained := func(message string) bool {
		return slices.ContainsFunc(texts, func(text string) bool {
			pattern := strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".*")
			if strings.HasPrefix(text, "Cannot") {
				pattern = "^" + pattern + "$"
			}
			return text == message || len(text) > len("Invalid …") && regexp.MustCompile(pattern).MatchString(message)
		})
	}
	codes, jobErrors := mustFindCodes(t)
	for _, name := range append(codes, jobErrors...) {
		if !slices.Contains(texts, name) {
			t.Errorf("troubleshooting.md does not explain %q", name)
		}
	}
	headings, refusals := mustFindSummaries(t), mustFindRefusals(t)
	for _, message := range append(headings, refusals...) {
		if !explained(message) {
			t.Errorf("troubleshooting.md does not explain %q", message)
		}
	}
	if len(codes) < 70 || len(jobErrors) < 14 || len(headings) < 180 || len(refusals) < 15 {
		t.Errorf("found only %d codes, %d errors of jobs, %d headings, %d refusals", len(codes), len(jobErrors), len(headings), len(refusals))
	}
}

// messages is every string of the code that is no test, with those that are joined by + as one.
func messages(t *testing.T) string {
	t.Helper()
	joined := regexp.MustCompile(`"\s*\+\s*"`)
	var out strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		out.Write(joined.ReplaceAll(raw, nil))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
