# The page was called after its file once. What was deployed under the old name is found under the new one.
moved {
  from = aws_ssm_parameter.robots_txt
  to   = aws_ssm_parameter.robots
}
