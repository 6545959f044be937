resource "aws_ssm_parameter" "a" {
  name  = "/a"
  type  = "String"
  value = "1"
}
