package providertest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// SeedText is a manifest with this interface (the members of inputs and outputs).
func SeedText(name, inputs, outputs string) string {
	return `{"seedVersion": "1.0.0", "job": {"name": "` + name + `", "jobVersion": "1.0.0", "packageVersion": "1.0.0",
	  "title": "T", "description": "D", "maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60,
	  "interface": {"command": "x", "inputs": {` + inputs + `}, "outputs": {` + outputs + `}}}}`
}

// Two job types that fit together, and another revision of the first that does not.
const (
	CalibrateIn   = `"files": [{"name": "image", "mediaTypes": ["image/tiff"]}]`
	CalibrateOut  = `"files": [{"name": "calibrated", "pattern": "*", "mediaType": "image/tiff"}], "json": [{"name": "cloud", "type": "number"}]`
	CalibrateText = `"files": [{"name": "calibrated", "pattern": "*", "mediaType": "text/plain"}], "json": [{"name": "cloud", "type": "string"}]`
	IndexIn       = `"files": [{"name": "image", "mediaTypes": ["image/tiff"]}], "json": [{"name": "cloud", "type": "number", "required": false}]`
)

// MustManifest reads a manifest.
func MustManifest(t *testing.T, text string) *seed.Manifest {
	t.Helper()
	m, problems := seed.Parse([]byte(text))
	if m == nil {
		t.Fatalf("manifest: %v", problems)
	}
	return m
}

// Pair is a definition of the two jobs in these revisions, with their types' data.
func Pair(t *testing.T, calibrate, index int) *recipe.Definition {
	t.Helper()
	d := MustParse(t, `{
	  "input": {"files": [{"name": "scene", "media_types": ["image/tiff"]}]},
	  "nodes": {
	    "calibrate": {"dependencies": [], "input": {"image": {"type": "recipe", "input": "scene"}},
	      "node_type": {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}},
	    "index": {"dependencies": [{"name": "calibrate"}],
	      "input": {"image": {"type": "dependency", "node": "calibrate", "output": "calibrated"},
	                "cloud": {"type": "dependency", "node": "calibrate", "output": "cloud"}},
	      "node_type": {"node_type": "job", "job_type_name": "index", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)
	d.Nodes["calibrate"].Job.Revision, d.Nodes["index"].Job.Revision = calibrate, index
	return d
}

// EnterPair enters the job types of a pair, of which calibrate has two revisions.
func EnterPair(t *testing.T, set func(m *seed.Manifest, revision int)) {
	t.Helper()
	set(MustManifest(t, SeedText("calibrate", CalibrateIn, CalibrateOut)), 3)
	set(MustManifest(t, SeedText("calibrate", CalibrateIn, CalibrateText)), 4)
	set(MustManifest(t, SeedText("index", IndexIn, "")), 1)
}

// MustCreate makes a job type of this manifest on the server.
func MustCreate(t *testing.T, c *client.Client, manifest string) {
	t.Helper()
	_, err := c.CreateJobType(t.Context(), api.JobTypeCreate{
		DockerImage: "x:1", Manifest: json.RawMessage(manifest),
		Configuration: json.RawMessage(`{"output_workspaces": {"default": "default"}}`),
	})
	if err != nil {
		t.Fatalf("creating job type: %v", err)
	}
}

// ManifestArgument is the argument manifest with that text.
func ManifestArgument(text string) string {
	return "manifest = <<-EOT\n" + strings.ReplaceAll(text, "${", "$${") + "\nEOT\n"
}
