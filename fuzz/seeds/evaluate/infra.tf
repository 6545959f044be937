variable "environment" {
  default = "production"
}

variable "password" {
  default   = "hunter2"
  sensitive = true
}

locals {
  tags = { Environment = var.environment }
}

resource "aws_ssm_parameter" "page_size" {
  name  = "/shop/${var.environment}/page-size"
  type  = "String"
  value = 24
  tags  = local.tags
}

resource "aws_ssm_parameter" "role" {
  name  = "/shop/${var.environment}/role"
  type  = "String"
  value = aws_iam_role.app.arn
}

resource "aws_ssm_parameter" "password" {
  name  = "/shop/${var.environment}/password"
  type  = "SecureString"
  value = var.password
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = file("policies/assume.json")
}

resource "aws_braket_job" "q" {}
