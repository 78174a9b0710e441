package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestTheDemoTellsOnlyWhatIsEssential of the hundreds of lines that Terraform prints.
func TestTheDemoTellsOnlyWhatIsEssential(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Terraform will perform the following actions:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "      + attribute_%d = (known after apply)\n", i)
	}
	b.WriteString("Plan: 7 to add, 0 to change, 0 to destroy.\n╷\n│ Warning: Recipe type x gets a new definition\n│ \n│   with x\n╵\n" +
		"x: Creating...\n│ Warning: Recipe type x gets a new definition\nApply complete! Resources: 7 added, 0 changed, 0 destroyed.\n\nOutputs:\n\nid = 3\n")
	want := []string{"Plan: 7 to add, 0 to change, 0 to destroy.", "Warning: Recipe type x gets a new definition",
		"Apply complete! Resources: 7 added, 0 changed, 0 destroyed."}
	if got := essential(b.String()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnswersFitOnOneScreen(t *testing.T) {
	t.Parallel()
	if got := firstLines("a\nb\n", 2); got != "a\nb" {
		t.Errorf("got %q", got)
	}
	if got := firstLines("a\nb\nc\n", 2); got != "a\nb\n…" {
		t.Errorf("got %q", got)
	}
	if got := lastLines("a\nb\nc\n", 2); got != "b\nc" {
		t.Errorf("got %q", got)
	}
}
