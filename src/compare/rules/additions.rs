//! What a service adds or leaves out by itself, and what only somebody can have added or taken away.

use serde_json::{Value as Json, json};

use super::*;

#[test]
fn members_that_a_platform_does_not_bring_were_added_by_hand() {
    let options = |options: &[[&str; 3]]| -> Json {
        let option = |[group, name, value]: &[&str; 3]| json!({"Namespace": group, "OptionName": name, "Value": value});
        json!({"OptionSettings": options.iter().map(option).collect::<Vec<_>>()})
    };
    let own = ["aws:autoscaling:asg", "MaxSize", "2"];
    let check = |added: [&str; 3], expect: usize| {
        let found = differences("AWS::ElasticBeanstalk::Environment", &options(&[own]), &options(&[own, added]));
        assert_eq!(found, expect, "{added:?}");
    };
    check(["aws:autoscaling:asg", "MinSize", "1"], 0);
    check(["aws:elasticbeanstalk:container:php:phpini", "memory_limit", "256M"], 0);
    check(["aws:elasticbeanstalk:application:environment", "M2", "/usr/local/apache-maven/bin"], 0);
    check(["aws:elasticbeanstalk:application:environment", "FEATURE", "on"], 1);
    check(["aws:elbv2:listener:443", "ListenerEnabled", "true"], 1);
}

#[test]
fn who_holds_a_target_group_or_an_inline_policy_beside_the_declared_was_added_by_hand() {
    let targets = |kind: &str, ids: &[&str]| json!({"TargetType": kind, "Targets": ids.iter().map(|id| json!({"Id": id})).collect::<Vec<_>>()});
    let check = |kind: &str, expect: usize| {
        let found = differences(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            &targets(kind, &["a"]),
            &targets(kind, &["a", "b"]),
        );
        assert_eq!(found, expect, "{kind}");
    };
    check("ip", 0);
    check("lambda", 1);
    let roles = |names: &[&str]| json!({"PolicyName": "p", "Roles": names});
    let added = |resource_type| differences(resource_type, &roles(&["a"]), &roles(&["a", "b"]));
    assert_eq!(added("AWS::IAM::ManagedPolicy"), 0, "attached by another declaration");
    assert_eq!(added("AWS::IAM::Policy"), 1);
}

#[test]
fn whoever_returns_what_is_write_only_returns_all_of_it() {
    let template = |data: Json| json!({"LaunchTemplateName": "t", "LaunchTemplateData": data});
    let declared = template(json!({"InstanceType": "t3.micro", "EbsOptimized": true}));
    let check = |live: Json, expect: usize| {
        assert_eq!(differences("AWS::EC2::LaunchTemplate", &declared, &live), expect, "{live}");
    };
    check(json!({"LaunchTemplateName": "t"}), 0);
    check(template(json!({"InstanceType": "t3.micro", "EbsOptimized": true})), 0);
    check(template(json!({"EbsOptimized": true})), 1);
}

#[test]
fn public_access_that_somebody_let_in_is_found_though_nobody_declared_the_block() {
    let block = |policy: bool| {
        json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": policy,
            "IgnorePublicAcls": true, "RestrictPublicBuckets": true}})
    };
    let differ = |declared: &Json, live: &Json| differences("AWS::S3::Bucket", declared, live);
    assert_eq!(differ(&json!({}), &block(true)), 0);
    assert_eq!(differ(&json!({}), &json!({})), 0, "a bucket from before there were blocks");
    assert_eq!(differ(&json!({}), &block(false)), 1);
    assert_eq!(differ(&block(false), &block(false)), 0);
    assert_eq!(differ(&block(true), &block(false)), 1);
    assert_ne!(differ(&block(true), &json!({})), 0);
}
