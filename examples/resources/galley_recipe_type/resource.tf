resource "galley_job_type" "step" {
  for_each = {
    measure = { inputs = { files = [{ name = "scene", mediaTypes = ["image/tiff"] }] }, outputs = { json = [{ name = "cloud", type = "number" }] } }
    index   = { inputs = { files = [{ name = "scene", mediaTypes = ["image/tiff"] }] }, outputs = { json = [{ name = "ndvi", type = "number" }] } }
  }

  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name           = each.key
      jobVersion     = "1.0.0"
      packageVersion = "1.0.0"
      title          = title(each.key)
      description    = "A step of the NDVI recipe"
      maintainer     = { name = "Ada", email = "ada@example.com" }
      timeout        = 600
      interface      = merge({ command = "/usr/local/bin/${each.key}" }, each.value)
    }
  })
}

resource "galley_recipe_type" "ndvi" {
  title       = "NDVI"
  description = "Vegetation index of scenes that are clear enough"

  definition = {
    input = {
      files = { scene = { media_types = ["image/tiff"] } }
    }
    nodes = {
      measure = {
        job   = { name = galley_job_type.step["measure"].name, version = galley_job_type.step["measure"].version, revision = galley_job_type.step["measure"].revision_num }
        input = { scene = { recipe_input = "scene" } }
      }
      clear = {
        condition = {
          interface   = { json = { cloud = { type = "number" } } }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
        dependencies = { measure = true }
        input        = { cloud = { node = "measure", output = "cloud" } }
      }
      index = {
        job          = { name = galley_job_type.step["index"].name, version = galley_job_type.step["index"].version, revision = galley_job_type.step["index"].revision_num }
        dependencies = { clear = true }
        input        = { scene = { recipe_input = "scene" } }
      }
    }
  }
}
