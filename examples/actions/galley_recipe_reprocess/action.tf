# Another template reprocesses the run: greet runs again, with all nodes below it.
# By hand: terraform apply -invoke=action.galley_recipe_reprocess.ada
resource "terraform_data" "template" {
  input = var.template

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.galley_recipe_reprocess.ada]
    }
  }
}

action "galley_recipe_reprocess" "ada" {
  config {
    recipe_id    = 1
    forced_nodes = { nodes = ["greet"] }
    timeouts     = { invoke = "10m" }
  }
}

variable "template" {
  type    = string
  default = "Dear"
}
