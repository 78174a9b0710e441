variable "backfill" {
  description = "Days that are to be counted once more, as YYYY-MM-DD."
  type        = set(string)
  default     = ["2026-02-26", "2026-02-27", "2026-02-28"]
}

variable "on_call" {
  description = "E-mail address or https URL that hears of failures."
  type        = string
  default     = "ops@example.com"
}
