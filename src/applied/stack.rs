//! What a CloudFormation stack last deployed: its template, evaluated with the parameters it was deployed with.
//!
//! Pure; whoever calls the service hands over a [`DeployedStack`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::DeployedStack;
use crate::declared::cloudformation::{self, Asks, Context, Inputs, Resolved};
use crate::model::{Applied, Bindings, Bound, Fingerprinter, Kind, Problem, ProblemKind, Value};
use crate::repo::Tree;

/// What a deployed stack tells.
#[derive(Clone, Debug, Default)]
pub struct AppliedStack {
    /// Its resources as they were last deployed, those of nested stacks under `Nested/LogicalId`. Their values carry
    /// no places: the text is the service's.
    pub applied: Vec<Applied>,
    /// Logical id → physical id, and the outputs of nested stacks.
    pub bindings: Bindings,
    /// What its parameters of the parameter store were resolved to.
    pub resolved: BTreeMap<String, Resolved>,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
    /// Whether what it says of its resources is what runs.
    pub reality: Reality,
    /// What the account has to be asked before all of it is known.
    pub asks: Asks,
}

/// What the status of a stack says about its resources. Source: "Stack status codes" of the CloudFormation user guide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reality {
    /// They are as they were last deployed.
    #[default]
    Deployed,
    /// The last operation failed halfway: some are as they were deployed before it. They are compared all the same.
    Halfway(String),
    /// An operation runs: they change by themselves.
    InFlight(String),
    /// There are none, or only leftovers that the next deployment cannot take over.
    Nothing(String),
}

impl Reality {
    /// What a status says.
    pub fn of(status: &str) -> Self {
        let told = status.to_owned();
        match status {
            "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE" | "DELETE_COMPLETE" | "DELETE_FAILED" => Self::Nothing(told),
            // What is being deleted is still there for a while.
            _ if status.ends_with("_IN_PROGRESS") => Self::InFlight(told),
            _ if status.ends_with("_FAILED") => Self::Halfway(told),
            _ => Self::Deployed,
        }
    }

    /// What a reader of a report should know about it.
    fn problem(&self, stack: &str) -> Option<Problem> {
        let (message, remedy) = match self {
            Self::Deployed | Self::InFlight(_) => return None,
            Self::Halfway(status) => (
                format!("its last operation failed ({status}): what it left behind is compared with its template"),
                "continue or repeat the operation",
            ),
            Self::Nothing(status) => (
                format!("nothing of it is deployed: it is in {status}"),
                "deploy it; a stack that could not be made or deleted has to be deleted first",
            ),
        };
        Some(Problem::new(ProblemKind::Unevaluated, format!("stack {stack}"), message).remedy(remedy))
    }
}

/// Evaluates the deployed template with the deployed parameters, and those of its nested stacks.
///
/// `bindings` add what is known of the resources besides their physical ids (attributes for `Fn::GetAtt`). Account
/// and region are taken from the stack's ARN where `known` does not name them. `NoEcho` parameters, which the service
/// masks, are unknown.
pub fn evaluate(
    stack: &DeployedStack,
    bindings: &Bindings,
    known: &Context,
    fingerprints: &Fingerprinter,
) -> AppliedStack {
    let reality = Reality::of(&stack.status);
    let mut problems = stack.problems.clone();
    problems.extend(reality.problem(&stack.name));
    if let Reality::Nothing(_) = reality {
        return AppliedStack { reality, problems, ..AppliedStack::default() };
    }
    let mut evaluated =
        AppliedStack { bindings: physical_ids(stack), resolved: resolved(stack), ..AppliedStack::default() };
    for (id, nested) in &stack.nested {
        evaluated.take_nested(id, evaluate(nested, &inside(bindings, id), known, fingerprints));
    }
    let mut own_bindings = evaluated.bindings.clone();
    bindings.iter().for_each(|(id, bound)| own_bindings.bind(id, bound.clone()));
    let file: Arc<str> = format!("deployed template of stack {}", stack.name).into();
    let read = cloudformation::read_processed(&Inputs {
        // Nested stacks and includes lie in S3, and the nested ones were read from there.
        tree: &Tree::memory::<&str, &str>([]),
        file: &file,
        text: &stack.template,
        parameters: &stack.parameters,
        resolved: &resolved(stack),
        bindings: &own_bindings,
        context: &context(stack, known),
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
    evaluated.applied.extend(applied);
    problems.extend(read.problems.into_iter().map(elsewhere));
    evaluated.problems.splice(0..0, problems);
    evaluated.asks.add(read.asks);
    evaluated.reality = reality;
    evaluated
}

impl AppliedStack {
    /// Takes in what a nested stack tells, under addresses in it.
    fn take_nested(&mut self, id: &str, nested: Self) {
        let inner = |address: &str| format!("{id}/{address}");
        self.applied
            .extend(nested.applied.into_iter().map(|applied| Applied { address: inner(&applied.address), ..applied }));
        nested.bindings.iter().for_each(|(address, bound)| self.bindings.bind(inner(address), bound.clone()));
        self.resolved.extend(nested.resolved.into_iter().map(|(name, resolved)| (inner(&name), resolved)));
        self.problems.extend(nested.problems);
        self.asks.add(nested.asks);
    }
}

/// What is known of the resources of a nested stack.
fn inside(bindings: &Bindings, id: &str) -> Bindings {
    let prefix = format!("{id}/");
    let inner = bindings.iter().filter_map(|(address, bound)| Some((address.strip_prefix(&prefix)?, bound)));
    inner.map(|(address, bound)| (address.to_owned(), bound.clone())).collect()
}

fn resolved(stack: &DeployedStack) -> BTreeMap<String, Resolved> {
    let of_name = |(name, value): (&String, &String)| {
        let stored = stack.parameters.get(name)?;
        Some((name.clone(), Resolved { name: stored.clone(), value: value.clone() }))
    };
    stack.resolved.iter().filter_map(of_name).collect()
}

fn physical_ids(stack: &DeployedStack) -> Bindings {
    let bound = |(id, resource): (&String, &super::StackResource)| {
        let identifier = resource.physical_id.clone().filter(|physical_id| !physical_id.is_empty())?;
        Some((id.clone(), Bound { identifier: Some(identifier), attributes: BTreeMap::new() }))
    };
    let mut bindings: Bindings = stack.resources.iter().filter_map(bound).collect();
    for (id, nested) in &stack.nested {
        let output = |(name, value): (&String, &String)| (format!("Outputs.{name}"), Value::from(value.as_str()));
        bindings.bind(id, Bound { identifier: None, attributes: nested.outputs.iter().map(output).collect() });
    }
    bindings
}

/// The pseudo parameters of a deployed stack: `arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/NAME/ID` tells most.
fn context(stack: &DeployedStack, around: &Context) -> Context {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut arn = stack.id.split(':');
    let (partition, of_arn) = match (arn.next(), arn.next(), arn.next()) {
        (Some("arn"), partition, Some("cloudformation")) => (partition, [arn.next(), arn.next()]),
        _ => (None, [None, None]),
    };
    let [arn_region, arn_account] = of_arn;
    Context {
        account: around.account.as_deref().or(arn_account).and_then(known),
        region: around.region.as_deref().or(arn_region).and_then(known),
        partition: partition.and_then(known),
        stack_name: known(&stack.name),
        stack_id: known(&stack.id),
        exports: around.exports.clone(),
        zones: around.zones.clone(),
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
            ..DeployedStack::default()
        }
    }

    fn evaluated(stack: &DeployedStack) -> AppliedStack {
        let name = Bound { identifier: None, attributes: [("TopicName".to_owned(), Value::from("t"))].into() };
        evaluate(
            stack,
            &[("Topic".to_owned(), name)].into_iter().collect(),
            &Context::default(),
            &Fingerprinter::new(*b"k"),
        )
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
        assert_eq!(stack.reality, Reality::Deployed);
    }

    #[test]
    fn the_status_of_a_stack_says_what_its_resources_are() {
        let check = |status: &str, expect: fn(String) -> Reality| {
            assert_eq!(Reality::of(status), expect(status.to_owned()), "{status}");
        };
        for status in ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"] {
            check(status, |_| Reality::Deployed);
        }
        for status in [
            "CREATE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "IMPORT_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
        ] {
            check(status, Reality::InFlight);
        }
        for status in ["CREATE_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED"] {
            check(status, Reality::Halfway);
        }
        for status in ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_FAILED", "DELETE_COMPLETE"] {
            check(status, Reality::Nothing);
        }
    }

    #[test]
    fn a_stack_that_could_not_be_made_has_nothing_deployed_and_says_so() {
        let stack = evaluated(&DeployedStack { status: "ROLLBACK_COMPLETE".into(), ..deployed() });
        assert!(stack.applied.is_empty());
        assert_eq!(
            stack.problems[0].to_string(),
            "stack shop: nothing of it is deployed: it is in ROLLBACK_COMPLETE (deploy it; a stack that could not be \
             made or deleted has to be deleted first)"
        );
    }

    #[test]
    fn nested_stacks_are_evaluated_with_their_own_parameters_and_tell_their_outputs() {
        let nested = DeployedStack {
            name: "shop-Data".into(),
            id: ARN.replace("shop", "shop-Data"),
            status: "UPDATE_COMPLETE".into(),
            template: json!({
                "Parameters": {
                    "Name": {"Type": "String"},
                    "Image": {"Type": "AWS::SSM::Parameter::Value<String>"},
                },
                "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {
                    "QueueName": {"Fn::Sub": "${Name}-${Image}"}}}},
            })
            .to_string(),
            parameters: [("Name".to_owned(), "orders".to_owned()), ("Image".to_owned(), "/image".to_owned())].into(),
            resolved: [("Image".to_owned(), "7".to_owned())].into(),
            outputs: [("Url".to_owned(), "https://queue".to_owned())].into(),
            resources: [(
                "Queue".to_owned(),
                StackResource {
                    resource_type: "AWS::SQS::Queue".into(),
                    physical_id: Some("https://queue".into()),
                    status: "CREATE_COMPLETE".into(),
                },
            )]
            .into(),
            ..DeployedStack::default()
        };
        let template = json!({"Resources": {
            "Data": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://bucket/t"},
                // As the CDK leaves it: a file that is not here.
                "Metadata": {"aws:asset:path": "data.json", "aws:asset:property": "TemplateURL"}},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": "Data.Outputs.Url"}}},
        }});
        let outer = DeployedStack {
            template: template.to_string(),
            nested: [("Data".to_owned(), nested)].into(),
            ..deployed()
        };
        let stack = evaluated(&outer);
        let found: Vec<_> = stack
            .applied
            .iter()
            .map(|applied| (applied.address.as_str(), applied.identifier.as_deref(), applied.attributes.to_json()))
            .collect();
        assert_eq!(
            found,
            [
                ("Data/Queue", Some("https://queue"), json!({"QueueName": "orders-7"})),
                ("Topic", Some("arn:topic"), json!({"DisplayName": "https://queue"})),
            ]
        );
        assert!(stack.problems.is_empty(), "{:?}", stack.problems);
        assert_eq!(stack.resolved.keys().collect::<Vec<_>>(), ["Data/Image"]);
        assert!(stack.bindings.get("Data/Queue").is_some());
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
