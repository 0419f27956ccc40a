//! `policy schema`: the language as JSON Schema, so that editors know it.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::output;
use crate::event::Method;
use crate::phone::{Country, NumberType};

/// All but what comes from the tables of the program itself.
const SCHEMA: &str = include_str!("schema.json");

/// Print the policy language as JSON Schema (draft 2020-12), for editors.
///
/// Editors that know TOML schemas complete and explain keys by it, once a policy's first line is
/// `#:schema ./policy.schema.json`. It sees less than `policy check`, which knows what must agree with what.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy schema > policy.schema.json")]
pub(in crate::cli) struct Schema {}

impl Schema {
    pub(in crate::cli) fn run(&self) -> anyhow::Result<Exit> {
        output::raw(&serde_json::to_string_pretty(&schema()?)?);
        Ok(Exit::Done)
    }
}

/// The schema, with every country, number type and method that this version knows.
fn schema() -> anyhow::Result<Value> {
    let mut schema: Value = serde_json::from_str(SCHEMA)?;
    let countries: Vec<&str> = Country::all().map(Country::code).collect();
    let number_types: Vec<&str> = NumberType::ALL.iter().map(|number_type| number_type.name()).collect();
    let methods = Method::known().map(|method| method.to_string());
    for (place, values) in [
        ("/$defs/country/anyOf/0/enum", json!(countries)),
        ("/$defs/number_type/anyOf/0/enum", json!(number_types)),
        ("/$defs/method/enum", json!(methods)),
    ] {
        if let Some(slot) = schema.pointer_mut(place) {
            *slot = values;
        }
    }
    Ok(schema)
}
