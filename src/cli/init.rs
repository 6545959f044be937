//! `driftledger init`: look at a repository and write a configuration for it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{CommandResult, Exit, Failure, Global, output};
use crate::declared::cdk::{self, AssemblyStack};
use crate::declared::{kubernetes, terraform};
use crate::model::{Problem, ProblemKind};
use crate::repo::{self, EntryKind, Tree};
use crate::report::text::count;

/// Look at a repository, find Terraform root modules, templates, cloud assemblies, Kubernetes manifests and change records,
/// and write a commented configuration.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The repository's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Overwrite a configuration that is already there.
    #[arg(long)]
    force: bool,
}

/// Folders deeper than this are not looked at.
const MAX_DEPTH: usize = 8;

impl Init {
    pub(super) fn run(&self, _global: &Global) -> CommandResult {
        let tree = Tree::work_tree(&self.folder).with_context(|| format!("cannot read {}", self.folder.display()))?;
        let target = self.folder.join("driftledger.yaml");
        if target.exists() && !self.force {
            let problem = Problem::new(ProblemKind::Invalid, target.display().to_string(), "is already there");
            return Err(Failure::Usage(vec![problem.remedy("edit it, or write a new one with --force")]));
        }
        let found = Found::look_at(&tree);
        std::fs::write(&target, found.to_config()).with_context(|| format!("cannot write {}", target.display()))?;
        let text = format!(
            "{}: {}, {}, {}{}\nset region, environment and names in it, then run \
             `driftledger config check` and `driftledger scan`\n",
            target.display(),
            count(found.terraform.len(), "Terraform root module"),
            count(found.templates.len(), "template"),
            [(found.assembled.len(), "CDK stack"), (found.objects.len(), "stack of Kubernetes objects")]
                .into_iter()
                .filter(|(stacks, _)| *stacks > 0)
                .map(|(stacks, what)| format!("{}, ", count(stacks, what)))
                .collect::<String>(),
            found
                .records
                .as_deref()
                .map_or("no change records yet".to_owned(), |folder| format!("records in {folder}")),
        );
        output::write(None, &text)?;
        Ok(Exit::Clean)
    }
}

/// What a repository holds.
#[derive(Debug, Default)]
struct Found {
    terraform: Vec<TerraformRoot>,
    templates: Vec<String>,
    /// The stacks of cloud assemblies, each with its assembly's folder.
    assembled: Vec<(String, AssemblyStack)>,
    /// Charts, kustomizations and folders of manifests.
    objects: Vec<kubernetes::Found>,
    records: Option<String>,
}

#[derive(Debug)]
struct TerraformRoot {
    folder: String,
    /// The state file that lies in it.
    state: Option<String>,
    /// The kind of the backend that its code names.
    backend: Option<String>,
}

/// The backends of code from which a state can be read.
const READ_BACKENDS: [&str; 2] = ["local", "s3"];

impl Found {
    fn look_at(tree: &Tree) -> Self {
        let mut folders = Vec::new();
        collect_folders(tree, "", 0, &mut folders);
        let mut found = Self::default();
        let mut modules = BTreeSet::new();
        let mut roots = Vec::new();
        let mut nested = BTreeSet::new();
        let mut others = Vec::new();
        for folder in &folders {
            let files = files_of(tree, folder);
            let is_code = |file: &&String| file.ends_with(".tf") || file.ends_with(".tofu");
            let terraform: Vec<_> = files.iter().filter(is_code).collect();
            let has_code = !terraform.is_empty();
            terraform.iter().for_each(|file| modules.extend(local_modules(tree, folder, file)));
            if has_code {
                let state = files.iter().find(|file| file.ends_with(".tfstate")).cloned();
                let backend = terraform::backend(tree, folder).map(|backend| backend.kind);
                roots.push(TerraformRoot { folder: folder.clone(), state, backend });
            }
            let (templates, rest): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_template(tree, file));
            for file in templates {
                nested.extend(nested_templates(tree, folder, &file));
                found.templates.push(file);
            }
            // YAML beside Terraform's code is its input.
            others.extend(rest.into_iter().filter(|_| !has_code));
            let assembly = path_in(folder, "cdk.out");
            if cdk::is_assembly(tree, &assembly) {
                let stacks = cdk::assembly(tree, &assembly).stacks;
                found.assembled.extend(stacks.into_iter().map(|stack| (assembly.clone(), stack)));
            }
            if matches!(folder.rsplit('/').next(), Some("changes" | "change-records" | "changelog.d")) {
                found.records.get_or_insert_with(|| folder.clone());
            }
        }
        found.objects = kubernetes::found(tree, &others);
        found.templates.retain(|template| !nested.contains(template));
        found.terraform = roots.into_iter().filter(|root| !modules.contains(&root.folder)).collect();
        found
    }

    fn to_config(&self) -> String {
        let mut text = HEADER.to_owned();
        for root in &self.terraform {
            let applied = match (&root.state, &root.backend) {
                (Some(state), _) => format!("    applied: {{kind: terraform_state, path: {}}}\n", quoted(state)),
                (None, Some(kind)) if READ_BACKENDS.contains(&kind.as_str()) => {
                    format!("    applied: {{kind: terraform_state}}   # where the code's backend block says: {kind}\n")
                }
                (None, _) => "    # applied: {kind: terraform_state, path: terraform.tfstate}   # where its state is\n"
                    .to_owned(),
            };
            let path = if root.folder.is_empty() { "." } else { &root.folder };
            text.push_str(&format!(
                "  - name: {}\n    environment: production\n    declared:\n      kind: terraform\n      path: {}\n      \
                 # var_files: [production.tfvars]\n{applied}    live: {{kind: aws, region: eu-west-1}}\n",
                quoted(&name_of(path)),
                quoted(path),
            ));
        }
        for template in &self.templates {
            let name = name_of(template);
            text.push_str(&format!(
                "  - name: {0}\n    environment: production\n    declared:\n      kind: cloudformation\n      path: {1}\n      \
                 # parameters: {{Environment: production}}\n    applied: {{kind: stack, stack: {0}}}   # its name in \
                 CloudFormation\n    live: {{kind: aws, region: eu-west-1}}\n",
                quoted(&name),
                quoted(template),
            ));
        }
        for (folder, stack) in &self.assembled {
            text.push_str(&format!(
                "  - name: {name}\n    environment: production\n    declared: {{kind: cdk, path: {path}, stack: {id}}}\n    \
                 applied: {{kind: stack, stack: {name}}}\n    live: {{kind: aws, region: {region}{account}}}\n",
                name = quoted(&stack.stack_name),
                path = quoted(folder),
                id = quoted(&stack.id),
                region = quoted(stack.region.as_deref().unwrap_or("eu-west-1")),
                account = stack.account.as_ref().map(|account| format!(", account: {account:?}")).unwrap_or_default(),
            ));
        }
        self.objects.iter().for_each(|found| text.push_str(&stack_of_objects(found)));
        if self.terraform.is_empty()
            && self.templates.is_empty()
            && self.assembled.is_empty()
            && self.objects.is_empty()
        {
            text.push_str(
                "  # nothing was found; a stack looks like this:\n  - name: shop\n    environment: production\n    \
                 declared: {kind: terraform, path: infra}\n    applied: {kind: terraform_state, path: \
                 infra/terraform.tfstate}\n    live: {kind: aws, region: eu-west-1}\n",
            );
        }
        let records = self.records.as_deref().unwrap_or("changes");
        text.push_str(&format!("\nrecords:\n  - {{kind: files, path: {}}}\n", quoted(records)));
        text
    }
}

/// The entry for what declares objects.
fn stack_of_objects(found: &kubernetes::Found) -> String {
    let path = if found.path.is_empty() { "." } else { &found.path };
    let note = match found.kind {
        kubernetes::FoundKind::Chart => "      # helm: {release: NAME, values: [values.yaml]}\n",
        kubernetes::FoundKind::Manifests | kubernetes::FoundKind::Kustomization => {
            "      # namespace: default   # of objects that name none\n"
        }
    };
    format!(
        "  - name: {}\n    environment: production\n    declared:\n      kind: kubernetes\n      path: {}\n{note}    \
         live: {{kind: kubernetes, context: production}}   # of the kubeconfig\n",
        quoted(&name_of_objects(path)),
        quoted(path),
    )
}

const HEADER: &str = "\
# What is declared in this repository, where it runs, and where manual changes are written down.
# `driftledger config schema` prints every key.

# Where to remember what was seen; next to it lies the key of the fingerprints that stand for secrets.
store: sqlite:driftledger.db

# When `driftledger serve` scans: second, minute, hour, day, month, weekday, in UTC.
schedule: \"0 */10 * * * *\"

# What is asked of change records.
policy:
  record_within: 24h

stacks:
";

fn collect_folders(tree: &Tree, folder: &str, depth: usize, folders: &mut Vec<String>) {
    folders.push(folder.to_owned());
    if depth == MAX_DEPTH {
        return;
    }
    for entry in tree.list(folder).unwrap_or_default() {
        let hidden =
            entry.name.starts_with('.') || matches!(entry.name.as_str(), "node_modules" | "target" | "cdk.out");
        if entry.is_dir && !hidden {
            collect_folders(tree, &path_in(folder, &entry.name), depth + 1, folders);
        }
    }
}

fn files_of(tree: &Tree, folder: &str) -> Vec<String> {
    let entries = tree.list(folder).unwrap_or_default().into_iter();
    entries.filter(|entry| !entry.is_dir).map(|entry| path_in(folder, &entry.name)).collect()
}

fn path_in(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folders that a file uses as local modules: `source = "./modules/service"`.
fn local_modules(tree: &Tree, folder: &str, file: &str) -> Vec<String> {
    let text = tree.read_text(file).unwrap_or_default();
    let assigned = text.split("source").skip(1);
    assigned
        .filter_map(|rest| rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?.split('"').next())
        .filter(|source| source.starts_with("./") || source.starts_with("../"))
        .filter_map(|source| repo::join(folder, source).ok())
        .filter(|module| tree.kind(module) == Some(EntryKind::Folder))
        .collect()
}

/// The templates in the repository that a template has as nested stacks.
fn nested_templates(tree: &Tree, folder: &str, file: &str) -> Vec<String> {
    let text = tree.read_text(file).unwrap_or_default();
    let urls = text.split("TemplateURL").skip(1).filter_map(|rest| {
        let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.lines().next()?;
        value
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '{' | '}'))
            .split(['"', ','])
            .next()
    });
    let paths = urls.filter_map(|url| repo::join(folder, url).ok());
    paths.filter(|path| tree.kind(path) == Some(EntryKind::File)).collect()
}

fn is_template(tree: &Tree, file: &str) -> bool {
    let named_so = [".yaml", ".yml", ".json", ".template"].iter().any(|ending| file.ends_with(ending));
    named_so && tree.read_text(file).is_ok_and(|text| crate::declared::cloudformation::looks_like_template(file, &text))
}

/// A name for the stack of a path: its last part that says something.
fn name_of(path: &str) -> String {
    let stem = path.rsplit('/').map(|part| part.split('.').next().unwrap_or(part));
    let telling = stem.clone().find(|part| !matches!(*part, "" | "template" | "main" | "terraform" | "infra"));
    telling.or_else(|| stem.clone().next()).filter(|name| !name.is_empty()).unwrap_or("stack").to_owned()
}

/// A name for a stack of objects: overlays of one application are called after their environments alone, so the name of
/// the application, in the path above, belongs to it.
fn name_of_objects(path: &str) -> String {
    let telling = |part: &&str| !matches!(*part, "." | "charts" | "overlays" | "environments" | "envs");
    let parts: Vec<_> = path.split('/').filter(telling).collect();
    match parts.as_slice() {
        [] => "objects".to_owned(),
        [one] => (*one).to_owned(),
        [.., above, last] => format!("{above}-{last}"),
    }
}

/// A text as YAML: quoted unless it is a plain word or path.
fn quoted(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'))
        && !matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off" | "true" | "false" | "null");
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_templates_and_records_are_found_and_modules_are_not_roots() {
        let tree = Tree::memory([
            ("infra/platform/main.tf", "module \"net\" {\n  source = \"../modules/net\"\n}"),
            ("infra/platform/dns.tf", "module \"dns\" { source = \"../modules/dns\" }"),
            ("infra/modules/dns/main.tf", ""),
            ("infra/platform/terraform.tfstate", "{}"),
            ("infra/modules/net/main.tf", ""),
            (
                "infra/api/template.yaml",
                "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A:\n    Type: AWS::SNS::Topic\n  N:\n    \
                 Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./nested.yaml\n",
            ),
            (
                "infra/api/nested.yaml",
                "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::SNS::Topic\n",
            ),
            ("changes/cr-1.yaml", "id: CR-1"),
            (
                "app/cdk.out/manifest.json",
                r#"{"artifacts": {"Shop": {"type": "aws:cloudformation:stack", "environment":
                "aws://012345678901/us-east-1", "properties": {"templateFile": "Shop.template.json"}}}}"#,
            ),
        ]);
        let config = Found::look_at(&tree).to_config();
        insta::assert_snapshot!(config.trim_start_matches(HEADER).trim_end(), @r#"
          - name: platform
            environment: production
            declared:
              kind: terraform
              path: infra/platform
              # var_files: [production.tfvars]
            applied: {kind: terraform_state, path: infra/platform/terraform.tfstate}
            live: {kind: aws, region: eu-west-1}
          - name: api
            environment: production
            declared:
              kind: cloudformation
              path: infra/api/template.yaml
              # parameters: {Environment: production}
            applied: {kind: stack, stack: api}   # its name in CloudFormation
            live: {kind: aws, region: eu-west-1}
          - name: Shop
            environment: production
            declared: {kind: cdk, path: app/cdk.out, stack: Shop}
            applied: {kind: stack, stack: Shop}
            live: {kind: aws, region: us-east-1, account: "012345678901"}

        records:
          - {kind: files, path: changes}
        "#);
        assert!(config.parse::<crate::config::Config>().is_ok());
    }

    #[test]
    fn charts_overlays_and_folders_of_manifests_are_stacks_and_bases_and_inputs_are_not() {
        let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        let tree = Tree::memory([
            ("k8s/shop/base/kustomization.yaml", "resources: [a.yaml]\n"),
            ("k8s/shop/base/a.yaml", object),
            ("k8s/shop/overlays/prod/kustomization.yaml", "resources: [../../base]\n"),
            ("charts/web/Chart.yaml", "name: web\n"),
            ("charts/web/templates/a.yaml", object),
            ("manifests/a.yaml", object),
            ("infra/main.tf", ""),
            ("infra/object.yaml", object),
        ]);
        let found = Found::look_at(&tree);
        let config = found.to_config();
        insta::assert_snapshot!(config.trim_start_matches(HEADER).trim_end(), @r#"
          - name: infra
            environment: production
            declared:
              kind: terraform
              path: infra
              # var_files: [production.tfvars]
            # applied: {kind: terraform_state, path: terraform.tfstate}   # where its state is
            live: {kind: aws, region: eu-west-1}
          - name: web
            environment: production
            declared:
              kind: kubernetes
              path: charts/web
              # helm: {release: NAME, values: [values.yaml]}
            live: {kind: kubernetes, context: production}   # of the kubeconfig
          - name: shop-prod
            environment: production
            declared:
              kind: kubernetes
              path: k8s/shop/overlays/prod
              # namespace: default   # of objects that name none
            live: {kind: kubernetes, context: production}   # of the kubeconfig
          - name: manifests
            environment: production
            declared:
              kind: kubernetes
              path: manifests
              # namespace: default   # of objects that name none
            live: {kind: kubernetes, context: production}   # of the kubeconfig

        records:
          - {kind: files, path: changes}
        "#);
        assert!(config.parse::<crate::config::Config>().is_ok());
    }

    #[test]
    fn where_the_code_says_where_its_state_is_nothing_has_to_be_filled_in() {
        let check = |backend: &str, expect: &str| {
            let code = format!("terraform {{\n  backend \"{backend}\" {{\n    key = \"k\"\n  }}\n}}\n");
            let config = Found::look_at(&Tree::memory([("infra/main.tf", code)])).to_config();
            assert!(config.contains(expect), "{config}");
            assert!(config.parse::<crate::config::Config>().is_ok(), "{config}");
        };
        check("s3", "\n    applied: {kind: terraform_state}   # where the code's backend block says: s3\n");
        check("gcs", "\n    # applied: {kind: terraform_state, path: terraform.tfstate}");
    }

    #[test]
    fn a_repository_without_anything_gets_an_example_that_reads() {
        let config = Found::look_at(&Tree::memory([("README.md", "")])).to_config();
        assert!(config.parse::<crate::config::Config>().is_ok(), "{config}");
    }
}
