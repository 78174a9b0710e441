# The jobs: what each takes in and gives out. The commands are in jobs/.
locals {
  csv  = ["text/csv"]
  text = ["text/plain"]

  jobs = {
    clean = {
      title   = "Clean observations"
      inputs  = { files = [{ name = "observations", mediaTypes = local.csv }] }
      outputs = { files = [{ name = "clean", pattern = "clean.csv", mediaType = "text/csv" }], json = [{ name = "days", type = "integer" }] }
    }
    rainfall = {
      title   = "Rain by month"
      inputs  = { files = [{ name = "clean", mediaTypes = local.csv }], json = [{ name = "wet_day_mm", type = "number" }] }
      outputs = { files = [{ name = "rainfall", pattern = "rainfall.csv", mediaType = "text/csv" }], json = [{ name = "wettest_month", type = "string" }, { name = "wet_days", type = "integer" }] }
    }
    temperature = {
      title   = "Temperature by month"
      inputs  = { files = [{ name = "clean", mediaTypes = local.csv }] }
      outputs = { files = [{ name = "temperature", pattern = "temperature.csv", mediaType = "text/csv" }], json = [{ name = "hottest_day", type = "string" }] }
    }
    dry-spell = {
      title   = "Longest dry spell"
      inputs  = { files = [{ name = "clean", mediaTypes = local.csv }] }
      outputs = { files = [{ name = "dry_spell", pattern = "dry-spell.txt", mediaType = "text/plain" }] }
    }
    frost = {
      title   = "Days of frost"
      inputs  = { files = [{ name = "clean", mediaTypes = local.csv }] }
      outputs = { files = [{ name = "frost", pattern = "frost.txt", mediaType = "text/plain" }] }
    }
    extremes = {
      title   = "Extremes"
      inputs  = { files = [{ name = "dry_spell", mediaTypes = local.text }, { name = "frost", mediaTypes = local.text }] }
      outputs = { files = [{ name = "extremes", pattern = "extremes.txt", mediaType = "text/plain" }] }
    }
    report = {
      title = "Report"
      inputs = {
        files = [{ name = "rainfall", mediaTypes = local.csv }, { name = "temperature", mediaTypes = local.csv }]
        json  = [{ name = "wettest_month", type = "string" }, { name = "wet_days", type = "integer" }, { name = "hottest_day", type = "string" }]
      }
      outputs = { files = [{ name = "report", pattern = "report.md", mediaType = "text/markdown" }], json = [{ name = "answer", type = "string" }] }
    }
    too-little = {
      title   = "Too little data"
      inputs  = { json = [{ name = "days", type = "integer" }] }
      outputs = { files = [{ name = "note", pattern = "note.txt", mediaType = "text/plain" }] }
    }
  }
}

resource "galley_job_type" "job" {
  for_each = local.jobs

  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name           = each.key
      jobVersion     = "1.0.0"
      packageVersion = "1.0.0"
      title          = each.value.title
      description    = "${each.value.title}, with standard Unix tools"
      maintainer     = { name = "Galley", email = "galley@example.com" }
      timeout        = 60
      interface = {
        command = file("${path.module}/jobs/${each.key}.sh")
        inputs  = each.value.inputs
        outputs = each.value.outputs
      }
      errors = each.key != "clean" ? [] : [
        { code = 3, name = "no-observations", title = "No observations", description = "The file has no complete line.", category = "data" },
      ]
    }
  })

  configuration = {
    output_workspaces = { default = galley_workspace.weather.name }
  }
}
