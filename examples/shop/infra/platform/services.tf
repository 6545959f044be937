resource "aws_ecs_cluster" "main" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

module "service" {
  source   = "./modules/service"
  for_each = var.services

  name               = each.key
  cluster_arn        = aws_ecs_cluster.main.arn
  cluster_name       = aws_ecs_cluster.main.name
  execution_role_arn = aws_iam_role.execution.arn
  task_role_arn      = aws_iam_role.task.arn
  subnet_ids         = var.private_subnet_ids
  security_group_ids = [aws_security_group.app.id]
  region             = var.region

  image         = each.value.image
  port          = each.value.port
  desired_count = each.value.desired_count
  cpu           = each.value.cpu
  memory        = each.value.memory
  environment   = merge(local.common_environment, each.value.environment)

  cpu_alarm     = each.value.cpu_alarm
  alarm_actions = [var.pager_topic_arn]
}
