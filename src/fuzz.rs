//! What comes from outside, and what must hold whatever it is: one function for each kind of input.
//!
//! Each function panics where a promise is broken. The tests at the end run all of them on the seeds of
//! `fuzz/seeds` and on changes of these; `.ci/fuzz` runs more of these, or one target for minutes with
//! `cargo fuzz`, which looks for input that reaches code that no other input reached.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "these are tests, whichever program runs them"
)]

mod front_door;
mod lines;
mod policies;
mod signatures;
mod sinch;
mod stored;
mod writes;

#[cfg(test)]
mod changes;

use jiff::Timestamp;

use crate::event::{self, Event, VerificationRequest};
use crate::signature::{AppKey, VerifiedBody};

/// A function that takes whatever comes, and panics where a promise is broken.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const TARGETS: [(&str, Target); 10] = [
    ("authorization", signatures::authorization),
    ("http", front_door::http),
    ("lambda", front_door::lambda),
    ("event", sinch::event),
    ("answer", sinch::answer),
    ("policy", policies::policy),
    ("stored", stored::stored),
    ("list_file", lines::list_file),
    ("recover", lines::recover),
    ("traffic", lines::traffic),
];

/// The application of all targets, and its secret.
const KEY: &str = "669E367E-6BBA-48AB-AF15-266871C28135";
const SECRET: &str = "BeIukql3pTKJ8RGL5zo0DA==";

fn app() -> AppKey {
    KEY.parse().unwrap()
}

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// An event in a body that is taken on trust.
fn event_of(body: &[u8]) -> Option<Event> {
    event::parse(&VerifiedBody::trust_without_verification(body, app())).ok()
}

/// Requests that differ in what a policy may look at.
fn requests() -> Vec<VerificationRequest> {
    let bodies: [&[u8]; 4] = [
        include_bytes!("../events/request-sms.json"),
        include_bytes!("../events/request-sms-minimal.json"),
        include_bytes!("../events/request-callout.json"),
        include_bytes!("../events/request-whatsapp.json"),
    ];
    let requests = bodies.into_iter().map(|body| match event_of(body) {
        Some(Event::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    });
    requests.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use fastrand::Rng;

    use super::*;

    /// How many changed inputs each target gets. `SINCH_GATE_TEST_INPUTS` asks for more.
    const N_INPUTS: usize = 200;

    fn n_inputs() -> usize {
        let asked = std::env::vars().find(|(name, _)| name == "SINCH_GATE_TEST_INPUTS");
        asked.map_or(N_INPUTS, |(_, number)| number.parse().expect("SINCH_GATE_TEST_INPUTS is a number"))
    }

    /// The inputs of a target that are kept, by their files.
    fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
        let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        let mut seeds: Vec<_> = files.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{} is empty", folder.display());
        seeds
    }

    /// Runs a target; where it panics, says on what.
    fn run(name: &str, target: Target, input: &[u8], from: &Path) {
        let outcome = std::panic::catch_unwind(|| target(input));
        assert!(
            outcome.is_ok(),
            "{name} breaks on {:?}, from {}",
            input.escape_ascii().to_string(),
            from.display()
        );
    }

    fn run_seeds_and_changes(name: &str) {
        let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
        let seeds = seeds(name);
        for (path, input) in &seeds {
            run(name, target, input, path);
        }
        let mut random = Rng::with_seed(17);
        for _ in 0..n_inputs() {
            let (path, seed) = &seeds[random.usize(..seeds.len())];
            let (_, other) = &seeds[random.usize(..seeds.len())];
            run(name, target, &changes::changed(seed, other, &mut random), path);
        }
    }

    /// A test for each target, so that they run side by side.
    macro_rules! tests {
        ($($name:ident),* $(,)?) => {
            $(
                #[test]
                fn $name() {
                    run_seeds_and_changes(stringify!($name));
                }
            )*

            #[test]
            fn every_target_has_its_test() {
                assert_eq!(TARGETS.map(|(name, _)| name), [$(stringify!($name)),*]);
            }
        };
    }

    tests!(authorization, http, lambda, event, answer, policy, stored, list_file, recover, traffic);
}
