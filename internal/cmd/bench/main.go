// Command bench runs the benchmarks and writes what they have measured, beside what they must hold, as a
// table: on the screen and into the guide Performance. It is `make bench`.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

// guide has the table between these two lines.
const (
	guide = "templates/guides/performance.md"
	begin = "<!-- figures of make bench -->"
	end   = "<!-- end of the figures -->"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run runs the benchmarks of packages ("": all).
func run(packages []string) error {
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	var out bytes.Buffer
	args := append([]string{"test", "-p", "1", "-timeout", "2h", "-run", "^$", "-bench", ".", "-benchmem"}, packages...)
	command := exec.Command("go", args...) //nolint:gosec,noctx // the packages are the developer's
	command.Stdout, command.Stderr = io.MultiWriter(&out, os.Stdout), os.Stderr
	failed := command.Run()
	table, err := tableOf(&out)
	if err != nil || failed != nil {
		return errors.Join(failed, err)
	}
	fmt.Print("\n", table)
	return writeInto(guide, table)
}

// tableOf is the benchmarks that have a goal.
func tableOf(r io.Reader) (string, error) {
	var rows []string
	results := benchfmt.NewReader(r, "go test")
	for results.Scan() {
		if one, isResult := results.Result().(*benchfmt.Result); isResult {
			rows = append(rows, rowsOf(one)...)
		}
	}
	if len(rows) == 0 {
		return "", errors.New("no benchmark with a goal has run")
	}
	slices.Sort(rows)
	return fmt.Sprintf("Measured on %s, %d processors, %s, Go %s.\n\n| what | measured | goal | |\n| --- | --- | --- | --- |\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), model(), strings.TrimPrefix(runtime.Version(), "go")) + strings.Join(slices.Compact(rows), ""), results.Err()
}

// rowsOf holds what a benchmark has measured against its goals, which it reports as goal-UNIT.
func rowsOf(r *benchfmt.Result) (rows []string) {
	name := strings.ReplaceAll(strings.TrimSuffix(string(r.Name.Full()), fmt.Sprintf("-%d", runtime.GOMAXPROCS(0))), "_", " ")
	for _, v := range r.Values {
		unit, isGoal := strings.CutPrefix(v.Unit, "goal-")
		if !isGoal {
			continue
		}
		got, measured := r.Value(unit)
		if unit == "ms" {
			got, measured = r.Value("sec/op")
			got *= 1000
		}
		if !measured {
			continue
		}
		held := "held"
		if got > v.Value {
			held = "**missed**"
		}
		rows = append(rows, fmt.Sprintf("| %s | %s %s | %s %s | %s |\n", name, short(got), unit, short(v.Value), unit, held))
	}
	return rows
}

// short is a number with three digits that count, or all of a whole one.
func short(n float64) string {
	if n >= 100 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.3g", n)
}

// model is the processor, as the system calls it.
func model() string {
	raw, _ := os.ReadFile("/proc/cpuinfo") // elsewhere it is not known
	for line := range strings.Lines(string(raw)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// writeInto replaces the table of a guide.
func writeInto(path, table string) error {
	raw, err := os.ReadFile(path) //nolint:gosec // it is this repository's
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(raw), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the table, which is between %q and %q", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+table+end+after), 0o600)
}
