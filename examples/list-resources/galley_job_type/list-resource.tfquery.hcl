list "galley_job_type" "greetings" {
  provider = galley

  config {
    keyword   = ["greet"]
    is_active = true
  }
}
