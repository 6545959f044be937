terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

variable "vpc_id" {
  type = string
}

locals {
  services = [for index in range(1000) : format("service-%04d", index)]
  tags     = { Team = "platform" }
}

resource "aws_security_group" "service" {
  count       = length(local.services)
  name        = local.services[count.index]
  description = "Of a service"
  vpc_id      = var.vpc_id

  ingress {
    description = "web"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.${floor(count.index / 256)}.${count.index % 256}.0/24"]
  }

  ingress {
    description = "metrics"
    from_port   = 9100
    to_port     = 9100
    protocol    = "tcp"
    cidr_blocks = ["10.255.0.0/16"]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags = merge(local.tags, { Name = local.services[count.index] })
}

resource "aws_iam_role" "service" {
  for_each = toset(local.services)
  name     = each.key

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })

  tags = local.tags
}

resource "aws_iam_role_policy" "parameters" {
  for_each = aws_iam_role.service
  name     = "parameters"
  role     = each.value.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:GetParameters"]
      Resource = "arn:aws:ssm:eu-west-1:*:parameter/${each.key}/*"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "read_only" {
  for_each   = toset(local.services)
  role       = aws_iam_role.service[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
