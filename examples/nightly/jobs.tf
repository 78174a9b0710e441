locals {
  csv = { media_types = ["text/csv"] }

  jobs = {
    clean = {
      inputs = { files = { sales = local.csv } }
      outputs = {
        files = { table = { pattern = "table.csv", media_type = "text/csv" } }
        json  = { bad = { type = "number" } }
      }
      errors = { nothing-left = { code = 3, title = "No line of the file is a sale", category = "data" } }
    }
    totals = {
      inputs  = { files = { table = local.csv }, json = { source_date = { type = "string" } } }
      outputs = { files = { totals = { pattern = "totals-*.csv", media_type = "text/csv" } } }
    }
    publish = {
      inputs   = { files = { totals = local.csv }, json = { source_date = { type = "string" } } }
      settings = { SCHEMA = "sandbox" }
    }
    quarantine = {
      inputs  = { files = { sales = local.csv }, json = { source_date = { type = "string" } } }
      outputs = { files = { bad = { pattern = "bad-*.csv", media_type = "text/csv" } } }
    }
    report = {
      inputs  = { json = { source_date = { type = "string" }, bad = { type = "number", required = false } } }
      outputs = { json = { summary = { type = "string" } } }
    }
  }
}

resource "galley_job_type" "job" {
  for_each = local.jobs

  name     = "night-${each.key}"
  version  = "1.0.0"
  command  = file("${path.module}/jobs/${each.key}.sh")
  inputs   = each.value.inputs
  outputs  = try(each.value.outputs, {})
  settings = try(each.value.settings, {})
  errors   = try(each.value.errors, {})
  timeout  = 600
  retry    = { tries = 2, delay = 30 }

  configuration = { output_workspaces = { default = var.workspace } }
}
