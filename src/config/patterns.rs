//! One entry for many stacks: `*` in the path of what is declared stands for every folder or file that is there.

use serde_json::Value as Json;

use super::{Declared, Stack};
use crate::declared::terraform;
use crate::repo::{EntryKind, Tree};

/// What of a stack may hold `*` besides the path of what it declares. Values of variables and parameters may not: there
/// it is a character like any other.
const FIELDS: [&str; 16] = [
    "/name",
    "/environment",
    "/declared/path",
    "/declared/helm/release",
    "/declared/helm/values",
    "/declared/namespace",
    "/declared/parameter_file",
    "/declared/stack",
    "/declared/var_files",
    "/declared/workspace",
    "/applied/backend",
    "/applied/path",
    "/applied/stack",
    "/live/account",
    "/live/profile",
    "/live/role_arn",
];

/// What is wrong with a stack that stands for many; the key in the stack, the message and the remedy.
pub(super) type Mistake = (&'static [&'static str], String, &'static str);

/// The stacks that a stack stands for: itself, unless its path holds `*`.
///
/// Each `*` stands for a part of the path without `/`, and in the other fields for the same parts in their order.
///
/// # Errors
/// When it stands for none, or when they would not have names of their own.
pub(super) fn expand(stack: &Stack, tree: &Tree) -> Result<Vec<Stack>, Mistake> {
    let pattern = path_of(&stack.declared);
    if !pattern.contains('*') {
        return Ok(vec![stack.clone()]);
    }
    if stack.name.matches('*').count() != pattern.matches('*').count() {
        let message = format!("the path {pattern:?} stands for many stacks, and the name {:?} does not", stack.name);
        return Err((&["name"], message, "write as many `*` into the name as into the path"));
    }
    let found = paths(tree, pattern).into_iter().filter(|(path, _)| declares(tree, &stack.declared, path));
    let stacks: Vec<Stack> = found.filter_map(|(_, parts)| filled(stack, &parts)).collect();
    if stacks.is_empty() {
        let remedy = "paths are relative to the repository's folder; `*` stands for one part of a path";
        return Err((&["declared", "path"], format!("nothing is declared at {pattern:?}"), remedy));
    }
    Ok(stacks)
}

fn path_of(declared: &Declared) -> &str {
    match declared {
        Declared::Terraform(module) => &module.path,
        Declared::Cloudformation(template) => &template.path,
        Declared::Cdk(assembly) => &assembly.path,
        Declared::Kubernetes(manifests) => &manifests.path,
    }
}

/// Whether there is at a path what a stack of this kind declares.
fn declares(tree: &Tree, declared: &Declared, path: &str) -> bool {
    match declared {
        Declared::Terraform(_) => {
            tree.list(path).unwrap_or_default().iter().any(|entry| !entry.is_dir && terraform::is_code(&entry.name))
        }
        Declared::Cloudformation(_) => tree.kind(path) == Some(EntryKind::File),
        Declared::Kubernetes(_) => match tree.kind(path) {
            Some(EntryKind::File) => [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending)),
            found => found.is_some(),
        },
        Declared::Cdk(_) => tree.kind(&format!("{path}/manifest.json")) == Some(EntryKind::File),
    }
}

/// The paths that a pattern names, sorted, each with what its stars stand for. Hidden files and folders are named by no
/// star.
fn paths(tree: &Tree, pattern: &str) -> Vec<(String, Vec<String>)> {
    let mut found = vec![(String::new(), Vec::new())];
    for segment in pattern.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
        let mut next = Vec::new();
        for (folder, parts) in found {
            let below = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            if !segment.contains('*') {
                next.push((below(segment), parts));
                continue;
            }
            for entry in tree.list(&folder).unwrap_or_default() {
                if let Some(stars) = stars(segment, &entry.name).filter(|_| !entry.name.starts_with('.')) {
                    next.push((below(&entry.name), parts.iter().cloned().chain(stars).collect()));
                }
            }
        }
        found = next;
    }
    found
}

/// What the stars of a segment stand for in a name; the first ones for as little as possible.
fn stars(segment: &str, name: &str) -> Option<Vec<String>> {
    let mut literals = segment.split('*');
    let mut rest = name.strip_prefix(literals.next()?)?;
    let literals: Vec<&str> = literals.collect();
    let mut stars = Vec::new();
    for (position, literal) in literals.iter().enumerate() {
        let star = match position + 1 == literals.len() {
            true => rest.strip_suffix(literal)?,
            false => rest.split_once(literal).filter(|_| !literal.is_empty())?.0,
        };
        rest = rest.strip_prefix(star)?.strip_prefix(literal)?;
        stars.push(star.to_owned());
    }
    stars.iter().all(|star| !star.is_empty()).then_some(stars)
}

/// The stack with these parts for its stars.
fn filled(stack: &Stack, parts: &[String]) -> Option<Stack> {
    let mut json = serde_json::to_value(stack).ok()?;
    for field in FIELDS {
        if let Some(value) = json.pointer_mut(field) {
            fill(value, parts);
        }
    }
    serde_json::from_value(json).ok()
}

fn fill(value: &mut Json, parts: &[String]) {
    match value {
        Json::String(text) => {
            for part in parts {
                *text = text.replacen('*', part, 1);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| fill(item, parts)),
        Json::Object(members) => members.values_mut().for_each(|member| fill(member, parts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(yaml: &str) -> Stack {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn tree() -> Tree {
        Tree::memory(
            ["envs/prod/net/main.tf", "envs/test/net/main.tf", "envs/test/db/main.tf", "envs/README.md"]
                .map(|file| (file, "")),
        )
    }

    #[test]
    fn a_star_stands_for_every_folder_with_code_and_for_the_same_part_elsewhere() {
        let many = stack(
            "name: '*-*'\nenvironment: '*'\n\
             declared: {kind: terraform, path: 'envs/*/*', var_files: ['../*.tfvars'], variables: {pattern: '*'}}\n\
             applied: {kind: terraform_state, path: 's3://states/*/*.tfstate'}\nlive: {kind: aws, region: eu-west-1}\n",
        );
        let stacks = expand(&many, &tree()).unwrap();
        let names: Vec<_> = stacks.iter().map(|stack| (stack.name.as_str(), stack.environment.as_str())).collect();
        assert_eq!(names, [("prod-net", "prod"), ("test-db", "test"), ("test-net", "test")]);
        let yaml = serde_yaml::to_string(&stacks[1]).unwrap();
        for expect in ["path: envs/test/db", "- ../test.tfvars", "pattern: '*'", "path: s3://states/test/db.tfstate"] {
            assert!(yaml.contains(expect), "{expect} in {yaml}");
        }
    }

    #[test]
    fn what_stands_for_no_stack_or_for_several_of_one_name_is_a_mistake() {
        let check = |name: &str, path: &str, expect: Option<&str>| {
            let yaml = format!(
                "name: '{name}'\nenvironment: e\ndeclared: {{kind: terraform, path: '{path}'}}\nlive: {{kind: aws, region: r}}\n"
            );
            let message = expand(&stack(&yaml), &tree()).err().map(|(_, message, _)| message);
            assert_eq!(message.as_deref().is_some(), expect.is_some(), "{name} {path} {message:?}");
            assert!(message.unwrap_or_default().contains(expect.unwrap_or_default()), "{name} {path}");
        };
        check("net-*", "envs/*/net", None);
        check("net", "envs/*/net", Some("stands for many stacks"));
        check("net-*", "envs/*/cache", Some("nothing is declared"));
        check("net", "anywhere", None);
    }

    #[test]
    fn stars_inside_a_name_stand_for_the_rest_of_it() {
        let check = |segment: &str, name: &str, expect: Option<&[&str]>| {
            let found = stars(segment, name);
            assert_eq!(
                found.as_deref().map(|found| found.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                expect,
                "{segment} {name}"
            );
        };
        check("*", "prod", Some(&["prod"]));
        check("env-*", "env-prod", Some(&["prod"]));
        check("*-*.yaml", "a-b-c.yaml", Some(&["a", "b-c"]));
        check("env-*", "prod", None);
        check("env-*", "env-", None);
    }
}
