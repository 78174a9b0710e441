import {
  to = galley_job_type.mean
  id = "mean/1.0.0"
}
