package seed_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

func TestSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*seed.Manifest)
		want   bool
	}{
		{"a copy", func(*seed.Manifest) {}, true},
		{"everything that has a name in another order", func(m *seed.Manifest) {
			j, i := &m.Job, &m.Job.Interface
			slices.Reverse(j.Tags)
			slices.Reverse(j.Resources.Scalar)
			slices.Reverse(j.Errors[:2])
			slices.Reverse(i.Inputs.Files)
			slices.Reverse(i.Inputs.JSON)
			slices.Reverse(i.Outputs.Files)
			slices.Reverse(i.Outputs.JSON)
			slices.Reverse(i.Mounts)
			slices.Reverse(i.Settings)
			slices.Reverse(i.Inputs.Files[1].MediaTypes)
		}, true},
		{"no tags, which is an empty list", func(m *seed.Manifest) { m.Job.Tags = append([]string{}, m.Job.Tags...) }, true},
		{"another title", func(m *seed.Manifest) { m.Job.Title = "x" }, false},
		{"another media type", func(m *seed.Manifest) { m.Job.Interface.Inputs.Files[0].MediaTypes = []string{"image/gif"} }, false},
		{"another mode of a mount", func(m *seed.Manifest) { m.Job.Interface.Mounts[0].Mode = "rw" }, false},
		{"one setting less", func(m *seed.Manifest) { m.Job.Interface.Settings = m.Job.Interface.Settings[1:] }, false},
		{"two meanings of one exit code in another order", func(m *seed.Manifest) { slices.Reverse(m.Job.Errors) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b := mustParse(t, mustRead(t, "full")), mustParse(t, mustRead(t, "full"))
			tt.change(b)
			before, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			if got := seed.Same(a, b); got != tt.want {
				t.Errorf("same is %t, want %t", got, tt.want)
			}
			after, err := json.Marshal(b)
			if diff := cmp.Diff(string(before), string(after)); err != nil || diff != "" {
				t.Errorf("the manifest was changed (-before +after):\n%s", diff)
			}
		})
	}
}
