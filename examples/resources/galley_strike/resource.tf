# Every scene that arrives in the folder of the workspace is moved to another workspace, and the recipe runs over it.
resource "galley_strike" "scenes" {
  title       = "Scenes"
  description = "Scenes as the ground station sends them"
  workspace   = galley_workspace.inbox.name
  monitor     = { type = "dir-watcher", transfer_suffix = ".part" }

  files_to_ingest = [
    {
      filename_regex = ".*\\.tif"
      data_types     = ["scene"]
      new_workspace  = galley_workspace.scenes.name
      new_file_path  = "landsat"
    },
    { filename_regex = ".*\\.json" },
  ]

  recipe = {
    name         = galley_recipe_type.vegetation.name
    revision_num = galley_recipe_type.vegetation.revision_num
  }
}

resource "galley_workspace" "inbox" {
  title  = "Inbox"
  broker = { host = { path = "inbox" } }
}

resource "galley_workspace" "scenes" {
  title  = "Scenes"
  broker = { host = { path = "scenes" } }
}

resource "galley_recipe_type" "vegetation" {
  title      = "Vegetation index"
  definition = { input = { files = { scene = {} } }, nodes = {} }
}
