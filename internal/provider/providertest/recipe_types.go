package providertest

// PlannedTypes is a configuration for an empty backend: a job type, and three recipe types
// one inside of the other.
const PlannedTypes = `
resource "galley_job_type" "calibrate" {
  docker_image = "calibrate:1.0.0"
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name = "calibrate", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Calibrate"
      description = "Calibrates", timeout = 60, maintainer = { name = "Ada", email = "ada@example.com" }
      interface = {
        command  = "calibrate"
        inputs   = { files = [{ name = "image", required = false }] }
        outputs  = { files = [{ name = "calibrated", pattern = "*.txt" }] }
        mounts   = [{ name = "dem", path = "/dem" }]
        settings = [{ name = "LEVEL" }]
      }
    }
  })
  configuration = { mounts = { dem = { type = "host", host_path = "/srv" } }, output_workspaces = { default = "default" } }
  settings      = { LEVEL = "1" }
}
resource "galley_recipe_type" "core" {
  title      = "Core"
  definition = { nodes = { clean = { job = { name = galley_job_type.calibrate.name, version = galley_job_type.calibrate.version, revision = galley_job_type.calibrate.revision_num } } } }
}
resource "galley_recipe_type" "middle" {
  title      = "Middle"
  definition = { nodes = { core = { recipe = { name = galley_recipe_type.core.name, revision = galley_recipe_type.core.revision_num } } } }
}
resource "galley_recipe_type" "outer" {
  title = "Outer"
  definition = {
    input = { files = { scene = {} }, json = { threshold = { type = "number", required = false } } }
    nodes = {
      prepare = { job = { name = galley_job_type.calibrate.name, version = galley_job_type.calibrate.version, revision = galley_job_type.calibrate.revision_num } }
      middle  = { recipe = { name = galley_recipe_type.middle.name, revision = galley_recipe_type.middle.revision_num } }
    }
  }
}
`
