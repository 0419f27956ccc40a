//! Metric lines as CloudWatch would read them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use sinch_gate::meter::Meter;

use crate::world::tool::read;

/// The series in lines, such as `Decisions{Verdict=allow,Country=SE}`, and their values.
pub(crate) type Series = BTreeMap<String, Vec<f64>>;

/// Keeps what a meter writes.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    written: Arc<Mutex<String>>,
}

impl Recorder {
    pub(crate) fn meter(&self) -> Meter {
        let written = Arc::clone(&self.written);
        Meter::new("test".parse().unwrap(), move |lines| written.lock().unwrap().push_str(lines))
    }

    /// The lines since the last time.
    pub(crate) fn lines(&self) -> Vec<String> {
        let written = std::mem::take(&mut *self.written.lock().unwrap());
        assert!(written.is_empty() || written.ends_with('\n'), "{written}");
        written.lines().map(str::to_owned).collect()
    }

    /// The series of the lines since the last time.
    pub(crate) fn series(&self) -> Series {
        Reader::new().series(&self.lines())
    }
}

/// Reads metric lines, and fails on anything else.
pub(crate) struct Reader {
    schemas: Schemas,
    schema: SchemaIndex,
}

impl Reader {
    pub(crate) fn new() -> Self {
        let schema: Value = serde_json::from_str(&read("tests/vectors/cloudwatch-emf.schema.json")).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("emf.json", schema).unwrap();
        let schema = compiler.compile("emf.json", &mut schemas).unwrap();
        Self { schemas, schema }
    }

    pub(crate) fn series(&self, lines: &[String]) -> Series {
        let mut series = Series::new();
        for line in lines {
            for (name, values) in self.series_of(line) {
                series.entry(name).or_default().extend(values);
            }
        }
        series
    }

    #[track_caller]
    fn series_of(&self, line: &str) -> Vec<(String, Vec<f64>)> {
        let root: Value = serde_json::from_str(line).unwrap();
        self.schemas.validate(&root, self.schema).unwrap_or_else(|error| panic!("{line}\n{error}"));
        let mut series = Vec::new();
        let mut named = vec!["_aws"];
        for directive in root["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            for metric in directive["Metrics"].as_array().unwrap() {
                let metric = metric["Name"].as_str().unwrap();
                named.push(metric);
                let values = match &root[metric] {
                    Value::Array(values) => values.clone(),
                    value => vec![value.clone()],
                };
                assert!((1..=100).contains(&values.len()), "{metric} in {line}");
                let values: Vec<f64> = values.iter().map(|value| value.as_f64().unwrap()).collect();
                for set in directive["Dimensions"].as_array().unwrap() {
                    let set = set.as_array().unwrap().iter().map(|dimension| dimension.as_str().unwrap());
                    let labels = set.map(|dimension| {
                        named.push(dimension);
                        let value = root[dimension].as_str().unwrap();
                        // What CloudWatch takes for the value of a dimension.
                        assert!((1..=1024).contains(&value.len()), "{dimension} in {line}");
                        assert!(value.bytes().all(|byte| byte.is_ascii_graphic()), "{dimension} in {line}");
                        format!("{dimension}={value}")
                    });
                    let labels = labels.collect::<Vec<_>>().join(",");
                    let name =
                        if labels.is_empty() { metric.to_owned() } else { format!("{metric}{{{labels}}}") };
                    series.push((name, values.clone()));
                }
            }
        }
        let unnamed = root.as_object().unwrap().keys().find(|member| !named.contains(&member.as_str()));
        assert_eq!(unnamed, None, "a member that is neither a metric nor a dimension, in {line}");
        series
    }
}
