//! What the fuzz targets share.

use std::collections::BTreeMap;

use driftledger::declared::terraform::{Context, Inputs};
use driftledger::model::{Bindings, Fingerprinter};
use driftledger::repo::Tree;

/// Runs something on a root module of one file.
pub fn with_module<T>(text: &str, run: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let nothing = BTreeMap::new();
    run(&Inputs {
        tree: &Tree::memory([("main.tf".to_owned(), text.as_bytes().to_vec())]),
        folder: "",
        var_files: &[],
        variables: &nothing,
        environment: &nothing,
        modules: &nothing,
        workspace: "default",
        bindings: &Bindings::default(),
        context: &Context::default(),
        states: &|_| None,
        fingerprints: &Fingerprinter::new(*b"key"),
    })
}
