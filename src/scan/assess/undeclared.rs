//! Objects of a cluster that nobody declares: made by hand, or declared once and still there.

use super::{Assessment, Inputs, drift_of};
use crate::model::{
    AttributeDrift, AttributePath, Basis, Declaration, Drift, Location, Presence, ResourceType, Retention, Value,
};
use crate::report::ControlledReport;
use crate::scan::kubernetes::left::{Prospect, Still};

impl Assessment {
    /// Takes in what was found that nobody declares.
    pub(super) fn undeclared(&mut self, inputs: &Inputs<'_>) {
        for found in inputs.unmanaged.iter().flat_map(|unmanaged| &unmanaged.found) {
            let drift =
                drift_without_declaration(inputs, &found.resource_type, &found.address, &found.identifier, None);
            self.drifts.push(drift);
        }
        for still in &inputs.left.still {
            self.still_there(inputs, still);
        }
    }

    /// An object that is no longer declared: one that something keeps is listed, the others are about to go.
    fn still_there(&mut self, inputs: &Inputs<'_>, still: &Still) {
        match &still.prospect {
            Prospect::Kept(reason) => self.coverage.controlled.push(ControlledReport {
                stack: inputs.stack.to_owned(),
                resource_type: still.resource_type.to_string(),
                address: still.address.clone(),
                path: String::new(),
                declared: None,
                live: None,
                reason: reason.clone(),
            }),
            Prospect::Going(standing, note) => {
                let whole = AttributeDrift {
                    path: AttributePath::root(),
                    declared: None,
                    applied: None,
                    live: None,
                    standing: *standing,
                    basis: Basis::Declaration,
                    note: Some(note.clone()),
                };
                self.drifts.push(drift_without_declaration(
                    inputs,
                    &still.resource_type,
                    &still.address,
                    &still.identifier,
                    Some(whole),
                ));
            }
        }
    }
}

/// An object that nobody declares, as a drift: somebody made it by hand, unless more is said of the whole.
fn drift_without_declaration(
    inputs: &Inputs<'_>,
    resource_type: &ResourceType,
    address: &str,
    identifier: &str,
    whole: Option<AttributeDrift>,
) -> Drift {
    let declaration = Declaration {
        address: address.to_owned(),
        resource_type: resource_type.clone(),
        identifier: Some(identifier.to_owned()),
        attributes: Value::object::<String>([]),
        at: Location::new("", 1, 1),
        account: None,
        region: None,
        ignored: Vec::new(),
        retention: Retention::default(),
    };
    let drift = drift_of(inputs, &declaration, None, Presence::Unmanaged, whole.into_iter().collect());
    Drift { identifier: Some(identifier.to_owned()), source: None, ..drift }
}
