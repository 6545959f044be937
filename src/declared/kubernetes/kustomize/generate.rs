//! `configMapGenerator` and `secretGenerator`, and the hash of what they make.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::file::{File, flag, items, pairs, text};
use super::resource::Resource;
use super::{Refusal, wrong};
use crate::model::{Kind, Location, Value};
use crate::repo::{self, Tree};

/// Characters on a line of base64, as kustomize breaks it; the hash is of the broken text.
const BASE64_LINE: usize = 70;
/// Characters of a hash in a name.
const HASH_DIGITS: usize = 10;
/// Digits that could spell something, and what stands for them.
const RESPELLED: [(char, char); 5] = [('0', 'g'), ('1', 'h'), ('3', 'k'), ('a', 'm'), ('e', 't')];

/// Adds what the generators make.
pub(super) fn generate(tree: &Tree, file: &File, resources: &mut Vec<Resource>) -> Result<(), Refusal> {
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for entry in file.items(field)? {
            let made = Generator { tree, file, entry, kind }.make()?;
            absorb(file, entry, made, resources)?;
        }
    }
    Ok(())
}

/// Adds a generated object, or puts it in the place of another one.
fn absorb(file: &File, entry: &Value, mut made: Resource, resources: &mut Vec<Resource>) -> Result<(), Refusal> {
    let refuse = |message: String| Err(wrong(entry.at.as_ref(), &file.folder, message));
    let behavior = text(entry, "behavior", &file.folder)?.unwrap_or("create");
    let id = made.id();
    let mut before = resources.iter_mut().filter(|resource| resource.is_or_was(&id));
    let (first, second) = (before.next(), before.next());
    match (behavior, first, second) {
        (_, _, Some(_)) => refuse(format!("several objects are or were {} {}", id.kind, id.name)),
        ("merge" | "replace", Some(old), None) => {
            keep_metadata(&mut made, old);
            if behavior == "merge" {
                for content in ["data", "binaryData"] {
                    inherit(&mut made.value, old.value.get(content).cloned(), content);
                }
            }
            *old = Resource { needs_hash: made.needs_hash && old.needs_hash, value: made.value, ..old.clone() };
            Ok(())
        }
        ("merge" | "replace", None, _) => refuse(format!("{} {} is not there to {behavior}", id.kind, id.name)),
        ("create" | "unspecified", None, _) => {
            resources.push(made);
            Ok(())
        }
        (_, Some(_), None) => refuse(format!("{} {} is there already: say merge or replace", id.kind, id.name)),
        _ => refuse(format!("the behavior {behavior:?} is not known")),
    }
}

/// Name, namespace, labels and annotations of what was there before; new labels and annotations win.
fn keep_metadata(made: &mut Resource, old: &Resource) {
    let (name, namespace) = (old.name().to_owned(), old.namespace().to_owned());
    made.set_metadata("name", &name);
    if !namespace.is_empty() {
        made.set_metadata("namespace", &namespace);
    }
    let Kind::Object(members) = &mut made.value.kind else { return };
    let Some(metadata) = members.get_mut("metadata") else { return };
    for notes in ["labels", "annotations"] {
        inherit(metadata, old.value.at_keys(["metadata", notes]).cloned(), notes);
    }
}

/// Adds the members of another mapping that are not there.
fn inherit(value: &mut Value, from: Option<Value>, key: &str) {
    let Some(Kind::Object(others)) = from.map(|from| from.kind) else { return };
    let Kind::Object(members) = &mut value.kind else { return };
    let own = members.entry(key.to_owned()).or_insert_with(|| Value::new(Kind::Object(BTreeMap::new())));
    if let Kind::Object(own) = &mut own.kind {
        others.into_iter().for_each(|(key, other)| {
            own.entry(key).or_insert(other);
        });
    }
}

/// One entry of a generator.
struct Generator<'a> {
    tree: &'a Tree,
    file: &'a File,
    entry: &'a Value,
    kind: &'static str,
}

/// A key and its content, with the place where it is written.
type Pair = (String, Vec<u8>, Option<Location>);

impl Generator<'_> {
    fn refuse(&self, at: Option<&Location>, message: impl Into<String>) -> Refusal {
        wrong(at.or(self.entry.at.as_ref()), &self.file.folder, message)
    }

    fn make(&self) -> Result<Resource, Refusal> {
        let folder = &self.file.folder;
        let name = text(self.entry, "name", folder)?.ok_or_else(|| self.refuse(None, "a generator without a name"))?;
        let mut metadata = BTreeMap::from([("name".to_owned(), Value::from(name))]);
        if let Some(namespace) = text(self.entry, "namespace", folder)? {
            metadata.insert("namespace".to_owned(), Value::from(namespace));
        }
        let none = Value::default();
        let (global, own) =
            (self.file.get("generatorOptions").unwrap_or(&none), self.entry.get("options").unwrap_or(&none));
        let either = |option: &str| Ok::<_, Refusal>(flag(global, option, folder)? || flag(own, option, folder)?);
        for notes in ["labels", "annotations"] {
            let mut all: BTreeMap<_, _> = pairs(global, notes, folder)?.into_iter().collect();
            all.extend(pairs(own, notes, folder)?);
            if !all.is_empty() {
                metadata.insert(notes.to_owned(), Value::new(Kind::Object(all)));
            }
        }
        let mut object = BTreeMap::from([
            ("apiVersion".to_owned(), Value::from("v1")),
            ("kind".to_owned(), Value::from(self.kind)),
            ("metadata".to_owned(), Value::new(Kind::Object(metadata))),
        ]);
        if either("immutable")? {
            object.insert("immutable".to_owned(), Value::from(true));
        }
        if self.kind == "Secret" {
            let secret_type = text(self.entry, "type", folder)?.unwrap_or("Opaque");
            object.insert("type".to_owned(), Value::from(secret_type));
        }
        for (content, entries) in self.content()? {
            object.insert(content.to_owned(), Value::new(Kind::Object(entries)));
        }
        let mut made = Resource::new(Value { kind: Kind::Object(object), at: self.entry.at.clone() })?;
        made.needs_hash = !either("disableNameSuffixHash")?;
        Ok(made)
    }

    /// The content by the members that it belongs to.
    fn content(&self) -> Result<BTreeMap<&'static str, BTreeMap<String, Value>>, Refusal> {
        let mut content: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
        if self.kind == "Secret" {
            content.insert("data", BTreeMap::new());
        }
        let mut seen = std::collections::BTreeSet::new();
        for (key, bytes, at) in self.pairs()? {
            if !seen.insert(key.clone()) {
                return Err(self.refuse(at.as_ref(), format!("the key {key} is given twice")));
            }
            let (member, text) = match (self.kind, String::from_utf8(bytes)) {
                ("Secret", text) => {
                    ("data", broken_base64(text.as_ref().map_or_else(|e| e.as_bytes(), |t| t.as_bytes())))
                }
                (_, Ok(text)) => ("data", text),
                (_, Err(error)) => ("binaryData", broken_base64(error.as_bytes())),
            };
            content.entry(member).or_default().insert(key, Value::from(text).located(at));
        }
        Ok(content)
    }

    fn pairs(&self) -> Result<Vec<Pair>, Refusal> {
        let folder = &self.file.folder;
        let mut pairs = Vec::new();
        let single = self.entry.get("env").filter(|env| !env.is_empty()).into_iter();
        for path in items(self.entry, "envs", folder)?.iter().chain(single) {
            let (path, bytes) = self.read(path, path.as_str().unwrap_or_default())?;
            self.lines(&path, &bytes, &mut pairs)?;
        }
        for literal in items(self.entry, "literals", folder)? {
            let parts = literal.as_str().and_then(|text| text.split_once('=')).filter(|(key, _)| !key.is_empty());
            let Some((key, value)) = parts else {
                return Err(self.refuse(literal.at.as_ref(), "a literal that is not KEY=VALUE"));
            };
            pairs.push((key.to_owned(), unquoted(value).as_bytes().to_vec(), literal.at.clone()));
        }
        for source in items(self.entry, "files", folder)? {
            let text = source.as_str().unwrap_or_default();
            let (key, path) = match text.split_once('=') {
                None => (text.rsplit('/').next().unwrap_or_default(), text),
                Some((key, path)) => (key, path),
            };
            if key.is_empty() || path.is_empty() || path.contains('=') {
                return Err(self.refuse(source.at.as_ref(), "a file that is neither PATH nor KEY=PATH"));
            }
            let (path, bytes) = self.read(source, path)?;
            pairs.push((key.to_owned(), bytes, Some(Location::new(path, 1, 1))));
        }
        Ok(pairs)
    }

    fn read(&self, entry: &Value, path: &str) -> Result<(String, Vec<u8>), Refusal> {
        let problem = |error: repo::ReadError| Box::new(error.problem().at(entry.at.clone()));
        let path = repo::join(&self.file.folder, path).map_err(problem)?;
        let bytes = self.tree.read(&path).map_err(problem)?;
        Ok((path, bytes))
    }

    /// The variables of an environment file.
    fn lines(&self, path: &str, bytes: &[u8], pairs: &mut Vec<Pair>) -> Result<(), Refusal> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(self.refuse(None, format!("{path} is not valid UTF-8")));
        };
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let at = Location::new(path, number, 1);
            if key.is_empty() || key.contains(char::is_whitespace) {
                return Err(self.refuse(Some(&at), "a line that is not KEY=VALUE"));
            }
            pairs.push((key.to_owned(), value.as_bytes().to_vec(), Some(at)));
        }
        Ok(())
    }
}

/// A text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

fn broken_base64(bytes: &[u8]) -> String {
    let whole = STANDARD.encode(bytes);
    if whole.len() < BASE64_LINE {
        return whole;
    }
    let mut broken = String::with_capacity(whole.len() + whole.len() / BASE64_LINE + 1);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && position % BASE64_LINE == 0 {
            broken.push('\n');
        }
        broken.push(digit);
    }
    broken.push('\n');
    broken
}

/// Adds the hash of its content to the name of a generated object.
pub(super) fn add_hash(resource: &mut Resource) {
    if !resource.needs_hash {
        return;
    }
    let hash = hash(resource);
    resource.remember();
    let name = format!("{}-{hash}", resource.name());
    resource.set_metadata("name", &name);
}

/// The hash of a `ConfigMap` or `Secret`: of the JSON of its kind, content and type, with an empty name.
fn hash(resource: &Resource) -> String {
    let member = |key: &str| resource.value.get(key).map_or_else(|| "".into(), Value::to_json);
    let is_map = |key: &str| resource.value.get(key).is_some_and(|value| value.as_object().is_some());
    let mut hashed = BTreeMap::from([
        ("kind", resource.kind().into()),
        ("name", serde_json::Value::from("")),
        ("data", member("data")),
    ]);
    match resource.kind() {
        "Secret" => {
            hashed.insert("type", member("type"));
            if is_map("stringData") {
                hashed.insert("stringData", member("stringData"));
            }
        }
        _ if is_map("binaryData") => {
            hashed.insert("binaryData", member("binaryData"));
        }
        _ => {}
    }
    let text = serde_json::to_string(&hashed).unwrap_or_default();
    // Go writes these in texts as escapes.
    let escapes =
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    let text = escapes.iter().fold(text, |text, (c, escape)| text.replace(*c, escape));
    let digest = Sha256::digest(text.as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let respell = |c: char| RESPELLED.iter().find(|(digit, _)| *digit == c).map_or(c, |(_, other)| *other);
    digits.chars().take(HASH_DIGITS).map(respell).collect()
}
