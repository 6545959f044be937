locals {
  name   = "shop-${var.environment}"
  prefix = "/shop/${var.environment}"

  tags = {
    team        = "platform"
    environment = var.environment
    managed-by  = "terraform"
  }

  # What every service is told, before what it is told alone.
  common_environment = {
    ENVIRONMENT      = var.environment
    PARAMETER_PREFIX = local.prefix
  }

  account_id = data.aws_caller_identity.current.account_id
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}
