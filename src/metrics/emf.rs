//! CloudWatch's embedded metric format: a log line in JSON whose `_aws` member says which other members are
//! metrics.
//!
//! The
//! [specification](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html)
//! lets a member have one value, so that what has several needs several lines: a metric under two values of
//! its dimensions, and a dimension that two metrics want with different values.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::tally::{Entry, Label, Tally};
use super::{Dimension, Metric, Namespace};

/// How many values a metric may have in one line.
const MOST_VALUES: usize = 100;

/// The lines, without line ends, that show everything in a tally.
#[must_use]
pub fn render(tally: &Tally, namespace: &Namespace, now: Timestamp) -> Vec<String> {
    let zeros = zeros(tally);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for Entry { metric, labels, values } in tally.entries.iter().chain(&zeros) {
        for values in values.chunks(MOST_VALUES) {
            let shown = Shown { metric: *metric, labels, values };
            match lines.iter_mut().find(|line| line.has_room_for(&shown)) {
                Some(line) => line.shown.push(shown),
                None => lines.push(Line { namespace, now, shown: vec![shown] }),
            }
        }
    }
    // Nothing in a line can fail to be JSON; if it did, a callback would be answered all the same.
    lines.iter().filter_map(|line| serde_json::to_string(line).ok()).collect()
}

/// What is written as 0, since it was looked for and not met.
fn zeros(tally: &Tally) -> Vec<Entry> {
    let has = |metric: Metric| tally.entries.iter().any(|entry| entry.metric == metric);
    let absent = Metric::ALL.into_iter().filter(|metric| metric.has_zero() && !has(*metric));
    let absent = absent.filter(|_| has(Metric::StoreLatency));
    absent.map(|metric| Entry { metric, labels: Vec::new(), values: vec![Decimal::ZERO] }).collect()
}

/// What one line shows of one metric.
struct Shown<'t> {
    metric: Metric,
    labels: &'t [Label],
    values: &'t [Decimal],
}

impl Shown<'_> {
    /// The combinations of dimensions for which it has values.
    fn dimension_sets(&self) -> Vec<&'static [Dimension]> {
        let has = |dimension: &Dimension| self.labels.iter().any(|(known, _)| known == dimension);
        let sets = self.metric.dimension_sets().iter().copied();
        sets.filter(|set| set.iter().all(has)).collect()
    }
}

struct Line<'t> {
    namespace: &'t Namespace,
    now: Timestamp,
    shown: Vec<Shown<'t>>,
}

impl<'t> Line<'t> {
    /// Whether each member would still have one value.
    fn has_room_for(&self, new: &Shown<'_>) -> bool {
        self.shown.iter().all(|shown| shown.metric != new.metric)
            && new.labels.iter().all(|(dimension, value)| {
                self.labels().all(|(known, given)| known != dimension || given == value)
            })
    }

    fn labels(&self) -> impl Iterator<Item = &'t Label> {
        self.shown.iter().flat_map(|shown| shown.labels)
    }

    /// Metrics with the same combinations of dimensions share a directive.
    fn directives(&self) -> Vec<Directive<'t>> {
        let mut directives: Vec<Directive<'t>> = Vec::new();
        for shown in &self.shown {
            let sets = shown.dimension_sets();
            match directives.iter_mut().find(|directive| directive.sets == sets) {
                Some(directive) => directive.metrics.push(shown.metric),
                None => {
                    directives.push(Directive {
                        namespace: self.namespace,
                        sets,
                        metrics: vec![shown.metric],
                    });
                }
            }
        }
        directives
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut root = serializer.serialize_map(None)?;
        let metadata =
            Metadata { timestamp: self.now.as_millisecond(), cloud_watch_metrics: self.directives() };
        root.serialize_entry("_aws", &metadata)?;
        let mut labels: Vec<&Label> = self.labels().collect();
        labels.sort_unstable();
        labels.dedup();
        for (dimension, value) in labels {
            root.serialize_entry(dimension.name(), value)?;
        }
        for shown in &self.shown {
            match shown.values {
                [value] => root.serialize_entry(shown.metric.name(), &Exact(*value))?,
                values => {
                    let values: Vec<Exact> = values.iter().copied().map(Exact).collect();
                    root.serialize_entry(shown.metric.name(), &values)?;
                }
            }
        }
        root.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'t> {
    timestamp: i64,
    cloud_watch_metrics: Vec<Directive<'t>>,
}

struct Directive<'t> {
    namespace: &'t Namespace,
    sets: Vec<&'static [Dimension]>,
    metrics: Vec<Metric>,
}

impl Serialize for Directive<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Definition {
            name: &'static str,
            unit: &'static str,
        }
        let names = |set: &&[Dimension]| set.iter().map(|dimension| dimension.name()).collect();
        let sets: Vec<Vec<&str>> = self.sets.iter().map(names).collect();
        let define = |metric: &Metric| Definition { name: metric.name(), unit: metric.unit().name() };
        let metrics: Vec<Definition> = self.metrics.iter().map(define).collect();
        let mut directive = serializer.serialize_map(Some(3))?;
        directive.serialize_entry("Namespace", self.namespace.as_str())?;
        directive.serialize_entry("Dimensions", &sets)?;
        directive.serialize_entry("Metrics", &metrics)?;
        directive.end()
    }
}

/// A number of JSON with the very digits of the decimal, without a detour through binary floating point.
struct Exact(Decimal);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::Status;
    use crate::metrics::Ground;
    use crate::signature::AppScope;
    use crate::verdict::Verdict;

    #[track_caller]
    fn check(fill: impl FnOnce(&mut Tally), expected: &[&str]) {
        let mut tally = Tally::default();
        fill(&mut tally);
        let namespace = "ns".parse().unwrap();
        let now = "2026-01-15T09:00:00.25Z".parse().unwrap();
        let prefix = r#"{"_aws":{"Timestamp":1768467600250,"CloudWatchMetrics":["#;
        let expected: Vec<String> =
            expected.iter().map(|line| format!("{prefix}{}", line.replace('\n', ""))).collect();
        assert_eq!(render(&tally, &namespace, now), expected);
    }

    fn allow(tally: &mut Tally, rule: &str, price: &str) {
        let ground = Ground::Rule(rule.parse().unwrap());
        let price = Some(price.parse().unwrap());
        tally.decided(Verdict::Allow, &ground, Some("SE".parse().unwrap()), price);
    }

    #[test]
    fn nothing_is_no_line() {
        check(|_| {}, &[]);
    }

    #[test]
    fn a_decision_is_one_line() {
        check(
            |tally| {
                tally.store_asked(Duration::from_micros(4_250));
                tally.store_asked(Duration::from_millis(3));
                allow(tally, "home", "0.04530 EUR");
                tally.answered(Duration::from_millis(5));
                tally.policy(&AppScope::All, 12, Duration::from_millis(3_500));
            },
            &[r#"
{"Namespace":"ns","Dimensions":[[]],"Metrics":[{"Name":"StoreLatency","Unit":"Milliseconds"},
{"Name":"DecisionLatency","Unit":"Milliseconds"},{"Name":"StoreFailures","Unit":"Count"},
{"Name":"Unstored","Unit":"Count"}]},
{"Namespace":"ns","Dimensions":[[],["Verdict"],["Verdict","Rule"],["Verdict","Country"]],
"Metrics":[{"Name":"Decisions","Unit":"Count"}]},
{"Namespace":"ns","Dimensions":[["Currency"]],"Metrics":[{"Name":"Spend","Unit":"None"}]},
{"Namespace":"ns","Dimensions":[["Policy"]],"Metrics":[{"Name":"PolicyVersion","Unit":"None"},
{"Name":"PolicyAge","Unit":"Seconds"}]}]},
"Verdict":"allow","Rule":"home","Country":"SE","Currency":"EUR","Policy":"*",
"StoreLatency":[4.25,3],"Decisions":1,"Spend":0.04530,"DecisionLatency":5,"PolicyVersion":12,"PolicyAge":3.5,
"StoreFailures":0,"Unstored":0}"#],
        );
    }

    #[test]
    fn what_happens_twice_is_added_up_and_two_prices_stay_two() {
        check(
            |tally| {
                tally.ended(&Status::Successful);
                tally.ended(&Status::Successful);
                tally.unknown_event();
                tally.decided(Verdict::Deny, &Ground::Default, None, None);
                tally.decided(Verdict::Deny, &Ground::Default, None, None);
            },
            &[r#"
{"Namespace":"ns","Dimensions":[["Status"]],"Metrics":[{"Name":"Results","Unit":"Count"}]},
{"Namespace":"ns","Dimensions":[[]],"Metrics":[{"Name":"UnknownEvents","Unit":"Count"}]},
{"Namespace":"ns","Dimensions":[[],["Verdict"],["Verdict","Rule"],["Verdict","Country"]],
"Metrics":[{"Name":"Decisions","Unit":"Count"}]}]},
"Verdict":"deny","Rule":"default","Country":"none","Status":"SUCCESSFUL",
"Results":2,"UnknownEvents":1,"Decisions":2}"#],
        );
        let spend = |first, second| {
            let mut tally = Tally::default();
            allow(&mut tally, "home", first);
            allow(&mut tally, "home", second);
            let lines = render(&tally, &"ns".parse().unwrap(), Timestamp::UNIX_EPOCH);
            let [line] = lines.as_slice() else { panic!("{lines:?}") };
            line.split_once(r#""Spend":"#).unwrap().1.to_owned()
        };
        assert_eq!(spend("0.1 EUR", "0.2 EUR"), "[0.1,0.2]}");
        assert_eq!(
            spend("0.1234567890123456789012345678 EUR", "1 EUR"),
            "[0.1234567890123456789012345678,1]}"
        );
    }

    #[test]
    fn two_causes_need_two_lines() {
        check(
            |tally| {
                tally.store_failed("timeout");
                tally.store_failed("throttled");
                tally.store_failed("timeout");
                tally.unstored();
            },
            &[
                r#"
{"Namespace":"ns","Dimensions":[[],["Cause"]],"Metrics":[{"Name":"StoreFailures","Unit":"Count"}]},
{"Namespace":"ns","Dimensions":[[]],"Metrics":[{"Name":"Unstored","Unit":"Count"}]}]},
"Cause":"timeout","StoreFailures":2,"Unstored":1}"#,
                r#"
{"Namespace":"ns","Dimensions":[[],["Cause"]],"Metrics":[{"Name":"StoreFailures","Unit":"Count"}]}]},
"Cause":"throttled","StoreFailures":1}"#,
            ],
        );
    }

    #[test]
    fn metrics_that_want_a_dimension_with_different_values_do_not_share_a_line() {
        let mut tally = Tally::default();
        tally.refused("path");
        tally.store_failed("timeout");
        assert_eq!(render(&tally, &"ns".parse().unwrap(), Timestamp::UNIX_EPOCH).len(), 2);
    }

    #[test]
    fn no_line_has_more_than_a_hundred_values_of_a_metric() {
        let mut tally = Tally::default();
        (1..=250).for_each(|n| tally.store_asked(Duration::from_millis(n)));
        let lines = render(&tally, &"ns".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let counts: Vec<usize> = lines
            .iter()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|line| line["StoreLatency"].as_array().unwrap().len())
            .collect();
        assert_eq!(counts, [100, 100, 50]);
    }
}
