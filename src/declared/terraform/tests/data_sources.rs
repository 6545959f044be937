//! Data sources: from the context, from other states, and computed.

use serde_json::json;

use super::Case;

#[test]
fn ambient_data_sources_answer_from_the_context_or_not_at_all() {
    let main = "data \"aws_caller_identity\" \"c\" {}\ndata \"aws_region\" \"r\" {}\ndata \"aws_partition\" \"p\" {}\n";
    let mut case = Case::of(main);
    case.unknown("data.aws_caller_identity.c.account_id", "only known")
        .unknown("data.aws_partition.p.partition", "only known");
    case.context.region = Some("cn-north-1".into());
    case.gives("data.aws_region.r.name", json!("cn-north-1"))
        .gives("data.aws_partition.p.partition", json!("aws-cn"))
        .gives("data.aws_partition.p.dns_suffix", json!("amazonaws.com.cn"));
    case.context.partition = Some("aws-us-gov".into());
    case.gives("data.aws_partition.p.id", json!("aws-us-gov"));
}

const POLICY: &str = r#"
    variable "u" {}
    data "aws_iam_policy_document" "base" {
      statement {
        sid       = "Base"
        actions   = ["s3:GetObject"]
        resources = ["*"]
      }
      statement {
        sid       = "Kept"
        effect    = "Deny"
        not_actions   = ["iam:*"]
        not_resources = ["arn:aws:s3:::b/&{aws:username}", "arn:aws:s3:::a"]
      }
    }
    data "aws_iam_policy_document" "d" {
      policy_id               = "id"
      source_policy_documents = [data.aws_iam_policy_document.base.json]
      override_policy_documents = [jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Sid = "Base", Effect = "Deny", Action = ["a:b", "a:c"], Resource = "*" }]
      })]
      dynamic "statement" {
        for_each = ["x", "y"]
        content {
          sid     = statement.value
          actions = ["sts:AssumeRole"]
          principals {
            type        = "AWS"
            identifiers = ["arn:b", "arn:c"]
          }
          principals {
            type        = "Service"
            identifiers = ["ec2.amazonaws.com"]
          }
          condition {
            test     = "StringEquals"
            variable = "aws:x"
            values   = ["b", "a"]
          }
          condition {
            test     = "StringEquals"
            variable = "aws:y"
            values   = ["<1>"]
          }
        }
      }
    }
    data "aws_iam_policy_document" "any" {
      statement {
        actions = ["a:b"]
        principals {
          type        = "*"
          identifiers = ["*"]
        }
      }
    }
    data "aws_iam_policy_document" "unknown" {
      statement { resources = [var.u] }
    }
    data "aws_iam_policy_document" "twice" {
      statement { sid = "A" }
      statement { sid = "A" }
    }
    data "aws_iam_policy_document" "each" {
      for_each = toset(["k"])
      statement { actions = [each.key] }
    }
"#;

#[test]
fn policy_documents_are_written_as_the_provider_writes_them() {
    let case = Case::of(POLICY);
    let base = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"Base\",\n      \"Effect\": \"Allow\",\n      \"Action\": \"s3:GetObject\",\n      \"Resource\": \"*\"\n    },\n    {\n      \"Sid\": \"Kept\",\n      \"Effect\": \"Deny\",\n      \"NotAction\": \"iam:*\",\n      \"NotResource\": [\n        \"arn:aws:s3:::b/${aws:username}\",\n        \"arn:aws:s3:::a\"\n      ]\n    }\n  ]\n}";
    case.gives("data.aws_iam_policy_document.base.json", json!(base));
    case.gives(
        "data.aws_iam_policy_document.any.minified_json",
        json!(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Principal":"*"}]}"#),
    );
    let own = |sid: &str| {
        json!({
            "Sid": sid, "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": ["arn:c", "arn:b"], "Service": "ec2.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:x": ["b", "a"], "aws:y": "<1>"}},
        })
    };
    case.gives(
        "jsondecode(data.aws_iam_policy_document.d.json)",
        json!({
            "Version": "2012-10-17",
            "Id": "id",
            "Statement": [
                {"Sid": "Base", "Effect": "Deny", "Action": ["a:b", "a:c"], "Resource": "*"},
                {"Sid": "Kept", "Effect": "Deny", "NotAction": "iam:*",
                 "NotResource": ["arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::a"]},
                own("x"),
                own("y"),
            ],
        }),
    );
    case.gives("jsondecode(data.aws_iam_policy_document.each[\"k\"].json).Statement[0].Action", json!("k"));
    case.unknown("data.aws_iam_policy_document.unknown.json", "no value for var.u");
    case.unknown("data.aws_iam_policy_document.twice.json", "two statements have the same sid");
}

#[test]
fn data_sources_that_only_compute_are_computed() {
    let mut case = Case::of(
        r#"
        provider "aws" {
          region = "eu-west-1"
          default_tags { tags = { team = "t" } }
        }
        data "aws_arn" "a" { arn = "arn:aws:rds:eu-west-1:123456789012:db:mysql:x" }
        data "aws_arn" "bad" { arn = "nothing" }
        data "aws_service_principal" "s" { service_name = "s3" }
        data "aws_default_tags" "t" {}
        data "aws_region" "here" {}
        data "aws_region" "there" { name = "us-east-2" }
        data "template_file" "t" {
          template = "Hello $${name}%%{ if loud }!%%{ endif }"
          vars     = { name = "x", loud = true }
        }
        "#,
    );
    case.context.region = Some("eu-central-1".into());
    case.gives("data.aws_arn.a.resource", json!("db:mysql:x"))
        .gives("data.aws_arn.a.account", json!("123456789012"))
        .gives("data.aws_service_principal.s.name", json!("s3.amazonaws.com"))
        .gives("data.aws_service_principal.s.id", json!("s3.eu-west-1.amazonaws.com"))
        .gives("data.aws_default_tags.t.tags", json!({"team": "t"}))
        .gives("data.aws_region.here.endpoint", json!("ec2.eu-west-1.amazonaws.com"))
        .gives("data.aws_region.there.name", json!("us-east-2"))
        .gives("data.template_file.t.rendered", json!("Hello x!"))
        .unknown("data.aws_arn.bad.account", "not an ARN");
}

#[test]
fn availability_zones_are_those_of_the_account_or_asked_for() {
    let zone = |name: &str, id: &str, kind: &str, opted: &str| crate::model::AvailabilityZone {
        name: name.into(),
        id: id.into(),
        zone_type: kind.into(),
        opt_in_status: opted.into(),
    };
    let mut case = Case::of(
        r#"
        data "aws_availability_zones" "all" { state = "available" }
        data "aws_availability_zones" "plain" {
          filter {
            name   = "opt-in-status"
            values = ["opt-in-not-required"]
          }
          exclude_names = ["r-1b"]
        }
        data "aws_availability_zones" "odd" {
          filter {
            name   = "group-name"
            values = ["x"]
          }
        }
        resource "a_x" "x" { zones = data.aws_availability_zones.all.names }
        "#,
    );
    case.context.region = Some("r-1".into());
    case.unknown("data.aws_availability_zones.all.names", "only known from the deployed resource");
    assert_eq!(case.evaluate().asked_zones, ["r-1".to_owned()].into());
    let zones = vec![
        zone("r-1-lax-1a", "lax1", "local-zone", "opted-in"),
        zone("r-1a", "id1", "availability-zone", "opt-in-not-required"),
        zone("r-1b", "id2", "availability-zone", "opt-in-not-required"),
    ];
    case.context.zones = [("r-1".to_owned(), zones)].into();
    case.gives("data.aws_availability_zones.all.names", json!(["r-1-lax-1a", "r-1a", "r-1b"]))
        .gives("slice(data.aws_availability_zones.all.zone_ids, 1, 2)", json!(["id1"]))
        .gives("data.aws_availability_zones.plain.names", json!(["r-1a"]))
        .unknown("data.aws_availability_zones.odd.names", "only known from the deployed resource");
    assert!(case.evaluate().asked_zones.is_empty());
}

#[test]
fn a_remote_state_gives_the_outputs_of_the_other_stack() {
    let mut case = Case::of(
        r#"
        data "terraform_remote_state" "net" {
          backend  = "s3"
          config   = { bucket = "b", key = "net" }
          defaults = { vpc_id = "default", extra = "x" }
        }
        data "terraform_remote_state" "other" {
          backend = "gcs"
          config  = { bucket = "b" }
        }
        resource "a_x" "x" { v = data.terraform_remote_state.other.outputs.vpc_id }
        "#,
    );
    let outputs = json!({"vpc_id": "vpc-1", "subnets": ["s-1", "s-2"]});
    let outputs =
        outputs.as_object().unwrap().iter().map(|(name, value)| (name.clone(), crate::model::Value::from_json(value)));
    case.states.insert("s3".to_owned(), outputs.collect());
    case.gives("data.terraform_remote_state.net.outputs.vpc_id", json!("vpc-1"))
        .gives("data.terraform_remote_state.net.outputs.subnets[1]", json!("s-2"))
        .gives("data.terraform_remote_state.net.outputs.extra", json!("x"))
        .gives("try(data.terraform_remote_state.net.outputs.gone, 1)", json!(1))
        .unknown("data.terraform_remote_state.other.outputs.vpc_id", "only known from the deployed resource");
    assert!(case.evaluate().asked_states);
}
