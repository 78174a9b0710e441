package recipe

import "testing"

func TestRecursion(t *testing.T) {
	t.Parallel()
	eachCase(t, "recursion", func(t *testing.T, c struct {
		Name       string
		Definition *Definition
		Current    map[string]*Definition
		Problems   []wantProblem
	}) {
		problemCase{Problems: c.Problems}.check(t, Recursion(c.Name, c.Definition, c.Current))
	})
}
