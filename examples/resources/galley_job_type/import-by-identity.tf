import {
  to = galley_job_type.mean
  identity = {
    name    = "mean"
    version = "1.0.0"
  }
}
