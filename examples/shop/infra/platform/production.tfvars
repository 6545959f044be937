environment = "production"

vpc_id             = "vpc-0d1f6a3b8c2e47590"
private_subnet_ids = ["subnet-02b7c94e1f6d83a50", "subnet-0a95d3e7c8164fb21"]

office_cidrs = {
  berlin = "203.0.113.16/28"
  porto  = "203.0.113.64/28"
}

payment_webhook_cidrs = ["192.0.2.0/24"]

pager_topic_arn = "arn:aws:sns:eu-west-1:123456789012:pager"

services = {
  storefront = {
    image         = "registry.example.com/shop/storefront:5.12.0"
    port          = 8080
    desired_count = 4
    environment   = { CACHE_SECONDS = "300" }
  }

  checkout = {
    image         = "registry.example.com/shop/checkout:2.41.3"
    port          = 8081
    desired_count = 2
    cpu           = 512
    memory        = 1024
    environment   = { PAYMENT_TIMEOUT = "8s" }
    cpu_alarm     = 80
  }
}

features = {
  express-checkout = { enabled = true }
  gift-wrapping    = { enabled = true, percentage = 25 }
}
