//! What lies at a path, read without any cloud: for `declared` and `eval`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Surroundings, has_code, read, with_terraform_inputs};
use crate::config::{CdkAssembly, CloudFormationTemplate, Declared as Source, KubernetesManifests, TerraformModule};
use crate::declared::{Read, cdk, cloudformation, kubernetes, terraform};
use crate::model::{Fingerprinter, Problem, ProblemKind, Value};
use crate::repo::{EntryKind, ReadError, Tree, Walk};

/// A repository, and what hides the secrets that are read from it.
#[derive(Clone, Debug)]
pub struct Offline {
    pub(super) tree: Tree,
    pub(super) fingerprints: Fingerprinter,
}

impl Offline {
    /// Reads from a repository's folder.
    ///
    /// # Errors
    /// When the folder cannot be entered or no key for fingerprints can be made.
    pub fn of_repository(folder: &Path) -> anyhow::Result<Self> {
        use anyhow::Context;
        let tree = Tree::work_tree(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        // Nothing of this is kept, so nothing has to be comparable with it: a key of this process alone will do.
        let mut key = [0u8; 32];
        getrandom::fill(&mut key).context("no random key for fingerprints")?;
        Ok(Self { tree, fingerprints: Fingerprinter::new(key) })
    }

    /// The files that are read.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What hides the secrets in what is read.
    pub fn fingerprints(&self) -> &Fingerprinter {
        &self.fingerprints
    }

    /// What a source declares.
    pub fn read(&self, source: &Source) -> Read {
        read(&self.tree, source, &Surroundings::default(), &self.fingerprints)
    }

    /// The value of a Terraform expression in a module.
    pub fn evaluate(&self, module: &TerraformModule, around: &Surroundings, expression: &str) -> (Value, Vec<Problem>) {
        with_terraform_inputs(&self.tree, module, around, &self.fingerprints, |inputs| {
            terraform::evaluate_expression(inputs, expression)
        })
    }
}

/// What lies at a path.
#[derive(Clone, Debug)]
pub struct AtPath {
    /// The repository that the path lies in.
    pub offline: Offline,
    /// What can be read there.
    pub sources: Vec<Source>,
    /// Why there may be more.
    pub problems: Vec<Problem>,
}

/// What lies at a path: a template, a manifest, a Terraform folder, a CDK cloud assembly, or a folder with templates,
/// assemblies, manifests, kustomizations and charts at any depth. A folder with Terraform files is Terraform's alone: YAML and JSON beside them are its
/// inputs; the templates in an assembly are its stacks.
///
/// # Errors
/// When the path cannot be read.
pub fn at_path(path: &Path) -> anyhow::Result<AtPath> {
    let (offline, inside) = place(path)?;
    let found = |sources, problems| AtPath { offline: offline.clone(), sources, problems };
    if offline.tree.kind(&inside) != Some(EntryKind::Folder) {
        let text = offline.tree.read_text(&inside).unwrap_or_default();
        let is_manifest =
            !cloudformation::looks_like_template(&inside, &text) && kubernetes::looks_like_manifest(&inside, &text);
        let source = if is_manifest { manifests_at(inside) } else { template_at(inside) };
        return Ok(found(vec![source], Vec::new()));
    }
    if has_code(&offline.tree, &inside) {
        return Ok(found(vec![Source::Terraform(TerraformModule::at(inside))], Vec::new()));
    }
    // An assembly holds the code of every function as well; its manifest names what counts.
    let is_assembly = cdk::is_assembly(&offline.tree, &inside);
    let walk = if is_assembly { Walk::default() } else { offline.tree.walk(&inside) };
    let mut problems: Vec<_> = walk.unread.iter().map(ReadError::problem).collect();
    let mut sources = Vec::new();
    let assemblies = if is_assembly { vec![inside.clone()] } else { cdk::folders(&offline.tree, &walk.files) };
    for folder in &assemblies {
        let assembly = cdk::assembly(&offline.tree, folder);
        problems.extend(assembly.problems);
        let of_stack = |stack: cdk::AssemblyStack| {
            Source::Cdk(CdkAssembly { path: folder.clone(), stack: Some(stack.id), parameters: BTreeMap::new() })
        };
        sources.extend(assembly.stacks.into_iter().map(of_stack));
    }
    let is_template = |file: &String| {
        !assemblies.iter().any(|folder| cdk::is_in(file, folder))
            && offline.tree.read_text(file).is_ok_and(|text| cloudformation::looks_like_template(file, &text))
    };
    let not_assembled = |file: &&String| !assemblies.iter().any(|folder| cdk::is_in(file, folder));
    let others: Vec<_> = walk.files.iter().filter(not_assembled).cloned().collect();
    let objects = kubernetes::found(&offline.tree, &others)
        .into_iter()
        .filter(|found| cdk::is_in(&found.path, &inside) || found.path == inside);
    sources.extend(walk.files.into_iter().filter(is_template).map(template_at));
    sources.extend(objects.map(|found| manifests_at(found.path)));
    if sources.is_empty() {
        let problem = Problem::new(
            ProblemKind::Unreadable,
            path.display().to_string(),
            "holds neither Terraform files, CloudFormation templates, a cloud assembly nor Kubernetes manifests",
        );
        problems
            .push(problem.remedy("name a folder with .tf files, a template, or a folder of templates or manifests"));
    }
    Ok(found(sources, problems))
}

fn template_at(path: String) -> Source {
    Source::Cloudformation(CloudFormationTemplate { path, parameters: BTreeMap::new(), parameter_file: None })
}

fn manifests_at(path: String) -> Source {
    Source::Kubernetes(KubernetesManifests::at(path))
}

/// The Terraform module in a folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn terraform_folder(folder: &Path) -> anyhow::Result<(Offline, TerraformModule)> {
    let (offline, inside) = place(folder)?;
    Ok((offline, TerraformModule::at(inside)))
}

/// The repository that a path lies in, and the path inside it. Without git, the folder above: modules are often
/// beside the folder that uses them.
fn place(path: &Path) -> anyhow::Result<(Offline, String)> {
    use anyhow::Context;
    let real: PathBuf = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
    let repository = real.ancestors().find(|folder| folder.join(".git").exists());
    let root = repository.or_else(|| real.parent()).unwrap_or(&real);
    let inside = real.strip_prefix(root).unwrap_or(Path::new(""));
    let inside = inside.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok((Offline::of_repository(root)?, inside.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_terraform_folder_a_template_or_a_folder_of_templates() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = r#"{"artifacts": {"Shop": {"type": "aws:cloudformation:stack",
            "properties": {"templateFile": "Shop.template.json"}}}}"#;
        let manifest_text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        let template = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n";
        for (path, text) in [
            ("tf/main.tf", ""),
            ("cfn/b.yaml", template),
            ("cfn/a.yml", template),
            ("cfn/c.yaml", "a: 1"),
            ("app/cdk.out/manifest.json", manifest),
            ("app/cdk.out/Shop.template.json", template),
            ("app/t.yaml", template),
            ("k/base/kustomization.yaml", "resources: [a.yaml]"),
            ("k/base/a.yaml", manifest_text),
            ("k/prod/kustomization.yaml", "resources: [../base]"),
            ("k/plain/a.yaml", manifest_text),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir_all(folder.path().join("empty")).unwrap();
        let check = |path: &str, expect: Option<&[&str]>| {
            let name = |source: &Source| match source {
                Source::Terraform(module) => format!("terraform {}", module.path),
                Source::Cloudformation(template) => template.path.clone(),
                Source::Kubernetes(manifests) => format!("kubernetes {}", manifests.path),
                Source::Cdk(assembly) => format!("cdk {} {:?}", assembly.path, assembly.stack),
            };
            let found = at_path(&folder.path().join(path)).ok();
            let found: Option<Vec<_>> = found.map(|found| found.sources.iter().map(name).collect());
            let expect: Option<Vec<_>> = expect.map(|expect| expect.iter().map(|path| (*path).to_owned()).collect());
            assert_eq!(found, expect, "{path}");
        };
        check("tf", Some(&["terraform tf"]));
        check("cfn", Some(&["cfn/a.yml", "cfn/b.yaml"]));
        check("cfn/a.yml", Some(&["a.yml"]));
        check("app/cdk.out", Some(&["cdk cdk.out Some(\"Shop\")"]));
        check("app", Some(&["cdk app/cdk.out Some(\"Shop\")", "app/t.yaml"]));
        check("k", Some(&["kubernetes k/plain", "kubernetes k/prod"]));
        check("k/prod", Some(&["kubernetes prod"]));
        check("k/plain/a.yaml", Some(&["kubernetes a.yaml"]));
        check("empty", Some(&[]));
        check("none", None);
    }
}
