locals {
  # A job of a definition, by the key of local.jobs.
  job = { for key, type in galley_job_type.job : key => { name = type.name, version = type.version, revision = type.revision_num } }
}

resource "galley_recipe_type" "extremes" {
  title       = "Weather extremes"
  description = "The longest dry spell and the days of frost"

  definition = {
    input = { files = { clean = { media_types = ["text/csv"] } } }
    nodes = {
      dry_spell = {
        job   = local.job["dry-spell"]
        input = { clean = { recipe_input = "clean" } }
      }
      frost = {
        job   = local.job["frost"]
        input = { clean = { recipe_input = "clean" } }
      }
      extremes = {
        job          = local.job["extremes"]
        dependencies = { dry_spell = true, frost = true }
        input = {
          dry_spell = { node = "dry_spell", output = "dry_spell" }
          frost     = { node = "frost", output = "frost" }
        }
      }
    }
  }
}

resource "galley_recipe_type" "weather" {
  title       = "Weather"
  description = "A year of daily observations, reported if there are enough of them"

  definition = {
    input = {
      files = { observations = { media_types = ["text/csv"] } }
      json  = { wet_day_mm = { type = "number" } }
    }
    nodes = {
      clean = {
        job   = local.job["clean"]
        input = { observations = { recipe_input = "observations" } }
      }
      rainfall = {
        job          = local.job["rainfall"]
        dependencies = { clean = true }
        input = {
          clean      = { node = "clean", output = "clean" }
          wet_day_mm = { recipe_input = "wet_day_mm" }
        }
      }
      temperature = {
        job          = local.job["temperature"]
        dependencies = { clean = true }
        input        = { clean = { node = "clean", output = "clean" } }
      }
      extremes = {
        recipe       = { name = galley_recipe_type.extremes.name, revision = galley_recipe_type.extremes.revision_num }
        dependencies = { clean = true }
        input        = { clean = { node = "clean", output = "clean" } }
      }
      enough = {
        condition = {
          interface   = { json = { days = { type = "integer" } } }
          data_filter = { filters = [{ name = "days", type = "integer", condition = ">=", values = [300] }] }
        }
        dependencies = { clean = true }
        input        = { days = { node = "clean", output = "days" } }
      }
      report = {
        job          = local.job["report"]
        dependencies = { enough = true, rainfall = true, temperature = true }
        input = {
          rainfall      = { node = "rainfall", output = "rainfall" }
          temperature   = { node = "temperature", output = "temperature" }
          wettest_month = { node = "rainfall", output = "wettest_month" }
          wet_days      = { node = "rainfall", output = "wet_days" }
          hottest_day   = { node = "temperature", output = "hottest_day" }
        }
      }
      too_little = {
        job          = local.job["too-little"]
        dependencies = { enough = false }
        input        = { days = { node = "clean", output = "days" } }
      }
    }
  }
}
