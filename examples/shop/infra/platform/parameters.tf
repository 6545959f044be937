resource "aws_ssm_parameter" "feature" {
  for_each = var.features

  name        = "${local.prefix}/features/${each.key}"
  description = "Feature flag: ${replace(each.key, "-", " ")}"
  type        = "String"

  # No secret: Terraform may show it, and so may driftledger.
  insecure_value = jsonencode(each.value)
}

resource "aws_ssm_parameter" "search_page_size" {
  name        = "${local.prefix}/search/page-size"
  description = "Results on one page of the search"
  type        = "String"
  value       = tostring(var.search_page_size)
}

resource "aws_ssm_parameter" "robots" {
  name        = "${local.prefix}/robots.txt"
  description = "What crawlers may read"
  type        = "String"
  value = templatefile("${path.module}/templates/robots.txt.tftpl", {
    open   = var.environment == "production"
    closed = ["/cart", "/checkout", "/account"]
  })
}
