//! Any bytes: the parser returns, without a panic and without taking long.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parallax_jit::Expression;

fuzz_target!(|text: &str| {
    match Expression::parse(text) {
        Ok(expression) => assert!(expression.variables().all(|name| text.contains(name))),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
