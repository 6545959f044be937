//! One expression, in a module that gives it something of every kind to refer to.
#![no_main]

use driftledger::declared::terraform::evaluate_expression;
use driftledger_fuzz::with_module;
use libfuzzer_sys::fuzz_target;

const MODULE: &str = include_str!("../../tests/fixtures/terraform/cases/module/main.tf");

fuzz_target!(|text: &str| {
    with_module(MODULE, |inputs| evaluate_expression(inputs, text));
});
