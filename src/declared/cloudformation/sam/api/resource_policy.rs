//! The resource policy of a REST API, in its definition.

use crate::declared::cloudformation::sam::definition::{ANY_METHOD, ApiKind, path_in_arn, seen_cases};
use crate::declared::cloudformation::sam::tree::{
    Expand, add_new, as_items, entries, fault, field, items, member, members, says_something, tree,
};
use crate::model::{Kind, Value};

const POLICY: &str = "x-amazon-apigateway-policy";

/// Adds what the policy says of one path.
pub(in crate::declared::cloudformation::sam) fn add(
    document: &mut Value,
    policy: &Value,
    path: &str,
    stage: &Value,
) -> Expand<()> {
    if policy.as_object().is_none() {
        return fault(policy, "a resource policy is a mapping");
    }
    let of_path = resources(document, path, stage);
    for (name, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
        let Some(accounts) = field(policy, name).filter(|accounts| says_something(accounts)) else { continue };
        let principal = tree!({ "AWS": (Value::list(as_items(accounts).iter().cloned())) });
        let statement = statement(effect, principal, &of_path);
        let known = member(document, POLICY);
        members(known).insert("Version".to_owned(), "2012-10-17".into());
        match members(known).get_mut("Statement") {
            // The transform leaves a single statement for accounts as it is, and makes a list of it for a second one.
            None => drop(members(known).insert("Statement".to_owned(), statement)),
            Some(known) => push(known, statement),
        }
    }
    for (name, operator) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
        let Some(ranges) = field(policy, name).filter(|ranges| says_something(ranges)) else { continue };
        let ranges = tree!({ "aws:SourceIp": (Value::list(as_items(ranges).iter().cloned())) });
        deny_others(document, Value::object([(operator, ranges)]), &of_path);
    }
    for (list, operator) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
        let networks = networks(policy, list)?;
        if !networks.is_empty() {
            deny_others(document, Value::object([(operator, Value::object(networks))]), &of_path);
        }
    }
    members(member(document, POLICY));
    match field(policy, "CustomStatements") {
        Some(statements) => add_custom(document, statements),
        None => Ok(()),
    }
}

/// Adds statements as they are written.
fn add_custom(document: &mut Value, statements: &Value) -> Expand<()> {
    let known = member(document, POLICY);
    members(known).insert("Version".to_owned(), "2012-10-17".into());
    match members(known).get_mut("Statement") {
        None => drop(members(known).insert("Statement".to_owned(), statements.clone())),
        Some(known) => {
            as_list(known);
            add_new(items(known), as_items(statements).iter().cloned());
        }
    }
    Ok(())
}

/// The networks and endpoints of a list, by the key of the condition they are in.
fn networks(policy: &Value, list: &str) -> Expand<Vec<(&'static str, Value)>> {
    let (mut networks, mut endpoints) = (Vec::new(), Vec::new());
    let named = field(policy, &format!("SourceVpc{list}"));
    for name in named.map(as_items).unwrap_or_default() {
        match &name.kind {
            Kind::String(text) if text.starts_with("vpce-") => endpoints.push(name.clone()),
            Kind::String(text) if text.starts_with("vpc-") => networks.push(name.clone()),
            Kind::String(_) => {}
            _ => return fault(name, format!("functions are for `IntrinsicVpc{list}`")),
        }
    }
    let others = |name: String| field(policy, &name).map(as_items).unwrap_or_default().to_vec();
    networks.extend(others(format!("IntrinsicVpc{list}")));
    endpoints.extend(others(format!("IntrinsicVpce{list}")));
    let found = [("aws:SourceVpc", networks), ("aws:SourceVpce", endpoints)];
    Ok(found.into_iter().filter(|(_, found)| !found.is_empty()).map(|(key, found)| (key, Value::list(found))).collect())
}

/// Lets everybody call, but for those under the condition.
fn deny_others(document: &mut Value, condition: Value, of_path: &Value) {
    let mut denied = statement("Deny", tree!("*"), of_path);
    members(&mut denied).insert("Condition".to_owned(), condition);
    let known = member(document, POLICY);
    members(known).insert("Version".to_owned(), "2012-10-17".into());
    let known = members(known).entry("Statement".to_owned()).or_insert_with(|| tree!([]));
    as_list(known);
    add_new(items(known), [statement("Allow", tree!("*"), of_path), denied]);
}

fn statement(effect: &str, principal: Value, of_path: &Value) -> Value {
    tree!({
        "Effect": effect,
        "Action": "execute-api:Invoke",
        "Resource": (of_path.clone()),
        "Principal": (principal),
    })
}

fn push(known: &mut Value, statement: Value) {
    as_list(known);
    items(known).push(statement);
}

/// Makes a list of a single value.
fn as_list(known: &mut Value) {
    if known.as_list().is_none() {
        let only = std::mem::replace(known, tree!([]));
        items(known).push(only);
    }
}

/// The methods of a path, as resources of a policy.
fn resources(document: &Value, path: &str, stage: &Value) -> Value {
    let cases = document.at_keys(["paths", path]).map(seen_cases).unwrap_or_default();
    let path = path_in_arn(path, ApiKind::Rest);
    let methods = cases.into_iter().flat_map(entries).map(|(method, _)| {
        let method = if method == ANY_METHOD || method == "any" { "*".to_owned() } else { method.to_uppercase() };
        let arn = format!("execute-api:/${{__Stage__}}/{method}{path}");
        tree!({ "Fn::Sub": [(arn), { "__Stage__": (stage.clone()) }] })
    });
    Value::list(methods)
}
