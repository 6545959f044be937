//! ECS container definitions, which Terraform takes as a text of JSON with the API's `camelCase` names.

use super::interpret::map;
use crate::model::{Kind, Value};

/// Members of a container whose keys are the user's own.
const FREE_MAPS: [&str; 2] = ["dockerlabels", "options"];

/// Container definitions from the API's `camelCase` to CloudFormation's `PascalCase`.
///
/// `null` members are left out, as the provider leaves them out; so is an environment entry whose value is `null`
/// (hashicorp/terraform-provider-aws#39533).
pub(super) fn canonical(document: &Value) -> Value {
    match &document.kind {
        Kind::List(items) => document.with(Kind::List(items.iter().map(canonical).collect())),
        Kind::Object(members) => {
            let kept = members.iter().filter(|(_, value)| value.kind != Kind::Null);
            let members = kept.map(|(key, value)| {
                let is_free = FREE_MAPS.contains(&key.to_ascii_lowercase().as_str());
                let value = match (key.as_str(), is_free) {
                    (_, true) => map(value),
                    ("environment" | "Environment", _) => canonical(&without_null_values(value)),
                    _ => canonical(value),
                };
                (capitalised(key), value)
            });
            document.with(Kind::Object(members.collect()))
        }
        _ => document.clone(),
    }
}

fn without_null_values(environment: &Value) -> Value {
    let Some(entries) = environment.as_list() else { return environment.clone() };
    let has_value = |entry: &&Value| {
        let value = entry.get("value").or_else(|| entry.get("Value"));
        value.is_none_or(|value| value.kind != Kind::Null)
    };
    environment.with(Kind::List(entries.iter().filter(has_value).cloned().collect()))
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
