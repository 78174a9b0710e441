package arrival

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

const stored = `{"workspace": "in", "monitor": {"type": "dir-watcher"}, "files_to_ingest": [{"filename_regex": "a", "data_types": [], "new_file_path": "b"}],
	"recipe": {"name": "r", "revision_num": 2}}`

func TestStrikeFromAPI(t *testing.T) {
	t.Parallel()
	strike := api.StrikeDetail{Strike: api.Strike{ID: 7, Name: "n", Title: "t", Job: &api.JobBase{ID: 3, Status: "RUNNING"}}, Configuration: json.RawMessage(stored)}
	fresh := strikeModel{}.fromAPI(strike)
	if fresh.JobID.ValueInt64() != 3 || !fresh.Watch.ValueBool() || fresh.Description.IsNull() {
		t.Errorf("got %+v", fresh)
	}
	// What was written in another form stays as it was written.
	written := strikeModel{Monitor: value.DynamicOf(map[string]any{"type": "dir-watcher", "transfer_suffix": "_tmp"})}
	written.FilesToIngest = value.DynamicOf([]any{map[string]any{"filename_regex": "a", "data_types": []any{}, "new_file_path": "b//"}})
	written.Recipe = value.DynamicOf(map[string]any{"name": "r", "revision_num": "2"})
	kept := written.fromAPI(strike)
	if !kept.Monitor.Equal(written.Monitor) || !kept.FilesToIngest.Equal(written.FilesToIngest) || !kept.Recipe.Equal(written.Recipe) {
		t.Errorf("got %v, %v, %v", kept.Monitor, kept.FilesToIngest, kept.Recipe)
	}
	strike.Configuration = json.RawMessage(strings.Replace(stored, `"b"`, `"c"`, 1))
	strike.Job.Status = "CANCELED"
	if changed := written.fromAPI(strike); changed.FilesToIngest.Equal(written.FilesToIngest) || changed.Watch.ValueBool() {
		t.Errorf("what somebody has changed is not seen: %v", changed.FilesToIngest)
	}
}

// Credentials come from the configuration alone.
func TestEncode(t *testing.T) {
	t.Parallel()
	m := strikeModel{}.fromAPI(api.StrikeDetail{Configuration: json.RawMessage(stored)})
	got := string(m.encode(ingest.Strike, m.Monitor, types.BoolNull(), arguments{}))

	if !strings.Contains(got, `"revision_num":2`) || strings.Contains(got, "credentials") {
		t.Errorf("got %s", got)
	}
	got = string(m.encode(ingest.Strike, m.Monitor, types.BoolNull(), arguments{AccessKeyWO: types.StringValue("id"), SecretKeyWO: types.StringValue("key")}))
	if !strings.Contains(got, `"credentials":{"access_key_id":"id","secret_access_key":"key"}`) {
		t.Errorf("got %s", got)
	}
	scan := scanModel{Recursive: types.BoolValue(false)}
	if got := string(scan.encode(ingest.Scan, scan.Scanner, scan.Recursive, arguments{})); !strings.Contains(got, `"recursive":false`) {
		t.Errorf("got %s", got)
	}
}
