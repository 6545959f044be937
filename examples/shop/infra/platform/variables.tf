variable "region" {
  description = "Where the shop runs."
  type        = string
  default     = "eu-west-1"
}

variable "environment" {
  description = "production or staging."
  type        = string

  validation {
    condition     = contains(["production", "staging"], var.environment)
    error_message = "The environment is production or staging."
  }
}

variable "vpc_id" {
  description = "The network team's VPC."
  type        = string
}

variable "private_subnet_ids" {
  description = "The network team's private subnets."
  type        = list(string)
}

variable "office_cidrs" {
  description = "Where people sit, by office."
  type        = map(string)
  default     = {}
}

variable "payment_webhook_cidrs" {
  description = "Where the payment provider calls us from."
  type        = list(string)
  default     = []
}

variable "pager_topic_arn" {
  description = "The topic that wakes somebody up."
  type        = string
}

variable "services" {
  description = "What runs in the cluster, by name."
  type = map(object({
    image         = string
    port          = number
    desired_count = number
    cpu           = optional(number, 256)
    memory        = optional(number, 512)
    environment   = optional(map(string), {})
    cpu_alarm     = optional(number)
  }))
}

variable "features" {
  description = "Feature flags, by name."
  type = map(object({
    enabled    = bool
    percentage = optional(number, 100)
  }))
  default = {}
}

variable "search_page_size" {
  description = "Results on one page of the search."
  type        = number
  default     = 24
}
