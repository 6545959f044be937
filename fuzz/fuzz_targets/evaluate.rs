//! Terraform code as the only file of a root module, from the parser to the declared resources.
#![no_main]

use driftledger_fuzz::with_module;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    with_module(text, driftledger::declared::terraform::evaluate);
});
