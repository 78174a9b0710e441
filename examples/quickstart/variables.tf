variable "workspace_path" {
  description = "Folder on the backend's machine that keeps the files: a relative path, or one in a workspace root of the backend."
  type        = string
}
