variable "workspace_path" {
  description = "Folder on the backend's machine that keeps the files."
  type        = string
}
