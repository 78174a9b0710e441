# The letters that were uploaded within the last week, with all of their attributes.
list "galley_source_file" "letters" {
  provider         = galley
  include_resource = true
  limit            = 500

  config {
    media_type      = ["text/plain"]
    created_started = "P7D"
    order           = ["-created"]
  }
}
