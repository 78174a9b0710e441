# By name.
terraform import galley_kitchen.production production
