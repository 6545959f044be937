//! The short spelling of a security group's rule: `--protocol tcp --port 22 --cidr 10.0.0.0/8` is one of
//! `--ip-permissions`.
//!
//! Source: awscli's `customizations/ec2/secgroupsimplify.py`.

use super::Invocation;
use crate::ledger::commands::shell::text_value;
use crate::model::{Number, Value};

const PERMISSIONS: &str = "IpPermissions";

/// Adds the permission that the short flags of an invocation mean.
pub(super) fn expand(invocation: &mut Invocation) {
    let is_rule = invocation.operation.ends_with("-security-group-ingress")
        || invocation.operation.ends_with("-security-group-egress");
    if !is_rule || invocation.service != "ec2" || invocation.parameters.contains_key(PERMISSIONS) {
        return;
    }
    let flag = |name: &str| invocation.option(name).map(|word| text_value(word.raw()));
    let mut members = Vec::new();
    if let Some(protocol) = flag("protocol") {
        let is_all = protocol.as_str() == Some("all");
        members.push(("IpProtocol", if is_all { Value::from("-1") } else { protocol }));
    }
    if let Some((from, to)) = flag("port").map(range) {
        members.extend([("FromPort", from), ("ToPort", to)]);
    }
    if let Some(cidr) = flag("cidr") {
        members.push(("IpRanges", Value::list([Value::object([("CidrIp", cidr)])])));
    }
    let group = flag("source-group").map(|group| {
        // What a variable holds is taken for an id: a name is only good in the account's default network.
        let is_name = group.as_str().is_some_and(|group| !group.starts_with("sg-"));
        (if is_name { "GroupName" } else { "GroupId" }, group)
    });
    let pair: Vec<_> = group.into_iter().chain(flag("group-owner").map(|owner| ("UserId", owner))).collect();
    if !pair.is_empty() {
        members.push(("UserIdGroupPairs", Value::list([Value::object(pair)])));
    }
    if !members.is_empty() {
        invocation.parameters.insert(PERMISSIONS.to_owned(), Value::list([Value::object(members)]));
    }
}

/// `22` is 22–22, `20-25` is 20–25, `all` and `-1` are −1.
fn range(port: Value) -> (Value, Value) {
    let Some(text) = port.as_str() else { return (port.clone(), port) };
    let number = |text: &str| match text.parse::<Number>() {
        Ok(number) => Value::from(number),
        Err(_) => super::unreadable(),
    };
    match text.split_once('-') {
        _ if text == "all" => (Value::from(-1), Value::from(-1)),
        Some((from, to)) if !from.is_empty() => (number(from), number(to)),
        _ => (number(text), number(text)),
    }
}
