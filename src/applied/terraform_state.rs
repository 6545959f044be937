//! Terraform's state, format version 4 or as `terraform show -json` prints it: what was last applied, and the ids and
//! attributes that declarations refer to.
//!
//! Reads a text and knows no file and no back end. The state swallows manual changes whenever it is refreshed, so its
//! values are candidates for the merge base only. Everything that the state marks as sensitive, and what is a secret by
//! its name, leaves as a fingerprint.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::declared::members;
use crate::model::{Applied, Bindings, Bound, Fingerprinter, Location, Problem, ProblemKind, Skipped, Value};
use crate::schema::terraform;

mod address;
mod sensitive;
mod shown;

/// What a state tells.
#[derive(Clone, Debug)]
pub struct State {
    /// The state's serial number: every write counts it up. A shown state has none.
    pub serial: Option<u64>,
    /// The version of Terraform or OpenTofu that wrote it.
    pub terraform_version: String,
    /// The managed resources in the canonical model, members in their parents, by address.
    pub applied: Vec<Applied>,
    /// Address → `id` and all attributes under Terraform's names, of managed resources and of data sources.
    pub bindings: Bindings,
    /// Managed resources that nothing here can compare.
    pub skipped: Vec<Skipped>,
    /// What of it could not be read.
    pub problems: Vec<Problem>,
}

/// The format version that is read. It has been the only one written since Terraform 0.12.
const VERSION: u64 = 4;

/// Reads a state.
///
/// # Errors
/// A [`Problem`] at `file` when the text is no state, is encrypted, or has another format version.
pub fn read(file: &Arc<str>, text: &str, fingerprints: &Fingerprinter) -> Result<State, Problem> {
    let header = header(file, text)?;
    let resources = match header.version {
        Some(_) => serde_json::from_str(text).map(|content: Content| content.resources),
        None => shown::resources(text),
    };
    let resources = resources.map_err(|error| not_a_state(file, &error))?;
    let mut reader = Reader {
        fingerprints,
        applied: Vec::new(),
        bindings: Bindings::default(),
        skipped: Vec::new(),
        problems: Vec::new(),
    };
    for resource in &resources {
        for instance in resource.instances.iter().filter(|instance| instance.deposed.is_none()) {
            reader.instance(resource, instance);
        }
    }
    Ok(reader.finish(header.serial, header.terraform_version))
}

/// Reads the outputs of the root module, what `terraform_remote_state` gives. Sensitive ones are fingerprints.
///
/// # Errors
/// As [`read`].
pub fn outputs(file: &Arc<str>, text: &str, fingerprints: &Fingerprinter) -> Result<BTreeMap<String, Value>, Problem> {
    let outputs = match header(file, text)?.version {
        Some(_) => serde_json::from_str(text).map(|content: Outputs| content.outputs),
        None => shown::outputs(text),
    };
    let outputs = outputs.map_err(|error| not_a_state(file, &error))?;
    let shown = |output: &Output| {
        let value = Value::from_json(&output.value);
        if output.sensitive { fingerprints.hide(&value) } else { value }
    };
    Ok(outputs.iter().map(|(name, output)| (name.clone(), shown(output))).collect())
}

/// What a state says of itself, if it is one that can be read.
fn header(file: &Arc<str>, text: &str) -> Result<Header, Problem> {
    let header: Header = serde_json::from_str(text).map_err(|error| not_a_state(file, &error))?;
    if header.encrypted_data.is_some() {
        return Err(Problem::new(ProblemKind::Unreadable, &**file, "the state is encrypted")
            .remedy("give the output of `tofu state pull`, which decrypts it"));
    }
    match header.version {
        Some(VERSION) => Ok(header),
        None if header.format_version.is_some() => Ok(header),
        Some(version) => {
            Err(Problem::new(ProblemKind::Invalid, &**file, format!("state format version {version}, not 4")).remedy(
                "let Terraform 0.12 or later write the state, for example with `terraform apply -refresh-only`",
            ))
        }
        None => Err(Problem::new(ProblemKind::Invalid, &**file, "this is JSON, but no Terraform state")
            .remedy("give the output of `terraform state pull`")),
    }
}

/// The first look at a state, which decides whether the rest can be read.
#[derive(Deserialize)]
struct Header {
    version: Option<u64>,
    serial: Option<u64>,
    /// What `terraform show -json` prints has this one.
    format_version: Option<String>,
    #[serde(default)]
    terraform_version: String,
    /// OpenTofu's state encryption puts the whole state in here.
    encrypted_data: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    resources: Vec<StateResource>,
}

#[derive(Deserialize)]
struct Outputs {
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    value: Json,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct StateResource {
    #[serde(default)]
    module: String,
    mode: Mode,
    #[serde(rename = "type")]
    resource_type: String,
    name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Managed,
    Data,
    /// A mode of a later version, such as `ephemeral`: nothing that was applied.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Instance {
    index_key: Option<Json>,
    attributes: Option<Json>,
    #[serde(default)]
    sensitive_attributes: Json,
    deposed: Option<String>,
}

/// The error of the JSON reader without its text, which may quote the state.
fn not_a_state(file: &Arc<str>, error: &serde_json::Error) -> Problem {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the state ends early",
        serde_json::error::Category::Data => "this does not have the form of a Terraform state",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "this is not JSON",
    };
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
    Problem::new(ProblemKind::Invalid, &**file, what)
        .remedy("give the output of `terraform state pull`")
        .at(Some(Location::new(Arc::clone(file), number(error.line()), number(error.column()))))
}

struct Reader<'a> {
    fingerprints: &'a Fingerprinter,
    applied: Vec<Applied>,
    bindings: Bindings,
    /// Terraform's type and the reason.
    skipped: Vec<(String, &'static str)>,
    problems: Vec<Problem>,
}

/// Why a type is not compared.
const NO_MAPPING: &str = "nothing here compares this type";

impl Reader<'_> {
    fn instance(&mut self, resource: &StateResource, instance: &Instance) {
        let address = address::of(
            &resource.module,
            resource.mode == Mode::Data,
            &resource.resource_type,
            &resource.name,
            instance.index_key.as_ref(),
        );
        let Some(Json::Object(_)) = &instance.attributes else {
            if resource.mode == Mode::Managed {
                let message = "the state keeps no attributes of it, or keeps them in the format of Terraform 0.11";
                let problem = Problem::new(ProblemKind::Unevaluated, address, message)
                    .remedy("let `terraform apply -refresh-only` write the state again");
                self.problems.push(problem);
            }
            return;
        };
        let mut attributes = Value::from_json(instance.attributes.as_ref().unwrap_or(&Json::Null));
        sensitive::hide(&resource.resource_type, &mut attributes, &instance.sensitive_attributes, self.fingerprints);
        if resource.mode == Mode::Managed {
            self.managed(resource, &address, &attributes);
        }
        if resource.mode != Mode::Other {
            let identifier = attributes.get("id").and_then(Value::as_str).map(str::to_owned);
            let attributes = attributes.as_object().cloned().unwrap_or_default();
            self.bindings.bind(address, Bound { identifier, attributes });
        }
    }

    fn managed(&mut self, resource: &StateResource, address: &str, attributes: &Value) {
        let context = terraform::Context { address, ..terraform::Context::default() };
        match terraform::canonical(&resource.resource_type, attributes, &context) {
            Some(mapped) => self.applied.extend(mapped.into_iter().map(|mapped| Applied {
                address: mapped.address(address),
                resource_type: mapped.resource_type,
                identifier: mapped.identifier,
                attributes: mapped.attributes,
            })),
            None => self.skipped.push((resource.resource_type.clone(), NO_MAPPING)),
        }
    }

    fn finish(mut self, serial: Option<u64>, terraform_version: String) -> State {
        let mut folded = members::fold(self.applied);
        folded.resources.sort_by(|one, other| one.address.cmp(&other.address));
        for (member, reason) in folded.alone {
            self.skipped.push((address::resource_type(&member.address).to_owned(), reason));
        }
        self.problems.extend(folded.problems);
        State {
            serial,
            terraform_version,
            applied: folded.resources,
            bindings: self.bindings,
            skipped: members::skipped(
                self.skipped.iter().map(|(resource_type, reason)| (resource_type.as_str(), *reason)),
            ),
            problems: self.problems,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHOP: &str = include_str!("../../tests/fixtures/terraform-state/shop.tfstate");
    const ENCRYPTED: &str = include_str!("../../tests/fixtures/terraform-state/encrypted.tfstate");

    fn state(text: &str) -> Result<State, Problem> {
        read(&"terraform.tfstate".into(), text, &Fingerprinter::new(*b"key"))
    }

    #[test]
    fn bombs_of_depth_are_a_problem() {
        let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for bomb in [nested("[", "]"), nested("{\"a\":", "}")] {
            let attributes = format!(
                r#"{{"version":4,"resources":[{{"mode":"managed","type":"aws_vpc","name":"x","instances":[{{"attributes":{bomb}}}]}}]}}"#
            );
            for text in [attributes, bomb] {
                assert!(state(&text).map_or(true, |state| !state.problems.is_empty()), "{}", text.len());
            }
        }
    }

    #[test]
    fn managed_resources_are_applied_with_their_members_in_them() {
        let state = state(SHOP).unwrap();
        assert_eq!((state.serial, state.terraform_version.as_str()), (Some(17), "1.11.4"));
        let applied: Vec<_> = state
            .applied
            .iter()
            .map(|applied| (applied.address.as_str(), applied.resource_type.as_str(), applied.identifier.as_deref()))
            .collect();
        assert_eq!(
            applied,
            [
                ("aws_iam_role.app", "AWS::IAM::Role", Some("app")),
                ("aws_lambda_function.f[1]", "AWS::Lambda::Function", Some("f")),
                ("module.net[\"eu.west\"].aws_security_group.web", "AWS::EC2::SecurityGroup", Some("sg-1")),
            ]
        );
        let [role, _, group] = &state.applied[..] else { panic!("three") };
        let policies = json!([{"PolicyDocument": {"Statement": []}, "PolicyName": "read"}]);
        assert_eq!(role.attributes.get("Policies").unwrap().to_json(), policies);
        // Written inside the group and as a resource of its own: one rule.
        let rules = json!([{
            "CidrIp": "10.0.0.0/8", "Description": "office", "FromPort": 443, "IpProtocol": "tcp", "ToPort": 443
        }]);
        assert_eq!(group.attributes.get("SecurityGroupIngress").unwrap().to_json(), rules);
    }

    #[test]
    fn what_is_not_compared_is_counted_under_terraforms_types() {
        let state = state(SHOP).unwrap();
        let skipped: Vec<_> =
            state.skipped.iter().map(|s| (s.resource_type.as_str(), s.reason.as_str(), s.count)).collect();
        assert_eq!(
            skipped,
            [
                ("aws_docdb_cluster", NO_MAPPING, 1),
                ("aws_security_group_rule", "belongs to a resource that this stack does not declare", 1),
            ]
        );
        let problems: Vec<_> = state.problems.iter().map(|problem| problem.scope.as_str()).collect();
        assert_eq!(problems, ["aws_ecs_cluster.legacy"]);
    }

    #[test]
    fn bindings_hold_resources_and_data_sources_under_terraforms_names() {
        let state = state(SHOP).unwrap();
        let me = state.bindings.get("data.aws_caller_identity.me").unwrap();
        assert_eq!(me.attributes.get("account_id"), Some(&Value::from("123456789012")));
        let group = state.bindings.get("module.net[\"eu.west\"].aws_security_group.web").unwrap();
        assert_eq!(group.identifier.as_deref(), Some("sg-1"));
        let function = state.bindings.get("aws_lambda_function.f[1]").unwrap();
        assert_eq!(function.identifier.as_deref(), Some("f"), "the deposed instance is not the function");
        assert!(state.bindings.get("aws_docdb_cluster.db").is_some());
    }

    #[test]
    fn no_secret_leaves_a_state() {
        let state = state(SHOP).unwrap();
        assert!(!format!("{state:?}").contains("hunter2"));
        let variables = |value: &Value| value.at_keys(["Environment", "Variables"]).cloned().unwrap();
        let variables = variables(&state.applied[1].attributes);
        assert!(variables.get("TOKEN").unwrap().has_sensitive());
        assert_eq!(variables.get("MODE"), Some(&Value::from("fast")));
    }

    #[test]
    fn what_is_no_readable_state_says_what_to_do() {
        let check = |text: &str, message: &str, remedy: &str| {
            let problem = state(text).unwrap_err();
            assert_eq!(problem.message, message, "{text}");
            assert!(problem.remedy.as_deref().unwrap().contains(remedy), "{problem}");
            assert!(!format!("{problem:?}").contains("hunter2"));
        };
        check(ENCRYPTED, "the state is encrypted", "tofu state pull");
        check(r#"{"version": 3, "modules": []}"#, "state format version 3, not 4", "0.12");
        check(r#"{"a": 1}"#, "this is JSON, but no Terraform state", "terraform state pull");
        check("hunter2", "this is not JSON", "terraform state pull");
        check(r#"{"version": 4, "resources": [{"mode""#, "the state ends early", "terraform state pull");
        check("", "the state ends early", "terraform state pull");
        check(
            r#"{"version": 4, "resources": "hunter2"}"#,
            "this does not have the form of a Terraform state",
            "terraform state pull",
        );
    }

    #[test]
    fn a_shown_state_says_the_same_as_a_state_file() {
        let resource = |address: &str, index: Json, values: Json, sensitive: Json| {
            json!({"address": address, "mode": "managed", "type": "aws_ssm_parameter", "name": "p", "index": index,
                "provider_name": "p", "schema_version": 0, "values": values, "sensitive_values": sensitive})
        };
        let parameter =
            |name: &str, value: &str| json!({"id": name, "name": name, "type": "SecureString", "value": value});
        let values = json!({"root_module": {
            "resources": [resource("aws_ssm_parameter.p", Json::Null, parameter("/a", "hunter2"), json!({"value": true}))],
            "child_modules": [{"address": "module.m[\"x\"]", "resources": [
                resource("module.m[\"x\"].aws_ssm_parameter.p[0]", json!(0), parameter("/b", "hunter2"), json!({})),
            ]}],
        }});
        let shown = json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": values});
        let planned = json!({"format_version": "1.2", "planned_values": {}, "prior_state": shown});
        for text in [shown.to_string(), planned.to_string()] {
            let state = state(&text).unwrap();
            let applied: Vec<_> = state.applied.iter().map(|applied| applied.address.as_str()).collect();
            assert_eq!(applied, ["aws_ssm_parameter.p", "module.m[\"x\"].aws_ssm_parameter.p[0]"]);
            assert_eq!(state.serial, None);
            assert!(!format!("{state:?}").contains("hunter2"));
        }
        assert!(state(r#"{"format_version": "1.0"}"#).unwrap().applied.is_empty(), "nothing was applied yet");
    }

    #[test]
    fn outputs_are_what_other_stacks_read_and_secret_ones_are_fingerprints() {
        let text = r#"{"version": 4, "outputs": {
            "vpc_id": {"value": "vpc-1", "type": "string"},
            "zones": {"value": ["a", "b"], "type": ["list", "string"]},
            "password": {"value": "hunter2", "type": "string", "sensitive": true}}}"#;
        let read = |text: &str| outputs(&"s.tfstate".into(), text, &Fingerprinter::new(*b"key"));
        let outputs = read(text).unwrap();
        assert_eq!(outputs.get("vpc_id"), Some(&Value::from("vpc-1")));
        assert_eq!(outputs.get("zones").unwrap().to_json(), json!(["a", "b"]));
        assert!(outputs.get("password").unwrap().has_sensitive() && !format!("{outputs:?}").contains("hunter2"));
        assert_eq!(read(ENCRYPTED).unwrap_err().message, "the state is encrypted");
        let shown =
            r#"{"format_version": "1.0", "values": {"outputs": {"vpc_id": {"value": "vpc-1", "sensitive": false}}}}"#;
        assert_eq!(read(shown).unwrap().get("vpc_id"), Some(&Value::from("vpc-1")));
    }

    #[test]
    fn an_empty_state_is_a_state() {
        let state = state(r#"{"version": 4, "serial": 1, "resources": []}"#).unwrap();
        assert!(state.applied.is_empty() && state.problems.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_twice_the_same(
            text in ".{0,200}", cut in 0..SHOP.len(), from in ".", to in ".{0,3}",
        ) {
            for text in [text.as_str(), SHOP.get(..cut).unwrap_or_default(), &SHOP.replace(&from, &to)] {
                proptest::prop_assert_eq!(format!("{:?}", state(text)), format!("{:?}", state(text)));
            }
        }
    }
}
