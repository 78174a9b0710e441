# By name and version.
terraform import galley_job_type.mean mean/1.0.0
