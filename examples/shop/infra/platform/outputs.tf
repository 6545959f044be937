output "cluster_name" {
  value = aws_ecs_cluster.main.name
}

output "edge_security_group_id" {
  value = aws_security_group.edge.id
}

output "app_security_group_id" {
  value = aws_security_group.app.id
}

output "service_arns" {
  value = { for name, service in module.service : name => service.arn }
}
