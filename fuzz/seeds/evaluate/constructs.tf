terraform {
  backend "s3" {
    bucket = "states"
  }
}

provider "aws" {
  region = var.region
  alias  = "other"
  default_tags {
    tags = { team = "a" }
  }
}

variable "region" {
  type     = string
  default  = "eu-west-1"
  nullable = false
  validation {
    condition     = can(regex("^eu-", var.region))
    error_message = "Only in Europe."
  }
}

variable "rules" {
  type = map(object({
    port  = number
    cidrs = optional(list(string), ["10.0.0.0/8"])
  }))
  default = { http = { port = 80 }, https = { port = 443, cidrs = [] } }
}

locals {
  a     = local.b + 1
  b     = length(var.rules)
  names = { for k, v in var.rules : k => upper(k) if v.port > 80 }
  text  = <<-EOT
    %{for k, v in var.rules~}
    ${k} = ${v.port}
    %{endfor~}
  EOT
}

resource "aws_security_group" "this" {
  for_each = var.rules
  provider = aws.other
  name     = "sg-${each.key}"
  dynamic "ingress" {
    for_each = each.value.cidrs
    iterator = it
    content {
      from_port   = each.value.port
      cidr_blocks = [it.value]
    }
  }
  lifecycle {
    ignore_changes = [tags["x"], description]
  }
}

resource "aws_instance" "web" {
  count     = 2
  subnet_id = cidrsubnet("10.0.0.0/16", 8, count.index)
  user_data = try(templatefile("x.tftpl", {}), sensitive("none"))
}

data "aws_iam_policy_document" "doc" {
  statement {
    actions   = ["s3:*"]
    resources = aws_security_group.this["http"].*.arn
    condition {
      test     = "StringEquals"
      variable = "aws:username"
      values   = ["&{aws:username}"]
    }
  }
}

module "m" {
  source    = "./m"
  providers = { aws = aws.other }
}

moved {
  from = aws_instance.old
  to   = aws_instance.web[0]
}

output "all" {
  value     = [aws_instance.web[*].id, module.m, local.names, data.aws_iam_policy_document.doc.json]
  sensitive = true
}
