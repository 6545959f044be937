//! Policy documents in one form, so that two of the same meaning are equal and a change shows at the action.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::normal::{Author, parsed};
use crate::model::{Kind, Value};

/// The document with statements, actions and the like as lists, texts for booleans and numbers, and root principals
/// as ARNs. What is no document stays as it is. `Version` and `Id` are left alone: they carry meaning, and a document
/// without a version has the first one (IAM user guide, "IAM JSON policy elements: Version").
pub(super) fn canonical(author: Author, value: &Value) -> Value {
    match &value.kind {
        Kind::Object(_) => document(author, value),
        Kind::String(text) => {
            let decoded = || percent_decode_str(text).decode_utf8().ok().and_then(|text| parsed(&(*text).into()));
            let read = parsed(value).or_else(decoded);
            read.map_or_else(|| value.clone(), |read| document(author, &read.located(value.at.clone())))
        }
        _ => value.clone(),
    }
}

/// One statement in the same form, where a type holds it without a document around it.
pub(super) fn canonical_statement(author: Author, value: &Value) -> Value {
    match parsed(value) {
        Some(read) => statement(author, &read.located(value.at.clone())),
        None => statement(author, value),
    }
}

fn document(author: Author, value: &Value) -> Value {
    let mut document = members(value, |key, member| match key {
        "Statement" => each(&listed(member), |one| statement(author, one)),
        _ => member.clone(),
    });
    if let Kind::Object(members) = &mut document.kind
        && members.contains_key("Statement")
    {
        members.entry("Version".to_owned()).or_insert_with(|| FIRST_VERSION.into());
    }
    document
}

const FIRST_VERSION: &str = "2008-10-17";

fn statement(author: Author, value: &Value) -> Value {
    let mut statement = members(value, |key, member| match key {
        "Action" | "NotAction" | "Resource" | "NotResource" => texts(member),
        "Principal" | "NotPrincipal" => principal(member),
        "Condition" => members(member, |_, operands| members(operands, |_, operand| texts(operand))),
        "Effect" if author == Author::Person => effect(member),
        _ => member.clone(),
    });
    if let Kind::Object(members) = &mut statement.kind {
        members.retain(|key, member| !(key == "Sid" && is_given_sid(member)));
    }
    statement
}

/// S3, SQS and SNS number statements that have no Sid of their own.
fn is_given_sid(sid: &Value) -> bool {
    sid.as_str().is_some_and(|sid| sid.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Services take `allow` for `Allow`, and answer the latter.
fn effect(value: &Value) -> Value {
    match value.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("allow") => value.with(Kind::String("Allow".into())),
        Some("deny") => value.with(Kind::String("Deny".into())),
        _ => value.clone(),
    }
}

/// `"*"` and `{"AWS": "*"}` are the same (IAM user guide, "AWS JSON policy elements: Principal").
fn principal(value: &Value) -> Value {
    match &value.kind {
        Kind::String(_) => value.with(Kind::Object(BTreeMap::from([("AWS".to_owned(), texts(value))]))),
        _ => members(value, |kind, who| {
            let who = texts(who);
            if kind == "AWS" { each(&who, account_root) } else { who }
        }),
    }
}

/// Digits of an account number.
const ACCOUNT_DIGITS: usize = 12;

/// An account number stands for the ARN of the account's root (same page, "AWS account principals").
fn account_root(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            value.with(Kind::String(format!("arn:aws:iam::{text}:root")))
        }
        _ => value.clone(),
    }
}

/// How S3 answers an origin access identity, whichever way a policy names it (CloudFront developer guide, "Using an
/// origin access identity").
const ACCESS_IDENTITY: &str = ":iam::cloudfront:user/CloudFront Origin Access Identity ";

/// The declared principals where they name origin access identities by their canonical ids and the live ones by their
/// ARNs, or the other way round: only CloudFront knows which is which, so the declared ones are not known. `None`: they
/// are named alike.
pub(super) fn identities_apart(declared: &Value, live: &Value) -> Option<Value> {
    let forms = [["CanonicalUser", "AWS"], ["AWS", "CanonicalUser"]];
    let differ = |[from, to]: &[&'static str; 2]| {
        let may_be = |kind: &'static str, side, other| only_in(kind, side, other).any(|who| may_be_identity(kind, who));
        may_be(from, declared, live) && may_be(to, live, declared)
    };
    forms.into_iter().find(differ).map(|forms| named_otherwise(declared, live, forms))
}

fn may_be_identity(kind: &str, who: &Value) -> bool {
    who.as_str().is_some_and(|text| kind == "CanonicalUser" || text.contains(ACCESS_IDENTITY))
}

fn principals<'v>(value: &'v Value, kind: &str) -> &'v [Value] {
    value.get(kind).and_then(Value::as_list).unwrap_or_default()
}

/// The principals of a kind that only one side has.
fn only_in<'v>(kind: &'static str, side: &'v Value, other: &'v Value) -> impl Iterator<Item = &'v Value> {
    principals(side, kind).iter().filter(move |who| !principals(other, kind).contains(who))
}

/// The declared principals with those that may be origin access identities as unknown ones of the kind that the service
/// answers.
fn named_otherwise(declared: &Value, live: &Value, [from, to]: [&'static str; 2]) -> Value {
    let is_moved = |who: &&Value| may_be_identity(from, who) && !principals(live, from).contains(who);
    let (moved, kept): (Vec<&Value>, Vec<&Value>) = principals(declared, from).iter().partition(is_moved);
    let unknown = |who: &Value| {
        let reason = "an origin access identity is declared by another name than the service answers it by";
        Value::unknown(reason).located(who.at.clone())
    };
    let there = principals(declared, to).iter().cloned().chain(moved.into_iter().map(unknown));
    let mut changed = declared.clone();
    if let Kind::Object(kinds) = &mut changed.kind {
        kinds.insert(to.to_owned(), Value::list(there));
        kinds.remove(from);
        if !kept.is_empty() {
            kinds.insert(from.to_owned(), Value::list(kept.into_iter().cloned()));
        }
    }
    changed
}

/// What an id tells of a principal: how ids of users and of roles begin (IAM user guide, "IAM identifiers").
const UNIQUE_IDS: [(&str, &str); 2] = [("AIDA", "user"), ("AROA", "role")];

/// What is to be said of a principal that a service shows by its unique id.
pub(super) fn note_on_principal(live: &Value) -> Option<String> {
    let id = live.as_str()?;
    let (_, what) = UNIQUE_IDS.iter().find(|(begin, _)| id.starts_with(begin))?;
    let is_id = id.len() > SHORTEST_ID && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_id.then(|| format!("{id} is a {what} that was deleted; one made again under its name is another"))
}

/// Shorter texts are no unique ids (IAM API reference: 16 to 128 characters).
const SHORTEST_ID: usize = 15;

fn members(value: &Value, change: impl Fn(&str, &Value) -> Value) -> Value {
    match &value.kind {
        Kind::Object(members) => value.with(Kind::Object(
            members
                .iter()
                .filter(|(_, member)| member.kind != Kind::Null)
                .map(|(key, member)| (key.clone(), change(key, member)))
                .collect(),
        )),
        _ => value.clone(),
    }
}

fn each(value: &Value, change: impl Fn(&Value) -> Value) -> Value {
    match &value.kind {
        Kind::List(items) => value.with(Kind::List(items.iter().map(change).collect())),
        _ => value.clone(),
    }
}

fn listed(value: &Value) -> Value {
    match &value.kind {
        Kind::List(_) | Kind::Unknown(_) => value.clone(),
        _ => value.with(Kind::List(vec![value.clone()])),
    }
}

fn texts(value: &Value) -> Value {
    each(&listed(value), |item| match item.as_scalar_text() {
        Some(text) => item.with(Kind::String(text)),
        None => item.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn form(document: Json) -> Value {
        canonical(Author::Person, &Value::from_json(&document))
    }

    fn statement_with(change: impl FnOnce(&mut Json)) -> Json {
        let mut document = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"],
            "Principal": {"AWS": ["arn:aws:iam::111111111111:root"]},
            "Condition": {"Bool": {"aws:SecureTransport": ["true"]}},
        }]});
        change(&mut document["Statement"][0]);
        document
    }

    #[test]
    fn spellings_of_one_policy_are_one() {
        let plain = form(statement_with(|_| {}));
        let check = |document: Json| assert_eq!(form(document.clone()), plain, "{document}");
        check(statement_with(|s| s["Action"] = json!("s3:GetObject")));
        check(statement_with(|s| s["Effect"] = json!("allow")));
        check(statement_with(|s| s["Principal"] = json!({"AWS": "111111111111"})));
        check(statement_with(|s| s["Condition"]["Bool"]["aws:SecureTransport"] = json!(true)));
        check(statement_with(|s| s["Sid"] = json!("1")));
        check(json!({"Version": "2012-10-17", "Statement": statement_with(|_| {})["Statement"][0]}));
        let text = statement_with(|_| {}).to_string();
        check(json!(text));
        let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        check(json!(encoded));
    }

    #[test]
    fn changes_of_a_policy_stay_changes() {
        let plain = form(statement_with(|_| {}));
        let check = |document: Json| assert_ne!(form(document.clone()), plain, "{document}");
        check(statement_with(|s| s["Action"] = json!("s3:getobject")));
        check(statement_with(|s| s["Effect"] = json!("Deny")));
        check(statement_with(|s| s["Principal"] = json!({"AWS": "222222222222"})));
        check(statement_with(|s| s["Principal"] = json!({"Service": "111111111111"})));
        check(statement_with(|s| s["Condition"]["Bool"]["aws:SecureTransport"] = json!(false)));
        check(statement_with(|s| s["Sid"] = json!("Mine1")));
        let mut older = statement_with(|_| {});
        older["Version"] = json!("2008-10-17");
        check(older.clone());
        let mut bare = older.clone();
        bare.as_object_mut().unwrap().remove("Version");
        assert_eq!(form(bare), form(older), "the first version is that of a policy that names none");
        let shouted = canonical(Author::Service, &Value::from_json(&statement_with(|s| s["Effect"] = json!("allow"))));
        assert_ne!(shouted, plain, "no service answers so");
    }
}
