//! Property transforms: expressions over what is declared whose value a service may answer instead
//! (`propertyTransform` of resource schemas; CloudFormation CLI user guide, "Preventing false drift detection results").
//!
//! They are written in JSONata, of which what schemas use is understood here (the parser's head says what). CloudFormation
//! takes a result for a regular expression and `$OR` for alternatives. Two things are stricter here, or transforms would
//! hide changes: what was declared stands for itself in a result, whatever characters it has; and an alternative
//! that does not depend on what is declared is not applied.

mod evaluate;
mod parse;
mod text;

use self::evaluate::{Item, Scene};
use self::parse::Expression;
use super::scalar::{self, Context};
use crate::model::{AttributePath, Kind, ResourceType, Step, Value};
use crate::schema::pattern_matches;

/// Transforms that would hide changes, with the reason. Types are those of the schemas, paths are patterns.
const REFUSED: &[(&str, &str)] = &[
    // `.*` around what is declared: whatever was added by hand would be covered.
    ("AWS::DMS::Endpoint", "ExtraConnectionAttributes"),
    // `.*` behind it: `8.0` would cover `8.01`, and releases nobody let it upgrade to.
    ("AWS::RDS::DBCluster", "EngineVersion"),
    ("AWS::RDS::DBInstance", "EngineVersion"),
    // `null` for whatever is declared: that would be the same as nothing.
    ("AWS::DynamoDB::GlobalTable", "Replicas.*.GlobalTableSettingsReplicationMode"),
    // What is declared becomes a set of characters.
    ("AWS::Lambda::LayerVersionPermission", "Principal"),
    // Every ICMP type would be covered by all of them.
    ("AWS::EC2::SecurityGroup", "SecurityGroupEgress.*.FromPort"),
    ("AWS::EC2::SecurityGroup", "SecurityGroupEgress.*.ToPort"),
    ("AWS::EC2::SecurityGroup", "SecurityGroupIngress.*.FromPort"),
    ("AWS::EC2::SecurityGroup", "SecurityGroupIngress.*.ToPort"),
    ("AWS::EC2::SecurityGroupEgress", "FromPort"),
    ("AWS::EC2::SecurityGroupEgress", "ToPort"),
    ("AWS::EC2::SecurityGroupIngress", "FromPort"),
    ("AWS::EC2::SecurityGroupIngress", "ToPort"),
];

/// Where a transformed property stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub resource_type: &'a ResourceType,
    pub path: &'a AttributePath,
    /// All that is declared of the resource.
    pub declared: &'a Value,
}

/// Whether what was written at a place is what is read there, by the transform that the schema has for it.
pub(super) fn accepts(
    transform: &str,
    place: Place<'_>,
    context: Context<'_>,
    written: &Value,
    read: Option<&Value>,
) -> bool {
    let Place { resource_type, path, declared } = place;
    let refused = |(of, pattern): &(&str, &str)| *of == resource_type.as_str() && pattern_matches(pattern, path);
    if REFUSED.iter().any(refused) {
        return false;
    }
    let Some((last, above)) = path.steps().split_last() else { return false };
    let (Step::Key(_), Some(around)) = (last, declared.part(above)) else { return false };
    let own = path.steps().iter().filter_map(|step| match step {
        Step::Key(name) => Some(name.as_str()),
        Step::Item { .. } | Step::Member(_) | Step::Index(_) => None,
    });
    let scene = Scene { root: declared, around, own: own.collect(), value: written };
    alternatives(transform).iter().filter_map(|one| scene.evaluate(one)).any(|result| is_answer(context, &result, read))
}

/// The alternatives that may be applied; none of a transform that is not understood.
fn alternatives(transform: &str) -> Vec<Expression> {
    let mut alternatives = parse::alternatives(transform).unwrap_or_default();
    alternatives.retain(Expression::names_anything);
    alternatives
}

/// Whether a service may answer this for a result.
fn is_answer(context: Context<'_>, result: &Item, read: Option<&Value>) -> bool {
    let Some(read) = read else { return *result == Item::Null };
    match (result, &read.kind) {
        (Item::Text(text), Kind::String(answer)) => match text.as_written() {
            Some(written) => written == *answer,
            None => {
                scalar::is_at_home(context, answer) && text.pattern().is_some_and(|pattern| pattern.is_match(answer))
            }
        },
        (Item::Text(text), _) => text.as_written().is_some() && read.as_scalar_text() == text.as_written(),
        (Item::Bool(flag), _) => read.as_scalar_text() == Some(flag.to_string()),
        (Item::Number(number), _) => read.as_scalar_text() == Some(number.to_string()),
        _ => false,
    }
}

/// The functions and operators that the applied alternatives of a transform use, for the list of what occurs; empty
/// where none is applied, `None` where the transform is not understood.
#[cfg(test)]
pub(super) fn shape(transform: &str) -> Option<String> {
    let applied = alternatives(transform);
    parse::alternatives(transform)?;
    let shapes: Vec<String> = applied.iter().map(Expression::shape).collect();
    Some(shapes.join(" $OR "))
}
