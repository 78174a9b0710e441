# A new revision over all days that have run: what changes runs again, for each of them, and what does not is kept. Apply it, then
# with -var least=20: the plan says for each day which node runs, and which is copied.

terraform {
  required_version = ">= 1.8"
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

variable "least" {
  description = "Amounts below this are left out of the sum."
  type        = number
  default     = 0
}

locals {
  days = { for n in range(4) : formatdate("YYYY-MM-DD", timeadd("2026-02-01T00:00:00Z", "${24 * n}h")) => n }
}

resource "galley_job_type" "clean" {
  name    = "clean-day"
  version = "1.0.0"
  command = "grep -E '^[a-z]+,[0-9]+$' \"$RAW\" > \"$OUTPUT_DIR/table.csv\""
  inputs  = { files = { raw = {} } }
  outputs = { files = { table = { pattern = "table.csv", media_type = "text/csv" } } }

  configuration = { output_workspaces = { default = "default" } }
}

resource "galley_job_type" "sum" {
  name    = "sum-day"
  version = "1.0.0"
  command = <<-END
    awk -F, -v least="$LEAST" '$2 >= least { sum += $2 } END { printf "{\"sum\": %d}", sum }' "$TABLE" > "$OUTPUT_DIR/seed.outputs.json"
  END
  inputs  = { files = { table = {} }, json = { least = { type = "number" } } }
  outputs = { json = { sum = { type = "integer" } } }
}

resource "galley_recipe_type" "day" {
  title = "Sum of a day"
  definition = {
    input = { files = { raw = {} } }
    nodes = {
      clean = {
        job   = galley_job_type.clean.ref
        input = { raw = { recipe_input = "raw" } }
      }
      sum = {
        job          = galley_job_type.sum.ref
        dependencies = { clean = true }
        input = {
          table = { node = "clean", output = "table" }
          least = { value = jsonencode(var.least) }
        }
      }
    }
  }
}

resource "galley_source_file" "raw" {
  for_each = local.days

  workspace = "default"
  path      = "days/${each.key}.csv"
  content   = "shop,amount\nberlin,${10 + each.value}\nlyon,${20 + each.value}\n"
}

resource "galley_recipe" "day" {
  for_each = local.days

  recipe_type          = galley_recipe_type.day.name
  recipe_type_revision = galley_recipe_type.day.revision_num
  input                = { files = { raw = [galley_source_file.raw[each.key].id] } }
}

output "reprocessed" {
  description = "What the last revision has done with each node of each day; nothing before the second one."
  value       = { for day, recipe in galley_recipe.day : day => { for node, step in recipe.reprocess_plan : node => step.action } }
}
