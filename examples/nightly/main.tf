# A night of a data team: the sales of a day are cleaned, added up and published, in development and in production, every
# night and once for each day of the past. What arrives unusable is put aside.
#
#   jobs.tf          what each job runs
#   recipe_types.tf  the graph, with a condition and a sub-recipe
#   kitchens.tf      development and production, and what they offer
#   orders.tf        the night, the backfill, and the check of the last night

terraform {
  required_version = ">= 1.8"
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

provider "galley" {}

# Files of the past, one a day. Those of tonight are delivered by somebody else.
resource "galley_source_file" "sales" {
  for_each = local.days

  workspace  = var.workspace
  path       = "sales/${each.key}.csv"
  media_type = "text/csv"
  content    = "shop,amount\nberlin,${10 + each.value}\n\nlyon,${20 + each.value}\n${each.value == var.spoiled ? "#\n#\n#\n#\n" : ""}"
}
