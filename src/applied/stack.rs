//! What a CloudFormation stack last deployed: its template, evaluated with the parameters it was deployed with.
//!
//! Pure; whoever calls the service hands over a [`DeployedStack`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::DeployedStack;
use crate::declared::cloudformation::{self, Context, Inputs};
use crate::model::{Applied, Bindings, Bound, Fingerprinter, Kind, Problem, Value};

/// What a deployed stack tells.
#[derive(Clone, Debug, Default)]
pub struct AppliedStack {
    /// Its resources as they were last deployed. Their values carry no places: the text is the service's.
    pub applied: Vec<Applied>,
    /// Logical id → physical id.
    pub bindings: Bindings,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
    /// The stack's status while an operation on it runs: its values are about to change.
    pub in_flight: Option<String>,
}

/// Evaluates the deployed template with the deployed parameters.
///
/// `bindings` add what is known of the resources besides their physical ids (attributes for `Fn::GetAtt`). Account
/// and region are taken from the stack's ARN where they are not given. `NoEcho` parameters, which the service masks,
/// are unknown.
pub fn evaluate(
    stack: &DeployedStack,
    bindings: &Bindings,
    account: Option<&str>,
    region: Option<&str>,
    fingerprints: &Fingerprinter,
) -> AppliedStack {
    let physical = physical_ids(stack);
    let mut known = physical.clone();
    bindings.iter().for_each(|(id, bound)| known.bind(id, bound.clone()));
    let file: Arc<str> = format!("deployed template of stack {}", stack.name).into();
    let read = cloudformation::read_processed(&Inputs {
        file: &file,
        text: &stack.template,
        parameters: &stack.parameters,
        bindings: &known,
        context: &context(stack, account, region),
        fingerprints,
    });
    let applied = read.declarations.into_iter().map(|declaration| Applied {
        address: declaration.address,
        resource_type: declaration.resource_type,
        identifier: declaration.identifier,
        attributes: without_places(declaration.attributes),
    });
    let elsewhere = |problem: Problem| match problem.at.clone() {
        // The place is one in the service's text: worth a word, not a link into the repository.
        Some(at) => {
            let message = format!("{} (line {} of the {file})", problem.message, at.line);
            Problem { message, at: None, snippet: None, ..problem }
        }
        None => problem,
    };
    AppliedStack {
        applied: applied.collect(),
        bindings: physical,
        problems: stack.problems.iter().cloned().chain(read.problems.into_iter().map(elsewhere)).collect(),
        in_flight: stack.status.ends_with("_IN_PROGRESS").then(|| stack.status.clone()),
    }
}

fn physical_ids(stack: &DeployedStack) -> Bindings {
    let bound = |(id, resource): (&String, &super::StackResource)| {
        let identifier = resource.physical_id.clone().filter(|physical_id| !physical_id.is_empty())?;
        Some((id.clone(), Bound { identifier: Some(identifier), attributes: BTreeMap::new() }))
    };
    stack.resources.iter().filter_map(bound).collect()
}

/// The pseudo parameters of a deployed stack: `arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/NAME/ID` tells most.
fn context(stack: &DeployedStack, account: Option<&str>, region: Option<&str>) -> Context {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut arn = stack.id.split(':');
    let (partition, of_arn) = match (arn.next(), arn.next(), arn.next()) {
        (Some("arn"), partition, Some("cloudformation")) => (partition, [arn.next(), arn.next()]),
        _ => (None, [None, None]),
    };
    let [arn_region, arn_account] = of_arn;
    Context {
        account: account.or(arn_account).and_then(known),
        region: region.or(arn_region).and_then(known),
        partition: partition.and_then(known),
        stack_name: known(&stack.name),
        stack_id: known(&stack.id),
    }
}

fn without_places(value: Value) -> Value {
    Value::new(match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(without_places).collect()),
        Kind::Object(members) => {
            Kind::Object(members.into_iter().map(|(key, member)| (key, without_places(member))).collect())
        }
        kind => kind,
    })
}

/// The parameters that a deployment of the head uses: what it gives, else what the stack has. A deployment of an
/// existing stack keeps the previous values; a template's defaults are for parameters that neither names.
pub fn head_parameters(
    given: &BTreeMap<String, String>,
    deployed: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut parameters = deployed.clone();
    parameters.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    parameters
}

/// What the service returns for a character outside ASCII.
const REPLACEMENT: char = '?';

/// Puts back what the service loses: `GetTemplate` returns `?` for every character outside ASCII.
///
/// A text that is the declared one with its characters replaced becomes the declared one. A text with a `?` where the
/// declared one is another text with such characters is unknown: which ones it had cannot be told. All others stay.
pub fn restore_text(applied: &mut Value, declared: &Value) {
    match (&mut applied.kind, &declared.kind) {
        (Kind::Object(members), Kind::Object(declared)) => {
            for (key, member) in members {
                if let Some(declared) = declared.get(key) {
                    restore_text(member, declared);
                }
            }
        }
        (Kind::List(items), Kind::List(declared)) => {
            for (item, declared) in items.iter_mut().zip(declared) {
                restore_text(item, declared);
            }
        }
        (Kind::String(text), Kind::String(declared)) if text.contains(REPLACEMENT) && !declared.is_ascii() => {
            let replaced = declared.chars().map(|c| if c.is_ascii() { c } else { REPLACEMENT });
            applied.kind = if text.chars().eq(replaced) {
                Kind::String(declared.clone())
            } else {
                Value::unknown("the service returns `?` for characters outside ASCII").kind
            };
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applied::StackResource;
    use serde_json::json;

    const ARN: &str = "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/shop/1";

    fn deployed() -> DeployedStack {
        let parameters = [("Size", "big"), ("Password", "****")];
        DeployedStack {
            updated_at: None,
            tags: BTreeMap::new(),
            name: "shop".into(),
            id: ARN.into(),
            status: "UPDATE_COMPLETE".into(),
            template: json!({
                "Transform": "OurMacro",
                "Parameters": {
                    "Size": {"Type": "String", "Default": "small"},
                    "Password": {"Type": "String", "NoEcho": true},
                },
                "Resources": {
                    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Size"}}},
                    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {
                        "QueueName": {"Fn::Sub": "${AWS::StackName}-${AWS::Region}-${AWS::AccountId}.${AWS::URLSuffix}"},
                        "Topic": {"Ref": "Topic"},
                        "TopicName": {"Fn::GetAtt": ["Topic", "TopicName"]},
                        "Secret": {"Ref": "Password"},
                        "Bad": {"Fn::Nope": 1},
                    }},
                },
            })
            .to_string(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            resources: [(
                "Topic".to_owned(),
                StackResource {
                    resource_type: "AWS::SNS::Topic".into(),
                    physical_id: Some("arn:topic".into()),
                    status: "CREATE_COMPLETE".into(),
                },
            )]
            .into(),
            problems: Vec::new(),
        }
    }

    fn evaluated(stack: &DeployedStack) -> AppliedStack {
        let name = Bound { identifier: None, attributes: [("TopicName".to_owned(), Value::from("t"))].into() };
        evaluate(stack, &[("Topic".to_owned(), name)].into_iter().collect(), None, None, &Fingerprinter::new(*b"k"))
    }

    #[test]
    fn a_stack_is_evaluated_with_what_it_was_deployed_with() {
        let stack = evaluated(&deployed());
        let [queue, topic] = stack.applied.as_slice() else { panic!("{stack:?}") };
        assert_eq!(topic.attributes.to_json(), json!({"DisplayName": "big"}));
        assert_eq!(topic.identifier.as_deref(), Some("arn:topic"));
        assert_eq!(
            queue.attributes.to_json(),
            json!({
                "QueueName": "shop-cn-north-1-123456789012.amazonaws.com.cn",
                "Topic": "arn:topic",
                "TopicName": "t",
                "Secret": {"Fn::Unknown": "the service masks parameter Password"},
                "Bad": {"Fn::Unknown": "there is no function Fn::Nope"},
            })
        );
        assert_eq!(queue.attributes.get("Topic").unwrap().at, None);
        assert_eq!(stack.bindings.get("Topic").unwrap().identifier.as_deref(), Some("arn:topic"));
        assert_eq!(
            stack.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["Queue: there is no function Fn::Nope (line 1 of the deployed template of stack shop)"]
        );
        assert_eq!(stack.in_flight, None);
    }

    #[test]
    fn a_stack_under_operation_is_in_flight() {
        let stack = DeployedStack { status: "UPDATE_ROLLBACK_IN_PROGRESS".into(), ..deployed() };
        assert_eq!(evaluated(&stack).in_flight.as_deref(), Some("UPDATE_ROLLBACK_IN_PROGRESS"));
    }

    #[test]
    fn a_stack_without_a_readable_template_is_a_problem() {
        let stack = evaluated(&DeployedStack { template: "{".into(), ..deployed() });
        assert!(stack.applied.is_empty());
        assert_eq!(stack.problems.len(), 1);
        assert!(stack.bindings.get("Topic").is_some());
    }

    #[test]
    fn given_parameters_win_over_deployed_ones() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let head = head_parameters(&map(&[("A", "given")]), &map(&[("A", "old"), ("B", "old")]));
        assert_eq!(head, map(&[("A", "given"), ("B", "old")]));
    }

    #[test]
    fn lost_characters_come_back_from_the_declared_text_only() {
        let check = |applied: serde_json::Value, declared: serde_json::Value, expect: serde_json::Value| {
            let mut restored = Value::from_json(&applied);
            restore_text(&mut restored, &Value::from_json(&declared));
            assert_eq!(restored.to_json(), expect, "{applied} beside {declared}");
        };
        let lost = || json!({"Fn::Unknown": "the service returns `?` for characters outside ASCII"});
        check(json!("gr?n"), json!("grün"), json!("grün"));
        check(json!("? 1"), json!("😀 1"), json!("😀 1"));
        check(json!({"A": ["x", {"B": "?"}]}), json!({"A": ["x", {"B": "é"}]}), json!({"A": ["x", {"B": "é"}]}));
        check(json!("gr?n"), json!("grüner"), lost());
        check(json!("gr?n"), json!("grun"), json!("gr?n"));
        check(json!("grun"), json!("grün"), json!("grun"));
        check(json!("a?b=1"), json!("a?b=2"), json!("a?b=1"));
        check(json!({"A": "?"}), json!({"B": "é"}), json!({"A": "?"}));
    }
}
