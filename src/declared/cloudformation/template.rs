//! The sections of a template, before anything in it is evaluated, and the transforms that rewrite them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::evaluate::Unit;
use super::{foreach, include, sam};
use crate::model::{Kind, Problem, ProblemKind, Value};
use crate::yaml::{self, Dialect, Schema};

/// The transform whose functions and loops are evaluated here.
pub(super) const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// A transform that leaves resources as they are written: its hooks are not among them.
const BLUE_GREEN: &str = "AWS::CodeDeployBlueGreen";

/// Whether the service has applied the transforms of a template; named as its API does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Original,
    Processed,
}

/// A template, taken apart.
#[derive(Default)]
pub(super) struct Template {
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) mappings: BTreeMap<String, Value>,
    pub(super) conditions: BTreeMap<String, Value>,
    pub(super) resources: BTreeMap<String, Value>,
    pub(super) outputs: BTreeMap<String, Value>,
    /// A macro that rewrites the template when it is deployed.
    pub(super) macro_name: Option<String>,
    /// Whether its loops were written out, as far as that can be done here.
    pub(super) is_expanded: bool,
    /// What the serverless transform adds to resources.
    pub(super) globals: Option<Value>,
    /// Resources that the serverless transform makes anew for each revision and that never change.
    pub(super) revisions: BTreeSet<String>,
    /// How the logical ids begin of what may be made of what could not be expanded here.
    pub(super) unsettled: BTreeSet<String>,
    /// Sections that are not what they should be.
    pub(super) problems: Vec<Problem>,
}

impl Template {
    /// Parses a template in YAML or JSON and applies its transforms in the order in which it lists them.
    pub(super) fn load(unit: &Unit<'_>, stage: Stage) -> Result<Self, Problem> {
        let file = unit.file;
        let mut problems = Vec::new();
        let root = parse(file, unit.text)?;
        let root = if stage == Stage::Original { include::expand(unit, root, &mut problems) } else { root };
        let (mut template, transforms) = Self::sections(file, root)?;
        template.problems.extend(problems);
        if stage == Stage::Processed {
            return Ok(template);
        }
        let mut applied = BTreeSet::new();
        for entry in transforms.iter().flat_map(|section| section.as_list().unwrap_or(std::slice::from_ref(section))) {
            let name = entry.as_str().or_else(|| entry.get("Name").and_then(Value::as_str)).unwrap_or("unnamed");
            match name {
                // Once, however often a list names it.
                LANGUAGE_EXTENSIONS | sam::TRANSFORM if !applied.insert(name) => {}
                LANGUAGE_EXTENSIONS => {
                    template = foreach::expand(unit, template);
                    template.is_expanded = true;
                }
                sam::TRANSFORM => sam::expand(unit, &mut template),
                include::TRANSFORM if include::location(entry).is_some() => {}
                BLUE_GREEN => {}
                _ => template.rewritten_by(file, name, entry),
            }
        }
        Ok(template)
    }

    /// Whether there may be a resource that is not among the resources.
    pub(super) fn may_make(&self, id: &str) -> bool {
        self.unsettled.iter().any(|beginning| id.starts_with(beginning.as_str()))
    }

    /// The sections of a template and its list of transforms.
    fn sections(file: &Arc<str>, root: Value) -> Result<(Self, Option<Value>), Problem> {
        let at = root.at.clone();
        let Kind::Object(mut sections) = root.kind else {
            return Err(invalid(file, "not a template: expected a mapping with `Resources`", at));
        };
        if !matches!(sections.get("Resources").map(|section| &section.kind), Some(Kind::Object(_))) {
            let at = sections.get("Resources").and_then(|section| section.at.clone()).or(at);
            return Err(invalid(file, "not a template: it has no `Resources`", at));
        }
        let mut problems = Vec::new();
        let transforms = sections.remove("Transform");
        let globals = sections.remove("Globals");
        let mut section = |name: &str| match sections.remove(name).map(|section| (section.kind, section.at)) {
            None | Some((Kind::Null, _)) => BTreeMap::new(),
            Some((Kind::Object(members), _)) => members,
            Some((_, at)) => {
                problems.push(invalid(file, &format!("`{name}` is not a mapping"), at));
                BTreeMap::new()
            }
        };
        let [parameters, mappings, conditions, resources, outputs] =
            ["Parameters", "Mappings", "Conditions", "Resources", "Outputs"].map(&mut section);
        let template =
            Self { parameters, mappings, conditions, resources, outputs, globals, problems, ..Self::default() };
        Ok((template, transforms))
    }

    /// Notes a macro among the transforms: what it leaves of the template is not known here.
    fn rewritten_by(&mut self, file: &Arc<str>, name: &str, entry: &Value) {
        let message = format!("the macro {name} rewrites this template when it is deployed");
        self.problems.push(
            Problem::new(ProblemKind::Unevaluated, &**file, message)
                .remedy("its values stay unverified; compare the stack's processed template instead")
                .at(entry.at.clone()),
        );
        self.macro_name.get_or_insert_with(|| name.to_owned());
    }
}

fn invalid(file: &Arc<str>, message: &str, at: Option<crate::model::Location>) -> Problem {
    Problem::new(ProblemKind::Invalid, &**file, message).at(at)
}

/// Reads the one document of a template or a part of one, short forms of functions made long.
pub(super) fn parse(file: &Arc<str>, text: &str) -> Result<Value, Problem> {
    let dialect = Dialect { schema: Schema::Yaml11, tags: Some(&short_form) };
    let mut documents = yaml::load(file, text, &dialect)?.into_iter();
    match (documents.next(), documents.next()) {
        (Some(root), None) => Ok(root),
        _ => Err(invalid(file, "not a template: a template is one document", None)),
    }
}

/// Makes the long form of a short one: `!Sub x` is `{"Fn::Sub": x}`. Tags of no function end as unknown functions.
#[expect(clippy::unnecessary_wraps, reason = "the loader's signature; every tag has a long form")]
fn short_form(tag: &str, value: Value) -> Result<Value, String> {
    let function = match tag {
        "Ref" | "Condition" => tag.to_owned(),
        _ => format!("Fn::{tag}"),
    };
    let at = value.at.clone();
    Ok(Value::object([(function, value)]).located(at))
}
