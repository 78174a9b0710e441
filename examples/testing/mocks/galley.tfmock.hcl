# What the attributes that a backend computes are in a `terraform test` without one. Copy this folder, and name it:
#
#   mock_provider "galley" {
#     source = "./mocks"
#   }
#
# Attributes that are not here are made up by Terraform: 0, false, nothing, or a text of 8 characters. An override_resource
# in a test says otherwise for a single resource.

mock_resource "galley_workspace" {
  defaults = {
    id      = 1
    name    = "mock"
    created = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_strike" {
  defaults = {
    id      = 1
    name    = "mock"
    job_id  = 1
    created = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_scan" {
  defaults = {
    id          = 1
    name        = "mock"
    is_launched = false
    created     = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_source_file" {
  defaults = {
    id      = 1
    created = "2026-01-01T00:00:00Z"
    sha256  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  }
}

mock_resource "galley_job_type" {
  defaults = {
    id            = 1
    name          = "mock"
    version       = "1.0.0"
    revision_num  = 1
    ref           = { name = "mock", version = "1.0.0", revision = 1 }
    is_active     = true
    created       = "2026-01-01T00:00:00Z"
    last_modified = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_recipe_type" {
  defaults = {
    id            = 1
    name          = "mock"
    revision_num  = 1
    ref           = { name = "mock", revision = 1 }
    is_active     = true
    created       = "2026-01-01T00:00:00Z"
    last_modified = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_recipe" {
  defaults = {
    id                   = 1
    recipe_id            = 1
    recipe_type_revision = 1
    status               = "COMPLETED"
    created              = "2026-01-01T00:00:00Z"
    completed            = "2026-01-01T00:10:00Z"
    url                  = "https://galley.example.com/ui/recipes/1"
  }
}

mock_resource "galley_dataset" {
  defaults = {
    id         = 1
    member_ids = [1, 2]
    created    = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_batch" {
  defaults = {
    id                   = 1
    root_batch_id        = 1
    recipe_type_revision = 1
    status               = "COMPLETED"
    is_creation_done     = true
    recipes_estimated    = 2
    recipes_total        = 2
    recipes_completed    = 2
    created              = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_kitchen" {
  defaults = {
    id      = "mock"
    created = "2026-01-01T00:00:00Z"
    creator = "mock"
  }
}

mock_resource "galley_kitchen_recipe" {
  defaults = {
    id = "mock/mock"
  }
}

mock_resource "galley_order" {
  defaults = {
    id                   = "00000000-0000-4000-8000-000000000001"
    status               = "ACTIVE_ORDER"
    created              = "2026-01-01T00:00:00Z"
    next_run             = "2026-01-02T03:00:00Z"
    effective_schedule   = "0 3 * * *"
    effective_parameters = {}
    last_run = {
      id            = "00000000-0000-4000-8000-000000000002"
      recipe_id     = 1
      status        = "COMPLETED_SERVING"
      scheduled_for = "2026-01-01T03:00:00Z"
      started       = "2026-01-01T03:00:01Z"
      ended         = "2026-01-01T03:10:00Z"
      error         = null
    }
  }
}

mock_resource "galley_user" {
  defaults = {
    id      = 1
    created = "2026-01-01T00:00:00Z"
  }
}

mock_resource "galley_token" {
  defaults = {
    id      = 1
    created = "2026-01-01T00:00:00Z"
  }
}

mock_data "galley_job_type" {
  defaults = {
    id           = 1
    revision_num = 1
    is_active    = true
    manifest     = "{}"
  }
}

mock_data "galley_recipe_type" {
  defaults = {
    id           = 1
    revision_num = 1
    is_active    = true
    definition   = { input = { files = {}, json = {} }, nodes = {} }
  }
}

mock_data "galley_recipe" {
  defaults = {
    recipe_id            = 1
    root_recipe_id       = 1
    recipe_type          = "mock"
    recipe_type_revision = 1
    status               = "COMPLETED"
    is_completed         = true
  }
}
