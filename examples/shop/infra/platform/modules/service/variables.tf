variable "name" { type = string }
variable "cluster_arn" { type = string }
variable "cluster_name" { type = string }
variable "execution_role_arn" { type = string }
variable "task_role_arn" { type = string }
variable "subnet_ids" { type = list(string) }
variable "security_group_ids" { type = list(string) }
variable "region" { type = string }
variable "image" { type = string }
variable "port" { type = number }
variable "desired_count" { type = number }
variable "cpu" { type = number }
variable "memory" { type = number }
variable "environment" { type = map(string) }

variable "cpu_alarm" {
  description = "Percent of CPU that wakes somebody up; null: no alarm."
  type        = number
  default     = null
}

variable "alarm_actions" {
  type    = list(string)
  default = []
}
