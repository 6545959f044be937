data "aws_iam_policy_document" "ecs_tasks" {
  statement {
    sid     = "TasksOnly"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

# What ECS itself needs: pull the image, write the log.
resource "aws_iam_role" "execution" {
  name               = "${local.name}-execution"
  description        = "Starts the tasks of the shop"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

# What the services themselves may do.
resource "aws_iam_role" "task" {
  name                 = "${local.name}-task"
  description          = "The services of the shop"
  assume_role_policy   = data.aws_iam_policy_document.ecs_tasks.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "parameters" {
  name = "parameters"
  role = aws_iam_role.task.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadParameters"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParametersByPath"]
        Resource = "arn:${data.aws_partition.current.partition}:ssm:${var.region}:${local.account_id}:parameter${local.prefix}/*"
      },
    ]
  })
}
