package providertest

import (
	"encoding/json"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// MustCreateTwo makes the recipe type "two": a job b behind a job a.
func MustCreateTwo(t *testing.T, c *client.Client) {
	t.Helper()
	const job = `{"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}`
	MustCreateType(t, c, "Two", `{"nodes": {"a": {"dependencies": [], "input": {}, "node_type": `+job+`},
	  "b": {"dependencies": [{"name": "a"}], "input": {}, "node_type": `+job+`}}}`)
}

// MustCreateOne makes the recipe type "one": a single job a, which takes the
// optional file scene, beside a value that nothing looks at.
func MustCreateOne(t *testing.T, c *client.Client) {
	t.Helper()
	MustCreateType(t, c, "One", `{
	  "input": {
	    "files": [{"name": "scene", "required": false, "multiple": true}],
	    "json": [{"name": "threshold", "type": "number", "required": false}, {"name": "bands", "type": "object", "required": false}]},
	  "nodes": {"a": {"dependencies": [], "input": {}, "node_type":
	    {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)
}

// MustCreateType makes a recipe type on the server.
func MustCreateType(t *testing.T, c *client.Client, title, definition string) {
	t.Helper()
	_, err := c.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: title, Definition: json.RawMessage(definition)})
	if err != nil {
		t.Fatalf("creating recipe type: %v", err)
	}
}

// MustCreateJobType makes the job type calibrate on the server: it takes an image
// and gives a calibrated one and its cloud cover.
func MustCreateJobType(t *testing.T, s *servertest.Server) {
	t.Helper()
	manifest := `{"seedVersion": "1.0.0", "job": {
	  "name": "calibrate", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Calibrate",
	  "description": "Calibrates", "maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60,
	  "interface": {"command": "calibrate",
	    "inputs": {"files": [{"name": "image", "required": false}]},
	    "outputs": {
	      "files": [{"name": "calibrated", "pattern": "*.txt", "mediaType": "text/plain"}],
	      "json": [{"name": "cloud_cover", "type": "number", "required": true}]}}}}`
	_, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
		DockerImage:   "calibrate:1.0.0",
		Manifest:      json.RawMessage(manifest),
		Configuration: json.RawMessage(`{"output_workspaces": {"default": "default"}}`),
	})
	if err != nil {
		t.Fatalf("creating job type: %v", err)
	}
}

// The definition that the tests begin with, in its shortest form; the same with
// everything spelled out and in another order; and as JSON, twice.
const (
	ShortDefinition = `
  definition = {
    input = {
      files = { scene = { media_types = ["image/png", "image/tiff"] }, mask = { required = false } }
      json  = { threshold = { type = "number", required = false } }
    }
    nodes = {
      calibrate = {
        job   = { name = "calibrate", version = "1.0.0", revision = 1 }
        input = { image = { recipe_input = "scene" } }
      }
      clear = {
        condition = {
          interface   = { json = { cloud = { type = "number" } } }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
        dependencies = { calibrate = true }
        input        = { cloud = { node = "calibrate", output = "cloud_cover" } }
      }
      index = {
        job          = { name = "calibrate", version = "1.0.0", revision = 1 }
        dependencies = { clear = true, calibrate = true }
        input        = { image = { node = "calibrate", output = "calibrated" } }
      }
    }
  }`
	LongDefinition = `
  description = ""
  is_active   = true
  auto_update = true
  on_existing = "own"
  definition = {
    nodes = {
      index = {
        dependencies = { calibrate = true, clear = true }
        input        = { image = { output = "calibrated", node = "calibrate", recipe_input = null } }
        job          = { revision = "1", version = "1.0.0", name = "calibrate" }
        recipe       = null
      }
      clear = {
        input        = { cloud = { output = "cloud_cover", node = "calibrate" } }
        dependencies = { calibrate = "true" }
        condition = {
          data_filter = {
            all     = true
            filters = [{
              values = ["4e1"], condition = "<", type = "number", name = "cloud"
              all_fields = true, all_files = false, fields = null
            }]
          }
          interface = { json = { cloud = { required = true, type = "number" } }, files = {} }
        }
      }
      calibrate = {
        dependencies = {}
        input        = { image = { recipe_input = "scene" } }
        job          = { name = "calibrate", version = "1.0.0", revision = 1 }
      }
    }
    input = {
      json  = { threshold = { required = false, type = "number" } }
      files = { mask = { required = false }, scene = { multiple = false, required = true, media_types = ["image/tiff", "image/png"] } }
    }
  }`
	ShortJSON = `
  definition_json = jsonencode({
    input = {
      files = [{ name = "scene", media_types = ["image/png", "image/tiff"] }, { name = "mask", required = false }]
      json  = [{ name = "threshold", type = "number", required = false }]
    }
    nodes = {
      calibrate = {
        dependencies = []
        input        = { image = { type = "recipe", input = "scene" } }
        node_type    = { node_type = "job", job_type_name = "calibrate", job_type_version = "1.0.0", job_type_revision = 1 }
      }
      clear = {
        dependencies = [{ name = "calibrate" }]
        input        = { cloud = { type = "dependency", node = "calibrate", output = "cloud_cover" } }
        node_type = {
          node_type   = "condition"
          interface   = { files = [], json = [{ name = "cloud", type = "number", required = true }] }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
      }
      index = {
        dependencies = [{ name = "clear" }, { name = "calibrate" }]
        input        = { image = { type = "dependency", node = "calibrate", output = "calibrated" } }
        node_type    = { node_type = "job", job_type_name = "calibrate", job_type_version = "1.0.0", job_type_revision = 1 }
      }
    }
  })`
	LongJSON = `
  definition_json = <<-EOT
    {
      "version": "7",
      "nodes": {
        "index": {
          "node_type": {"job_type_revision": 1, "job_type_version": "1.0.0", "job_type_name": "calibrate", "node_type": "job"},
          "input": {"image": {"output": "calibrated", "node": "calibrate", "type": "dependency"}},
          "dependencies": [{"name": "calibrate"}, {"acceptance": true, "name": "clear"}]
        },
        "clear": {
          "node_type": {
            "data_filter": {"version": "7", "all": true, "filters": [
              {"values": ["40"], "condition": "<", "type": "number", "name": "cloud", "all_fields": true, "all_files": false}]},
            "interface": {"version": "7", "json": [{"required": true, "type": "number", "name": "cloud"}], "files": []},
            "node_type": "condition"
          },
          "input": {"cloud": {"output": "cloud_cover", "node": "calibrate", "type": "dependency"}},
          "dependencies": [{"name": "calibrate"}]
        },
        "calibrate": {
          "node_type": {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1},
          "input": {"image": {"input": "scene", "type": "recipe"}},
          "dependencies": []
        }
      },
      "input": {
        "version": "7",
        "json": [{"required": false, "type": "number", "name": "threshold"}],
        "files": [{"required": false, "name": "mask"},
          {"multiple": false, "required": true, "media_types": ["image/tiff", "image/png"], "name": "scene"}]
      }
    }
  EOT`
)

// MustEditRecipeType changes the recipe type of the tests on the server.
func MustEditRecipeType(t *testing.T, s *servertest.Server, edit api.RecipeTypeEdit) {
	t.Helper()
	if _, err := s.Client.EditRecipeType(t.Context(), "vegetation-index", edit); err != nil {
		t.Fatalf("editing recipe type: %v", err)
	}
}
