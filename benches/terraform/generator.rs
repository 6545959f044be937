//! A root module of any size, the same for the same size: environments with a network and services each, modules in
//! modules, `for_each` over locals and over outputs of other modules, policy documents, dynamic blocks.

use std::fmt::Write as _;

use driftledger::repo::Tree;

/// Services of an environment.
const SERVICES: usize = 12;

/// The repository with a root module of so many environments in the folder `infra`, of 250 resources each.
pub fn tree(environments: usize) -> anyhow::Result<Tree> {
    Ok(Tree::memory([
        ("infra/main.tf", root(environments)?),
        ("infra/modules/environment/main.tf", ENVIRONMENT.to_owned()),
        ("infra/modules/network/main.tf", NETWORK.to_owned()),
        ("infra/modules/service/main.tf", SERVICE.to_owned()),
        ("infra/modules/alarms/main.tf", ALARMS.to_owned()),
    ]))
}

fn root(environments: usize) -> anyhow::Result<String> {
    let mut text = String::from(
        "provider \"aws\" {\n  region = \"eu-west-1\"\n  default_tags {\n    tags = { owner = \"platform\" }\n  }\n}\nlocals {\n  services = {\n",
    );
    for service in 0..SERVICES {
        writeln!(
            text,
            "    service-{service:02} = {{ port = {}, memory = {}, public = {} }}",
            8000 + service,
            256 << (service % 3),
            service % 4 == 0
        )?;
    }
    text.push_str("  }\n}\n");
    for environment in 0..environments {
        write!(
            text,
            "module \"env_{environment}\" {{\n  source   = \"./modules/environment\"\n  name     = \"env-{environment}\"\n  cidr     = cidrsubnet(\"10.0.0.0/8\", 8, {})\n  services = local.services\n}}\n",
            environment % 256
        )?;
        if environment > 0 {
            write!(
                text,
                "output \"peer_{environment}\" {{\n  value = [module.env_{}.vpc_id, module.env_{environment}.service_names]\n}}\n",
                environment - 1
            )?;
        }
    }
    Ok(text)
}

/// 250 resources: ten of the network and twenty of each service.
const ENVIRONMENT: &str = r#"
variable "name" { type = string }
variable "cidr" { type = string }
variable "services" {
  type = map(object({
    port     = number
    memory   = optional(number, 512)
    public   = optional(bool, false)
    replicas = optional(number, 2)
  }))
}
module "network" {
  source = "../network"
  name   = var.name
  cidr   = var.cidr
}
module "service" {
  source   = "../service"
  for_each = { for name, service in var.services : name => merge(service, { subnets = values(module.network.private_subnets) }) }
  name     = "${var.name}-${each.key}"
  config   = each.value
  vpc_id   = module.network.vpc_id
  tags     = { environment = var.name, service = each.key }
}
output "vpc_id" { value = module.network.vpc_id }
output "service_names" { value = [for service in module.service : service.name] }
"#;

/// Ten resources.
const NETWORK: &str = r#"
variable "name" { type = string }
variable "cidr" { type = string }
locals {
  zones = { for index, zone in ["a", "b", "c"] : zone => cidrsubnet(var.cidr, 4, index) }
}
resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}
resource "aws_subnet" "private" {
  for_each          = local.zones
  vpc_id            = aws_vpc.this.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
  tags              = { Name = "${var.name}-${each.key}" }
}
resource "aws_route_table" "private" {
  for_each = aws_subnet.private
  vpc_id   = aws_vpc.this.id
  tags     = merge(each.value.tags, { kind = "private" })
}
resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}
output "vpc_id" { value = aws_vpc.this.id }
output "private_subnets" { value = { for zone, subnet in aws_subnet.private : zone => subnet.id } }
"#;

/// Twenty resources: sixteen and four alarms.
const SERVICE: &str = r#"
variable "name" { type = string }
variable "vpc_id" { type = string }
variable "tags" { type = map(string) }
variable "config" {
  type = object({
    port     = number
    memory   = number
    public   = bool
    replicas = number
    subnets  = list(string)
  })
}
locals {
  queues   = toset(["work", "retry", "dead"])
  settings = { port = var.config.port, memory = var.config.memory, replicas = var.config.replicas, level = "info" }
  rules = {
    http  = { port = var.config.port, cidrs = var.config.public ? ["0.0.0.0/0"] : ["10.0.0.0/8"] }
    admin = { port = var.config.port + 1000, cidrs = ["10.0.0.0/8", "192.168.0.0/16"] }
  }
}
data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
data "aws_iam_policy_document" "access" {
  dynamic "statement" {
    for_each = aws_sqs_queue.this
    content {
      sid       = title(statement.key)
      actions   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
      resources = ["arn:aws:sqs:eu-west-1:123456789012:${statement.value.name}"]
    }
  }
}
resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
  tags               = var.tags
}
resource "aws_iam_policy" "this" {
  name   = var.name
  policy = data.aws_iam_policy_document.access.json
}
resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.this.arn
}
resource "aws_sqs_queue" "this" {
  for_each                  = local.queues
  name                      = "${var.name}-${each.key}"
  message_retention_seconds = each.key == "dead" ? 1209600 : 86400
  tags                      = merge(var.tags, { queue = each.key })
}
resource "aws_security_group" "this" {
  name   = var.name
  vpc_id = var.vpc_id
  dynamic "ingress" {
    for_each = local.rules
    content {
      description = ingress.key
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.cidrs
    }
  }
  tags = var.tags
}
resource "aws_cloudwatch_log_group" "this" {
  name              = "/service/${var.name}"
  retention_in_days = 30
}
resource "aws_lambda_function" "this" {
  function_name = var.name
  role          = aws_iam_role.this.arn
  handler       = "index.handler"
  runtime       = "nodejs20.x"
  memory_size   = var.config.memory
  filename      = "code.zip"
  environment {
    variables = { for name, queue in aws_sqs_queue.this : upper(name) => queue.name }
  }
  vpc_config {
    subnet_ids         = var.config.subnets
    security_group_ids = [aws_security_group.this.id]
  }
  depends_on = [aws_cloudwatch_log_group.this]
}
resource "aws_lambda_permission" "this" {
  count         = 1
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "events.amazonaws.com"
}
resource "aws_ssm_parameter" "this" {
  for_each = local.settings
  name     = format("/%s/%s", var.name, each.key)
  type     = "String"
  value    = each.value
}
resource "aws_sns_topic" "this" {
  name = var.name
}
resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = "1234abcd-12ab-34cd-56ef-1234567890ab"
}
module "alarms" {
  source = "../alarms"
  name   = var.name
  topic  = aws_sns_topic.this.arn
  queues = { for name, queue in aws_sqs_queue.this : name => queue.name }
}
output "name" { value = aws_lambda_function.this.function_name }
"#;

/// Four resources.
const ALARMS: &str = r#"
variable "name" { type = string }
variable "topic" { type = string }
variable "queues" { type = map(string) }
resource "aws_cloudwatch_metric_alarm" "queue" {
  for_each            = var.queues
  alarm_name          = "${var.name}-${each.key}-depth"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  metric_name         = "ApproximateNumberOfMessagesVisible"
  namespace           = "AWS/SQS"
  period              = 60
  statistic           = "Maximum"
  threshold           = lookup({ dead = 0 }, each.key, 100)
  dimensions          = { QueueName = each.value }
  alarm_actions       = [var.topic]
}
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 300
  statistic           = "Sum"
  threshold           = 1
  alarm_actions       = [var.topic]
}
"#;
