# The pipeline in a real galleyd, which the environment names (GALLEY_ENDPOINT, GALLEY_TOKEN). What the runs make is
# destroyed at the end.

run "pipeline" {}

run "a_clear_scene" {
  module {
    source = "./integration/scene"
  }

  variables {
    recipe_type = run.pipeline.recipe_type
    clouds      = 10
  }

  assert {
    condition     = output.recipe.status == "COMPLETED" && contains(keys(output.recipe.nodes), "index")
    error_message = "a clear scene got no index: ${jsonencode(output.recipe)}"
  }
}

run "a_cloudy_scene" {
  module {
    source = "./integration/scene"
  }

  variables {
    recipe_type = run.pipeline.recipe_type
    clouds      = 80
  }

  assert {
    condition     = output.recipe.status == "COMPLETED" && !contains(keys(output.recipe.nodes), "index")
    error_message = "a cloudy scene got an index: ${jsonencode(output.recipe)}"
  }
}
