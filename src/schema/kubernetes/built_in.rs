//! The schemas of the kinds that Kubernetes itself has, embedded: an OpenAPI document with everything taken off that is
//! not read. `scripts/generate-kubernetes-schemas.py` writes it, and says how.

use std::sync::{Arc, LazyLock};

use super::openapi;
use super::types::{Definitions, Node, Shape};
use crate::schema::resource_facts::inflate;

static FILE: &[u8] = include_bytes!("schemas.bin");

/// Unpacked when the first kind is asked for. A file that cannot be read would leave every kind without a schema; a
/// test reads it.
pub(super) static BUILT_IN: LazyLock<Arc<Definitions>> = LazyLock::new(|| Arc::new(unpack(FILE).unwrap_or_default()));

fn unpack(file: &[u8]) -> Option<Definitions> {
    let (length, packed) = file.split_first_chunk::<4>()?;
    let text = inflate(packed, usize::try_from(u32::from_le_bytes(*length)).ok()?, &[])?;
    let document = serde_json::from_slice(&text).ok()?;
    Some(openapi::read(&document, "/components/schemas"))
}

/// Whether the Go type of a field leaves it out of JSON when it is zero.
pub(super) fn is_dropped_when_zero(definition: &str, field: &str) -> bool {
    let Some(Node { shape: Shape::Object { fields, .. }, .. }) = BUILT_IN.nodes.get(definition) else { return false };
    fields.get(field).is_some_and(|field| field.dropped_when_zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_schemas_are_read_and_small() {
        assert!(BUILT_IN.kinds.len() > 50, "{} kinds", BUILT_IN.kinds.len());
        assert!(FILE.len() < 20_000, "{} bytes", FILE.len());
        for length in [0, 3, 4, 100] {
            assert!(unpack(FILE.get(..length).unwrap()).is_none(), "{length} bytes");
        }
    }
}
