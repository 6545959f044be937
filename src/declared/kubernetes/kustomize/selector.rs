//! Which objects a patch is for.

use regex::Regex;

use super::file::text;
use super::resource::Resource;
use super::{Refusal, wrong};
use crate::model::{Problem, ProblemKind, Value};

/// The longest pattern.
const MAX_PATTERN: usize = 1024;

/// The target of a patch: every pattern that is given has to match in full.
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

/// One requirement of a label selector.
#[derive(Debug, PartialEq)]
struct Requirement {
    key: String,
    demand: Demand,
}

#[derive(Debug, PartialEq)]
enum Demand {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
}

impl Selector {
    pub(super) fn read(target: &Value, folder: &str) -> Result<Self, Refusal> {
        let pattern = |field: &str| {
            let Some(given) = text(target, field, folder)? else { return Ok(None) };
            let compiled = Some(given).filter(|given| given.len() < MAX_PATTERN);
            match compiled.and_then(|given| Regex::new(&format!("^(?:{given})$")).ok()) {
                Some(pattern) => Ok(Some(pattern)),
                None => Err(wrong(target.at.as_ref(), folder, format!("the {field} of a target is no pattern"))),
            }
        };
        let requirements = |field: &str| match text(target, field, folder)? {
            None => Ok(Vec::new()),
            Some(given) => requirements(given).ok_or_else(|| {
                let message = format!("the {field} {given:?} is not understood here");
                Box::new(Problem::new(ProblemKind::NotSupported, folder, message).at(target.at.clone()))
            }),
        };
        Ok(Self {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: requirements("labelSelector")?,
            annotations: requirements("annotationSelector")?,
        })
    }

    pub(super) fn matches(&self, resource: &Resource) -> bool {
        let is = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        let (now, first) = (resource.id(), resource.original());
        let of = |members: &str| resource.value.at_keys(["metadata", members]);
        (is(&self.namespace, &first.namespace) || is(&self.namespace, &now.namespace))
            && (is(&self.name, &first.name) || is(&self.name, &now.name))
            && is(&self.group, resource.group())
            && is(&self.version, resource.version())
            && is(&self.kind, resource.kind())
            && self.labels.iter().all(|requirement| requirement.holds(of("labels")))
            && self.annotations.iter().all(|requirement| requirement.holds(of("annotations")))
    }
}

impl Requirement {
    fn holds(&self, members: Option<&Value>) -> bool {
        let value = members.and_then(|members| members.get(&self.key)).and_then(Value::as_scalar_text);
        match &self.demand {
            Demand::Exists => value.is_some(),
            Demand::Missing => value.is_none(),
            Demand::In(values) => value.is_some_and(|value| values.contains(&value)),
            Demand::NotIn(values) => value.is_none_or(|value| !values.contains(&value)),
        }
    }
}

/// The requirements of a selector in Kubernetes' notation: `app=web,tier!=cache,env in (a,b),!old`.
fn requirements(text: &str) -> Option<Vec<Requirement>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = match (rest.find(','), rest.find('(')) {
            (Some(comma), Some(open)) if open < comma => rest.find(')')? + 1,
            (Some(comma), _) => comma,
            (None, _) => rest.len(),
        };
        let (one, after) = rest.split_at(end);
        found.push(requirement(one.trim())?);
        rest = after.trim().strip_prefix(',').unwrap_or(after).trim();
        if rest.len() == after.trim().len() && !rest.is_empty() {
            return None;
        }
    }
    Some(found)
}

fn requirement(text: &str) -> Option<Requirement> {
    let set = |rest: &str| {
        let inside = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inside.split(',').map(|value| value.trim().to_owned()).collect::<Vec<_>>())
    };
    let (key, demand) = if let Some((key, rest)) = text.split_once(" notin ") {
        (key, Demand::NotIn(set(rest)?))
    } else if let Some((key, rest)) = text.split_once(" in ") {
        (key, Demand::In(set(rest)?))
    } else if let Some((key, value)) = text.split_once("!=") {
        (key, Demand::NotIn(vec![value.trim().to_owned()]))
    } else if let Some((key, value)) = text.split_once('=') {
        (key, Demand::In(vec![value.trim_start_matches('=').trim().to_owned()]))
    } else if let Some(key) = text.strip_prefix('!') {
        (key, Demand::Missing)
    } else {
        (text, Demand::Exists)
    };
    let key = key.trim();
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    is_key.then(|| Requirement { key: key.to_owned(), demand })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirements_of_a_selector_are_read_or_refused() {
        let check = |text: &str, labels: serde_json::Value, expect: Option<bool>| {
            let labels = Value::from_json(&labels);
            let found = requirements(text).map(|all| all.iter().all(|one| one.holds(Some(&labels))));
            assert_eq!(found, expect, "{text}");
        };
        let labels = serde_json::json!({"app": "web", "tier": "front", "a.b/c": "1"});
        check("app=web", labels.clone(), Some(true));
        check("app == web, tier!=cache", labels.clone(), Some(true));
        check("app in (api, web),a.b/c", labels.clone(), Some(true));
        check("app notin (web)", labels.clone(), Some(false));
        check("!old,tier=front", labels.clone(), Some(true));
        check("old", labels.clone(), Some(false));
        check("app > 1", labels.clone(), None);
        check("app in web", labels, None);
    }
}
