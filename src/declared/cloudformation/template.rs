//! The sections of a template, before anything in it is evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::sam;
use crate::model::{Kind, Problem, ProblemKind, Value};
use crate::yaml::{self, Dialect, Schema};

/// Transforms that leave resources of other types as they are written. All others may change anything.
///
/// The language extensions are evaluated here; the serverless transform is done here ([`super::sam`]); blue/green
/// hooks are not resources.
const HARMLESS_TRANSFORMS: [&str; 3] = ["AWS::LanguageExtensions", sam::TRANSFORM, "AWS::CodeDeployBlueGreen"];

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
    /// A macro that rewrites the template when it is deployed.
    pub(super) macro_name: Option<String>,
    /// Whether the serverless transform is still to be done.
    pub(super) is_serverless: bool,
    /// What the serverless transform adds to resources.
    pub(super) globals: Option<Value>,
    /// Resources that the serverless transform makes anew for each revision and that never change.
    pub(super) revisions: BTreeSet<String>,
    /// Resources that may be made of what could not be expanded.
    pub(super) unsettled: BTreeSet<String>,
    /// Sections that are not what they should be.
    pub(super) problems: Vec<Problem>,
}

impl Template {
    /// Parses a template in YAML or JSON.
    pub(super) fn load(file: &Arc<str>, text: &str, stage: Stage) -> Result<Self, Problem> {
        let dialect = Dialect { schema: Schema::Yaml11, tags: Some(&short_form) };
        let mut documents = yaml::load(file, text, &dialect)?.into_iter();
        let not_a_template = |message: &str, at| Problem::new(ProblemKind::Invalid, &**file, message).at(at);
        let (Some(root), None) = (documents.next(), documents.next()) else {
            return Err(not_a_template("not a template: a template is one document", None));
        };
        let at = root.at.clone();
        let Kind::Object(mut sections) = root.kind else {
            return Err(not_a_template("not a template: expected a mapping with `Resources`", at));
        };
        if !matches!(sections.get("Resources").map(|section| &section.kind), Some(Kind::Object(_))) {
            let at = sections.get("Resources").and_then(|section| section.at.clone()).or(at);
            return Err(not_a_template("not a template: it has no `Resources`", at));
        }
        let mut template = Self::default();
        if stage == Stage::Original {
            template.transforms(file, sections.get("Transform"));
        }
        template.globals = sections.remove("Globals");
        let mut section = |name: &str| match sections.remove(name).map(|section| (section.kind, section.at)) {
            None | Some((Kind::Null, _)) => BTreeMap::new(),
            Some((Kind::Object(members), _)) => members,
            Some((_, at)) => {
                template.problems.push(not_a_template(&format!("`{name}` is not a mapping"), at));
                BTreeMap::new()
            }
        };
        let [parameters, mappings, conditions, resources] =
            ["Parameters", "Mappings", "Conditions", "Resources"].map(&mut section);
        Ok(Self { parameters, mappings, conditions, resources, ..template })
    }

    /// Notes a macro among the transforms: what it leaves of the template is not known here.
    fn transforms(&mut self, file: &Arc<str>, section: Option<&Value>) {
        let Some(section) = section else { return };
        let entries = section.as_list().unwrap_or(std::slice::from_ref(section));
        for entry in entries {
            let name = entry.as_str().or_else(|| entry.get("Name").and_then(Value::as_str)).unwrap_or("unnamed");
            self.is_serverless |= name == sam::TRANSFORM;
            if HARMLESS_TRANSFORMS.contains(&name) {
                continue;
            }
            let message = format!("the macro {name} rewrites this template when it is deployed");
            self.problems.push(
                Problem::new(ProblemKind::Unevaluated, &**file, message)
                    .remedy("its values stay unverified; compare the stack's processed template instead")
                    .at(entry.at.clone()),
            );
            self.macro_name.get_or_insert_with(|| name.to_owned());
        }
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
