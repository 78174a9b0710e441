# By name.
terraform import galley_user.ci ci
