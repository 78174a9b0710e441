# A pipeline of jobs: job types, the graph that their inputs make, what a kitchen offers of it, and an order that runs it.

terraform {
  required_version = ">= 1.8"
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

locals {
  # What each input of each job is taken from: an input of the pipeline, or "job.output".
  takes = {
    for job, j in var.jobs : job => {
      for input, from in j.takes : input => {
        node   = length(split(".", from)) == 2 ? split(".", from)[0] : null
        output = length(split(".", from)) == 2 ? split(".", from)[1] : from
      }
    }
  }
  # The type of those that are values; the others are files.
  types = {
    for job, inputs in local.takes : job => {
      for input, from in inputs : input => from.node == null ? lookup(var.values, from.output, null) : lookup(var.jobs[from.node].values, from.output, null)
    }
  }
}

resource "galley_job_type" "job" {
  for_each = var.jobs

  name    = "${var.name}-${each.key}"
  version = each.value.version
  command = each.value.command
  timeout = each.value.timeout
  retry   = { tries = each.value.tries, delay = 30 }

  inputs = {
    files = { for input, type in local.types[each.key] : input => {} if type == null }
    json  = { for input, type in local.types[each.key] : input => { type = type } if type != null }
  }
  outputs = {
    files = { for output, pattern in each.value.makes : output => { pattern = pattern } }
    json  = { for output, type in each.value.values : output => { type = type } }
  }

  configuration = { output_workspaces = { default = var.workspace } }
}

resource "galley_recipe_type" "pipeline" {
  name        = var.name
  title       = coalesce(var.title, var.name)
  description = var.description

  definition = {
    input = {
      files = { for input in var.files : input => {} }
      json  = { for input, type in var.values : input => { type = type } }
    }
    nodes = {
      for job, j in var.jobs : job => {
        job          = galley_job_type.job[job].ref
        dependencies = { for above in setunion(j.after, [for from in local.takes[job] : from.node if from.node != null]) : above => true }
        input = {
          for input, from in local.takes[job] : input => {
            recipe_input = from.node == null ? from.output : null
            node         = from.node
            output       = from.node == null ? null : from.output
          }
        }
      }
    }
  }
}

resource "galley_kitchen_recipe" "pipeline" {
  kitchen              = var.kitchen
  name                 = var.name
  description          = var.description
  recipe_type          = galley_recipe_type.pipeline.name
  recipe_type_revision = var.revision
  variables            = var.variables

  variations = {
    default = {
      input_files  = var.input_files
      max_duration = var.max_duration
    }
  }
}

resource "galley_order" "scheduled" {
  count = var.schedule == null ? 0 : 1

  kitchen   = galley_kitchen_recipe.pipeline.kitchen
  recipe    = galley_kitchen_recipe.pipeline.name
  variation = "default"
  schedule  = var.schedule
  overlap   = "skip"
  catch_up  = "last"
  paused    = var.paused
  alerts    = var.alerts
}
