resource "galley_source_file" "readings" {
  workspace  = "default"
  path       = "readings/2026-11-01.csv"
  content    = <<-EOT
    station,celsius
    north,4.5
    south,6.0
  EOT
  media_type = "text/csv"
  data_types = ["readings"]

  source_started = "2026-11-01T00:00:00Z"
  source_ended   = "2026-11-02T00:00:00Z"
  source_sensor  = "thermometer"
}
