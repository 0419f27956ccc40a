//! The template as JSON, with CloudFormation's functions in their long form: `!Ref Table` is `{"Ref":
//! "Table"}`.
//!
//! `SINCH_GATE_TEST_TEMPLATE` names another template, in JSON: `.ci/template` has the same tests look at what
//! SAM makes of this one.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::world::tool::read;

/// The template under test.
pub(crate) fn template() -> Value {
    let named = std::env::vars().find(|(name, _)| name == "SINCH_GATE_TEST_TEMPLATE");
    match named {
        Some((_, path)) => serde_json::from_str(&read(path)).unwrap(),
        None => from_yaml(&read("template.yaml")),
    }
}

/// A YAML text as JSON.
#[track_caller]
pub(crate) fn from_yaml(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1, "one document");
    to_json(&documents[0])
}

fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(members) => members.iter().map(|(name, value)| (key(name), to_json(value))).collect(),
        Yaml::Tagged(tag, value) => long_form(&tag.suffix, to_json(value)),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => panic!("no CloudFormation: {yaml:?}"),
    }
}

fn key(yaml: &Yaml<'_>) -> String {
    match to_json(yaml) {
        Value::String(name) => name,
        other => other.to_string(),
    }
}

/// A short form such as `!GetAtt Table.Arn`, written out.
fn long_form(tag: &str, value: Value) -> Value {
    let (name, value) = match (tag, value) {
        ("Ref" | "Condition", value) => (tag.to_owned(), value),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap();
            ("Fn::GetAtt".to_owned(), json!([resource, attribute]))
        }
        (_, value) => (format!("Fn::{tag}"), value),
    };
    Value::Object(Map::from_iter([(name, value)]))
}

#[test]
fn short_forms_are_written_out() {
    let yaml =
        "a: !Ref B\nc: !GetAtt D.Arn\ne: !If [F, !Sub 'x${G}', \"\"]\nh: !Join [ '', [1, 0.5, true] ]\n";
    let expected = json!({
        "a": {"Ref": "B"},
        "c": {"Fn::GetAtt": ["D", "Arn"]},
        "e": {"Fn::If": ["F", {"Fn::Sub": "x${G}"}, ""]},
        "h": {"Fn::Join": ["", [1, 0.5, true]]},
    });
    assert_eq!(from_yaml(yaml), expected);
}

#[test]
fn the_template_is_read_whole() {
    let template = template();
    assert_eq!(template["Resources"]["Table"]["Type"], "AWS::DynamoDB::Table");
    assert_eq!(template["Outputs"]["TableName"]["Value"], json!({"Ref": "Table"}));
}
