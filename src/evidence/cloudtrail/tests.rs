use serde_json::json;

use super::*;
use crate::model::{ActorKind, Evidence, Fingerprinter, ResourceType, Scope};

const TIME: &str = "2026-03-01T12:00:00Z";

fn fingerprints() -> Fingerprinter {
    Fingerprinter::new(*b"key")
}

/// An event as the service records it, with some members in the place of the usual ones.
fn event(other: &Json) -> Event {
    let mut event = json!({
        "eventID": "11111111-2222-3333-4444-555555555555", "eventVersion": "1.09", "eventTime": TIME,
        "eventSource": "ecs.amazonaws.com", "eventName": "UpdateService", "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.31.0 md/awscrt#0.27 md/command#ecs.update-service",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111111111111:user/dana", "userName": "dana",
            "accountId": "111111111111"},
        "requestParameters": {"cluster": "shop", "service": "api", "desiredCount": 5},
        "responseElements": {"service": {"serviceArn": "arn:aws:ecs:eu-west-1:111111111111:service/shop/api"}},
        "readOnly": false, "eventType": "AwsApiCall", "recipientAccountId": "111111111111",
    });
    for (name, value) in other.as_object().unwrap() {
        event[name] = value.clone();
    }
    serde_json::from_value(event).unwrap()
}

fn settings() -> Settings {
    Settings { pipelines: vec!["arn:aws:iam::*:role/deploy*".into(), "GitHubActions".into()] }
}

fn fact(other: &Json) -> Option<Fact> {
    Fact::of(&event(other), &settings(), &fingerprints())
}

/// Somebody who has taken on a role.
fn role(role: &str, session: &str) -> Json {
    json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::111111111111:assumed-role/{role}/{session}"),
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": role,
            "arn": format!("arn:aws:iam::111111111111:role/{role}")}}})
}

const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) \
                         terraform-provider-aws/6.0.0 aws-sdk-go-v2/1.36.0";

#[test]
fn only_what_was_carried_out_and_changed_something_is_kept() {
    let check = |other: Json, expect: bool| assert_eq!(fact(&other).is_some(), expect, "{other}");
    check(json!({}), true);
    check(json!({"readOnly": "false"}), true);
    check(json!({"readOnly": true}), false);
    check(json!({"readOnly": "true"}), false);
    check(json!({"readOnly": null, "eventName": "DescribeServices"}), false);
    check(json!({"readOnly": null}), true);
    check(json!({"errorCode": "AccessDenied"}), false);
    check(json!({"errorMessage": "no"}), false);
    check(json!({"requestParameters": {"instanceId": "i-1", "dryRun": true}}), false);
    check(json!({"requestParameters": null, "resources": null, "userAgent": null}), true);
}

#[test]
fn who_asked_is_told_with_the_tool_and_a_pipeline_by_its_principal() {
    let check = |other: Json, expect: (&str, ActorKind, Option<&str>)| {
        let actor = fact(&other).unwrap().actor;
        assert_eq!((actor.name.as_str(), actor.kind, actor.via.as_deref()), expect, "{other}");
    };
    use ActorKind::{Automation, Person, Service, Unknown};
    let sso = || role("AWSReservedSSO_Admin_0123456789abcdef", "dana@example.com");
    check(json!({}), ("dana", Person, Some("cli")));
    check(json!({"userIdentity": sso()}), ("dana@example.com", Person, Some("cli")));
    check(
        json!({"userIdentity": sso(), "userAgent": "Boto3/1.40 Botocore/1.40"}),
        ("dana@example.com", Person, Some("sdk")),
    );
    // The console's newer parts are known by their session alone, whose flag is a text.
    let internal = json!({"userIdentity": sso(), "userAgent": "AWS Internal", "sessionCredentialFromConsole": "true"});
    check(internal, ("dana@example.com", Person, Some("console")));
    let browser = json!({"userIdentity": sso(), "userAgent": "[Mozilla/5.0 (X11; Linux x86_64)]"});
    check(browser, ("dana@example.com", Person, Some("console")));
    let bucket = json!({"userAgent": "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12]"});
    check(bucket, ("dana", Person, Some("console")));
    let shell = "aws-cli/2.31.0 md/awscrt#0.27 exec-env/CloudShell md/command#ecs.update-service";
    let shell = json!({"userAgent": shell, "sessionCredentialFromConsole": "true"});
    check(shell, ("dana", Person, Some("cloudshell")));
    // The same tool in two hands.
    let pipeline = json!({"userAgent": TERRAFORM, "userIdentity": role("deployer", "run-7")});
    check(pipeline, ("deployer", Automation, Some("terraform")));
    check(json!({"userAgent": TERRAFORM, "userIdentity": sso()}), ("dana@example.com", Person, Some("terraform")));
    check(json!({"userAgent": TERRAFORM}), ("dana", Person, Some("terraform")));
    let actions = json!({"userIdentity": role("release", "GitHubActions")});
    check(actions, ("release", Automation, Some("cli")));
    let stack = |identity: Json| {
        json!({"userAgent": "cloudformation.amazonaws.com", "sourceIPAddress": "cloudformation.amazonaws.com",
            "userIdentity": identity})
    };
    check(stack(sso()), ("dana@example.com", Person, Some("cloudformation")));
    check(stack(role("deployer", "x")), ("deployer", Automation, Some("cloudformation")));
    check(stack(role("stacks", "AWSCloudFormation")), ("AWSCloudFormation", Unknown, Some("cloudformation")));
    let scaling = json!({"type": "AWSService", "invokedBy": "ecs.application-autoscaling.amazonaws.com"});
    check(json!({"userIdentity": scaling}), ("ecs.application-autoscaling.amazonaws.com", Service, None));
    let linked = json!({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/AWSServiceRoleForX/AutoScaling",
        "sessionContext": {"sessionIssuer": {"userName": "AWSServiceRoleForX",
            "arn": "arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"}}});
    check(json!({"userIdentity": linked}), ("AWSServiceRoleForX", Service, None));
    check(
        json!({"eventType": "AwsServiceEvent", "userIdentity": {"invokedBy": "rds.amazonaws.com"}}),
        ("rds.amazonaws.com", Service, None),
    );
    let lambda = json!({"userIdentity": role("fixer", "fixer"),
        "userAgent": "Boto3/1.40 Botocore/1.40 exec-env/AWS_Lambda_python3.13"});
    check(lambda, ("fixer", Automation, Some("sdk")));
    check(json!({"userIdentity": role("node", "i-0123456789abcdef0")}), ("node", Automation, Some("cli")));
    let root = json!({"type": "Root", "arn": "arn:aws:iam::111111111111:root"});
    check(json!({"userIdentity": root, "userAgent": "console.amazonaws.com"}), ("root", Person, Some("console")));
    let script = json!({"userIdentity": role("ops", "nightly"), "userAgent": "aws-sdk-go-v2/1.36.0"});
    check(script, ("nightly", Unknown, Some("sdk")));
}

/// What is known of a resource after some events.
fn known(events: &[Json], resource_type: &str, identifier: &str, names: &[&str]) -> Vec<Evidence> {
    let trail = Trail::new(events.iter().filter_map(fact).collect());
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let scope = Scope::aws(Some("111111111111".into()), Some("eu-west-1".into()));
    let resource_type = ResourceType::from(resource_type);
    let subject = Subject { resource_type: &resource_type, identifier, names: &names, scope: &scope };
    trail.evidence(&subject, &BTreeSet::from(["CR-1"]), &fingerprints())
}

/// Of each piece of evidence the attributes it is about.
fn paths(evidence: &[Evidence]) -> Vec<String> {
    let text = |one: &Evidence| one.paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    evidence.iter().map(text).collect()
}

#[test]
fn a_resource_is_found_by_any_of_its_names_and_not_by_those_of_another() {
    const SERVICE: &str = "AWS::ECS::Service";
    const ARN: &str = "arn:aws:ecs:eu-west-1:111111111111:service/shop/api";
    let check = |other: Json, expect: usize| {
        let found = known(std::slice::from_ref(&other), SERVICE, ARN, &["shop", "api"]);
        assert_eq!(found.len(), expect, "{other}");
    };
    let asked = |request: Json| json!({"requestParameters": request, "responseElements": null});
    check(asked(json!({"cluster": "shop", "service": "api"})), 1);
    check(asked(json!({"cluster": "arn:aws:ecs:eu-west-1:111111111111:cluster/shop", "service": "api"})), 1);
    check(asked(json!({"cluster": "shop", "service": ARN})), 1);
    check(asked(json!({"cluster": "other", "service": "api"})), 0);
    check(asked(json!({"cluster": "shop", "service": "web"})), 0);
    let tagged = json!({"eventName": "TagResource", "requestParameters": {"resourceArn": ARN}});
    check(tagged, 1);
    let elsewhere = |name: &str, value: &str| {
        let mut event = asked(json!({"cluster": "shop", "service": "api"}));
        event[name] = value.into();
        event
    };
    check(elsewhere("awsRegion", "us-east-1"), 0);
    check(elsewhere("recipientAccountId", "222222222222"), 0);
    check(elsewhere("eventSource", "ecr.amazonaws.com"), 0);
    let first = asked(json!({"service": "api"}));
    assert_eq!(known(&[first], SERVICE, "default/api", &["default", "api"]).len(), 1);
    // IAM is recorded in one region, whatever region somebody works in.
    let iam = json!({"eventSource": "iam.amazonaws.com", "eventName": "AttachRolePolicy", "awsRegion": "us-east-1",
        "requestParameters": {"roleName": "api", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
    assert_eq!(paths(&known(&[iam], "AWS::IAM::Role", "api", &["api"])), ["ManagedPolicyArns"]);
}

#[test]
fn the_attributes_of_an_operation_are_those_of_its_request() {
    let check = |source: &str, name: &str, request: Json, of: (&str, &str), expect: &str| {
        let event = json!({"eventSource": source, "eventName": name, "requestParameters": request,
            "responseElements": null});
        assert_eq!(paths(&known(&[event], of.0, of.1, &[of.1])), [expect], "{name}");
    };
    let function = ("AWS::Lambda::Function", "f");
    let configured = json!({"functionName": "f", "memorySize": 1024});
    let lambda = "lambda.amazonaws.com";
    check(lambda, "UpdateFunctionConfiguration20150331v2", configured, function, "FunctionName MemorySize");
    check(lambda, "UpdateFunctionCode20150331v2", json!({"functionName": "f"}), function, "Code");
    let full = json!({"functionName": "arn:aws:lambda:eu-west-1:111111111111:function:f", "timeout": 3});
    check(lambda, "UpdateFunctionConfiguration20150331v2", full, function, "FunctionName Timeout");
    let group = json!({"groupId": "sg-1", "ipPermissions": {"items": [{"ipProtocol": "tcp"}]}});
    let of = ("AWS::EC2::SecurityGroup", "sg-1");
    check("ec2.amazonaws.com", "AuthorizeSecurityGroupIngress", group, of, "SecurityGroupIngress");
    let alarm = json!({"alarmName": "errors", "threshold": 9});
    check(
        "monitoring.amazonaws.com",
        "PutMetricAlarm",
        alarm,
        ("AWS::CloudWatch::Alarm", "errors"),
        "AlarmName Threshold",
    );
    let created = json!({"functionName": "f", "runtime": "python3.13"});
    check(lambda, "CreateFunction20150331", created, function, "");
}

#[test]
fn a_record_is_carried_only_by_a_token_that_is_its_id() {
    let check = |other: Json, expect: Option<&str>| {
        let found = known(std::slice::from_ref(&other), "AWS::ECS::Service", "shop/api", &["shop", "api"]);
        assert_eq!(found[0].record_id.as_deref(), expect, "{other}");
    };
    check(json!({"userAgent": "aws-cli/2.31.0 md/awscrt#0.27 app/CR-1 md/command#ecs.update-service"}), Some("CR-1"));
    check(json!({"userAgent": "aws-cli/2.31.0 app/terminal"}), None);
    check(json!({"userIdentity": role("ops", "CR-1")}), Some("CR-1"));
    let mut sourced = role("ops", "dana");
    sourced["sessionContext"]["sourceIdentity"] = "CR-1".into();
    check(json!({"userIdentity": sourced}), Some("CR-1"));
    check(json!({"userAgent": "aws-cli/2.31.0 md/note#CR-1"}), None);
}

#[test]
fn nothing_of_a_request_can_be_read_in_what_is_kept() {
    let secret = json!({"eventSource": "ssm.amazonaws.com", "eventName": "PutParameter",
        "requestParameters": {"name": "/shop/key", "value": "hunter2"}});
    assert!(!format!("{:?}", event(&secret)).contains("hunter2"));
    let kept = format!("{:?}", fact(&secret).unwrap());
    assert!(!kept.contains("hunter2") && !kept.contains("/shop/key"), "{kept}");
}

#[test]
fn a_huge_request_is_bounded() {
    let many: Vec<String> = (0..10_000).map(|number| format!("name-{number}")).collect();
    let kept = fact(&json!({"requestParameters": {"names": many}})).unwrap();
    assert!(kept.names.len() <= MAX_NAMES, "{}", kept.names.len());
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    assert!(fact(&json!({"requestParameters": {"deep": deep}})).is_some());
}

#[test]
fn what_could_not_be_read_in_time_is_read_later_and_what_comes_late_is_seen() {
    let at = |minutes: i64| Timestamp::from_second(1_772_000_000 + minutes * 60).unwrap();
    let span = |from: i64, until: i64| Span { from: at(from), until: at(until) };
    let mut progress = Progress::default();
    assert_eq!(progress.spans(at(0), at(600)), [span(0, 600)]);
    progress.leave(span(0, 600), Some(at(250)));
    assert_eq!(progress.oldest_gap(), Some(at(0)));
    assert_eq!(progress.spans(at(10), at(660)), [span(580, 660), span(0, 250)]);
    progress.leave(span(0, 250), None);
    assert_eq!(progress.spans(at(70), at(720)), [span(640, 720), span(0, 250)]);
    assert_eq!(progress.oldest_gap(), None);
    let kept: Progress = serde_json::from_str(&serde_json::to_string(&progress).unwrap()).unwrap();
    assert_eq!(kept, progress);
}
