# A pipeline of two jobs by the module, its order, and one run beside the schedule.

terraform {
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

resource "galley_kitchen" "production" {
  name = "production"
}

resource "galley_source_file" "raw" {
  workspace = "default"
  path      = "rows/raw.csv"
  content   = "a\n\nb\n"
}

module "rows" {
  source = "../.."

  name    = "rows"
  kitchen = galley_kitchen.production.name
  files   = ["raw"]
  values  = { least = "integer" }

  jobs = {
    clean = {
      command = "grep -v '^$' \"$RAW\" > \"$OUTPUT_DIR/table.csv\""
      takes   = { raw = "raw" }
      makes   = { table = "table.csv" }
    }
    count = {
      command = "rows=$(wc -l < \"$TABLE\"); test \"$rows\" -ge \"$LEAST\" && echo \"{\\\"rows\\\": $rows}\" > \"$OUTPUT_DIR/seed.outputs.json\""
      takes   = { table = "clean.table", least = "least" }
      values  = { rows = "integer" }
      tries   = 2
    }
    tell = {
      command = "echo \"there are $ROWS rows\""
      takes   = { rows = "count.rows" }
    }
  }

  variables   = { least = 1 }
  input_files = { raw = [{ workspace = "default", path = "rows/*.csv", newest = 1 }] }
  schedule    = { cron = "0 3 * * *", time_zone = "Europe/Paris" }
  alerts      = { error = ["ops@example.com"] }
}

resource "galley_order" "now" {
  kitchen   = galley_kitchen.production.name
  recipe    = module.rows.recipe
  variation = "default"
  schedule  = { now = true }

  depends_on = [galley_source_file.raw]
}

output "next_run" {
  value = module.rows.next_run
}
