package providertest

import (
	"fmt"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// JobTypeAddress is where JobType is in the state.
const JobTypeAddress = "galley_job_type.test"

// Manifest is a manifest with everything that can be configured.
const Manifest = `{
  "seedVersion": "1.0.0",
  "job": {
    "name": "Calibrate",
    "jobVersion": "1.2.0",
    "packageVersion": "1.2.3",
    "title": "Calibrate",
    "description": "Calibrates a scene",
    "maintainer": {"name": "Ann", "email": "ann@example.com"},
    "timeout": 60,
    "interface": {
      "command": "calibrate ${SCENE} ${OUTPUT_DIR}",
      "inputs": {"files": [{"name": "scene", "mediaTypes": ["image/tiff"]}]},
      "outputs": {"files": [{"name": "calibrated", "pattern": "*.tif"}]},
      "mounts": [{"name": "luts", "path": "/luts"}],
      "settings": [{"name": "mode"}, {"name": "key", "secret": true}]
    }
  }
}`

// JobTypeConfig is JobType with the provider block for s.
func JobTypeConfig(s *servertest.Server, manifest, arguments string) string {
	return ProviderBlock(s) + JobType(manifest, arguments)
}

// JobType is a job type with that manifest and more arguments.
func JobType(manifest, arguments string) string {
	return fmt.Sprintf(`
resource "galley_job_type" "test" {
  manifest = <<-EOT
%s
  EOT
  %s
}
`, strings.ReplaceAll(manifest, "${", "$${"), arguments)
}

// ToDefault sends what a job makes to the default workspace.
const ToDefault = `configuration = { output_workspaces = { default = "default" } }`
