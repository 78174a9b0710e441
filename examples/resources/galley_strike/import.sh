# By id or by name.
terraform import galley_strike.scenes scenes
