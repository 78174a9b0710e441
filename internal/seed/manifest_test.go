package seed_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

func TestManifestInterface(t *testing.T) {
	t.Parallel()
	want := recipe.JobInterface{
		Input: recipe.Interface{
			Files: map[string]recipe.FileParam{
				"SCENE": {MediaTypes: []string{"image/png"}, Required: true},
				"masks": {MediaTypes: []string{}, Multiple: true},
			},
			JSON: map[string]recipe.JSONParam{
				"opacity": {Type: "number", Required: true},
				"label-2": {Type: "string"},
			},
		},
		Output: recipe.Interface{
			Files: map[string]recipe.FileParam{
				"marked": {MediaTypes: []string{"image/png"}, Required: true},
				"tiles":  {MediaTypes: []string{"application/octet-stream"}, Multiple: true},
			},
			JSON: map[string]recipe.JSONParam{
				"cell_count": {Type: "integer", Required: true},
				"bounds":     {Type: "array"},
			},
		},
		Errors: []string{"bad-file", "crash", "bad-again"},
	}
	if diff := cmp.Diff(want, mustParse(t, mustRead(t, "full")).Interface()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManifestConfigurable(t *testing.T) {
	t.Parallel()
	want := recipe.Configurable{
		Mounts: []string{"fonts", "cache"}, Settings: []string{"db-host"},
		SecretSettings: []string{"db-pass"}, FileOutputs: []string{"marked", "tiles"},
	}
	if diff := cmp.Diff(want, mustParse(t, mustRead(t, "full")).Configurable()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManifestErrorFor(t *testing.T) {
	t.Parallel()
	m := mustParse(t, mustRead(t, "full"))
	if e, ok := m.ErrorFor(1); !ok || e.Name != "bad-again" {
		t.Errorf("of two errors with code 1 got %q, want the last", e.Name)
	}
	if e, ok := m.ErrorFor(2); !ok || e.Name != "crash" {
		t.Errorf("for code 2 got %q", e.Name)
	}
	if e, ok := m.ErrorFor(3); ok {
		t.Errorf("for code 3 got %q, want nothing", e.Name)
	}
}

func TestEnvName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"SCENE": "SCENE", "scene": "SCENE", "db-host": "DB_HOST", "a.b c": "A_B_C", "x2_y": "X2_Y", "é": "_", "": "",
	} {
		if got := seed.EnvName(name); got != want {
			t.Errorf("EnvName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestScalarAmount(t *testing.T) {
	t.Parallel()
	s := seed.Scalar{Name: "my-demo-resourceNew", Value: 0.5, InputMultiplier: 4}
	if got := s.Amount(2); got != 8.5 {
		t.Errorf("got %v, want 8.5", got)
	}
	if got := s.EnvName(); got != "ALLOCATED_MY_DEMO_RESOURCENEW" {
		t.Errorf("got %s", got)
	}
}
