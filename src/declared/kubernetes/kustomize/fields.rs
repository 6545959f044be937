//! Where in objects of which kinds a step looks.

use crate::model::{Kind, Value};

use super::resource::Resource;

/// A path in the objects of some kinds. Steps are parted by `/`; a list on the way stands for each of its items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// The API group; `None` for any.
    pub group: Option<&'a str>,
    /// The version; `None` for any.
    pub version: Option<&'a str>,
    /// The kind; `None` for any.
    pub kind: Option<&'a str>,
    /// The path; a step that ends with `[]` is a list and is not made.
    pub path: &'a str,
    /// Whether the path is made where it is not there.
    pub create: bool,
}

impl Field<'_> {
    pub(super) fn is_of(&self, resource: &Resource) -> bool {
        self.group.is_none_or(|group| group == resource.group())
            && self.version.is_none_or(|version| version == resource.version())
            && self.kind.is_none_or(|kind| kind == resource.kind())
    }

    /// Does something with each value at the path.
    pub(super) fn visit(&self, resource: &mut Resource, act: &mut dyn FnMut(&mut Value)) {
        if self.is_of(resource) {
            visit(&mut resource.value, self.path, self.create, act);
        }
    }
}

/// Does something with each value at a path. A slash in a step is written `\/`.
pub(super) fn visit(value: &mut Value, path: &str, create: bool, act: &mut dyn FnMut(&mut Value)) {
    let path = path.replace("\\/", "\u{0}");
    let steps: Vec<String> = path.split('/').map(|step| step.replace('\u{0}', "/")).collect();
    walk(value, &steps, create, act);
}

fn walk(value: &mut Value, steps: &[String], create: bool, act: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else { return act(value) };
    match &mut value.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| walk(item, steps, create, act)),
        Kind::Object(members) => {
            let (key, is_list) = step.strip_suffix("[]").map_or((step.as_str(), false), |key| (key, true));
            if create && !is_list && members.get(key).is_none_or(|member| member.kind == Kind::Null) {
                let made = if rest.is_empty() { Kind::Null } else { Kind::Object([].into()) };
                members.insert(key.to_owned(), Value::new(made));
            }
            if let Some(member) = members.get_mut(key) {
                walk(member, rest, create, act);
            }
        }
        _ => {}
    }
}
