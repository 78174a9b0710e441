# Which nodes run, for what jobs may say. Nothing is asked, nothing is made.

mock_provider "galley" {
  mock_resource "galley_job_type" {
    defaults = {
      revision_num = 1
      ref          = { name = "mock", version = "1.0.0", revision = 1 }
    }
  }
}

variables {
  scene = { files = { scene = [{ file_name = "scene.txt", media_type = "text/plain" }] } }
}

run "a_clear_scene_gets_an_index" {
  assert {
    condition = provider::galley::simulate(
      galley_recipe_type.scene.definition, var.scene, { measure = { json = { cloud = 10 } } }
    ).order == ["measure", "clear", "index"]
    error_message = "no index is made of a clear scene"
  }
}

run "a_cloudy_scene_gets_none" {
  assert {
    condition = alltrue([
      for cloud in [40, 80, 100] : !provider::galley::simulate(
        galley_recipe_type.scene.definition, var.scene, { measure = { json = { cloud = cloud } } }
      ).nodes.index.ran
    ])
    error_message = "an index is made of a cloudy scene"
  }
}

run "a_failed_measurement_ends_the_recipe" {
  assert {
    condition = provider::galley::simulate(
      galley_recipe_type.scene.definition, var.scene, { measure = { status = "FAILED" } }
    ).status == "FAILED"
    error_message = "a recipe whose measurement has failed goes on"
  }
}
