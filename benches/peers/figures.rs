//! The figures of all runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use crate::run::Sample;
use crate::share::Share;

#[derive(Default)]
pub(crate) struct Figures {
    /// In the order in which they first came.
    names: Vec<&'static str>,
    samples: BTreeMap<(Share, &'static str), Vec<Sample>>,
}

impl Figures {
    pub(crate) fn add(&mut self, share: Share, name: &'static str, sample: Sample) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
        self.samples.entry((share, name)).or_default().push(sample);
    }

    /// Medians, and the factors between others and the first.
    pub(crate) fn table(&self, rounds: usize) -> String {
        let mut text = format!("{}{HEAD}", introduction(rounds));
        let shares: BTreeSet<Share> = self.samples.keys().map(|(share, _)| *share).collect();
        for share in shares {
            let rows = self.names.iter().filter_map(|name| {
                let samples = self.samples.get(&(share, *name))?;
                Some((*name, Row::of(samples)))
            });
            let rows: Vec<(&str, Row)> = rows.collect();
            let Some((_, first)) = rows.first() else { continue };
            for (name, row) in &rows {
                let _ = writeln!(text, "| {} | {name} | {} |", share.name(), row.cells(first));
            }
        }
        text
    }
}

fn introduction(rounds: usize) -> String {
    let rounds = if rounds == 1 { "one round".to_owned() } else { format!("{rounds} rounds") };
    format!(
        "Milliseconds and megabytes; medians of {rounds}, and of processor time the least. Behind each \
         figure that is compared stands how many times as much it is as ours.\n\n"
    )
}

const HEAD: &str = "\
| share | | init | first | cold | | warm | | processor, warm | | resident, start | after | requests | trips |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
";

struct Row {
    init: f64,
    first: f64,
    cold: f64,
    warm: f64,
    processor: f64,
    resident_at_start: f64,
    resident_after: f64,
    requests: f64,
    trips: f64,
}

impl Row {
    fn of(samples: &[Sample]) -> Self {
        let of = |value: &dyn Fn(&Sample) -> f64| median(samples.iter().map(value).collect());
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        Self {
            init: of(&|sample| milliseconds(sample.init)),
            first: of(&|sample| milliseconds(sample.first)),
            cold: of(&|sample| milliseconds(sample.init + sample.first)),
            warm: median(samples.iter().flat_map(|sample| &sample.warm).copied().map(milliseconds).collect()),
            processor: samples.iter().map(|sample| milliseconds(sample.processor)).fold(f64::MAX, f64::min),
            resident_at_start: of(&|sample| megabytes(sample.resident_at_start)),
            resident_after: of(&|sample| megabytes(sample.resident_after)),
            requests: of(&|sample| sample.requests),
            trips: of(&|sample| sample.trips),
        }
    }

    fn cells(&self, ours: &Self) -> String {
        let times = |value: f64, ours: f64| format!("{:.1} ×", value / ours);
        [
            format!("{:.0}", self.init),
            format!("{:.0}", self.first),
            format!("{:.0}", self.cold),
            times(self.cold, ours.cold),
            format!("{:.1}", self.warm),
            times(self.warm, ours.warm),
            format!("{:.2}", self.processor),
            times(self.processor, ours.processor),
            format!("{:.0}", self.resident_at_start),
            format!("{:.0}", self.resident_after),
            format!("{:.0}", self.requests),
            format!("{:.1}", self.trips),
        ]
        .join(" | ")
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
