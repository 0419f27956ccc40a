//! What the figures were when somebody last looked at them: `benches/baseline.json`.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::figures::Figures;

/// What to do about figures that are off.
pub(crate) const HINT: &str = "hint: make it as cheap as it was; or accept the figures with \
    `.ci/instructions --write-baseline`, and say in the commit why they are worth it";

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/baseline.json");

/// How much more is taken for the same, in percent. Hashes have random seeds, and it is chance what arrives
/// in one read, and which connections can resume the session of another one.
fn tolerance(figure: &str) -> i64 {
    match figure {
        "init" | "first" => 15,
        "zip" => 2,
        name if name.starts_with("requests") => 0,
        _ => 6,
    }
}

/// By case and figure.
#[derive(Default)]
pub(crate) struct Baseline(BTreeMap<String, BTreeMap<String, i64>>);

impl Baseline {
    pub(crate) fn add(&mut self, case: &str, figures: &Figures) {
        let thousands = |instructions: u64| i64::try_from(instructions.div_ceil(1_000)).unwrap_or(i64::MAX);
        let of = self.0.entry(case.to_owned()).or_default();
        let counts = [("init", figures.init), ("first", figures.first), ("warm", figures.warm)];
        of.extend(counts.map(|(name, count)| (name.to_owned(), thousands(count))));
        for (kind, counts) in [("requests", figures.requests), ("trips", figures.trips)] {
            let names = ["init", "first", "warm"].map(|when| format!("{kind}-{when}"));
            of.extend(names.into_iter().zip(counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX))));
        }
    }

    /// Adds the size of the function's zip.
    pub(crate) fn add_zip(&mut self, kilobytes: i64) {
        self.0.entry("all".to_owned()).or_default().insert("zip".to_owned(), kilobytes);
    }

    pub(crate) fn read() -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(FILE).with_context(|| format!("no {FILE}"))?;
        Ok(Self(serde_json::from_str(&text)?))
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        Ok(std::fs::write(FILE, serde_json::to_string_pretty(&self.0)? + "\n")?)
    }

    /// What of these figures is more than it was.
    pub(crate) fn problems_of(&self, measured: &Self) -> Vec<String> {
        let mut problems = Vec::new();
        for (case, figures) in &measured.0 {
            for (name, figure) in figures {
                match self.0.get(case).and_then(|known| known.get(name)) {
                    None => problems.push(format!("{case}: {name} is not in the baseline")),
                    Some(known) if *figure > known + known * tolerance(name) / 100 => {
                        problems.push(format!("{case}: {name} is {figure} and was {known}"));
                    }
                    Some(_) => {}
                }
            }
        }
        problems
    }
}
