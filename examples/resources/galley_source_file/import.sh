# By id.
terraform import galley_source_file.readings 12
