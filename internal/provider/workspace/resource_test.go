package workspace

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

func TestWorkspaceFromAPI(t *testing.T) {
	t.Parallel()
	detail := api.WorkspaceDetail{
		Workspace:     api.Workspace{ID: 7, Name: "n", Title: "t", IsActive: true},
		Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "/data/workspaces/raw"}},
	}
	tests := []struct {
		name, prior, want string // of the folder
	}{
		{"the same folder keeps its text", "/data/workspaces/raw/", "/data/workspaces/raw/"},
		{"a relative folder keeps its text", "raw", "raw"},
		{"another folder shows", "/data/other", "/data/workspaces/raw"},
		{"another relative folder shows", "aw", "/data/workspaces/raw"},
		{"an import shows the server's", "", "/data/workspaces/raw"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			prior := workspaceModel{}
			if tt.prior != "" {
				prior.Broker = value.DynamicOf(map[string]any{"host": map[string]any{"path": tt.prior}})
			}
			got := prior.fromAPI(detail)
			folder, problems := workspace.ReadBroker(value.Tree(got.Broker))
			if len(problems) > 0 {
				t.Errorf("the broker has the problems %v", problems)
			}
			if diff := cmp.Diff(tt.want, folder); diff != "" {
				t.Errorf("folder (-want +got):\n%s", diff)
			}
			if got.Description.IsNull() || got.BaseURL.IsNull() {
				t.Error("absent texts are null, want \"\" like their defaults")
			}
			if got.ID.ValueInt64() != 7 {
				t.Errorf("id is %s, want 7", strconv.FormatInt(got.ID.ValueInt64(), 10))
			}
		})
	}
}

// Only an import has the server's folder where the configuration has a relative one.
func TestSameBroker(t *testing.T) {
	t.Parallel()
	broker := func(folder string) any { return map[string]any{"host": map[string]any{"path": folder}} }
	for _, tt := range []struct {
		now, before string
		want        bool
	}{
		{"raw", "raw", true}, {"raw/", "raw", true}, {"raw", "/data/workspaces/raw", true}, {".", "/data/workspaces", true},
		{"/mnt/raw", "raw", false}, {"/mnt/raw", "/data/raw", false}, {"/data", ".", false}, {"raw", "/data/other", false},
	} {
		if got := sameBroker(value.DynamicOf(broker(tt.now)), value.DynamicOf(broker(tt.before))); got != tt.want {
			t.Errorf("%s after %s: got %t, want %t", tt.now, tt.before, got, tt.want)
		}
	}
}
