resource "galley_workspace" "scenes" {
  title       = "Scenes"
  description = "Satellite scenes and what is made of them"
  broker      = { host = { path = var.workspace_path } }
}

variable "workspace_path" {
  description = "Folder on the backend's machine that keeps the files."
  type        = string
}
