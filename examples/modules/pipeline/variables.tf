variable "name" {
  description = "Name of the pipeline: lower-case letters, digits and dashes. Its job types are called name-job."
  type        = string
}

variable "title" {
  description = "Title for people. Default: the name."
  type        = string
  default     = null
}

variable "description" {
  description = "What it is for."
  type        = string
  default     = ""
}

variable "files" {
  description = "Names of the files that the pipeline takes."
  type        = set(string)
  default     = []
}

variable "values" {
  description = "Types of the values that the pipeline takes, by name: string, integer, number, boolean, array or object."
  type        = map(string)
  default     = {}
}

variable "jobs" {
  description = <<-END
    The jobs by name. `command` is a Bash command line. `takes` says for each input what it is taken from: an input of the pipeline, or "job.output".
    `makes` has a file pattern for each output that is a file, `values` a type for each that is a value (in seed.outputs.json). `after` names more
    jobs that have to come before.
  END
  type = map(object({
    command = string
    version = optional(string, "1.0.0")
    timeout = optional(number, 3600)
    tries   = optional(number, 1)
    takes   = optional(map(string), {})
    makes   = optional(map(string), {})
    values  = optional(map(string), {})
    after   = optional(set(string), [])
  }))
}

variable "workspace" {
  description = "Name of the workspace that outputs go to."
  type        = string
  default     = "default"
}

variable "kitchen" {
  description = "Name of the kitchen that offers the pipeline."
  type        = string
}

variable "revision" {
  description = "Revision of the pipeline that the kitchen runs. Default: the latest one."
  type        = number
  default     = null
}

variable "variables" {
  description = "Values of the kitchen's recipe, by name; those that are called like a value of the pipeline become it."
  type        = any
  default     = {}
}

variable "input_files" {
  description = "The files of a run: for each of `files` a list of ids, or of rules such as { workspace = \"raw\", path = \"in/{{DataIntervalStart.date}}/*.csv\" }."
  type        = any
  default     = {}
}

variable "schedule" {
  description = "When it runs, such as { cron = \"0 3 * * *\", time_zone = \"Europe/Paris\" }. Default: not by itself."
  type = object({
    cron      = optional(string)
    interval  = optional(string)
    time_zone = optional(string)
    start     = optional(string)
    expires   = optional(string)
  })
  default = null
}

variable "paused" {
  description = "Whether the schedule starts no runs."
  type        = bool
  default     = false
}

variable "max_duration" {
  description = "A run that takes longer is told to the alerts `over_duration`, such as PT2H."
  type        = string
  default     = null
}

variable "alerts" {
  description = "Who hears of the scheduled runs: e-mail addresses and https URLs, with slack+, teams+ or pagerduty+ in front for these services."
  type = object({
    start         = optional(set(string))
    success       = optional(set(string))
    warning       = optional(set(string))
    error         = optional(set(string))
    over_duration = optional(set(string))
  })
  default = {}
}
