//! `images` and `replicas`.

use regex::Regex;

use super::fields::visit;
use super::file::{File, text};
use super::resource::Resource;
use super::{Refusal, wrong};
use crate::model::{Kind, Value};

/// Kinds that have `spec.replicas`.
const SCALED: [&str; 4] = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
/// Lists of containers, wherever they stand.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];
/// The longest name of an image; it is a pattern.
const MAX_PATTERN: usize = 1024;

/// Sets the replicas of the objects that have or had a name.
pub(super) fn set_replicas(file: &File, resources: &mut [Resource]) -> Result<(), Refusal> {
    for entry in file.items("replicas")? {
        let refuse = |message: String| wrong(entry.at.as_ref(), &file.folder, message);
        let name = text(entry, "name", &file.folder)?.ok_or_else(|| refuse("replicas without a name".to_owned()))?;
        let Some(count) = entry.get("count").filter(|count| matches!(count.kind, Kind::Number(_))) else {
            return Err(refuse(format!("replicas of {name} without a count")));
        };
        let is_meant = |resource: &&mut Resource| {
            let id = resource.id();
            let mut ids = resource.previous.iter().chain([&id]);
            SCALED.contains(&resource.kind()) && ids.any(|id| id.name == name)
        };
        let mut found = false;
        for resource in resources.iter_mut().filter(is_meant) {
            visit(&mut resource.value, "spec/replicas", true, &mut |replicas| *replicas = count.clone());
            found = true;
        }
        if !found {
            return Err(refuse(format!("nothing of the name {name} has replicas")));
        }
    }
    Ok(())
}

/// Another image, as an entry of `images` says.
struct Change<'a> {
    pattern: Regex,
    new_name: Option<&'a str>,
    new_tag: Option<&'a str>,
    tag_suffix: Option<&'a str>,
    digest: Option<&'a str>,
    /// Where it is written.
    entry: &'a Value,
}

/// Changes images.
pub(super) fn set_images(file: &File, resources: &mut [Resource]) -> Result<(), Refusal> {
    for entry in file.items("images")? {
        let folder = &file.folder;
        let refuse = |message: &str| wrong(entry.at.as_ref(), folder, message);
        let name = text(entry, "name", folder)?.ok_or_else(|| refuse("an image without a name"))?;
        // As kustomize has it, the name is a pattern.
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        let pattern =
            Some(pattern).filter(|pattern| pattern.len() < MAX_PATTERN).and_then(|text| Regex::new(&text).ok());
        let change = Change {
            pattern: pattern.ok_or_else(|| refuse("the name of an image is no pattern"))?,
            new_name: text(entry, "newName", folder)?,
            new_tag: text(entry, "newTag", folder)?,
            tag_suffix: text(entry, "tagSuffix", folder)?,
            digest: text(entry, "digest", folder)?,
            entry,
        };
        for resource in resources.iter_mut().filter(|resource| resource.kind() != "CustomResourceDefinition") {
            change.walk(&mut resource.value);
        }
    }
    Ok(())
}

impl Change<'_> {
    /// Objects are no deeper than [`crate::yaml::MAX_DEPTH`].
    fn walk(&self, value: &mut Value) {
        match &mut value.kind {
            Kind::Object(members) => {
                for (key, member) in members {
                    if let (true, Kind::List(items)) = (CONTAINERS.contains(&key.as_str()), &mut member.kind) {
                        items.iter_mut().for_each(|item| self.container(item));
                    }
                    self.walk(member);
                }
            }
            Kind::List(items) => items.iter_mut().for_each(|item| self.walk(item)),
            _ => {}
        }
    }

    fn container(&self, container: &mut Value) {
        let Kind::Object(members) = &mut container.kind else { return };
        let Some(image) = members.get_mut("image") else { return };
        let Some(old) = image.as_str().filter(|old| self.pattern.is_match(old)) else { return };
        let new = self.applied(old);
        if new != old {
            // The place of what was changed: the tag if that was, else the name.
            let written = ["newTag", "digest", "tagSuffix", "newName"].iter().find_map(|key| self.entry.get(key));
            *image = Value::from(new).located(written.and_then(|value| value.at.clone()));
        }
    }

    fn applied(&self, image: &str) -> String {
        let (name, tag, digest) = split(image);
        let name = self.new_name.unwrap_or(name);
        let (tag, digest) = match (self.new_tag, self.digest, self.tag_suffix) {
            (None, None, None) => (tag.to_owned(), digest),
            (None, None, Some(suffix)) => (format!("{tag}{suffix}"), ""),
            (new_tag, new_digest, _) => (new_tag.unwrap_or_default().to_owned(), new_digest.unwrap_or_default()),
        };
        let part = |mark: &str, text: &str| if text.is_empty() { String::new() } else { format!("{mark}{text}") };
        format!("{name}{}{}", part(":", &tag), part("@", digest))
    }
}

/// The entry for an image that is written as `[old=]new[:tag][@digest]`.
pub(super) fn entry(text: &str) -> Value {
    let (old, new) = text.split_once('=').map_or((None, text), |(old, new)| (Some(old), new));
    let (name, tag, digest) = split(new);
    let fields = [("name", old.unwrap_or(name)), ("newName", name), ("newTag", tag), ("digest", digest)];
    Value::object(fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key, Value::from(text))))
}

/// Name, tag and digest of an image; a port of the registry is a part of the name.
fn split(image: &str) -> (&str, &str, &str) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    let path_begins = rest.find('/').unwrap_or(0);
    let tag_begins = rest.split_at(path_begins).1.find(':').map(|at| at + path_begins);
    match tag_begins.map(|at| rest.split_at(at)) {
        Some((name, tag)) => (name, tag.trim_start_matches(':'), digest),
        None => (rest, "", digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_split_into_name_tag_and_digest() {
        let check = |image: &str, expect: (&str, &str, &str)| assert_eq!(split(image), expect, "{image}");
        check("nginx", ("nginx", "", ""));
        check("nginx:1.2", ("nginx", "1.2", ""));
        check("host:5000/a/nginx", ("host:5000/a/nginx", "", ""));
        check("host:5000/a/nginx:1.2@sha256:ff", ("host:5000/a/nginx", "1.2", "sha256:ff"));
        check("a/nginx@sha256:ff", ("a/nginx", "", "sha256:ff"));
        let written = entry("nginx=mirror/nginx:2").to_json();
        assert_eq!(written, serde_json::json!({"name": "nginx", "newName": "mirror/nginx", "newTag": "2"}));
    }
}
