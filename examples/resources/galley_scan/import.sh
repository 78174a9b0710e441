# By id or by name.
terraform import galley_scan.archive archive
