//! The comparison of one object of a cluster.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Inputs, Sides, base_of};
use crate::compare::Comparison;
use crate::compare::kubernetes::{self, Subject};
use crate::model::{AttributeDrift, AttributePath, Basis, Declaration, Live, Standing, Value};
use crate::schema::kubernetes::{DELETION, kind_of};

/// Compares an object with its declaration; `None`: one that is, and was last applied, just as it is declared.
pub(in crate::scan::assess) fn compare(
    inputs: &Inputs<'_>,
    autoscaled: &Autoscaled,
    declaration: &Declaration,
    live: Option<&Live>,
) -> Comparison {
    let applied = match live {
        Some(_) => inputs.applied.resources.get(&declaration.address).map(|applied| &applied.attributes),
        None => Some(&declaration.attributes),
    };
    let attributes = live.map_or(&declaration.attributes, |live| &live.attributes);
    let sides = Sides::of(inputs, declaration, applied, Cow::Borrowed(attributes));
    let schema = inputs.schemas.and_then(|schemas| schemas.of_type(&declaration.resource_type));
    let base = base_of(inputs, declaration, &sides, schema.as_deref());
    let mut comparison = kubernetes::compare(&Subject {
        resource_type: &declaration.resource_type,
        declared: &sides.declared,
        base: &base,
        live: &sides.live,
        owners: live.map_or(&[], |live| &live.owners),
        schema: schema.as_deref(),
        autoscaled: autoscaled.covers(declaration),
        ignored: &declaration.ignored,
    });
    if let Some(verdict) = inputs.tried.verdicts.get(&declaration.address) {
        comparison = verdict.correct(comparison, &sides.declared);
    }
    comparison.attributes.extend(live.and_then(|live| live.computed.get(DELETION)).map(deletion));
    comparison
}

/// Objects beside which an autoscaler is declared that sets how many replicas they have: namespace, kind and name.
#[derive(Debug, Default)]
pub(in crate::scan::assess) struct Autoscaled(BTreeSet<(String, String, String)>);

impl Autoscaled {
    pub(in crate::scan::assess) fn of(declarations: &[Declaration]) -> Self {
        let target = |one: &Declaration| {
            let (api_version, kind) = kind_of(&one.resource_type)?;
            if kind != "HorizontalPodAutoscaler" || !api_version.starts_with("autoscaling/") {
                return None;
            }
            let (namespace, _) = one.identifier.as_deref()?.split_once('/')?;
            let target = one.attributes.at_keys(["spec", "scaleTargetRef"])?;
            let text = |member: &str| target.get(member).and_then(Value::as_str).map(str::to_owned);
            Some((namespace.to_owned(), text("kind")?, text("name")?))
        };
        Self(declarations.iter().filter_map(target).collect())
    }

    fn covers(&self, declaration: &Declaration) -> bool {
        let name = || {
            let (_, kind) = kind_of(&declaration.resource_type)?;
            let (namespace, name) = declaration.identifier.as_deref()?.split_once('/')?;
            Some((namespace.to_owned(), kind.to_owned(), name.to_owned()))
        };
        !self.0.is_empty() && name().is_some_and(|name| self.0.contains(&name))
    }
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
