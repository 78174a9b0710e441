# What the configuration plans, in memory. Attributes that a backend computes are not known.

mock_provider "galley" {
  mock_resource "galley_job_type" {
    defaults = {
      revision_num = 1
      ref          = { name = "mock", version = "1.0.0", revision = 1 }
    }
  }
}

run "the_nightly_order" {
  command = plan

  assert {
    condition     = galley_kitchen_recipe.scene.variations["nightly"].schedule.time_zone == "Europe/Paris"
    error_message = "the night is one of Paris"
  }

  assert {
    condition     = contains(galley_kitchen.production.alerts.error, "ops@example.com")
    error_message = "nobody hears of a failed night"
  }
}
