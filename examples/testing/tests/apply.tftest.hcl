# An apply, in memory. What a backend computes is in mocks/, or said here.

mock_provider "galley" {
  source = "./mocks"

  override_resource {
    target = galley_job_type.measure
    values = {
      ref = { name = "measure", version = "1.0.0", revision = 7 }
    }
  }
}

run "the_next_night_is_an_output" {
  assert {
    condition     = output.next_run == "2026-01-02T03:00:00Z"
    error_message = "found ${output.next_run}"
  }
}

run "a_node_follows_its_job_type" {
  assert {
    condition     = galley_recipe_type.scene.definition.nodes.measure.job.revision == 7
    error_message = "the node is of another revision of its job type"
  }
}
