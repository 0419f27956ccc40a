//! One program for all targets, since each would link the whole library again: `SINCH_GATE_FUZZ_TARGET` names the one to
//! run, and `src/fuzz.rs` has them all.

#![no_main]

use std::sync::LazyLock;

use sinch_gate::fuzz::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("SINCH_GATE_FUZZ_TARGET").expect("SINCH_GATE_FUZZ_TARGET names a target");
    let target = TARGETS.into_iter().find(|(known, _)| *known == name);
    target.unwrap_or_else(|| panic!("no target is called {name}")).1
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| TARGET(input));
