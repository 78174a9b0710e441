# A batch over a month of files, and once more after a new revision: what changes runs again for each of them, and what does not is
# kept. Apply it, then with -var least=20: the plan of the second batch says how many recipes it makes.

terraform {
  required_version = ">= 1.8"
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

variable "least" {
  description = "Amounts below this are left out of the sums; null: there is only the first batch."
  type        = number
  default     = null
}

locals {
  days = [for n in range(28) : formatdate("YYYY-MM-DD", timeadd("2026-02-01T00:00:00Z", "${24 * n}h"))]
}

resource "galley_job_type" "clean" {
  name    = "clean-file"
  version = "1.0.0"
  command = "grep -E '^[a-z]+,[0-9]+$' \"$RAW\" > \"$OUTPUT_DIR/table.csv\""
  inputs  = { files = { raw = {} } }
  outputs = { files = { table = { pattern = "table.csv", media_type = "text/csv" } } }

  configuration = { output_workspaces = { default = "default" } }
}

resource "galley_job_type" "sum" {
  name    = "sum-file"
  version = "1.0.0"
  command = <<-END
    awk -F, -v least="$LEAST" '$2 >= least { sum += $2 } END { printf "{\"sum\": %d}", sum }' "$TABLE" > "$OUTPUT_DIR/seed.outputs.json"
  END
  inputs  = { files = { table = {} }, json = { least = { type = "number" } } }
  outputs = { json = { sum = { type = "integer" } } }
}

resource "galley_recipe_type" "file" {
  title = "Sum of a file"
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
          least = { value = jsonencode(coalesce(var.least, 0)) }
        }
      }
    }
  }
}

resource "galley_source_file" "day" {
  for_each = toset(local.days)

  workspace = "default"
  path      = "days/${each.key}.csv"
  content   = "shop,amount\nberlin,${10 + index(local.days, each.key)}\nlyon,${20 + index(local.days, each.key)}\n"
}

resource "galley_dataset" "month" {
  title      = "February 2026"
  parameters = { files = { file = {} } }
  members    = [for day in local.days : { files = { file = [galley_source_file.day[day].id] } }]
}

resource "galley_batch" "month" {
  title       = "February 2026"
  recipe_type = galley_recipe_type.file.name
  dataset     = galley_dataset.month.id
  input_map   = { raw = "file" } # the recipe's input is fed by the data set's parameter of another name
  priority    = 200              # after what people wait for
}

# The same files with the newest revision: it supersedes the first batch, and takes over what has not changed.
resource "galley_batch" "again" {
  count = var.least == null ? 0 : 1

  title          = "February 2026, from ${var.least} on"
  recipe_type    = galley_recipe_type.file.name
  previous_batch = galley_batch.month.root_batch_id

  depends_on = [galley_recipe_type.file]
}

output "recipes" {
  value = "${galley_batch.month.recipes_completed} of ${galley_batch.month.recipes_total}"
}
