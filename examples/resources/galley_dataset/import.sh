# By its id.
terraform import galley_dataset.letters 1
