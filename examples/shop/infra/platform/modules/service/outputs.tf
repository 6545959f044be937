output "arn" {
  value = aws_ecs_service.this.id
}
