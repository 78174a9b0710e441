variable "workspace" {
  description = "Name of the workspace that files arrive in, and that what is made of them goes to."
  type        = string
  default     = "default"
}

variable "past" {
  description = "The days of the past: the first one, and how many."
  type        = object({ from = string, days = number })
  default     = { from = "2026-02-01", days = 30 }
}

variable "spoiled" {
  description = "Which of the days has a file that is not usable."
  type        = number
  default     = 3
}

variable "production_revision" {
  description = "Revision of the recipe type that production runs. Default: the latest one."
  type        = number
  default     = null
}

variable "on_call" {
  description = "Who hears of a bad night: an e-mail address, or slack+https://…, teams+https://…, pagerduty+https://…"
  type        = string
  default     = "ops@example.com"
}

locals {
  days = {
    for n in range(var.past.days) : formatdate("YYYY-MM-DD", timeadd("${var.past.from}T00:00:00Z", "${24 * n}h")) => n
  }
}
