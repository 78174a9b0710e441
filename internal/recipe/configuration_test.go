package recipe

import (
	"encoding/json"
	"testing"
)

func TestConfiguration(t *testing.T) {
	t.Parallel()
	eachCase(t, "configuration", func(t *testing.T, c struct {
		problemCase
		Over     json.RawMessage // merged over Doc, if given
		Check    *Configurable   // checked against, if given
		Returned json.RawMessage // the result as JSON, if there are no errors
	}) {
		got, problems := ParseConfiguration(c.text())
		if c.Over != nil {
			over, more := ParseConfiguration(c.Over)
			problems = append(problems, more...)
			got = got.Merge(over)
		}
		if c.Check != nil {
			problems = append(problems, got.Check(*c.Check)...)
		}
		c.check(t, problems)
		if c.Returned != nil {
			sameJSON(t, c.Returned, got)
		} else if len(problems.Errors()) == 0 {
			t.Error("the case does not say what is returned")
		}
	})
}

func TestConfigurationWorkspace(t *testing.T) {
	t.Parallel()
	c := Configuration{OutputWorkspaces: OutputWorkspaces{Default: "raw", Outputs: map[string]string{"TILES": "tiles", "LOG": ""}}}
	for output, want := range map[string]string{"TILES": "tiles", "LOG": "raw", "OTHER": "raw"} {
		if got := c.Workspace(output); got != want {
			t.Errorf("workspace of %s: got %q, want %q", output, got, want)
		}
	}
	if got := (Configuration{}).Workspace("TILES"); got != "" {
		t.Errorf("workspace without configuration: got %q, want none", got)
	}
}

func TestEffectivePriority(t *testing.T) {
	t.Parallel()
	if got := (Configuration{}).EffectivePriority(); got != DefaultPriority {
		t.Errorf("got %d, want %d", got, DefaultPriority)
	}
	if got := (Configuration{Priority: new(3)}).EffectivePriority(); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
}
