resource "aws_ssm_parameter" "b" {
  name = = "/b"
}
