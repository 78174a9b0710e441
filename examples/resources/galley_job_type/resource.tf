resource "galley_job_type" "mean" {
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name           = "mean"
      jobVersion     = "1.0.0"
      packageVersion = "1.0.0"
      title          = "Mean temperature"
      description    = "The mean of all readings"
      maintainer     = { name = "Ada", email = "ada@example.com" }
      timeout        = 60
      interface = {
        command = "awk -F, 'NR > 1 { s += $2; n++ } END { printf \"{\\\"mean\\\": %.2f}\", s / n }' \"$READINGS\" > \"$OUTPUT_DIR/seed.outputs.json\""
        inputs  = { files = [{ name = "readings", mediaTypes = ["text/csv"] }] }
        outputs = { json = [{ name = "mean", type = "number" }] }
      }
    }
  })

  configuration = {
    priority = 50
  }
}
