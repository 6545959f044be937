# What the expressions of the tables refer to.

variable "secret" {
  default   = "hunter2"
  sensitive = true
}

variable "strings" {
  type    = list(string)
  default = ["b", "a", "c"]
}

variable "numbers" {
  type    = list(number)
  default = [3, 1, 2]
}

variable "set" {
  type    = set(string)
  default = ["b", "a", "b"]
}

variable "number_set" {
  type    = set(number)
  default = [10, 9, 1]
}

variable "map" {
  type    = map(number)
  default = { b = 2, a = 1 }
}

variable "maps" {
  type    = map(map(string))
  default = { x = { k = "v" }, w = {} }
}

variable "object" {
  type = object({
    name = string
    port = optional(number, 80)
    tags = optional(map(string))
  })
  default = { name = "x" }
}

variable "objects" {
  type = list(object({
    id   = string
    size = optional(number)
  }))
  default = [{ id = "i1", size = 1 }, { id = "i2" }]
}

variable "nothing" {
  type    = string
  default = null
}

variable "no_list" {
  type    = list(string)
  default = null
}

variable "empty" {
  type    = list(string)
  default = []
}

variable "empty_map" {
  type    = map(string)
  default = {}
}

variable "anything" {
  type    = any
  default = { a = [1, "x"], b = null }
}

locals {
  greeting = "Hello, %s!\n"
  later    = jsondecode(terraform_data.later.id)
  template = "$${name} has %%{ for i in items }[$${i}]%%{ endfor }"
}

# `local.later` is a value of any type that is only known after a deployment, `terraform_data.later.id` a string.
resource "terraform_data" "later" {
  input = "x"
}
