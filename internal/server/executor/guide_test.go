//go:build unix

package executor_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// TestProgramsOfTheGuideRun: those of "What a job sees", in Bash and in Python, do the same.
func TestProgramsOfTheGuideRun(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", "what-a-job-sees.md"))
	if err != nil {
		t.Fatal(err)
	}
	const interfaces = `
		"inputs": {"files": [{"name": "raw"}], "json": [{"name": "limit", "type": "integer"}]},
		"outputs": {"files": [{"name": "table", "pattern": "table.csv"}], "json": [{"name": "rows", "type": "integer"}]}`
	for language, run := range map[string]string{"bash": "%s", "python": "python3 - <<'END'\n%s\nEND"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath("python3"); language == "python" && err != nil && os.Getenv("GALLEY_REQUIRE_SANDBOX") == "" {
				t.Skip("this machine has no python3")
			}
			blocks := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(raw), -1)
			if len(blocks) != 1 {
				t.Fatalf("the guide has %d programs in %s, want one", len(blocks), language)
			}
			m := mustCommand(t, strings.Replace(run, "%s", blocks[0][1], 1), interfaces)
			p := newProcess(t)
			task := func(content string) *bundle {
				b := newBundle(t, m)
				b.task.Files = map[string][]executor.InputFile{"raw": {inputFile(1, mustWrite(t, t.TempDir(), "raw.csv", content), "raw.csv")}}
				b.task.JSON = map[string]any{"limit": json.Number("3")}
				return b
			}
			good := task("a\n\nb\nc\n")
			r := good.mustComplete(t, p)
			if got := mustReadOutput(t, r.Files["table"][0]); got != "a\nb\n" || r.JSON["rows"] != json.Number("2") {
				t.Errorf("made %q and %v", got, r.JSON)
			}
			if got := good.stdout.String(); got != "kept 2 rows\n" {
				t.Errorf("said %q", got)
			}
			if r := task("\n").mustRun(t, p); r.ExitCode != 3 || r.Error == nil || r.Error.Name != "bad-file" {
				t.Errorf("without rows it ends with %d, %+v", r.ExitCode, r.Error)
			}
		})
	}
}
