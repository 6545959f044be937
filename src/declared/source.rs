//! From a configured source to declarations: which reader reads what.

mod offline;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use self::offline::{AtPath, Offline, at_path, terraform_folder};
use super::{Read, cdk, cloudformation, kubernetes, members, terraform, terraform_canonical};
use crate::applied::terraform_state;
use crate::config::{CdkAssembly, CloudFormationTemplate, Declared as Source, KubernetesManifests, TerraformModule};
use crate::model::{AvailabilityZone, Bindings, Bound, Fingerprinter, Problem, ProblemKind, Value};
use crate::repo::{self, EntryKind, Tree};
use crate::schema;

/// What a declaration is evaluated with besides the repository: where it is deployed, and what is known of it there.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The account, if known.
    pub account: Option<String>,
    /// The region, if known.
    pub region: Option<String>,
    /// The name of the stack in CloudFormation.
    pub stack_name: Option<String>,
    /// The ARN of the stack in CloudFormation.
    pub stack_id: Option<String>,
    /// The parameters that the stack was deployed with; a deploy keeps those that it is not given.
    pub deployed_parameters: BTreeMap<String, String>,
    /// What parameters that name others of the parameter store were resolved to at that deployment.
    pub resolved_parameters: BTreeMap<String, cloudformation::Resolved>,
    /// What the stacks of the account and region export, if that was asked for.
    pub exports: Option<BTreeMap<String, String>>,
    /// The availability zones of the regions that were asked for.
    pub zones: BTreeMap<String, Vec<String>>,
    /// The zones of the regions that were asked for, all that the account can use.
    pub available_zones: BTreeMap<String, Vec<AvailabilityZone>>,
    /// What the states of other stacks give, if that was asked for.
    pub states: Vec<StackOutputs>,
    /// What declarations refer to by name.
    pub bindings: Bindings,
}

/// The outputs of a stack, for others that read its state.
#[derive(Clone, Debug)]
pub struct StackOutputs {
    /// Where its code says that its state is kept.
    pub backend: terraform::Backend,
    /// Its workspace.
    pub workspace: String,
    /// The outputs, or why they could not be read.
    pub outputs: Result<BTreeMap<String, Value>, Problem>,
}

impl StackOutputs {
    /// Whether this is the state that somebody reads.
    fn is(&self, wanted: &terraform::RemoteState) -> bool {
        // What tells two states of one kind of backend apart; of other kinds nothing is known here.
        let keys: &[&str] = match wanted.backend.as_str() {
            "s3" | "oss" | "cos" => &["bucket", "key"],
            "gcs" => &["bucket", "prefix"],
            "azurerm" => &["storage_account_name", "container_name", "key"],
            "http" => &["address"],
            "consul" => &["path"],
            "pg" => &["schema_name"],
            "kubernetes" => &["namespace", "secret_suffix"],
            _ => return false,
        };
        let same = |key: &&str| {
            wanted.config.get(key).and_then(Value::as_str) == self.backend.config.get(*key).map(String::as_str)
        };
        self.backend.kind == wanted.backend && self.workspace == wanted.workspace && keys.iter().all(same)
    }
}

/// Reads what a source declares.
pub fn read(tree: &Tree, source: &Source, surroundings: &Surroundings, fingerprints: &Fingerprinter) -> Read {
    let mut read = match source {
        Source::Terraform(module) => read_terraform(tree, module, surroundings, fingerprints),
        Source::Cloudformation(template) => folded(read_template(tree, template, surroundings, fingerprints)),
        Source::Cdk(assembly) => folded(read_assembly(tree, assembly, surroundings, fingerprints)),
        Source::Kubernetes(manifests) => read_manifests(tree, manifests),
    };
    for declaration in &mut read.declarations {
        let attributes = std::mem::take(&mut declaration.attributes);
        declaration.attributes = schema::hide_secrets(&declaration.resource_type, attributes, fingerprints);
    }
    read
}

/// What is a part of another resource, in that one.
fn folded(mut read: Read) -> Read {
    let folded = members::fold(std::mem::take(&mut read.declarations));
    let alone = folded.alone.iter().map(|(declaration, reason)| (declaration.resource_type.as_str(), *reason));
    read.skipped.extend(members::skipped(alone));
    read.problems.extend(folded.problems);
    read.open.extend(folded.open);
    Read { declarations: folded.resources, ..read }
}

fn read_terraform(tree: &Tree, module: &TerraformModule, around: &Surroundings, fingerprints: &Fingerprinter) -> Read {
    if tree.kind(&module.path) == Some(EntryKind::Folder) && !has_code(tree, &module.path) {
        // Nothing read is not the same as nothing declared: a path with a slip must not look clean.
        let problem = Problem::new(ProblemKind::Unreadable, shown(&module.path), "holds no Terraform file")
            .remedy("name the folder with the root module's .tf files");
        return Read { problems: vec![problem], ..Read::default() };
    }
    with_terraform_inputs(tree, module, around, fingerprints, |inputs| {
        let evaluated = terraform::evaluate(inputs);
        let mut bindings = Cow::Borrowed(&around.bindings);
        for (from, to) in &evaluated.moved {
            bindings.to_mut().rename(from, to);
        }
        for (address, id) in &evaluated.imports {
            if bindings.get(address).is_none_or(|bound| bound.identifier.is_none()) {
                let attributes = [("id".to_owned(), Value::from(id.as_str()))].into();
                bindings.to_mut().bind(address.as_str(), Bound { identifier: Some(id.clone()), attributes });
            }
        }
        let mut read = terraform_canonical::declarations(&evaluated.resources, &bindings);
        read.asks.available_zones = evaluated.asked_zones;
        read.asks.states = evaluated.asked_states;
        (read.moves, read.moved) = (evaluated.moves, evaluated.moved);
        read.problems.extend(evaluated.problems);
        read.skipped.extend(evaluated.skipped);
        read.unsettled = evaluated.unsettled;
        read.references = evaluated.references;
        read
    })
}

fn with_terraform_inputs<T>(
    tree: &Tree,
    module: &TerraformModule,
    around: &Surroundings,
    fingerprints: &Fingerprinter,
    run: impl FnOnce(&terraform::Inputs<'_>) -> T,
) -> T {
    let context = terraform::Context {
        account: around.account.clone(),
        region: around.region.clone(),
        partition: around.region.as_deref().map(|region| terraform_canonical::partition(region).to_owned()),
        zones: around.available_zones.clone(),
    };
    run(&terraform::Inputs {
        tree,
        folder: &module.path,
        var_files: &module.var_files,
        variables: &module.variables,
        environment: &module.environment,
        modules: &module.modules,
        workspace: &module.workspace,
        bindings: &around.bindings,
        context: &context,
        states: &|wanted| remote_outputs(tree, &module.path, wanted, around, fingerprints),
        fingerprints,
    })
}

/// The outputs of a state that a module reads: of a file in the repository, or of another stack.
fn remote_outputs(
    tree: &Tree,
    folder: &str,
    wanted: &terraform::RemoteState,
    around: &Surroundings,
    fingerprints: &Fingerprinter,
) -> Option<Result<BTreeMap<String, Value>, Problem>> {
    if wanted.backend == "local" {
        let text = |name: &str| wanted.config.get(name).and_then(Value::as_str);
        let path = match wanted.workspace.as_str() {
            "default" => text("path").unwrap_or("terraform.tfstate").to_owned(),
            other => format!("{}/{other}/terraform.tfstate", text("workspace_dir").unwrap_or("terraform.tfstate.d")),
        };
        let path = repo::join(folder, &path).ok()?;
        let text = tree.read_text(&path).ok()?;
        return Some(terraform_state::outputs(&path.into(), &text, fingerprints));
    }
    around.states.iter().find(|stack| stack.is(wanted)).map(|stack| stack.outputs.clone())
}

fn read_template(
    tree: &Tree,
    template: &CloudFormationTemplate,
    around: &Surroundings,
    fingerprints: &Fingerprinter,
) -> Read {
    let mut problems = Vec::new();
    let mut given = BTreeMap::new();
    if let Some(path) = &template.parameter_file {
        let read = tree.read_text(path).map_err(|error| error.problem());
        match read.and_then(|text| cloudformation::parameter_file(&path.as_str().into(), &text)) {
            Ok(parameters) => given = parameters,
            Err(problem) => problems.push(problem),
        }
    }
    given.extend(template.parameters.clone());
    let mut read = evaluate_template(tree, &template.path, &given, around, fingerprints);
    read.problems.extend(problems);
    read
}

fn evaluate_template(
    tree: &Tree,
    path: &str,
    given: &BTreeMap<String, String>,
    around: &Surroundings,
    fingerprints: &Fingerprinter,
) -> Read {
    let text = match tree.read_text(path) {
        Ok(text) => text,
        Err(error) => return Read { problems: vec![error.problem()], ..Read::default() },
    };
    cloudformation::read(&cloudformation::Inputs {
        tree,
        file: &path.into(),
        text: &text,
        parameters: &crate::applied::stack::head_parameters(given, &around.deployed_parameters),
        resolved: &around.resolved_parameters,
        bindings: &around.bindings,
        context: &cloudformation::Context {
            account: around.account.clone(),
            region: around.region.clone(),
            partition: around.region.as_deref().map(|region| terraform_canonical::partition(region).to_owned()),
            stack_name: around.stack_name.clone(),
            stack_id: around.stack_id.clone(),
            exports: around.exports.clone(),
            zones: around.zones.clone(),
        },
        fingerprints,
    })
}

/// Reads one stack of a cloud assembly. Where the assembly names its account and region, they are those of the
/// stack's resources, wherever the scan looks.
fn read_assembly(tree: &Tree, source: &CdkAssembly, around: &Surroundings, fingerprints: &Fingerprinter) -> Read {
    let assembly = cdk::assembly(tree, &source.path);
    let stack = match cdk::stack(&assembly, &source.path, source.stack.as_deref()) {
        Ok(stack) => stack,
        Err(problem) => {
            let problems = assembly.problems.iter().cloned().chain([problem]).collect();
            return Read { problems, ..Read::default() };
        }
    };
    let mut given = stack.parameters.clone();
    given.extend(source.parameters.clone());
    let around = Surroundings {
        account: stack.account.clone().or_else(|| around.account.clone()),
        region: stack.region.clone().or_else(|| around.region.clone()),
        stack_name: around.stack_name.clone().or_else(|| Some(stack.stack_name.clone())),
        ..around.clone()
    };
    let mut read = evaluate_template(tree, &stack.template, &given, &around, fingerprints);
    for declaration in &mut read.declarations {
        declaration.account = stack.account.clone();
        declaration.region = stack.region.clone();
    }
    read.problems.extend(assembly.problems.iter().cloned());
    read
}

fn read_manifests(tree: &Tree, source: &KubernetesManifests) -> Read {
    kubernetes::read(&kubernetes::Inputs {
        tree,
        path: &source.path,
        namespace: &source.namespace,
        helm: source.helm.as_ref(),
        kustomize: source.kustomize,
        programs: &kubernetes::Programs::installed(),
    })
}

fn has_code(tree: &Tree, folder: &str) -> bool {
    tree.list(folder).unwrap_or_default().iter().any(|entry| !entry.is_dir && terraform::is_code(&entry.name))
}

/// A path in a repository as people write it.
fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_remote_state_is_a_file_of_the_repository_or_the_state_of_another_stack() {
        let main = r#"
            data "terraform_remote_state" "file" {
              backend = "local"
              config  = { path = "../net/terraform.tfstate" }
            }
            data "terraform_remote_state" "stack" {
              backend = "s3"
              config  = { bucket = "b", key = "${terraform.workspace}/net", region = "eu-west-1" }
            }
            data "terraform_remote_state" "other" {
              backend   = "s3"
              workspace = "blue"
              config    = { bucket = "b", key = "default/net" }
            }
            resource "aws_sqs_queue" "q" {
              name = data.terraform_remote_state.other.outputs.name
            }
        "#;
        let state = r#"{"version": 4, "outputs": {"name": {"value": "from-file"}}}"#;
        let backend = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"default/net\"\n  }\n}\n";
        let tree = Tree::memory([("app/main.tf", main), ("net/main.tf", backend), ("net/terraform.tfstate", state)]);
        let stack = StackOutputs {
            backend: terraform::backend(&tree, "net").unwrap(),
            workspace: "default".into(),
            outputs: Ok([("name".to_owned(), Value::from("from-stack"))].into()),
        };
        let fingerprints = Fingerprinter::new(*b"key");
        let offline = Offline { tree, fingerprints: fingerprints.clone() };
        let module = TerraformModule::at("app");
        let around = Surroundings { states: vec![stack], ..Surroundings::default() };
        let name = |which: &str| {
            let expression = format!("data.terraform_remote_state.{which}.outputs.name");
            offline.evaluate(&module, &around, &expression).0
        };
        assert_eq!(name("file").to_json(), json!("from-file"));
        assert_eq!(name("stack").to_json(), json!("from-stack"));
        assert!(name("other").is_unknown(), "another workspace is another state");
        let read = super::read(offline.tree(), &Source::Terraform(module), &Surroundings::default(), &fingerprints);
        assert!(read.asks.states);
    }

    const MANIFEST: &str = r#"{"artifacts": {"Shop": {"type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/us-east-1",
        "properties": {"templateFile": "Shop.template.json", "parameters": {"Size": "7"}}}}}"#;

    fn read_cdk(template: &serde_json::Value, stack: Option<&str>) -> Read {
        let tree = Tree::memory([
            ("cdk.out/manifest.json", MANIFEST.to_owned()),
            ("cdk.out/Shop.template.json", template.to_string()),
        ]);
        let source =
            CdkAssembly { path: "cdk.out".into(), stack: stack.map(str::to_owned), parameters: BTreeMap::new() };
        let around = Surroundings { region: Some("eu-west-1".into()), ..Surroundings::default() };
        super::read(&tree, &Source::Cdk(source), &around, &Fingerprinter::new(*b"key"))
    }

    #[test]
    fn a_stack_of_an_assembly_is_read_with_its_environment_and_parameters() {
        let template = json!({
            "Parameters": {
                "Size": {"Type": "Number"},
                "BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"},
            },
            "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1"], {"Ref": "BootstrapVersion"}]}]}}]}},
            "Conditions": {"CDKMetadataAvailable": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}},
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "Shop/Queue/Resource"}, "Properties": {
                    "QueueName": {"Fn::Sub": "${AWS::StackName}-${AWS::Region}-${AWS::AccountId}"}, "DelaySeconds": {"Ref": "Size"}}},
                "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable", "Properties": {"Analytics": "v2"}},
            },
        });
        for stack in [None, Some("Shop")] {
            let read = read_cdk(&template, stack);
            let [queue] = read.declarations.as_slice() else { panic!("{read:?}") };
            assert_eq!(
                queue.attributes.to_json(),
                json!({"QueueName": "Shop-us-east-1-123456789012", "DelaySeconds": "7"})
            );
            assert_eq!((queue.account.as_deref(), queue.region.as_deref()), (Some("123456789012"), Some("us-east-1")));
            assert_eq!(read.skipped[0].reason, "a note of the CDK, not a resource");
            assert!(read.problems.is_empty(), "{:?}", read.problems);
        }
        assert_eq!(
            read_cdk(&template, Some("Other")).problems[0].to_string(),
            "cdk.out: holds no stack Other (its stacks are Shop)"
        );
    }
}
