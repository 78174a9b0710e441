locals {
  job = { for name, type in galley_job_type.job : name => type.ref }
}

resource "galley_recipe_type" "publish" {
  name        = "publish-sales"
  title       = "Publish sales"
  description = "What becomes of the totals of a day"

  definition = {
    input = {
      files = { totals = local.csv }
      json  = { source_date = { type = "string" } }
    }
    nodes = {
      publish = {
        job = local.job["publish"]
        input = {
          totals      = { recipe_input = "totals" }
          source_date = { recipe_input = "source_date" }
        }
      }
    }
  }
}

resource "galley_recipe_type" "night" {
  name        = "night-of-sales"
  title       = "Night of sales"
  description = "Cleans, adds up and publishes the sales of a day"

  definition = {
    input = {
      files = { sales = local.csv }
      json  = { source_date = { type = "string" } }
    }
    nodes = {
      clean = {
        job   = local.job["clean"]
        input = { sales = { recipe_input = "sales" } }
      }
      usable = {
        condition = {
          interface   = { json = { bad = { type = "number" } } }
          data_filter = { filters = [{ name = "bad", type = "number", condition = "<", values = [0.5] }] }
        }
        dependencies = { clean = true }
        input        = { bad = { node = "clean", output = "bad" } }
      }
      totals = {
        job          = local.job["totals"]
        dependencies = { usable = true }
        input = {
          table       = { node = "clean", output = "table" }
          source_date = { recipe_input = "source_date" }
        }
      }
      publish = {
        recipe       = galley_recipe_type.publish.ref
        dependencies = { totals = true }
        input = {
          totals      = { node = "totals", output = "totals" }
          source_date = { recipe_input = "source_date" }
        }
      }
      quarantine = {
        job          = local.job["quarantine"]
        dependencies = { usable = false }
        input = {
          sales       = { recipe_input = "sales" }
          source_date = { recipe_input = "source_date" }
        }
      }
      report = {
        job          = local.job["report"]
        dependencies = { publish = true, quarantine = true }
        any          = true # whichever branch was taken
        input = {
          bad         = { node = "clean", output = "bad" }
          source_date = { recipe_input = "source_date" }
        }
      }
    }
  }
}
