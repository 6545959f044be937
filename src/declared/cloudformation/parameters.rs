//! Parameters: their values in a template, and the files that give them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Resolved;
use super::evaluate::Evaluated;
use crate::model::{Kind, Problem, ProblemKind, Value};
use crate::yaml::{self, Dialect, Schema};

/// The value of a parameter as `Ref` gives it, in plain text. All of them are strings or lists of strings, whatever
/// their type, as they are for the service.
///
/// `resolved` is what the parameter was resolved to when the stack was last deployed, if it names one of the parameter
/// store. It holds as long as the same one is named.
pub(super) fn value(
    name: &str,
    declaration: &Value,
    given: Option<&Evaluated>,
    resolved: Option<&Resolved>,
) -> Evaluated {
    let has_type = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
    let flag = declaration.get("NoEcho").and_then(Value::as_scalar_text);
    let secret = flag.is_some_and(|flag| flag.eq_ignore_ascii_case("true")) || given.is_some_and(|given| given.secret);
    let unknown = |reason: String| Evaluated { value: Value::unknown(reason), secret: false };
    if let Some(Evaluated { value: Value { kind: Kind::Unknown(_) | Kind::Sensitive(_), .. }, .. }) = given {
        return given.cloned().unwrap_or_else(|| unknown(format!("no value for parameter {name}")));
    }
    let default = || declaration.get("Default").and_then(Value::as_scalar_text);
    let text = given.and_then(|given| given.value.as_scalar_text()).or_else(default);
    let (text, has_type) = match has_type.strip_prefix(STORED).and_then(|rest| rest.strip_suffix('>')) {
        None => (text, has_type),
        Some(stored_type) => {
            match resolved.filter(|resolved| text.as_ref().is_none_or(|text| *text == resolved.name)) {
                Some(resolved) => (Some(resolved.value.clone()), stored_type),
                None => return unknown(format!("parameter {name} is read from the parameter store when deploying")),
            }
        }
    };
    let Some(text) = text else {
        return unknown(format!("no value for parameter {name}"));
    };
    if secret && is_masked(&text) {
        return unknown(format!("the service masks parameter {name}"));
    }
    let value = if has_type == "CommaDelimitedList" || has_type.starts_with("List<") {
        // An empty text is a list of one empty text: cfn-language-discussion#102.
        Value::list(text.split(',').map(|item| Value::from(item.trim())))
    } else {
        Value::from(text)
    };
    Evaluated { value, secret }
}

/// How the types of parameters begin that name one of the parameter store.
const STORED: &str = "AWS::SSM::Parameter::Value<";

/// Whether a text is what the service answers for the value of a `NoEcho` parameter.
fn is_masked(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'*')
}

/// Reads a file of parameter values: the list of `ParameterKey` and `ParameterValue` that the AWS CLI takes, its
/// other list of `Key=Value`, `{"Parameters": {…}}` as pipelines have it, or a plain mapping; JSON or YAML. In YAML
/// values are the text that is written: `0123` keeps its zero.
///
/// A parameter that keeps its previous value (`UsePreviousValue`) is left out.
///
/// # Errors
/// A [`Problem`] with the place of the first entry that is none of these.
pub fn parameter_file(file: &Arc<str>, text: &str) -> Result<BTreeMap<String, String>, Problem> {
    let problem = |value: Option<&Value>, message: &str| {
        Problem::new(ProblemKind::Invalid, &**file, message).at(value.and_then(|value| value.at.clone()))
    };
    let documents = yaml::load(file, text, &Dialect { schema: Schema::Failsafe, tags: None })?;
    let [root] = documents.as_slice() else {
        return Err(problem(None, "a parameter file is one document"));
    };
    match &root.kind {
        Kind::List(entries) => entries
            .iter()
            .filter_map(|entry| match list_entry(entry) {
                Some((_, None)) => None,
                Some((key, Some(value))) => Some(Ok((key, value))),
                None => Some(Err(problem(Some(entry), "expected `ParameterKey` and `ParameterValue`, or `Key=Value`"))),
            })
            .collect(),
        Kind::Object(members) => {
            let members = members.get("Parameters").and_then(Value::as_object).unwrap_or(members);
            let entry = |(key, value): (&String, &Value)| match value.as_scalar_text() {
                Some(text) => Ok((key.clone(), text)),
                None => Err(problem(Some(value), "the value of a parameter is a text")),
            };
            members.iter().map(entry).collect()
        }
        _ => Err(problem(Some(root), "expected a list or a mapping of parameters")),
    }
}

/// The key and, unless the previous one is kept, the value of an entry.
fn list_entry(entry: &Value) -> Option<(String, Option<String>)> {
    if let Some(text) = entry.as_str() {
        let (key, value) = text.split_once('=')?;
        return Some((key.to_owned(), Some(value.to_owned())));
    }
    let key = entry.get("ParameterKey")?.as_str()?.to_owned();
    let keeps = entry.get("UsePreviousValue").and_then(Value::as_scalar_text).is_some_and(|flag| flag == "true");
    match entry.get("ParameterValue") {
        None if keeps => Some((key, None)),
        value => Some((key, Some(value?.as_scalar_text()?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_parameter_has_its_given_value_or_its_default() {
        let check = |declaration: serde_json::Value, given: Option<&str>, expect: serde_json::Value, secret: bool| {
            let given = given.map(|given| Evaluated::from(Value::from(given)));
            let found = value("P", &Value::from_json(&declaration), given.as_ref(), None);
            assert_eq!(found.value.to_json(), expect, "{declaration}");
            assert_eq!(found.secret, secret, "{declaration}");
        };
        let unknown = |reason: &str| json!({"Fn::Unknown": reason});
        check(json!({"Type": "String", "Default": "d"}), None, json!("d"), false);
        check(json!({"Type": "String", "Default": "d"}), Some("g"), json!("g"), false);
        check(json!({"Type": "String", "Default": "d"}), Some(""), json!(""), false);
        check(json!({"Type": "Number", "Default": 3}), None, json!("3"), false);
        check(json!({"Type": "String", "Default": true}), None, json!("true"), false);
        check(json!({"Type": "CommaDelimitedList"}), Some("a, b ,c"), json!(["a", "b", "c"]), false);
        check(json!({"Type": "CommaDelimitedList", "Default": ""}), None, json!([""]), false);
        check(json!({"Type": "List<AWS::EC2::Subnet::Id>"}), Some("s-1"), json!(["s-1"]), false);
        check(json!({"Type": "AWS::EC2::VPC::Id"}), Some("vpc-1"), json!("vpc-1"), false);
        check(json!({"Type": "AWS::SSM::Parameter::Name"}), Some("/a"), json!("/a"), false);
        check(json!({"Type": "String"}), None, unknown("no value for parameter P"), false);
        check(
            json!({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}),
            None,
            unknown("parameter P is read from the parameter store when deploying"),
            false,
        );
        check(json!({"Type": "String", "NoEcho": true}), Some("s3cret"), json!("s3cret"), true);
        check(
            json!({"Type": "String", "NoEcho": "true"}),
            Some("****"),
            unknown("the service masks parameter P"),
            false,
        );
        check(json!({"Type": "String"}), Some("****"), json!("****"), false);
    }

    #[test]
    fn a_parameter_of_the_store_has_the_value_that_was_deployed_as_long_as_its_name_stays() {
        let check = |declaration: serde_json::Value, given: Option<&str>, expect: serde_json::Value| {
            let given = given.map(|given| Evaluated::from(Value::from(given)));
            let resolved = Resolved { name: "/a".into(), value: "x, y".into() };
            let found = value("P", &Value::from_json(&declaration), given.as_ref(), Some(&resolved));
            assert_eq!(found.value.to_json(), expect, "{declaration}");
        };
        let of_type = |inner: &str| json!({"Type": format!("AWS::SSM::Parameter::Value<{inner}>"), "Default": "/a"});
        check(of_type("String"), None, json!("x, y"));
        check(of_type("String"), Some("/a"), json!("x, y"));
        check(of_type("AWS::EC2::Image::Id"), Some("/a"), json!("x, y"));
        check(of_type("List<String>"), Some("/a"), json!(["x", "y"]));
        check(of_type("CommaDelimitedList"), None, json!(["x", "y"]));
        let unknown = json!({"Fn::Unknown": "parameter P is read from the parameter store when deploying"});
        check(of_type("String"), Some("/b"), unknown);
        check(json!({"Type": "String", "Default": "/a"}), None, json!("/a"));
    }

    #[test]
    fn parameter_files_have_four_forms() {
        let check = |text: &str, expect: &[(&str, &str)]| {
            let expect = expect.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            assert_eq!(parameter_file(&"p.json".into(), text), Ok(expect), "{text}");
        };
        check(
            r#"[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "UsePreviousValue": true}]"#,
            &[("A", "1")],
        );
        check(r#"["A=1", "B=x=y"]"#, &[("A", "1"), ("B", "x=y")]);
        check(r#"{"Parameters": {"A": "1", "B": 2}, "Tags": {"T": "t"}}"#, &[("A", "1"), ("B", "2")]);
        check(r#"{"A": "", "B": true}"#, &[("A", ""), ("B", "true")]);
        let yaml = parameter_file(&"p.yaml".into(), "Account: 012345678901\nVersion: 1.10\nEmpty:\n").unwrap();
        assert_eq!(yaml.values().collect::<Vec<_>>(), ["012345678901", "", "1.10"]);
    }

    #[test]
    fn a_parameter_file_of_another_form_is_refused_with_its_place() {
        let check = |text: &str, expect: &str| {
            assert_eq!(parameter_file(&"p.json".into(), text).unwrap_err().to_string(), expect, "{text}");
        };
        check("[\n {\"Key\": \"A\"}]", "p.json:2:2: expected `ParameterKey` and `ParameterValue`, or `Key=Value`");
        check("{\n\"A\": [1]}", "p.json:2:1: the value of a parameter is a text");
        check("[\"A\"]", "p.json:1:2: expected `ParameterKey` and `ParameterValue`, or `Key=Value`");
        assert!(parameter_file(&"p.yaml".into(), "x").is_err());
    }
}
