# By id or by name.
terraform import galley_workspace.scenes scenes
