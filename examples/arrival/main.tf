# From arrival to report: every ten minutes an order takes the files that have come since it last succeeded, whoever has
# delivered them, and reports on them. A run that finds none completes, and says so.

terraform {
  required_version = ">= 1.8"
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

resource "galley_job_type" "report" {
  name    = "report-arrivals"
  version = "1.0.0"
  command = <<-END
    set -eu
    n=0
    for file in "$${ARRIVED:-/nowhere}"/*; do
      if test -f "$file"; then
        n=$((n + 1))
        printf '%s: %s lines\n' "$(basename "$file")" "$(wc -l < "$file")" >> "$OUTPUT_DIR/report.txt"
      fi
    done
    echo "$n files have arrived"
    printf '{"files": %d}' "$n" > "$OUTPUT_DIR/seed.outputs.json"
  END
  inputs  = { files = { arrived = { multiple = true, required = false } } }
  outputs = {
    files = { report = { pattern = "report.txt", media_type = "text/plain", required = false } }
    json  = { files = { type = "integer" } }
  }

  configuration = { output_workspaces = { default = "default" } }
}

resource "galley_recipe_type" "arrivals" {
  title = "Arrivals"
  definition = {
    input = { files = { arrived = { multiple = true, required = false } } }
    nodes = {
      report = {
        job   = galley_job_type.report.ref
        input = { arrived = { recipe_input = "arrived" } }
      }
    }
  }
}

resource "galley_kitchen" "production" {
  name   = "production"
  alerts = { error = ["ops@example.com"] }
}

resource "galley_kitchen_recipe" "arrivals" {
  kitchen     = galley_kitchen.production.name
  name        = "arrivals"
  recipe_type = galley_recipe_type.arrivals.name

  variations = {
    new_files = {
      input_files = {
        arrived = [{ workspace = "default", path = "incoming/**", since_last_success = true, at_least = 0 }]
      }
    }
  }
}

resource "galley_order" "every_ten_minutes" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.arrivals.name
  variation = "new_files"
  schedule  = { cron = "*/10 * * * *" }
  overlap   = "hold" # so that no file is taken twice
}

# For a look at it: two deliveries, and one run at once.
resource "galley_source_file" "delivery" {
  for_each = toset(["berlin", "lyon"])

  workspace = "default"
  path      = "incoming/${each.key}.csv"
  content   = "shop,amount\n${each.key},10\n"
}

resource "galley_order" "now" {
  kitchen   = galley_kitchen.production.name
  recipe    = galley_kitchen_recipe.arrivals.name
  variation = "new_files"
  schedule  = { now = true }

  depends_on = [galley_source_file.delivery]
}

data "galley_recipe" "now" {
  id = galley_order.now.last_run.recipe_id
}

# Two files, as the run has taken them.
output "taken" {
  value = data.galley_recipe.now.input.files.arrived
}
