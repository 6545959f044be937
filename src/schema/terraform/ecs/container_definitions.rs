//! ECS container definitions, which Terraform takes as a text of JSON with the API's `camelCase` names.

use super::super::interpret::map;
use crate::model::{Kind, Value};

/// Members of a container whose keys are the user's own.
const FREE_MAPS: [&str; 2] = ["dockerlabels", "options"];

/// Container definitions from the API's `camelCase` to CloudFormation's `PascalCase`.
///
/// `null` members are left out, as the provider leaves them out; so is an environment entry whose value is `null`
/// (hashicorp/terraform-provider-aws#39533).
pub(in crate::schema::terraform) fn canonical(document: &Value) -> Value {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(document: serde_json::Value, expect: serde_json::Value) {
        assert_eq!(canonical(&Value::from_json(&document)), Value::from_json(&expect));
    }

    #[test]
    fn names_are_those_of_cloudformation_and_the_keys_of_users_are_their_own() {
        check(
            json!([{
                "name": "web", "readonlyRootFilesystem": true,
                "dockerLabels": {"com.example.team": "web", "lower": "x"},
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/web"},
                    "secretOptions": [{"name": "n", "valueFrom": "arn"}]},
                "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": true}},
                "linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"]}},
                "environment": [{"name": "lower_case", "value": "v"}],
            }]),
            json!([{
                "Name": "web", "ReadonlyRootFilesystem": true,
                "DockerLabels": {"com.example.team": "web", "lower": "x"},
                "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/web"},
                    "SecretOptions": [{"Name": "n", "ValueFrom": "arn"}]},
                "FirelensConfiguration": {"Type": "fluentbit", "Options": {"enable-ecs-log-metadata": "true"}},
                "LinuxParameters": {"Capabilities": {"Add": ["SYS_PTRACE"]}},
                "Environment": [{"Name": "lower_case", "Value": "v"}],
            }]),
        );
    }

    #[test]
    fn what_is_null_is_not_declared_and_what_is_empty_is() {
        check(
            json!([{"name": "web", "command": null, "environment": [{"name": "A", "value": null}, {"name": "B",
                "value": ""}]}]),
            json!([{"Name": "web", "Environment": [{"Name": "B", "Value": ""}]}]),
        );
    }
}
