//! References of a whole template: brought to one form before the expansion, and to the new logical ids after it.

use std::collections::BTreeMap;

use super::tree::{call, items, members};
use crate::model::{Kind, Value};

/// The function `Fn::GetAtt` with a list, which the short form of YAML writes with a dot.
pub(super) fn normalize(node: &mut Value) {
    if let Some(("Fn::GetAtt", argument)) = call(node)
        && let Some((id, name)) = argument.as_str().and_then(|path| path.split_once('.'))
    {
        let at = argument.at.as_ref();
        let path = [id, name].map(|part| Value::from(part).located(at.cloned()));
        let list = argument.with(Kind::List(path.into()));
        node.kind = Kind::Object([("Fn::GetAtt".to_owned(), list)].into());
        return;
    }
    match &mut node.kind {
        Kind::Object(members) => members.values_mut().for_each(normalize),
        Kind::List(items) => items.iter_mut().for_each(normalize),
        _ => {}
    }
}

/// Replaces logical ids that have changed, and words like `Function.Alias` by what they stand for.
pub(super) fn rename(
    resources: &mut BTreeMap<String, Value>,
    outputs: &mut BTreeMap<String, Value>,
    renamed: &BTreeMap<String, String>,
    named: &BTreeMap<(String, String), String>,
) {
    let names = Names { renamed, named };
    for resource in resources.values_mut() {
        if let Some(depends) = members(resource).get_mut("DependsOn") {
            names.rename_ids(depends);
        }
        names.rewrite(resource);
    }
    outputs.values_mut().for_each(|output| names.rewrite(output));
}

struct Names<'a> {
    renamed: &'a BTreeMap<String, String>,
    named: &'a BTreeMap<(String, String), String>,
}

impl Names<'_> {
    fn rename_ids(&self, depends: &mut Value) {
        match &mut depends.kind {
            Kind::String(id) => id.clone_from(self.renamed.get(id).unwrap_or(&id.clone())),
            Kind::List(ids) => ids.iter_mut().for_each(|id| self.rename_ids(id)),
            _ => {}
        }
    }

    fn rewrite(&self, node: &mut Value) {
        match call(node) {
            Some(("Ref", id)) => {
                let new = id.as_str().and_then(|id| match id.split_once('.') {
                    Some((id, word)) => self.named.get(&(id.to_owned(), word.to_owned())),
                    None => self.renamed.get(id),
                });
                if let (Some(new), Some(id)) = (new.cloned(), members(node).get_mut("Ref")) {
                    id.kind = Kind::String(new);
                }
            }
            Some(("Fn::GetAtt", _)) => {
                if let Some(path) = members(node).get_mut("Fn::GetAtt") {
                    self.rewrite_path(items(path));
                }
            }
            Some(("Fn::Sub", _)) => {
                let Some(argument) = members(node).get_mut("Fn::Sub") else { return };
                match &mut argument.kind {
                    Kind::String(text) => *text = self.rewrite_text(text),
                    Kind::List(items) => {
                        if let Some(Value { kind: Kind::String(text), .. }) = items.first_mut() {
                            *text = self.rewrite_text(text);
                        }
                        items.iter_mut().for_each(|item| self.rewrite(item));
                    }
                    _ => {}
                }
            }
            _ => match &mut node.kind {
                Kind::Object(members) => members.values_mut().for_each(|member| self.rewrite(member)),
                Kind::List(items) => items.iter_mut().for_each(|item| self.rewrite(item)),
                _ => {}
            },
        }
    }

    fn rewrite_path(&self, path: &mut Vec<Value>) {
        let texts: Option<Vec<&str>> = path.iter().map(Value::as_str).collect();
        let joined = texts.unwrap_or_default().join(".");
        let parts: Vec<&str> = joined.split('.').collect();
        let [id, word, rest @ ..] = parts.as_slice() else { return };
        let at = path.first().and_then(|id| id.at.clone());
        let part = |text: &str| Value::from(text).located(at.clone());
        if let Some(new) = self.named.get(&((*id).to_owned(), (*word).to_owned())) {
            *path = std::iter::once(new.as_str()).chain(rest.iter().copied()).map(part).collect();
        } else if let Some(new) = self.renamed.get(*id) {
            *path = [new.as_str(), word].into_iter().chain(rest.iter().copied()).map(part).collect();
        }
    }

    /// A text of `Fn::Sub` with the new names.
    fn rewrite_text(&self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            written.push_str(before);
            written.push_str("${");
            rest = after;
            let Some((variable, tail)) = after.split_once('}') else { continue };
            let (id, path) = variable.split_once('.').unwrap_or((variable, ""));
            let (word, deeper) = path.split_once('.').unwrap_or((path, ""));
            let new = match self.named.get(&(id.to_owned(), word.to_owned())) {
                Some(new) if deeper.is_empty() => new.clone(),
                Some(new) => format!("{new}.{deeper}"),
                None => match self.renamed.get(id) {
                    Some(new) if path.is_empty() => new.clone(),
                    Some(new) => format!("{new}.{path}"),
                    None => variable.to_owned(),
                },
            };
            written.push_str(&new);
            written.push('}');
            rest = tail;
        }
        written.push_str(rest);
        written
    }
}
