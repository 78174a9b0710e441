package order

import "testing"

// TestCheckReferences is about what is wrong whatever a kitchen or an order says.
func TestCheckReferences(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		given Variables
		want  int // problems
	}{
		"one that another layer may give":      {Variables{"a": "{{elsewhere}}", "b": "{{a.member}}"}, 0},
		"a member that another layer may give": {Variables{"a": map[string]any{}, "b": "{{a.x}}"}, 0},
		"text in braces":                       {Variables{"a": "{{'{{'}}"}, 0},
		"itself":                               {Variables{"a": "x{{a}}"}, 1},
		"a circle":                             {Variables{"a": "{{b}}", "b": []any{"{{a}}"}}, 1},
		"braces without an end":                {Variables{"a": "{{b"}, 1},
		"an expression":                        {Variables{"a": "{{b + 1}}"}, 1},
	} {
		if got := CheckReferences(tt.given); len(got) != tt.want {
			t.Errorf("%s: %v, want %d problems", name, got, tt.want)
		}
	}
}

func TestRunsOnce(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": true, Now: true, "30 4 * * *": false, "R//P1D": false} {
		if got := (ScheduleSetting{Schedule: text}).RunsOnce(); got != want {
			t.Errorf("schedule %q runs once: %t, want %t", text, got, want)
		}
	}
}
