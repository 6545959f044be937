# The edge: what the internet reaches. Its rules stand inside the group.
resource "aws_security_group" "edge" {
  name        = "${local.name}-edge"
  description = "HTTPS from the internet, webhooks from the payment provider"
  vpc_id      = var.vpc_id

  ingress {
    description = "HTTPS"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  dynamic "ingress" {
    for_each = var.payment_webhook_cidrs

    content {
      description = "payment webhooks"
      protocol    = "tcp"
      from_port   = 8443
      to_port     = 8443
      cidr_blocks = [ingress.value]
    }
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# The services. Their rules are resources of their own, so that other teams can add to them.
resource "aws_security_group" "app" {
  name        = "${local.name}-app"
  description = "The services of the shop"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "app_from_edge" {
  security_group_id            = aws_security_group.app.id
  description                  = "services, from the edge"
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8089
  referenced_security_group_id = aws_security_group.edge.id
}

resource "aws_vpc_security_group_ingress_rule" "app_admin" {
  for_each = var.office_cidrs

  security_group_id = aws_security_group.app.id
  description       = "admin pages, from ${title(each.key)}"
  ip_protocol       = "tcp"
  from_port         = 9000
  to_port           = 9000
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_egress_rule" "app_all" {
  security_group_id = aws_security_group.app.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

# The database, with rules of the older kind.
resource "aws_security_group" "database" {
  name        = "${local.name}-database"
  description = "PostgreSQL of the shop"
  vpc_id      = var.vpc_id
}

resource "aws_security_group_rule" "database_from_app" {
  type                     = "ingress"
  security_group_id        = aws_security_group.database.id
  description              = "PostgreSQL, from the services"
  protocol                 = "tcp"
  from_port                = 5432
  to_port                  = 5432
  source_security_group_id = aws_security_group.app.id
}
