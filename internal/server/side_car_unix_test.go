//go:build unix

package server_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestSideCarsFillTheirFiles checks that filters find what a side-car of the standard says, and
// that what it leaves open is that of the job's inputs.
func TestSideCarsFillTheirFiles(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Executor: "process"}, func(t *testing.T, s *servertest.Server) {
		const sideCar = `{"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 2]]},
			"properties": {"dataStarted": "2020-01-01T00:00:00Z", "dataEnded": "2020-01-02T00:00:00Z", "sourceStarted": "2019-12-31T00:00:00Z",
				"sourceEnded": "2019-12-31T01:00:00Z", "sourceSensor": "S1"}}`
		var p pipeline
		manifest := countManifest("place", "1.0.0", `echo 1 > "$OUTPUT_DIR/count.txt"; echo '`+sideCar+`' > "$OUTPUT_DIR/count.txt.metadata.json"`)
		mustSend(t, s, "POST", "/v6/job-types/", `{"docker_image": "x", "manifest": `+manifest+`, "configuration": {"output_workspaces": {"default": "default"}}}`, 201, nil)
		mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Place", "definition": `+countDefinition("place")+`}`, 201, &p.recipeType)
		header, body := form(t, [][2]string{{"workspace", "default"}, {"file_path", "in.txt"}, {"source_sensor", "S0"}, {"source_task", "T0"}, {"source_ended", "2019-01-01T00:00:00Z"}}, "1\n")
		resp, raw := s.Do(t, "POST", "/v6/files/", header, body)
		var in api.FileDetail
		if err := json.Unmarshal(raw, &in); err != nil || resp.StatusCode != 201 {
			t.Fatalf("got %d %s, %v", resp.StatusCode, raw, err)
		}
		waitCompleted(t, s, p.start(t, s, in.ID).ID)

		got := getPage[api.File](t, s, "/v6/files/?source_sensor=S1&source_started=2019-12-31T00:00:00Z&source_ended=2019-12-31T01:00:00Z"+
			"&data_started=2020-01-01T00:00:00Z&data_ended=2020-01-02T00:00:00Z")
		if got.Count != 1 {
			t.Fatalf("got %d files, want one", got.Count)
		}
		f := got.Results[0]
		text := map[string]*string{"geometry": f.Geometry, "center_point": f.CenterPoint, "source_task": f.SourceTask, "source_sensor_class": f.SourceSensorClass}
		want := map[string]*string{"geometry": new("LINESTRING (1 2, 3 2)"), "center_point": new("POINT (2 2)"), "source_task": new("T0"), "source_sensor_class": nil}
		if diff := cmp.Diff(want, text); diff != "" {
			t.Errorf("file (-want +got):\n%s", diff)
		}
		var detail api.FileDetail
		mustSend(t, s, "GET", fmt.Sprintf("/v6/files/%d/", f.ID), "", 200, &detail)
		var whole map[string]any
		if err := json.Unmarshal([]byte(sideCar), &whole); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, detail.MetaData); diff != "" {
			t.Errorf("meta_data (-want +got):\n%s", diff)
		}
	})
}
