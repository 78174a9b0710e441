package main

import (
	"slices"
	"strings"
)

const (
	answerLines = 12
	errorLines  = 40
)

// essential are the lines of Terraform's output that say what a command does: what it plans, what it
// has done, and what it warns of.
func essential(output string) []string {
	var out []string
	for line := range strings.Lines(output) {
		text := strings.TrimSpace(strings.TrimLeft(line, "│╷╵ "))
		starts := func(with string) bool { return strings.HasPrefix(text, with) }
		isEssential := starts("Plan: ") || starts("Apply complete! ") || starts("No changes. ") || starts("Warning: ")
		if isEssential && !slices.Contains(out, text) { // a plan and its apply warn of the same
			out = append(out, text)
		}
	}
	return out
}

// firstLines is the beginning of a text.
func firstLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > n {
		lines = append(lines[:n], "…")
	}
	return strings.Join(lines, "\n")
}

// lastLines is the end of a text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
