//! Statements of policies, and principals that services answer by another name than they were given.

use serde_json::json;

use super::*;

#[test]
fn a_permission_of_an_event_bus_is_a_statement() {
    let statement = |more: Json| {
        let mut statement = json!({"Effect": "Allow", "Action": "events:PutEvents", "Resource": "arn:bus",
            "Principal": {"AWS": "222222222222"}});
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        statement
    };
    let permission = |statement: Json| json!({"StatementId": "partner", "Statement": statement});
    let check = |live: Json, expect: usize| {
        let found =
            differences("AWS::Events::EventBusPolicy", &permission(statement(json!({}))), &permission(live.clone()));
        assert_eq!(found, expect, "{live}");
    };
    check(statement(json!({"Sid": "partner", "Action": ["events:PutEvents"]})), 0);
    check(statement(json!({"Principal": {"AWS": "arn:aws:iam::222222222222:root"}})), 0);
    check(statement(json!({"Sid": "partner"})).to_string().into(), 0);
    check(statement(json!({"Sid": "other"})), 1);
    check(statement(json!({"Action": ["events:PutEvents", "events:PutRule"]})), 1);
    check(statement(json!({"Principal": {"AWS": "arn:aws:iam::333333333333:root"}})), 2);
}

#[test]
fn an_origin_access_identity_by_another_name_cannot_be_told() {
    const IDENTITY: &str = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1";
    const REASON: &str = "an origin access identity is declared by another name than the service answers it by";
    let id = "a".repeat(64);
    let policy = |principal: &Json, action: &str| {
        json!({"Bucket": "b", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::b/*", "Principal": principal}]}})
    };
    let check = |declared: Json, live: Json, differ: usize, untold: usize| {
        let pair = |action: &str| {
            let (declared, live) = (policy(&declared, "s3:GetObject"), policy(&live, action));
            Pair::of_files("AWS::S3::BucketPolicy", &declared, &live, None).unwrap().compare()
        };
        let found = pair("s3:GetObject");
        let reasons: Vec<&str> = found.unverifiable.iter().map(|(_, reason)| reason.as_str()).collect();
        assert_eq!(found.attributes.len(), differ, "{declared} {live}");
        assert_eq!(reasons.iter().filter(|reason| **reason == REASON).count(), untold, "{declared} {live} {reasons:?}");
        assert!(pair("s3:*").attributes.len() > differ, "a change beside it is found");
    };
    check(json!({"CanonicalUser": id}), json!({"AWS": IDENTITY}), 0, 1);
    check(json!({"AWS": IDENTITY}), json!({"CanonicalUser": id}), 0, 1);
    check(json!({"CanonicalUser": id}), json!({"AWS": "arn:aws:iam::222222222222:root"}), 2, 0);
    check(json!({"CanonicalUser": id}), json!({"AWS": [IDENTITY, "arn:aws:iam::222222222222:root"]}), 1, 1);
    check(json!({"CanonicalUser": id}), json!({"CanonicalUser": id, "AWS": IDENTITY}), 1, 0);
    check(json!({"AWS": IDENTITY}), json!({"AWS": IDENTITY.replace("E1", "E2")}), 2, 0);
}

#[test]
fn a_principal_that_was_deleted_is_a_change_and_told_so() {
    let policy = |principal: &str| {
        json!({"RoleName": "r", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}}]}})
    };
    let declared = policy("arn:aws:iam::111111111111:role/deploy");
    let notes = |live: &str| -> Vec<String> {
        let found = Pair::of_files("AWS::IAM::Role", &declared, &policy(live), None).unwrap().compare();
        assert!(!found.attributes.is_empty(), "{live}");
        found.attributes.into_iter().filter_map(|drift| drift.note).collect()
    };
    let note = "AROAEXAMPLEEXAMPLE123 is a role that was deleted; one made again under its name is another";
    assert_eq!(notes("AROAEXAMPLEEXAMPLE123"), [note]);
    assert_eq!(notes("arn:aws:iam::111111111111:role/other"), [""; 0]);
    assert_eq!(notes("AROA"), [""; 0]);
}
