//! The comparison of one object of a cluster.

use std::borrow::Cow;

use super::{Inputs, Sides, base_of};
use crate::compare::Comparison;
use crate::compare::kubernetes::{self, Subject};
use crate::model::{AttributeDrift, AttributePath, Basis, Declaration, Live, Standing, Value};
use crate::schema::kubernetes::{DELETION, Schemas, kind_of};

pub(super) fn compare(inputs: &Inputs<'_>, schemas: &Schemas, declaration: &Declaration, live: &Live) -> Comparison {
    let sides = Sides::of(inputs, declaration, Cow::Borrowed(&live.attributes));
    let schema = schemas.of_type(&declaration.resource_type);
    let base = base_of(inputs, declaration, &sides, schema.as_deref());
    let mut comparison = kubernetes::compare(&Subject {
        resource_type: &declaration.resource_type,
        declared: &sides.declared,
        base: &base,
        live: &sides.live,
        owners: &live.owners,
        schema: schema.as_deref(),
        autoscaled: is_autoscaled(inputs, declaration),
        ignored: &declaration.ignored,
    });
    if let Some(verdict) = inputs.tried.verdicts.get(&declaration.address) {
        comparison = verdict.correct(comparison, &sides.declared);
    }
    comparison.attributes.extend(live.computed.get(DELETION).map(deletion));
    comparison
}

/// Whether an autoscaler is declared beside an object that sets how many replicas it has.
fn is_autoscaled(inputs: &Inputs<'_>, declaration: &Declaration) -> bool {
    let parts = |one: &Declaration| {
        let (api_version, kind) = kind_of(&one.resource_type)?;
        let (namespace, name) = one.identifier.as_deref()?.split_once('/')?;
        Some((api_version.to_owned(), kind.to_owned(), namespace.to_owned(), name.to_owned()))
    };
    let Some((_, kind, namespace, name)) = parts(declaration) else { return false };
    inputs.declared.declarations.iter().any(|one| {
        let is_autoscaler = parts(one).is_some_and(|(api_version, kind, of, _)| {
            api_version.starts_with("autoscaling/") && kind == "HorizontalPodAutoscaler" && of == namespace
        });
        let target = |member: &str| one.attributes.get("spec")?.get("scaleTargetRef")?.get(member)?.as_str();
        is_autoscaler && target("kind") == Some(&kind) && target("name") == Some(&name)
    })
}

/// Somebody deletes the object, and something still holds it: when that was asked for, and what holds it.
fn deletion(under_way: &Value) -> AttributeDrift {
    AttributeDrift {
        path: AttributePath::keys(DELETION.split('.')),
        declared: None,
        applied: None,
        live: under_way.get("since").cloned(),
        standing: Standing::Drifted,
        basis: Basis::Declaration,
        note: under_way.get("sentence").and_then(Value::as_str).map(str::to_owned),
    }
}
