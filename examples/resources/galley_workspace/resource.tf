resource "galley_workspace" "scenes" {
  title       = "Scenes"
  description = "Satellite scenes and what is made of them"
  broker      = { host = { path = var.workspace_path } }
}

variable "workspace_path" {
  description = "Folder on the backend's machine that keeps the files: a relative path, or one in a workspace root of the backend."
  type        = string
}
