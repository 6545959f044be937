//! Tests of folding: whole stacks in, what each resource and collection has become out.

use serde_json::{Value as Json, json};

use super::*;
use crate::model::{Applied, Declaration, Location, Reference, Retention};

const RULE: &str = "AWS::EC2::SecurityGroupIngress";

fn at(line: u32) -> Location {
    Location::new("main.tf", line, 1)
}

/// A declaration on a line of its own.
fn declared(line: u32, address: &str, resource_type: &str, identifier: Option<&str>, attributes: &Json) -> Declaration {
    Declaration {
        address: address.to_owned(),
        resource_type: resource_type.into(),
        identifier: identifier.map(str::to_owned),
        attributes: Value::from_json(attributes),
        at: at(line),
        account: None,
        region: None,
        ignored: Vec::new(),
        retention: Retention::default(),
    }
}

fn group(address: &str, identifier: Option<&str>) -> Declaration {
    declared(1, address, SECURITY_GROUP, identifier, &json!({"GroupName": format!("{address}-name")}))
}

fn role(address: &str, name: &str) -> Declaration {
    declared(1, address, ROLE, Some(name), &json!({"RoleName": name}))
}

fn rule(line: u32, address: &str, group: Value, port: i64) -> Declaration {
    let attributes = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"});
    let mut rule = declared(line, address, RULE, None, &attributes);
    set(&mut rule, "GroupId", group);
    rule
}

fn set(declaration: &mut Declaration, property: &str, value: Value) {
    let Kind::Object(members) = &mut declaration.attributes.kind else { panic!("no object") };
    members.insert(property.to_owned(), value);
}

fn reference(address: &str, attribute: Option<&str>) -> Value {
    let reference = Reference { address: address.to_owned(), attribute: attribute.map(str::to_owned) };
    Value::reference(reference, "not deployed yet")
}

fn collection(folded: &Folded<Declaration>, address: &str, property: &str) -> Json {
    let resource = folded.resources.iter().find(|resource| resource.address == address).unwrap();
    resource.attributes.get(property).map_or(Json::Null, Value::to_json)
}

fn tcp(port: i64) -> Json {
    json!({"CidrIp": "10.0.0.0/8", "FromPort": port, "IpProtocol": "tcp", "ToPort": port})
}

fn open(folded: &Folded<Declaration>) -> Vec<(&str, &str)> {
    folded.open.iter().map(|open| (open.address.as_str(), open.property.as_str())).collect()
}

#[test]
fn a_parent_is_found_by_its_id_and_by_a_reference_to_it() {
    let check = |named: Value| {
        let folded = fold(vec![rule(7, "r", named, 22), group("web", Some("sg-1")), group("db", Some("sg-2"))]);
        assert_eq!(collection(&folded, "web", "SecurityGroupIngress"), json!([tcp(22)]));
        assert_eq!(collection(&folded, "db", "SecurityGroupIngress"), Json::Null);
        assert_eq!(folded.resources.len(), 2);
        assert!(folded.problems.is_empty() && folded.alone.is_empty() && folded.open.is_empty());
        let rules = folded.resources[0].attributes.get("SecurityGroupIngress").unwrap();
        assert_eq!(rules.as_list().unwrap()[0].at, Some(at(7)), "the place of the member");
    };
    check(Value::from("sg-1"));
    check(reference("web", Some("id")));
    check(reference("web", None));
}

#[test]
fn a_rule_written_twice_is_one_and_a_rule_beside_it_is_another() {
    let mut web = group("web", Some("sg-1"));
    let inline = json!([
        {"IpProtocol": "tcp", "FromPort": "22", "ToPort": 22, "CidrIp": "10.0.0.0/8", "Description": "old"},
        {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIp": "10.0.0.0/8"}
    ]);
    set(&mut web, "SecurityGroupIngress", Value::from_json(&inline));
    let mut all = rule(4, "all", "sg-1".into(), 0);
    set(&mut all, "IpProtocol", "-1".into());
    let rules = [rule(2, "same", "sg-1".into(), 22), rule(3, "next", "sg-1".into(), 23), all];
    let folded = fold([vec![web], rules.into()].concat());
    assert_eq!(
        collection(&folded, "web", "SecurityGroupIngress"),
        json!([tcp(22), {"CidrIp": "10.0.0.0/8", "FromPort": 0, "IpProtocol": "-1", "ToPort": 0}, tcp(23)])
    );
}

#[test]
fn a_member_whose_parent_cannot_be_told_opens_what_it_may_belong_to() {
    let check = |named: Value, groups: [Option<&str>; 2], expect: &[&str]| {
        let [one, other] = groups;
        let folded = fold(vec![group("one", one), group("other", other), role("r", "r"), rule(9, "x", named, 22)]);
        let expect: Vec<_> = expect.iter().map(|address| (*address, "SecurityGroupIngress")).collect();
        assert_eq!(open(&folded), expect);
        let problem = &folded.problems[0];
        assert_eq!((problem.kind, problem.scope.as_str()), (ProblemKind::Unevaluated, "x"));
        assert_eq!((problem.at.clone(), folded.problems.len()), (Some(at(9)), 1));
        assert!(folded.alone.is_empty());
    };
    check(Value::unknown("no value for var.group"), [Some("sg-1"), None], &["one", "other"]);
    check(reference("data.aws_security_group.x", None), [Some("sg-1"), Some("sg-2")], &["one", "other"]);
    // A literal id may be that of the group whose id is not known; of the other it is known that it is not.
    check(Value::from("sg-3"), [Some("sg-1"), None], &["other"]);
    check(Value::from("sg-1"), [Some("sg-1"), Some("sg-1")], &["one", "other"]);
}

#[test]
fn a_member_of_another_stack_stays_alone() {
    let folded = fold(vec![group("web", Some("sg-1")), rule(2, "x", "sg-9".into(), 22)]);
    assert_eq!(
        folded.alone.iter().map(|(member, why)| (member.address.as_str(), *why)).collect::<Vec<_>>(),
        [("x", OF_ANOTHER_STACK)]
    );
    assert!(folded.open.is_empty() && folded.problems.is_empty());
    assert_eq!(collection(&folded, "web", "SecurityGroupIngress"), Json::Null);
}

#[test]
fn where_it_is_not_known_what_a_member_is_its_collection_is_open() {
    let contentless = declared(2, "x", RULE, None, &json!({"GroupId": "sg-1"}));
    let folded = fold(vec![group("web", Some("sg-1")), contentless]);
    assert_eq!(open(&folded), [("web", "SecurityGroupIngress")]);
    let mut web = group("web", Some("sg-1"));
    set(&mut web, "SecurityGroupIngress", Value::unknown("no value for var.rules"));
    let folded = fold(vec![web, rule(2, "x", "sg-1".into(), 22)]);
    assert_eq!(open(&folded), [("web", "SecurityGroupIngress")]);
}

#[test]
fn policies_and_attachments_of_both_languages_become_items_of_the_role() {
    let document = json!({"Statement": []});
    let policy = |name: &str| json!({"PolicyDocument": document, "PolicyName": name});
    let inline = json!({"RoleName": "app", "PolicyName": "read", "PolicyDocument": document});
    let shared = json!({"Roles": ["app", "ops"], "PolicyName": "shared", "PolicyDocument": document});
    let attachment = json!({"RoleName": "app", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    let mut own = declared(5, "own", member::ROLE_POLICY_ATTACHMENT, None, &json!({"RoleName": "app"}));
    set(&mut own, "PolicyArn", reference("managed", Some("arn")));
    let managed = declared(6, "managed", MANAGED_POLICY, Some("arn:managed"), &json!({"ManagedPolicyName": "m"}));
    let folded = fold(vec![
        role("Role", "app"),
        role("Ops", "ops"),
        declared(2, "read", "AWS::IAM::RolePolicy", None, &inline),
        declared(3, "shared", "AWS::IAM::Policy", None, &shared),
        declared(4, "attach", member::ROLE_POLICY_ATTACHMENT, None, &attachment),
        own,
        managed,
    ]);
    assert_eq!(collection(&folded, "Role", "Policies"), json!([policy("read"), policy("shared")]));
    assert_eq!(collection(&folded, "Ops", "Policies"), json!([policy("shared")]));
    let arns = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:managed"]);
    assert_eq!(collection(&folded, "Role", "ManagedPolicyArns"), arns);
    let addresses: Vec<_> = folded.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(addresses, ["Role", "Ops", "managed"]);
    assert!(folded.alone.is_empty() && folded.problems.is_empty() && folded.open.is_empty());
}

#[test]
fn a_role_names_a_policy_of_its_stack_by_the_arn() {
    let mut app = role("Role", "app");
    set(&mut app, "ManagedPolicyArns", Value::list([reference("policy", Some("arn")), reference("other", None)]));
    let folded = fold(vec![app, declared(2, "policy", MANAGED_POLICY, Some("arn:p"), &json!({}))]);
    let arns = json!(["arn:p", {"Fn::Unknown": "not deployed yet"}]);
    assert_eq!(collection(&folded, "Role", "ManagedPolicyArns"), arns);
}

#[test]
fn rules_of_which_a_part_is_not_known_stay_apart() {
    let source = |line, address| {
        let mut rule = rule(line, address, "sg-1".into(), 22);
        set(&mut rule, "CidrIp", Value::unknown("no value for var.office"));
        rule
    };
    let folded = fold(vec![group("web", Some("sg-1")), source(2, "a"), source(3, "b")]);
    assert_eq!(collection(&folded, "web", "SecurityGroupIngress").as_array().map(Vec::len), Some(2));
}

#[test]
fn a_managed_policy_stays_and_keeps_the_roles_of_other_stacks() {
    let check = |roles: Vec<Value>, identifier: Option<&str>, left: Json, attached: Json| {
        let mut policy = declared(2, "policy", MANAGED_POLICY, identifier, &json!({"PolicyDocument": {}}));
        set(&mut policy, "Roles", Value::list(roles));
        let folded = fold(vec![role("Role", "app"), policy]);
        assert_eq!(collection(&folded, "policy", "Roles"), left);
        assert_eq!(collection(&folded, "Role", "ManagedPolicyArns"), attached);
        assert!(folded.alone.is_empty());
    };
    check(vec!["app".into()], Some("arn:p"), Json::Null, json!(["arn:p"]));
    check(vec![reference("Role", None), "else".into()], Some("arn:p"), json!(["else"]), json!(["arn:p"]));
    let unknown = json!([{"Fn::Unknown": "the id of policy is known after a deploy"}]);
    check(vec!["app".into()], None, Json::Null, unknown);
    check(vec!["else".into()], Some("arn:p"), json!(["else"]), Json::Null);
}

#[test]
fn a_policy_of_users_is_counted_and_not_dropped() {
    let policy = json!({"Roles": ["app"], "Users": ["u"], "PolicyName": "p", "PolicyDocument": {}});
    let folded = fold(vec![role("Role", "app"), declared(2, "p", "AWS::IAM::Policy", None, &policy)]);
    assert_eq!(collection(&folded, "Role", "Policies"), json!([{"PolicyDocument": {}, "PolicyName": "p"}]));
    assert_eq!(folded.alone.len(), 1);
    let users = json!({"Users": ["u"], "PolicyName": "p", "PolicyDocument": {}});
    let folded = fold(vec![role("Role", "app"), declared(2, "p", "AWS::IAM::Policy", None, &users)]);
    assert_eq!((folded.alone.len(), folded.open.len(), folded.problems.len()), (1, 0, 0));
}

#[test]
fn what_a_member_leaves_to_others_its_parent_leaves_to_others() {
    let policy = json!({"RoleName": "app", "PolicyName": "read", "PolicyDocument": {}});
    let mut member = declared(2, "read", "AWS::IAM::RolePolicy", None, &policy);
    member.ignored = vec!["PolicyDocument".to_owned(), "*".to_owned()];
    let folded = fold(vec![role("Role", "app"), member]);
    assert_eq!(
        folded.resources[0].ignored,
        ["Policies[PolicyName=read].PolicyDocument", "Policies[PolicyName=read].*"]
    );
}

#[test]
fn what_was_applied_is_folded_like_what_is_declared() {
    let applied = |address: &str, resource_type: &str, identifier: Option<&str>, attributes: Json| Applied {
        address: address.to_owned(),
        resource_type: resource_type.into(),
        identifier: identifier.map(str::to_owned),
        attributes: Value::from_json(&attributes),
    };
    let folded = fold(vec![
        applied("web", SECURITY_GROUP, Some("sg-1"), json!({})),
        applied("r", RULE, None, json!({"GroupId": "sg-1", "IpProtocol": "-1", "CidrIp": "10.0.0.0/8"})),
    ]);
    let rules = json!({"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/8", "IpProtocol": "-1"}]});
    assert_eq!(folded.resources[0].attributes.to_json(), rules);
}

#[test]
fn what_is_not_compared_is_counted_by_type_and_reason() {
    let counted = skipped([("b", "x"), ("a", "y"), ("b", "x")]);
    let counted: Vec<_> = counted.iter().map(|s| (s.resource_type.as_str(), s.reason.as_str(), s.count)).collect();
    assert_eq!(counted, [("a", "y", 1), ("b", "x", 2)]);
}

proptest::proptest! {
    #[test]
    fn no_member_vanishes(parents in proptest::collection::vec(0..5usize, 0..12)) {
        let names = |which: usize| match which {
            0 => Value::from("sg-0"),
            1 => reference("two", Some("id")),
            2 => Value::from("sg-elsewhere"),
            3 => Value::unknown("why"),
            _ => Value::new(Kind::Null),
        };
        let mut stack = vec![group("one", Some("sg-0")), group("two", Some("sg-1"))];
        for (port, which) in (1..).zip(&parents) {
            stack.push(rule(2, &format!("r{port}"), names(*which), port));
        }
        let folded = fold(stack);
        let items = |address| collection(&folded, address, "SecurityGroupIngress").as_array().map_or(0, Vec::len);
        let found = items("one") + items("two") + folded.alone.len() + folded.problems.len();
        proptest::prop_assert_eq!(found, parents.len());
    }
}

#[test]
fn users_and_groups_have_their_policies_and_users_their_groups() {
    let user = |name: &str| declared(1, name, USER, Some(name), &json!({"UserName": name}));
    let group = declared(1, "admins", USER_GROUP, Some("admins"), &json!({"GroupName": "admins"}));
    let inline = |kind: &str, by: &str, of: &str| {
        let attributes = json!({by: of, "PolicyName": "p", "PolicyDocument": {"Statement": []}});
        declared(2, &format!("inline-{of}"), kind, None, &attributes)
    };
    let attached = |kind: &str, by: &str, of: &str| {
        declared(3, &format!("attached-{of}"), kind, None, &json!({by: of, "PolicyArn": "arn:p"}))
    };
    let addition = json!({"GroupName": "admins", "Users": ["ann", "bob", "elsewhere"]});
    let folded = fold(vec![
        user("ann"),
        user("bob"),
        group,
        inline("AWS::IAM::UserPolicy", "UserName", "ann"),
        inline("AWS::IAM::GroupPolicy", "GroupName", "admins"),
        attached(member::USER_POLICY_ATTACHMENT, "UserName", "bob"),
        attached(member::GROUP_POLICY_ATTACHMENT, "GroupName", "admins"),
        declared(4, "addition", "AWS::IAM::UserToGroupAddition", None, &addition),
        declared(5, "m", MANAGED_POLICY, Some("arn:m"), &json!({"Users": ["ann"], "Groups": ["admins", "other"]})),
    ]);
    let policies = json!([{"PolicyDocument": {"Statement": []}, "PolicyName": "p"}]);
    assert_eq!(collection(&folded, "ann", "Policies"), policies);
    assert_eq!(collection(&folded, "admins", "Policies"), policies);
    assert_eq!(collection(&folded, "bob", "Policies"), Json::Null);
    assert_eq!(collection(&folded, "ann", "ManagedPolicyArns"), json!(["arn:m"]));
    assert_eq!(collection(&folded, "bob", "ManagedPolicyArns"), json!(["arn:p"]));
    assert_eq!(collection(&folded, "admins", "ManagedPolicyArns"), json!(["arn:p", "arn:m"]));
    assert_eq!(collection(&folded, "ann", "Groups"), json!(["admins"]));
    assert_eq!(collection(&folded, "bob", "Groups"), json!(["admins"]));
    assert_eq!(collection(&folded, "m", "Groups"), json!(["other"]));
    assert_eq!(collection(&folded, "m", "Users"), Json::Null);
    let alone: Vec<_> = folded.alone.iter().map(|(member, _)| member.address.as_str()).collect();
    assert_eq!(alone, ["addition"], "one of its users is of another stack");
    assert!(folded.problems.is_empty() && folded.open.is_empty());
}

#[test]
fn groups_that_are_not_known_leave_those_of_the_user_open() {
    let user = declared(1, "u", USER, Some("u"), &json!({"UserName": "u"}));
    let addition = declared(2, "a", "AWS::IAM::UserToGroupAddition", None, &json!({"Users": ["u"]}));
    let folded = fold(vec![user, addition]);
    assert_eq!(open(&folded), [("u", "Groups")]);
}

#[test]
fn a_target_is_one_of_its_rule_and_told_by_its_id() {
    let target = |line, id: &str, arn: &str| {
        let mut target =
            declared(line, id, member::RULE_TARGET, None, &json!({"Rule": "nightly", "Id": id, "Arn": arn}));
        target.ignored = vec!["Input".to_owned()];
        target
    };
    let rule = json!({"Name": "nightly", "Targets": [{"Id": "a", "Arn": "arn:old"}]});
    let folded =
        fold(vec![declared(1, "rule", EVENT_RULE, None, &rule), target(2, "a", "arn:f"), target(3, "b", "arn:g")]);
    let expect = json!([{"Arn": "arn:f", "Id": "a"}, {"Arn": "arn:g", "Id": "b"}]);
    assert_eq!(collection(&folded, "rule", "Targets"), expect);
    assert_eq!(folded.resources[0].ignored, ["Targets[Id=a].Input", "Targets[Id=b].Input"]);
}

#[test]
fn rules_of_one_name_on_two_buses_have_each_their_own_targets() {
    let on = |bus: Option<Value>, mut resource: Declaration| {
        if let Some(bus) = bus {
            set(&mut resource, "EventBusName", bus);
        }
        resource
    };
    let name = |bus: &str| Some(Value::from(bus));
    let rule = |address: &str| declared(1, address, EVENT_RULE, None, &json!({"Name": "nightly"}));
    let target = || declared(2, "t", member::RULE_TARGET, None, &json!({"Rule": "nightly", "Id": "a", "Arn": "arn:f"}));
    let folded = |bus: Option<Value>| fold(vec![rule("default"), on(name("shop"), rule("shop")), on(bus, target())]);
    let check = |bus: Option<Value>, expect: &str| {
        let folded = folded(bus);
        assert_eq!((open(&folded), folded.alone.len(), folded.problems.len()), (Vec::new(), 0, 0), "{expect}");
        assert_eq!(collection(&folded, expect, "Targets"), json!([{"Arn": "arn:f", "Id": "a"}]));
    };
    check(None, "default");
    check(name("default"), "default");
    check(name("shop"), "shop");
    check(name("arn:aws:events:eu-west-1:111111111111:event-bus/shop"), "shop");
    assert_eq!(folded(name("other")).alone.len(), 1, "of a rule of another stack");
    let unknown = folded(Some(Value::unknown("why")));
    assert_eq!(open(&unknown), [("default", "Targets"), ("shop", "Targets")]);
    let bus = |address: &str| Value::reference(Reference { address: address.to_owned(), attribute: None }, "later");
    let folded = fold(vec![
        on(Some(bus("bus.a")), rule("a")),
        on(Some(bus("bus.b")), rule("b")),
        on(Some(bus("bus.b")), target()),
    ]);
    assert_eq!(collection(&folded, "b", "Targets"), json!([{"Arn": "arn:f", "Id": "a"}]));
}

const ROUTE: &str = "AWS::EC2::Route";

fn route(line: u32, address: &str, table: &str, cidr: &str, gateway: &str) -> Declaration {
    let attributes = json!({"RouteTableId": table, "DestinationCidrBlock": cidr, "GatewayId": gateway});
    declared(line, address, ROUTE, None, &attributes)
}

#[test]
fn a_route_is_in_its_table_and_the_separate_one_counts() {
    let inline = json!({"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-old"},
        {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "vgw-1"}]});
    let table = declared(1, "t", ROUTE_TABLE, Some("rtb-1"), &inline);
    let mut own = route(2, "a", "rtb-1", "0.0.0.0/0", "igw-1");
    own.ignored = vec!["GatewayId".to_owned()];
    let folded = fold(vec![table, own, route(3, "b", "rtb-1", "192.0.2.0/24", "igw-1")]);
    let expect = json!([{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
        {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "vgw-1"},
        {"DestinationCidrBlock": "192.0.2.0/24", "GatewayId": "igw-1"}]);
    assert_eq!(collection(&folded, "t", "Routes"), expect);
    assert_eq!(folded.resources[0].ignored, ["Routes[DestinationCidrBlock=0.0.0.0/0].GatewayId"]);
}

#[test]
fn a_route_into_a_table_of_another_stack_stays_a_resource() {
    let table = declared(1, "t", ROUTE_TABLE, Some("rtb-1"), &json!({}));
    let folded = fold(vec![table, route(2, "r", "rtb-9", "0.0.0.0/0", "igw-1")]);
    let left: Vec<_> = folded.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(left, ["t", "r"]);
    assert_eq!(collection(&folded, "t", "Routes"), Json::Null);
    assert!(folded.alone.is_empty() && folded.problems.is_empty());
}

#[test]
fn an_entry_is_told_by_number_and_direction() {
    let entry = |line, address: &str, egress: Option<bool>, action: &str| {
        let mut attributes = json!({"NetworkAclId": "acl-1", "RuleNumber": 100, "RuleAction": action});
        if let Some(egress) = egress {
            attributes["Egress"] = json!(egress);
        }
        let mut entry = declared(line, address, "AWS::EC2::NetworkAclEntry", None, &attributes);
        entry.ignored = vec!["*".to_owned()];
        entry
    };
    let association = json!({"NetworkAclId": "acl-1", "SubnetId": "subnet-1"});
    let folded = fold(vec![
        declared(1, "acl", NETWORK_ACL, Some("acl-1"), &json!({})),
        entry(2, "in", None, "allow"),
        entry(3, "out", Some(true), "deny"),
        declared(4, "of", "AWS::EC2::SubnetNetworkAclAssociation", None, &association),
    ]);
    let expect = json!([{"Egress": false, "RuleAction": "allow", "RuleNumber": 100},
        {"Egress": true, "RuleAction": "deny", "RuleNumber": 100}]);
    assert_eq!(collection(&folded, "acl", "Entries"), expect);
    assert_eq!(collection(&folded, "acl", "SubnetIds"), json!(["subnet-1"]));
    assert_eq!(
        folded.resources[0].ignored,
        ["Entries[RuleNumber,Egress=100,false].*", "Entries[RuleNumber,Egress=100,true].*"]
    );
}

#[test]
fn a_table_that_lists_no_routes_itself_may_get_more_of_them_from_other_stacks() {
    let table = |listed: &Json| declared(1, "t", ROUTE_TABLE, Some("rtb-1"), listed);
    let own = || route(2, "r", "rtb-1", "0.0.0.0/0", "igw-1");
    assert_eq!(open(&fold(vec![table(&json!({})), own()])), [("t", "Routes")]);
    assert_eq!(open(&fold(vec![table(&json!({"Routes": []})), own()])), []);
}

#[test]
fn targets_of_a_rule_that_is_not_known_leave_the_targets_of_every_rule_open() {
    let rule = |address: &str, name: Option<&str>| {
        let attributes = name.map_or_else(|| json!({}), |name| json!({"Name": name}));
        declared(1, address, EVENT_RULE, name, &attributes)
    };
    let target = |named: Value| {
        let mut target = declared(2, "target", member::RULE_TARGET, None, &json!({"Id": "a", "Arn": "arn:f"}));
        set(&mut target, "Rule", named);
        target
    };
    let folded = fold(vec![rule("one", Some("one")), rule("other", Some("other")), target(Value::unknown("why"))]);
    assert_eq!(open(&folded), [("one", "Targets"), ("other", "Targets")]);
    let folded = fold(vec![rule("one", Some("one")), rule("nameless", None), target("other".into())]);
    assert_eq!(open(&folded), [("nameless", "Targets")]);
    // Of a rule of another stack.
    let folded = fold(vec![rule("one", Some("one")), target("other".into())]);
    assert_eq!((open(&folded), folded.alone.len()), (Vec::new(), 1));
    assert_eq!(collection(&folded, "one", "Targets"), Json::Null);
}

#[test]
fn what_a_rule_of_its_own_leaves_to_others_is_left_alone_in_its_group() {
    let check = |protocol: &str, ignored: &str, expect: &str| {
        let mut rule = rule(2, "r", "sg-1".into(), 22);
        set(&mut rule, "IpProtocol", protocol.into());
        rule.ignored = vec![ignored.to_owned()];
        let folded = fold(vec![group("web", Some("sg-1")), rule]);
        assert_eq!(folded.resources[0].ignored, [expect]);
    };
    let ssh = "SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,22,22,10.0.0.0/8]";
    check("tcp", "Description", &format!("{ssh}.Description"));
    check("tcp", "*", &format!("{ssh}.*"));
    check("-1", "*", "SecurityGroupIngress[IpProtocol,CidrIp=-1,10.0.0.0/8].*");
}
