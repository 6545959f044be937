//! The files of a root module and of every module that it reaches, parsed once each.
//!
//! Reads files through the repository's tree only and downloads nothing: a module that is not there is a problem.

use std::collections::BTreeMap;

use crate::model::{Problem, ProblemKind};
use crate::repo::{self, Tree};

use super::source::{Parsed, Place};

/// How deep modules may contain modules.
const MAX_MODULE_DEPTH: usize = 24;

/// How many module calls are followed.
const MAX_MODULES: usize = 2_048;

/// The files of a folder.
pub(super) struct Files {
    /// The files that could be parsed, in the order in which Terraform reads them: overrides last.
    pub parsed: Vec<Parsed>,
    /// Why there may be more in the module than is known.
    pub incomplete: Option<String>,
}

/// All files of a program.
pub(super) struct Program {
    /// The files by folder, relative to the root of the repository.
    pub folders: BTreeMap<String, Files>,
    /// For each module call, by its path from the root such as `network.subnets`: the folder of its module, if that
    /// is there.
    pub calls: BTreeMap<String, Option<String>>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Program {
    /// Reads the root module in `folder` and everything that it calls. `vendored` are the folders of modules whose
    /// source is not a path in the repository, by that source.
    pub fn load(tree: &Tree, folder: &str, vendored: &BTreeMap<String, String>) -> Self {
        let mut loading = Loading {
            tree,
            installed: installed_modules(tree, folder),
            vendored,
            program: Self { folders: BTreeMap::new(), calls: BTreeMap::new(), problems: Vec::new() },
        };
        let root = repo::join("", folder).unwrap_or_else(|_| folder.to_owned());
        loading.enter(&root, "", &mut Vec::new());
        loading.program
    }
}

struct Loading<'a> {
    tree: &'a Tree,
    installed: BTreeMap<String, String>,
    vendored: &'a BTreeMap<String, String>,
    program: Program,
}

/// A module call as it stands in a file.
struct Call {
    name: String,
    source: Option<String>,
    place: Place,
}

impl Loading<'_> {
    /// Reads a folder and the modules that it calls. `ancestors` are the folders on the way here.
    fn enter(&mut self, folder: &str, path: &str, ancestors: &mut Vec<String>) {
        if !self.program.folders.contains_key(folder) {
            let files = self.read_folder(folder);
            self.program.folders.insert(folder.to_owned(), files);
        }
        ancestors.push(folder.to_owned());
        for call in self.calls_of(folder) {
            let call_path = if path.is_empty() { call.name.clone() } else { format!("{path}.{}", call.name) };
            let callee = match self.resolve(folder, &call, &call_path, ancestors) {
                Ok(callee) => {
                    self.enter(&callee, &call_path, ancestors);
                    Some(callee)
                }
                Err(problem) => {
                    self.program.problems.push(*problem);
                    None
                }
            };
            self.program.calls.insert(call_path, callee);
        }
        ancestors.pop();
    }

    /// The module calls of a folder. One in an override file changes the source of another and is not one itself.
    fn calls_of(&self, folder: &str) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        for parsed in self.program.folders.get(folder).map_or(&[][..], |files| &files.parsed) {
            for block in parsed.body.blocks().filter(|block| block.has_ident("module")) {
                let Some(name) = block.labels.first() else { continue };
                let source = block.body.get_attribute("source").and_then(|source| source.value.as_str());
                let source = source.map(str::to_owned);
                match calls.iter_mut().find(|call| call.name == name.as_str()) {
                    Some(known) if is_override(&parsed.source.file) => known.source = source.or(known.source.take()),
                    Some(_) => {}
                    None => {
                        let place = Place::of(&parsed.source, &block.ident);
                        calls.push(Call { name: name.as_str().to_owned(), source, place });
                    }
                }
            }
        }
        calls
    }

    /// The folder of the module that a call names.
    fn resolve(&self, folder: &str, call: &Call, path: &str, ancestors: &[String]) -> Result<String, Box<Problem>> {
        let name = &call.name;
        let problem = |kind, message: String| Box::new(call.place.problem(kind, message));
        let invalid = |message: String| problem(ProblemKind::Invalid, format!("module {name} {message}"));
        let source = call.source.as_deref().ok_or_else(|| invalid("has no literal source".to_owned()))?;
        let callee = if source.starts_with("./") || source.starts_with("../") {
            repo::join(folder, source).map_err(|error| invalid(format!("is not in the repository: {error}")))?
        } else {
            let vendored = self.vendored.get(source).and_then(|folder| repo::join("", folder).ok());
            vendored.or_else(|| self.installed.get(path).cloned()).ok_or_else(|| {
                let message = format!("module {name} is not in the repository and not installed");
                let remedy =
                    "run terraform init in the folder before the scan, or name the folder of a copy in `modules`";
                Box::new(problem(ProblemKind::NotSupported, message).remedy(remedy))
            })?
        };
        if self.tree.kind(&callee) != Some(repo::EntryKind::Folder) {
            return Err(invalid(format!("leads to {callee}, which is not a folder")));
        }
        if ancestors.contains(&callee) {
            return Err(invalid("contains itself".to_owned()));
        }
        if ancestors.len() >= MAX_MODULE_DEPTH || self.program.calls.len() >= MAX_MODULES {
            return Err(problem(
                ProblemKind::NotSupported,
                format!("module {name} is one too many, or nested too deeply"),
            ));
        }
        Ok(callee)
    }

    fn read_folder(&mut self, folder: &str) -> Files {
        let mut files = Files { parsed: Vec::new(), incomplete: None };
        let names = match self.tree.list(folder) {
            Ok(entries) => code_files(entries),
            Err(error) => {
                files.incomplete = Some(format!("{folder} could not be read"));
                self.program.problems.push(error.problem());
                return files;
            }
        };
        for name in names {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            match self.read_file(&path) {
                Ok(parsed) => files.parsed.push(parsed),
                Err(problem) => {
                    files.incomplete = Some(format!("{path} could not be read"));
                    self.program.problems.push(*problem);
                }
            }
        }
        files
    }

    fn read_file(&self, path: &str) -> Result<Parsed, Box<Problem>> {
        let text = self.tree.read_text(path);
        let text = text.map_err(|error| Box::new(error.problem()))?;
        Parsed::parse(path, text)
    }
}

/// Where the state of a root module is kept, as far as its code says that literally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The kind: `s3`.
    pub kind: String,
    /// The arguments that are texts.
    pub config: BTreeMap<String, String>,
}

/// The `backend` block of the root module in a folder. Files that cannot be read are told when the module is.
pub fn backend(tree: &Tree, folder: &str) -> Option<Backend> {
    let folder = repo::join("", folder).ok()?;
    let mut found = None;
    for name in code_files(tree.list(&folder).ok()?) {
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let Some(parsed) = tree.read_text(&path).ok().and_then(|text| Parsed::parse(&path, text).ok()) else {
            continue;
        };
        let blocks = parsed.body.get_blocks("terraform").flat_map(|block| block.body.get_blocks("backend"));
        for block in blocks {
            let text = |attribute: &hcl_edit::structure::Attribute| {
                Some((attribute.key.as_str().to_owned(), attribute.value.as_str()?.to_owned()))
            };
            let Some(kind) = block.labels.first() else { continue };
            let config = block.body.attributes().filter_map(text).collect();
            found = Some(Backend { kind: kind.as_str().to_owned(), config });
        }
    }
    found
}

/// Whether a file of this name holds Terraform or OpenTofu code.
pub fn is_code(name: &str) -> bool {
    !name.starts_with('.') && [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| name.ends_with(end))
}

/// The files of a folder that hold code: overrides last, and none that has a twin for OpenTofu.
fn code_files(entries: Vec<repo::Entry>) -> Vec<String> {
    let files = entries.into_iter().filter(|entry| !entry.is_dir).map(|entry| entry.name);
    let names: Vec<String> = files.filter(|name| is_code(name)).collect();
    let has_twin = |name: &String| {
        let twin = match name.strip_suffix(".tf") {
            Some(stem) => Some(format!("{stem}.tofu")),
            None => name.strip_suffix(".tf.json").map(|stem| format!("{stem}.tofu.json")),
        };
        twin.is_some_and(|twin| names.contains(&twin))
    };
    let (overrides, base): (Vec<&String>, Vec<&String>) =
        names.iter().filter(|name| !has_twin(name)).partition(|name| is_override(name));
    base.into_iter().chain(overrides).cloned().collect()
}

/// Whether a file changes the blocks of others instead of adding to them.
pub(super) fn is_override(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".json").unwrap_or(name);
    let stem = stem.strip_suffix(".tf").or_else(|| stem.strip_suffix(".tofu")).unwrap_or(stem);
    stem == "override" || stem.ends_with("_override")
}

/// What `terraform init` noted about where it put modules: folder by module path.
fn installed_modules(tree: &Tree, folder: &str) -> BTreeMap<String, String> {
    let read = || {
        let text = tree.read_text(&repo::join(folder, ".terraform/modules/modules.json").ok()?).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()
    };
    let json = read().unwrap_or_default();
    let modules = json.get("Modules").and_then(|modules| modules.as_array()).map_or(&[][..], Vec::as_slice);
    let entry = |module: &serde_json::Value| {
        let text = |key| module.get(key).and_then(|value| value.as_str());
        Some((text("Key")?.to_owned(), repo::join(folder, text("Dir")?).ok()?))
    };
    modules.iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_read_last_and_opentofu_files_replace_their_twins() {
        let entry = |name: &str| repo::Entry { name: name.to_owned(), is_dir: false };
        let names = ["a.tf", "a.tofu", "override.tf", "x.tf", "x_override.tf", "README.md", ".hidden.tf", "z.tf.json"];
        let expect = ["a.tofu", "x.tf", "z.tf.json", "override.tf", "x_override.tf"];
        assert_eq!(code_files(names.map(entry).into()), expect);
    }

    #[test]
    fn modules_are_found_by_path_and_by_the_notes_of_terraform_init() {
        let modules = r#"{"Modules":[{"Key":"","Dir":"."},{"Key":"r","Source":"x/y/z","Dir":".terraform/modules/r"}]}"#;
        let tree = Tree::memory([
            (
                "a/main.tf",
                "module \"l\" {\n source = \"../m\"\n}\nmodule \"r\" {\n source = \"x/y/z\"\n}\nmodule \"n\" {\n source = \"n/n/n\"\n}\nmodule \"v\" {\n source = \"v/v/v\"\n}\n",
            ),
            ("vendor/v/main.tf", ""),
            ("a/.terraform/modules/modules.json", modules),
            ("a/.terraform/modules/r/main.tf", "module \"s\" {\n source = \"./s\"\n}\n"),
            ("a/.terraform/modules/r/s/main.tf", ""),
            ("m/main.tf", "module \"self\" {\n source = \"../m\"\n}\n"),
        ]);
        let program = Program::load(&tree, "a", &[("v/v/v".to_owned(), "vendor/v".to_owned())].into());
        let calls: Vec<_> = program.calls.iter().map(|(path, to)| (path.as_str(), to.as_deref())).collect();
        let installed = ".terraform/modules/r";
        assert_eq!(
            calls,
            [
                ("l", Some("m")),
                ("l.self", None),
                ("n", None),
                ("r", Some(&*format!("a/{installed}"))),
                ("r.s", Some(&*format!("a/{installed}/s"))),
                ("v", Some("vendor/v")),
            ]
        );
        assert_eq!(program.problems.len(), 2);
    }
}
