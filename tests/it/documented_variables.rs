//! The code, `docs/configuration.md` and the template name the same variables, with the same defaults; and
//! the template has the parameters that `docs/operations.md` documents.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sinch_gate::config::{Config, GateConfig};

use crate::world::cloudformation::template;
use crate::world::tool::{SAMPLE_KEY, SAMPLE_SECRET, read};

const CONFIGURATION: &str = "docs/configuration.md";

/// What the table of `docs/configuration.md` says of one variable.
struct Row {
    variable: String,
    default: String,
}

impl Row {
    /// The default as one would set it; `None` where the table has words, or nothing.
    fn value(&self) -> Option<&str> {
        let code = self.default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        code.or_else(|| self.default.parse::<f64>().is_ok().then_some(&self.default))
    }
}

/// The rows of the table under a heading, one for each thing with a name.
fn lines_under(heading: &str, document: &str) -> Vec<String> {
    let document = read(document);
    let rest = document.split_once(&format!("\n## {heading}\n")).unwrap().1;
    let section = rest.split("\n## ").next().unwrap();
    section.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect()
}

/// The rows of the table of variables, one for each variable.
fn rows() -> Vec<Row> {
    let lines = lines_under("Variables", CONFIGURATION);
    let rows = lines.iter().flat_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let variables = cells[0].split('`').skip(1).step_by(2);
        variables.map(move |variable| Row { variable: variable.to_owned(), default: cells[2].to_owned() })
    });
    rows.collect()
}

/// The function's environment in the template: variable and value.
fn environment() -> BTreeMap<String, Value> {
    let variables = template()["Resources"]["Gate"]["Properties"]["Environment"]["Variables"].clone();
    serde_json::from_value(variables).unwrap()
}

/// The parameter that a variable takes its value from, where nothing more specific is given.
fn parameter_of(value: &Value) -> Option<String> {
    let otherwise = value["Fn::If"].as_array().map_or(value, |choice| &choice[2]);
    otherwise["Ref"].as_str().map(str::to_owned)
}

/// The default of a template parameter, as the function would get it; `None` where there is no such
/// parameter.
fn parameter_default(parameter: &str) -> Option<String> {
    match template()["Parameters"].get(parameter)?.get("Default")? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// What the function looks for in its environment, besides what AWS itself puts there.
fn variables_of_the_function() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    assert!(Config::parse(lookup).is_err());
    let mut asked = asked.into_inner();
    asked.retain(|name| !name.starts_with("AWS_"));
    asked
}

fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeSet<&'n str> {
    names.into_iter().collect()
}

#[test]
fn code_document_and_template_name_the_same_variables() {
    let code = variables_of_the_function();
    let code = names(code.iter().map(String::as_str));
    let (rows, environment) = (rows(), environment());
    assert_eq!(names(rows.iter().map(|row| row.variable.as_str())), code, "{CONFIGURATION}");
    assert_eq!(names(environment.keys().map(String::as_str)), code, "template.yaml");
}

#[test]
fn the_documented_defaults_are_those_of_the_template() {
    for Row { variable, default } in &rows() {
        let value = &environment()[variable];
        let row = Row { variable: variable.clone(), default: default.clone() };
        let expected = match variable.as_str() {
            // The template makes the table, and knows the path that it puts behind the front door.
            "TABLE_NAME" => {
                assert_eq!(*value, json!({"Ref": "Table"}));
                continue;
            }
            "CALLBACK_PATH" => {
                assert_eq!(*value, json!({"Fn::If": ["HasOwnUrl", "", {"Ref": "CallbackPath"}]}));
                continue;
            }
            // Alarms and dashboard look in that namespace.
            "METRICS_NAMESPACE" => {
                assert_eq!(*value, json!({"Fn::Sub": "sinch-gate/${AWS::StackName}"}));
                continue;
            }
            // An empty value counts as none.
            _ => row.value().unwrap_or_default(),
        };
        let parameter = parameter_of(value).unwrap_or_else(|| panic!("{variable}: {value}"));
        assert_eq!(parameter_default(&parameter).as_deref(), Some(expected), "{variable}");
    }
}

#[test]
fn the_documented_defaults_are_those_of_the_code() {
    let rows = rows();
    let default = |name: &str| rows.iter().find(|row| row.variable == name)?.value().map(str::to_owned);
    // `None` where only the required variables are set.
    let gate = |lookup: &dyn Fn(&str) -> Option<String>| {
        let required = |name: &str| match name {
            "SINCH_APPLICATION_KEY" => Some(SAMPLE_KEY.to_owned()),
            "SINCH_APPLICATION_SECRET" => Some(SAMPLE_SECRET.to_owned()),
            "TABLE_NAME" | "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => {
                Some("x".to_owned())
            }
            name => lookup(name),
        };
        let config = Config::parse(required).unwrap();
        (format!("{:?}", GateConfig::parse(required).unwrap()), config.log_level)
    };
    assert!(default("POLICY_TTL").is_some() && default("LOG_LEVEL").is_some());
    assert_eq!(gate(&|_| None), gate(&default));
}

#[test]
fn the_parameters_are_those_that_are_documented() {
    let mut documented = BTreeMap::new();
    for line in lines_under("Parameters", "docs/operations.md") {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        // Parameters that belong together share a row, and list their defaults in the same order.
        let defaults = cells[1].split(',').map(|default| default.trim().trim_matches('`'));
        let parameters = cells[0].split('`').skip(1).step_by(2);
        let rows = parameters.zip(defaults.chain(std::iter::repeat("")));
        documented.extend(rows.map(|(parameter, default)| (parameter.to_owned(), default.to_owned())));
    }
    let template = template();
    let parameters = template["Parameters"].as_object().unwrap().keys();
    let defaults = parameters.map(|name| (name.clone(), parameter_default(name).unwrap_or_default()));
    assert_eq!(documented, defaults.collect::<BTreeMap<_, _>>());
}
