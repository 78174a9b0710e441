package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const output = `goos: linux
pkg: example.com/x
BenchmarkParse/nodes=1000-2   	     100	   9400000 ns/op	        10.00 goal-ms	  12 B/op	       3 allocs/op
BenchmarkPlan/recipe_types-2  	       3	3384634809 ns/op	         1.237 O	         1.000 goal-O
BenchmarkSlow-2               	       1	1234567890 ns/op	      2000 goal-ms
BenchmarkFree-2               	     100	        12 ns/op
PASS
`

func TestTableOf(t *testing.T) {
	t.Parallel()
	got, err := tableOf(strings.NewReader(strings.ReplaceAll(output, "-2 ", fmt.Sprintf("-%d ", runtime.GOMAXPROCS(0)))))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| Parse/nodes=1000 | 9.4 ms | 10 ms | held |\n", "| Plan/recipe types | 1.24 O | 1 O | **missed** |\n", "| Slow | 1235 ms | 2000 ms | held |\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table is\n%s\nand has no row %s", got, want)
		}
	}
	if strings.Contains(got, "Free") {
		t.Errorf("a benchmark without a goal is in the table:\n%s", got)
	}
	if _, err := tableOf(strings.NewReader("PASS\n")); err == nil {
		t.Error("an empty table is none")
	}
}

func TestWriteInto(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "g.md")
	if err := os.WriteFile(path, []byte("a\n"+begin+"\nold\n"+end+"\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeInto(path, "new\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "a\n"+begin+"\nnew\n"+end+"\nb\n" {
		t.Errorf("the guide is %q, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeInto(path, "new\n"); err == nil || !strings.Contains(err.Error(), "no place for the table") {
		t.Errorf("a guide without a place: %v", err)
	}
}
