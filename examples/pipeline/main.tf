terraform {
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

resource "galley_job_type" "clean" {
  name    = "clean"
  version = "1.0.0"
  command = "grep -v '^$' \"$RAW\" > \"$OUTPUT_DIR/table.csv\""
  inputs  = { files = { raw = {} } }
  outputs = { files = { table = { pattern = "table.csv", media_type = "text/csv" } } }

  configuration = { output_workspaces = { default = "default" } }
}

resource "galley_job_type" "count" {
  name    = "count"
  version = "1.0.0"
  command = "echo \"{\\\"rows\\\": $(wc -l < \"$TABLE\")}\" > \"$OUTPUT_DIR/seed.outputs.json\""
  inputs  = { files = { table = {} } }
  outputs = { json = { rows = { type = "integer" } } }
}

resource "galley_recipe_type" "rows" {
  title = "Rows"
  definition = {
    input = { files = { raw = {} } }
    nodes = {
      clean = { job = galley_job_type.clean.ref, input = { raw = { recipe_input = "raw" } } }
      count = { job = galley_job_type.count.ref, dependencies = { clean = true }, input = { table = { node = "clean", output = "table" } } }
    }
  }
}

resource "galley_source_file" "raw" {
  workspace = "default"
  path      = "rows/raw.csv"
  content   = "a\n\nb\n"
}

resource "galley_recipe" "rows" {
  recipe_type = galley_recipe_type.rows.name
  input       = { files = { raw = [galley_source_file.raw.id] } }
}
