//! `AWS::Include`: a part of a template in a file of its own. Source: the transform in the CloudFormation
//! template reference.
//!
//! Templates in a repository name a file beside them, which `aws cloudformation package` uploads and replaces by its
//! place in S3. A part that is not in the repository stays as it is written, and so unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluate::Unit;
use super::template;
use crate::model::{Kind, Problem, ProblemKind, Value};
use crate::repo;

/// The transform's name.
pub(super) const TRANSFORM: &str = "AWS::Include";
const FUNCTION: &str = "Fn::Transform";
/// The parts that one template takes in; each is read and parsed anew where it stands.
const MAX_PARTS: usize = 200;

/// The template with the parts in place whose files are there. Parts of parts are left as they are: the service
/// takes none.
pub(super) fn expand(unit: &Unit<'_>, root: Value, problems: &mut Vec<Problem>) -> Value {
    let mut includer = Includer { unit, problems, parts: 0 };
    let Kind::Object(mut sections) = root.kind else { return root };
    let whole = sections.get("Transform").cloned();
    let entries = whole.iter().flat_map(|entry| entry.as_list().unwrap_or(std::slice::from_ref(entry)));
    for entry in entries {
        if let Some(part) = includer.part(entry) {
            includer.merge(&mut sections, part, entry);
        }
    }
    let sections = sections.into_iter().map(|(name, section)| (name, includer.inside(section))).collect();
    Value { kind: Kind::Object(sections), at: root.at }
}

/// Where a transform takes its part from, if that is a file and not a place in S3.
pub(super) fn location(entry: &Value) -> Option<&str> {
    let is_include = entry.get("Name").and_then(Value::as_str) == Some(TRANSFORM);
    let location = entry.at_keys(["Parameters", "Location"]).filter(|_| is_include)?.as_str()?;
    (!location.contains("://")).then_some(location)
}

struct Includer<'a> {
    unit: &'a Unit<'a>,
    problems: &'a mut Vec<Problem>,
    parts: usize,
}

impl Includer<'_> {
    /// A value with the parts in it in place.
    fn inside(&mut self, value: Value) -> Value {
        let kind = match value.kind {
            Kind::List(items) => Kind::List(items.into_iter().map(|item| self.inside(item)).collect()),
            Kind::Object(members) => {
                let entry = members.get(FUNCTION).filter(|entry| location(entry).is_some()).cloned();
                let mut members: BTreeMap<_, _> =
                    members.into_iter().map(|(key, member)| (key, self.inside(member))).collect();
                if let Some(entry) = entry
                    && let Some(part) = self.part(&entry)
                {
                    members.remove(FUNCTION);
                    self.merge(&mut members, part, &entry);
                }
                Kind::Object(members)
            }
            kind => kind,
        };
        Value { kind, at: value.at }
    }

    /// The members of the file that a transform names; a problem if there is no such file.
    fn part(&mut self, entry: &Value) -> Option<BTreeMap<String, Value>> {
        let location = location(entry)?;
        self.parts += 1;
        if self.parts > MAX_PARTS {
            if self.parts == MAX_PARTS + 1 {
                self.report(entry, format!("more than {MAX_PARTS} parts are included"), "split the template");
            }
            return None;
        }
        match self.read(location) {
            Ok(Value { kind: Kind::Object(members), .. }) => Some(members),
            Ok(_) => {
                self.report(entry, format!("{location} is no mapping"), "an included file holds members of a mapping");
                None
            }
            Err(problem) => {
                let message = format!("the included file {location} cannot be read: {}", problem.message);
                self.report(entry, message, "the path is relative to the template's folder");
                None
            }
        }
    }

    fn read(&self, location: &str) -> Result<Value, Problem> {
        let path = repo::join(repo::parent(self.unit.file), location).map_err(|error| error.problem())?;
        let text = self.unit.tree.read_text(&path).map_err(|error| error.problem())?;
        template::parse(&Arc::from(path), &text)
    }

    /// Adds the members of a part; a member that is there already stands.
    fn merge(&mut self, members: &mut BTreeMap<String, Value>, part: BTreeMap<String, Value>, entry: &Value) {
        for (key, value) in part {
            match (members.get_mut(&key).map(|known| &mut known.kind), value.kind) {
                // Sections of a part that is included at the top go into those of the template.
                (Some(Kind::Object(known)), Kind::Object(added)) => {
                    for (key, value) in added {
                        known.entry(key).or_insert(value);
                    }
                }
                (None, kind) => {
                    members.insert(key, Value { kind, at: value.at });
                }
                (Some(_), _) => {
                    let message = format!("the included file gives {key}, which is given already");
                    self.report(entry, message, "give it in one of the two");
                }
            }
        }
    }

    fn report(&mut self, entry: &Value, message: String, remedy: &str) {
        let problem = Problem::new(ProblemKind::Unreadable, &**self.unit.file, message);
        self.problems.push(problem.remedy(remedy).at(entry.at.clone()));
    }
}
