//! What a record's text names: resources word for word, attributes in any of the spellings people use.
//!
//! Knows no time and no value; a name that is part of a longer one (`api` in `shop-api`) is not named.

use std::collections::BTreeSet;

use crate::model::{AttributeDrift, AttributePath, ChangeRecord, Drift, Presence, ResourceType, Step, Value};

/// A record's text, prepared for being asked.
#[derive(Debug, Default)]
pub(super) struct Text {
    raw: String,
    /// Runs of characters of which names are made.
    names: BTreeSet<String>,
    /// The words, in small letters, each between two spaces: ` desired count 5 `.
    words: String,
}

impl Text {
    /// Everything a record says except its commands, which are read as commands.
    pub(super) fn of(record: &ChangeRecord) -> Self {
        let steps = record.steps.iter().map(|step| step.text.as_str());
        let parts = [record.summary.as_str(), record.body.as_str()].into_iter().chain(steps);
        let prose: Vec<String> = parts.map(without_commands).collect();
        Self::new(prose.iter().chain(&record.selectors).map(String::as_str))
    }

    pub(super) fn new<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let raw = parts.into_iter().collect::<Vec<_>>().join("\n");
        let runs = raw.split(|c| !is_name_char(c)).filter(|run| !run.is_empty());
        let names = runs.flat_map(|run| [run, run.trim_end_matches(['.', ':', '/', '-', ','])]);
        let names = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let words = words(&raw);
        Self { raw, names, words }
    }

    /// Whether it holds a name as a whole, in its own spelling.
    pub(super) fn names(&self, name: &str) -> bool {
        if name.chars().all(is_name_char) {
            return self.names.contains(name);
        }
        self.raw.match_indices(name).any(|(at, _)| {
            let (before, rest) = self.raw.split_at(at);
            let after = rest.strip_prefix(name).unwrap_or_default();
            !before.ends_with(is_name_char) && !after.starts_with(is_name_char)
        })
    }

    /// Whether it says a phrase, whatever its case and whether its words are parted by spaces, dashes or capitals.
    pub(super) fn says(&self, phrase: &str) -> bool {
        let words = words(phrase);
        words.len() > 1 && self.words.contains(&words)
    }
}

/// Tools whose command lines stand in bodies of records.
const TOOLS: [&str; 8] = ["aws", "kubectl", "terraform", "tofu", "helm", "sam", "cdk", "sudo"];

/// A text without the command lines in it: those are read as commands, and `--service api` in one for another cluster,
/// or in the way back, must not pass for a mention.
fn without_commands(text: &str) -> String {
    let mut prose = String::new();
    let mut continues = false;
    for line in text.lines() {
        if continues || is_command(line) {
            continues = line.trim_end().ends_with(['\\', '^']);
            continue;
        }
        // Between backticks stands code.
        for (position, part) in line.split('`').enumerate() {
            if position % 2 == 0 || !is_command(part) {
                prose.push_str(part);
                prose.push(' ');
            }
        }
        prose.push('\n');
    }
    prose
}

/// Whether a line is a command of a known tool with flags, behind a prompt, list mark or assignments.
fn is_command(line: &str) -> bool {
    let mark = |c: char| c.is_whitespace() || c.is_ascii_digit() || "$#>%-*.)`".contains(c);
    let mut words = line.trim_start_matches(mark).split_whitespace();
    let program = words.find(|word| !word.contains('='));
    program.is_some_and(|program| TOOLS.contains(&program)) && words.any(|word| word.starts_with(['-', '–', '—']))
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@')
}

/// The words of a text in small letters: parted by anything but letters and digits, and where a capital begins.
fn words(text: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let begins = c.is_uppercase()
            && (before.is_lowercase()
                || (before.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase())));
        if (begins || !c.is_alphanumeric()) && !words.ends_with(' ') {
            words.push(' ');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        before = c;
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// What people say instead of a property's name.
const SPOKEN: [(&str, &str, &[&str]); 15] = [
    ("AWS::ECS::Service", "DesiredCount", &["task count", "number of tasks", "replicas"]),
    ("AWS::ECS::Service", "TaskDefinition", &["task definition", "revision"]),
    ("AWS::ECS::Service", "EnableExecuteCommand", &["ecs exec", "execute command"]),
    ("AWS::Lambda::Function", "MemorySize", &["memory"]),
    ("AWS::Lambda::Function", "EphemeralStorage", &["ephemeral storage"]),
    ("AWS::Lambda::Function", "ReservedConcurrentExecutions", &["reserved concurrency", "concurrency"]),
    ("AWS::Lambda::Alias", "FunctionVersion", &["version"]),
    ("AWS::Lambda::Alias", "RoutingConfig", &["routing", "weights", "canary"]),
    ("AWS::EC2::SecurityGroup", "SecurityGroupIngress", &["ingress", "inbound"]),
    ("AWS::EC2::SecurityGroup", "SecurityGroupEgress", &["egress", "outbound"]),
    ("AWS::EC2::Instance", "SecurityGroupIds", &["security groups"]),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument", &["trust policy", "assume role policy"]),
    ("AWS::IAM::Role", "ManagedPolicyArns", &["managed policy", "managed policies"]),
    ("AWS::CloudWatch::Alarm", "ActionsEnabled", &["alarm actions"]),
    // A parameter has nothing else that anybody would set.
    ("AWS::SSM::Parameter", "Value", &["set", "flag", "enabled", "disabled"]),
];

/// Verbs for a resource that is gone, and for one that nobody declared.
const GONE: [&str; 8] = ["delete", "deleted", "remove", "removed", "terminate", "terminated", "destroy", "destroyed"];
const MADE: [&str; 8] = ["create", "created", "add", "added", "launch", "launched", "new", "temporary"];

/// Whether a text speaks of an attribute.
pub(super) fn names_attribute(text: &Text, resource_type: &ResourceType, attribute: &AttributeDrift) -> bool {
    let property = attribute.path.steps().first();
    let synonyms = SPOKEN.iter().filter(|(of, name, _)| {
        *of == resource_type.as_str() && matches!(property, Some(Step::Key(key)) if key == name)
    });
    let spoken = synonyms.flat_map(|(.., phrases)| phrases.iter().copied());
    let names = |phrase: &String| text.says(phrase) && (!is_everyday(phrase) || names_container(text, &attribute.path));
    own_phrases(attribute).iter().any(names) || spoken.into_iter().any(|phrase| text.says(phrase))
}

/// Whether a name is also a word of everyday language: the key `team` of a tag stands in every text that speaks of a
/// team. Such a name counts only beside the name of what it is a member of.
fn is_everyday(phrase: &str) -> bool {
    phrase.chars().all(|c| c.is_ascii_lowercase())
}

fn names_container(text: &Text, path: &AttributePath) -> bool {
    let mut properties = path.steps().iter().filter_map(|step| match step {
        Step::Key(key) if !is_everyday(key) => Some(key.as_str()),
        _ => None,
    });
    properties.next_back().is_some_and(|property| text.says(property) || text.says(property.trim_end_matches('s')))
}

/// Whether a text speaks of a resource's being gone, or being made by hand.
pub(super) fn names_presence(text: &Text, drift: &Drift) -> bool {
    let verbs = match drift.presence {
        Presence::Missing => GONE,
        Presence::Unmanaged => MADE,
        Presence::Present => return false,
    };
    verbs.iter().any(|verb| text.says(verb))
}

/// The name of an attribute as its path gives it: the member's own name where a list or map has named members.
fn own_phrases(attribute: &AttributeDrift) -> Vec<String> {
    let steps = attribute.path.steps();
    let mut phrases: Vec<String> = match steps {
        [.., Step::Item { value, .. } | Step::Member(value), Step::Key(key)] if key == "Value" => vec![value.clone()],
        [.., Step::Key(key)] => vec![key.clone()],
        [.., Step::Item { value, .. } | Step::Member(value)] => {
            let last = value.rsplit(['/', ':']).next().map(str::to_owned);
            [value.clone()].into_iter().chain(last).collect()
        }
        [.., Step::Key(key), Step::Index(_)] => vec![key.clone()],
        _ => Vec::new(),
    };
    let rule = [&attribute.live, &attribute.applied, &attribute.declared].into_iter().flatten();
    let ports = rule.filter_map(|rule| rule.get("FromPort")).filter_map(Value::as_scalar_text);
    phrases.extend(ports.map(|port| format!("port {port}")));
    phrases
}

/// The path of an attribute, or what stands for it when the resource as a whole is meant.
pub(super) fn shown(path: Option<&AttributePath>, drift: &Drift) -> String {
    match (path, drift.presence) {
        (Some(path), _) => path.to_string(),
        (None, Presence::Unmanaged) => "the resource's being there".to_owned(),
        (None, _) => "the resource's being gone".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Basis, Standing};
    use proptest::prelude::*;

    #[test]
    fn names_count_only_as_a_whole() {
        let text = Text::new([
            "Scaled api (cluster shop/api2), see arn:aws:lambda:eu-west-1:1:function:f. Set /a/b; x.y[0] too",
        ]);
        for name in ["api", "shop/api2", "arn:aws:lambda:eu-west-1:1:function:f", "/a/b", "x.y[0]"] {
            assert!(text.names(name), "{name}");
        }
        for name in ["api2", "shop", "f", "a/b", "y[0]", "API", "x", "Scale"] {
            assert!(!text.names(name), "{name}");
        }
    }

    #[test]
    fn commands_in_a_text_are_no_mentions() {
        let check = |text: &str, expect: &str| {
            assert_eq!(words(&without_commands(text)), format!(" {expect} "), "{text}");
        };
        check(
            "run:\n```\n$ aws ecs update-service --cluster other \\\n  --service api\n```\nthen wait",
            "run then wait",
        );
        check("1. Run `aws ecs update-service --service api` for `web`", "1 run for web");
        check("see\nAWS_PROFILE=p aws x --service api", "see");
        check("terraform was no way, so the console: more for api", "terraform was no way so the console more for api");
        check("the aws console -- api", "the aws console api");
    }

    fn check(resource_type: &str, path: &str, body: &str, expect: bool) {
        let live = Some(Value::object([("FromPort", Value::from(22))]));
        let attribute = AttributeDrift {
            path: path.parse().unwrap(),
            declared: None,
            applied: None,
            live,
            standing: Standing::Drifted,
            basis: Basis::Declaration,
            note: None,
        };
        assert_eq!(names_attribute(&Text::new([body]), &resource_type.into(), &attribute), expect, "{path}: {body}");
    }

    #[test]
    fn attributes_are_named_in_any_spelling() {
        for body in
            ["desired count 3 → 5", "--desired-count 5", "DesiredCount: 5", "the desired_count", "more replicas"]
        {
            check("AWS::ECS::Service", "DesiredCount", body, true);
        }
        check("AWS::ECS::Service", "DesiredCount", "the count we desired", false);
        check("AWS::ECS::Service", "DesiredCount", "undesired counting", false);
        check("AWS::Lambda::Function", "MemorySize", "memory from 512MB to 1024MB", true);
        check("AWS::ECS::Service", "MemorySize", "memory", false);
        check("AWS::Lambda::Function", "Environment.Variables.LOG_LEVEL", "LOG_LEVEL=debug", true);
        check(
            "AWS::ECS::TaskDefinition",
            "ContainerDefinitions[Name=app].Environment[Name=DEBUG].Value",
            "DEBUG on",
            true,
        );
        check(
            "AWS::ECS::TaskDefinition",
            "ContainerDefinitions[Name=app].Environment[Name=DEBUG].Value",
            "value",
            false,
        );
        check("AWS::IAM::Role", "Tags[Key=team]", "the team keeps it", false);
        check("AWS::IAM::Role", "Tags[Key=team]", "set the tag team", true);
        check("AWS::SSM::Parameter", "Tags.team", "tags: team=platform", true);
        check("AWS::SSM::Parameter", "Tags.team", "for the platform team", false);
        check("AWS::EC2::SecurityGroup", "SecurityGroupIngress[IpProtocol=tcp]", "opened port 22", true);
        check("AWS::EC2::SecurityGroup", "SecurityGroupIngress[IpProtocol=tcp]", "opened port 443", false);
        check(
            "AWS::IAM::Role",
            "ManagedPolicyArns[arn:aws:iam::aws:policy/ReadOnlyAccess]",
            "gave ReadOnlyAccess",
            true,
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}", name in "\\PC{1,5}") {
            let prepared = Text::new([text.as_str()]);
            let _ = (prepared.names(&name), prepared.says(&name));
        }
    }
}
