//! What cannot be told: what is not known before a deployment, what could not be read, and what an answer may lack.

use super::*;

#[test]
fn what_is_not_known_cannot_be_told_and_the_rest_is() {
    let unknown = json!({"Fn::Unknown": "var.x"});
    check(
        "AWS::SQS::Queue",
        json!({"QueueName": unknown, "DelaySeconds": 1}),
        json!({"QueueName": "q", "DelaySeconds": 2}),
        &["DelaySeconds drifted", "QueueName ?"],
    );
    check("AWS::SQS::Queue", json!({"DelaySeconds": 1}), json!({"DelaySeconds": unknown}), &["DelaySeconds ?"]);
    let groups = |items: Json| json!({ "SecurityGroupIds": items });
    let check = |declared: Json, live: Json, expect: &[&str]| {
        check("AWS::EC2::Instance", groups(declared), groups(live), expect)
    };
    check(json!(["sg-1", unknown]), json!(["sg-2", "sg-1"]), &["SecurityGroupIds[1] ?", "SecurityGroupIds[sg-2] ?"]);
    check(
        json!(["sg-1", unknown]),
        json!(["sg-2", "sg-1", "sg-3"]),
        &["SecurityGroupIds[sg-3] drifted", "SecurityGroupIds[1] ?", "SecurityGroupIds[sg-2] ?"],
    );
    check(
        json!(["sg-1", unknown]),
        json!(["sg-2"]),
        &["SecurityGroupIds[sg-1] drifted", "SecurityGroupIds[1] ?", "SecurityGroupIds[sg-2] ?"],
    );
}

#[test]
fn a_member_that_could_not_be_read_may_be_any_that_is_declared() {
    let groups = |items: Json| json!({ "SecurityGroupIds": items });
    let unread = json!({"Fn::Unknown": "access denied"});
    check(
        "AWS::EC2::Instance",
        groups(json!(["sg-1", "sg-2", "sg-3"])),
        groups(json!(["sg-1", unread])),
        &["SecurityGroupIds[sg-2] ?", "SecurityGroupIds[3] ?", "SecurityGroupIds[sg-3] drifted"],
    );
}

#[test]
fn an_unknown_member_does_not_take_the_others_their_names() {
    let tags = |tags: Json| json!({ "Tags": tags });
    let unknown = json!({"Fn::Unknown": "var.tag"});
    let declared = tags(json!([{"Key": "a", "Value": "1"}, unknown, {"Key": unknown, "Value": "3"}]));
    let live = tags(json!([{"Key": "c", "Value": "3"}, {"Key": "b", "Value": "2"}, {"Key": "a", "Value": "9"}]));
    check(
        "AWS::SNS::Topic",
        declared,
        live,
        &["Tags[Key=a].Value drifted", "Tags[1] ?", "Tags[2].Key ?", "Tags[Key=b] ?"],
    );
}

#[test]
fn what_was_applied_may_be_what_an_unknown_member_became() {
    let groups = |items: Json| json!({ "SecurityGroupIds": items });
    let (unknown, applied) = (json!({"Fn::Unknown": "Ref"}), Some(groups(json!(["sg-1", "sg-2"]))));
    let case =
        |live| Case { applied: applied.clone(), ..case("AWS::EC2::Instance", groups(json!(["sg-1", unknown])), live) };
    assert_eq!(
        said(&run(&case(groups(json!(["sg-1", "sg-2"]))))),
        ["SecurityGroupIds[1] ?", "SecurityGroupIds[sg-2] ?"]
    );
    assert_eq!(
        said(&run(&case(groups(json!(["sg-1", "sg-2", "sg-3"]))))),
        ["SecurityGroupIds[1] ?", "SecurityGroupIds[sg-2] ?", "SecurityGroupIds[sg-3] drifted",]
    );
}

#[test]
fn what_an_answer_lacks_is_not_told_where_answers_are_not_known_to_be_complete() {
    let stream = |members: Json| ("AWS::Kinesis::Stream", members);
    let (name, live) = stream(json!({"Name": "s"}));
    let expect = &["RetentionPeriodHours ?", "StreamEncryption drifted"];
    check(
        name,
        json!({"Name": "s", "RetentionPeriodHours": 48, "StreamEncryption": {"KeyId": "k"}}),
        live.clone(),
        expect,
    );
    check("AWS::SQS::Queue", json!({"KmsMasterKeyId": "k"}), json!({}), &["KmsMasterKeyId drifted"]);
    check("AWS::NetworkFirewall::RuleGroup", json!({"Description": "d"}), json!({}), &["Description drifted"]);
    // What was never deployed is not expected to be there.
    let added = Case { applied: Some(json!({"Name": "s"})), ..case(name, json!({"Name": "s", "ShardCount": 2}), live) };
    assert_eq!(said(&run(&added)), ["ShardCount pending"]);
}
