//! A state file.
#![no_main]

use driftledger::model::Fingerprinter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // What is wrong with it is not of interest here, only that it is told.
    drop(driftledger::applied::terraform_state::read(&"terraform.tfstate".into(), text, &Fingerprinter::new(*b"key")));
});
