//! Cloud assemblies: what `cdk synth` writes into `cdk.out`. Source: the cloud assembly schema of the AWS CDK
//! (`@aws-cdk/cloud-assembly-schema`).
//!
//! Only finds the stacks: their templates are CloudFormation's.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Problem, ProblemKind, Value};
use crate::repo::{self, Tree};
use crate::yaml;

/// The file that tells what an assembly holds.
const MANIFEST: &str = "manifest.json";
/// The artifact types of stacks and of assemblies in an assembly (the stages of an app).
const STACK: &str = "aws:cloudformation:stack";
const ASSEMBLY: &str = "cdk:cloud-assembly";
/// Stages in stages.
const MAX_DEPTH: usize = 8;

/// What an assembly holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembly {
    /// Its stacks and those of its stages, by the order of their ids.
    pub stacks: Vec<AssemblyStack>,
    /// What of it could not be read.
    pub problems: Vec<Problem>,
}

/// A stack of an assembly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssemblyStack {
    /// Its path in the app (`Prod/Api`), or its artifact's id where none is told.
    pub id: String,
    /// Its artifact's id.
    pub artifact: String,
    /// Its name in CloudFormation.
    pub stack_name: String,
    /// Its template's path in the repository.
    pub template: String,
    /// The account that it is made for, if it is made for one.
    pub account: Option<String>,
    /// The region that it is made for, if it is made for one.
    pub region: Option<String>,
    /// Parameters that the assembly gives.
    pub parameters: BTreeMap<String, String>,
}

/// Reads the manifest of an assembly, and those of the assemblies in it.
pub fn assembly(tree: &Tree, folder: &str) -> Assembly {
    let mut assembly = Assembly::default();
    collect(tree, folder, 0, &mut assembly);
    assembly.stacks.sort_by(|a, b| a.id.cmp(&b.id));
    assembly
}

/// The stack of a name, id or path; without one, the only stack.
///
/// # Errors
/// A problem that names the stacks there are.
pub fn stack<'a>(assembly: &'a Assembly, folder: &str, name: Option<&str>) -> Result<&'a AssemblyStack, Problem> {
    let is_meant = |stack: &&AssemblyStack| {
        name.is_none_or(|name| [&stack.id, &stack.artifact, &stack.stack_name].contains(&&name.to_owned()))
    };
    let meant: Vec<_> = assembly.stacks.iter().filter(is_meant).collect();
    let problem = |message: String| Problem::new(ProblemKind::Invalid, folder, message);
    let ids = |stacks: &mut dyn Iterator<Item = &AssemblyStack>| {
        stacks.map(|stack| stack.id.as_str()).collect::<Vec<_>>().join(", ")
    };
    match (meant.as_slice(), name) {
        ([stack], _) => Ok(stack),
        ([], _) if assembly.stacks.is_empty() => {
            Err(problem("holds no stack".to_owned()).remedy("run `cdk synth`, and name the folder it writes to"))
        }
        ([], name) => Err(problem(format!("holds no stack {}", name.unwrap_or_default()))
            .remedy(format!("its stacks are {}", ids(&mut assembly.stacks.iter())))),
        (_, None) => Err(problem("holds several stacks".to_owned())
            .remedy(format!("name one of them with `stack`: {}", ids(&mut assembly.stacks.iter())))),
        (several, Some(name)) => Err(problem(format!("holds several stacks {name}"))
            .remedy(format!("name one of them by its path: {}", ids(&mut several.iter().copied())))),
    }
}

/// The folders of assemblies among files; those inside another one are a part of it.
pub fn folders(tree: &Tree, files: &[String]) -> Vec<String> {
    let manifests = files.iter().filter(|file| file.rsplit('/').next() == Some(MANIFEST));
    let found: Vec<_> = manifests.map(|file| repo::parent(file)).filter(|folder| is_assembly(tree, folder)).collect();
    let is_outermost = |folder: &&&str| !found.iter().any(|other| other != *folder && is_in(folder, other));
    found.iter().filter(is_outermost).map(|folder| (*folder).to_owned()).collect()
}

/// Whether a folder is an assembly: a `manifest.json` alone can be anything.
pub fn is_assembly(tree: &Tree, folder: &str) -> bool {
    let text = repo::join(folder, MANIFEST).and_then(|path| tree.read_text(&path));
    text.is_ok_and(|text| [STACK, ASSEMBLY].iter().any(|name| text.contains(&format!("\"{name}\""))))
}

/// Whether a file is somewhere in a folder.
pub fn is_in(file: &str, folder: &str) -> bool {
    folder.is_empty() || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn collect(tree: &Tree, folder: &str, depth: usize, assembly: &mut Assembly) {
    let manifest = repo::join(folder, MANIFEST).and_then(|path| {
        let text = tree.read_text(&path)?;
        Ok((Arc::<str>::from(path), text))
    });
    let (file, text) = match manifest {
        Ok(manifest) => manifest,
        Err(error) => {
            let problem = error.problem().remedy("run `cdk synth`, and name the folder it writes to");
            return assembly.problems.push(problem);
        }
    };
    let documents = match yaml::load_plain(&file, &text) {
        Ok(documents) => documents,
        Err(problem) => return assembly.problems.push(problem),
    };
    let artifacts = documents.first().and_then(|root| root.get("artifacts")).and_then(Value::as_object);
    for (id, artifact) in artifacts.into_iter().flatten() {
        match artifact.get("type").and_then(Value::as_str) {
            Some(STACK) => match of_artifact(folder, id, artifact) {
                Some(stack) => assembly.stacks.push(stack),
                None => {
                    let problem = Problem::new(ProblemKind::Invalid, &*file, format!("the stack {id} has no template"));
                    assembly.problems.push(problem.remedy("run `cdk synth` again").at(artifact.at.clone()));
                }
            },
            Some(ASSEMBLY) if depth < MAX_DEPTH => {
                let name = artifact.at_keys(["properties", "directoryName"]).and_then(Value::as_str);
                match name.map(|name| repo::join(folder, name)) {
                    // A folder that is its own stage would never end; one above itself neither.
                    Some(Ok(inner)) if is_in(&inner, folder) && inner != folder => {
                        collect(tree, &inner, depth + 1, assembly)
                    }
                    _ => {
                        let problem =
                            Problem::new(ProblemKind::Invalid, &*file, format!("the stage {id} has no folder"));
                        assembly.problems.push(problem.remedy("run `cdk synth` again").at(artifact.at.clone()));
                    }
                }
            }
            _ => {}
        }
    }
}

fn of_artifact(folder: &str, id: &str, artifact: &Value) -> Option<AssemblyStack> {
    let text = |keys: &[&str]| artifact.at_keys(keys.iter().copied())?.as_str().map(str::to_owned);
    let template = repo::join(folder, &text(&["properties", "templateFile"])?).ok()?;
    let environment = text(&["environment"]).unwrap_or_default();
    let parameters = artifact.at_keys(["properties", "parameters"]).and_then(Value::as_object);
    let parameter = |(name, value): (&String, &Value)| Some((name.clone(), value.as_scalar_text()?));
    let (account, region) = place(&environment);
    Some(AssemblyStack {
        id: text(&["displayName"]).unwrap_or_else(|| id.to_owned()),
        artifact: id.to_owned(),
        stack_name: text(&["properties", "stackName"]).unwrap_or_else(|| id.to_owned()),
        template,
        account,
        region,
        parameters: parameters.into_iter().flatten().filter_map(parameter).collect(),
    })
}

/// The account and region of `aws://123456789012/eu-west-1`; `unknown-account` and `unknown-region` are none.
fn place(environment: &str) -> (Option<String>, Option<String>) {
    let known = |text: &str| (!text.is_empty() && !text.starts_with("unknown-")).then(|| text.to_owned());
    match environment.strip_prefix("aws://").and_then(|rest| rest.split_once('/')) {
        Some((account, region)) => (known(account), known(region)),
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn artifact(environment: &str, template: &str, more: serde_json::Value) -> serde_json::Value {
        let mut artifact = json!({"type": STACK, "environment": environment, "properties": {"templateFile": template}});
        for (key, value) in more.as_object().unwrap() {
            match value.as_object() {
                Some(members) => {
                    members.iter().for_each(|(name, value)| artifact[key][name] = value.clone());
                }
                None => artifact[key] = value.clone(),
            }
        }
        artifact
    }

    /// An app with a stack of its own and a stage of two stacks, one of them twice.
    fn app() -> Tree {
        let outer = json!({"version": "36.0.0", "artifacts": {
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
            "Shop.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Shop.assets.json"}},
            "Shop": artifact("aws://unknown-account/unknown-region", "Shop.template.json", json!({
                "displayName": "Shop",
                "properties": {"stackName": "shop-production", "parameters": {"Image": "7", "Count": 2}},
            })),
            "assembly-Prod": {"type": ASSEMBLY, "properties": {"directoryName": "assembly-Prod"}},
        }});
        let stage = json!({"artifacts": {
            "ProdApiEu": artifact("aws://123456789012/eu-west-1", "Eu.template.json", json!({
                "displayName": "Prod/ApiEu", "properties": {"stackName": "Prod-Api"}})),
            "ProdApiUs": artifact("aws://123456789012/us-east-1", "Us.template.json", json!({
                "displayName": "Prod/ApiUs", "properties": {"stackName": "Prod-Api"}})),
        }});
        Tree::memory([
            ("cdk.out/manifest.json", outer.to_string()),
            ("cdk.out/assembly-Prod/manifest.json", stage.to_string()),
            ("web/manifest.json", json!({"name": "an app"}).to_string()),
        ])
    }

    #[test]
    fn the_stacks_of_an_app_and_of_its_stages_are_found_with_their_environments() {
        let assembly = assembly(&app(), "cdk.out");
        assert_eq!(assembly.problems, []);
        let [api_eu, api_us, shop] = assembly.stacks.as_slice() else { panic!("{assembly:?}") };
        assert_eq!((api_eu.id.as_str(), api_eu.region.as_deref()), ("Prod/ApiEu", Some("eu-west-1")));
        assert_eq!((api_us.account.as_deref(), api_us.region.as_deref()), (Some("123456789012"), Some("us-east-1")));
        assert_eq!(api_us.template, "cdk.out/assembly-Prod/Us.template.json");
        assert_eq!((shop.stack_name.as_str(), &shop.account, &shop.region), ("shop-production", &None, &None));
        assert_eq!(
            shop.parameters.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>(),
            ["Count=2", "Image=7"]
        );
    }

    #[test]
    fn a_stack_is_meant_by_path_id_or_name_or_as_the_only_one() {
        let assembly = assembly(&app(), "cdk.out");
        let check = |name: Option<&str>, expect: Result<&str, &str>| {
            let found = stack(&assembly, "cdk.out", name).map(|stack| stack.template.rsplit('/').next().unwrap());
            assert_eq!(found.map_err(|problem| problem.to_string()), expect.map_err(str::to_owned), "{name:?}");
        };
        check(Some("Shop"), Ok("Shop.template.json"));
        check(Some("shop-production"), Ok("Shop.template.json"));
        check(Some("ProdApiEu"), Ok("Eu.template.json"));
        check(Some("Prod/ApiUs"), Ok("Us.template.json"));
        let several = "cdk.out: holds several stacks Prod-Api (name one of them by its path: Prod/ApiEu, Prod/ApiUs)";
        check(Some("Prod-Api"), Err(several));
        check(Some("X"), Err("cdk.out: holds no stack X (its stacks are Prod/ApiEu, Prod/ApiUs, Shop)"));
        check(None, Err("cdk.out: holds several stacks (name one of them with `stack`: Prod/ApiEu, Prod/ApiUs, Shop)"));
    }

    #[test]
    fn an_assembly_is_told_from_other_folders_with_a_manifest() {
        let files = ["cdk.out/assembly-Prod/manifest.json", "cdk.out/manifest.json", "web/manifest.json"];
        assert_eq!(folders(&app(), &files.map(str::to_owned)), ["cdk.out"]);
    }

    #[test]
    fn a_broken_assembly_is_a_problem_and_its_other_stacks_are_read() {
        let manifest = json!({"artifacts": {
            "A": {"type": STACK, "properties": {}},
            "B": {"type": ASSEMBLY, "properties": {"directoryName": "."}},
            "C": {"type": ASSEMBLY, "properties": {"directoryName": "../.."}},
            "D": {"type": STACK, "properties": {"templateFile": "d.json"}},
        }});
        let found = assembly(&Tree::memory([("o/manifest.json", manifest.to_string())]), "o");
        assert_eq!(found.stacks.iter().map(|stack| stack.id.as_str()).collect::<Vec<_>>(), ["D"]);
        let messages: Vec<_> = found.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, ["the stack A has no template", "the stage B has no folder", "the stage C has no folder"]);
        let none = assembly(&Tree::memory::<&str, &str>([]), "o");
        assert_eq!(none.problems.len(), 1);
    }
}
