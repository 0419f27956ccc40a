//! Makes the phone table: country and type of every number that E.164 allows, from Google's numbering
//! metadata. The work is done in `src/phone/generate`; the result is `phone_table.rs` in `OUT_DIR`, which
//! `src/phone/table.rs` includes.
//!
//! And takes Amazon's root certificates out of their file, so that a function need not do that whenever it
//! starts: `src/store/client/tls.rs` includes them.

// Shared with the crate, so that the table and its reader agree on the numbers of the types.
#[path = "src/phone/number_type.rs"]
#[expect(unreachable_pub, reason = "public in the crate")]
mod number_type;

#[path = "src/store/generate/roots.rs"]
mod roots;

#[path = "src/phone/generate/diagram.rs"]
mod diagram;
#[path = "src/phone/generate/metadata.rs"]
mod metadata;
#[path = "src/phone/generate/pattern.rs"]
mod pattern;
#[path = "src/phone/generate/plan.rs"]
mod plan;
#[path = "src/phone/generate/table.rs"]
mod table;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use diagram::Diagrams;
use metadata::Metadata;
use plan::Plan;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/phone/generate");
    println!("cargo::rerun-if-changed=src/phone/number_type.rs");
    println!("cargo::rerun-if-changed=src/store/amazon-roots.pem");
    println!("cargo::rerun-if-changed=src/store/generate");

    let metadata = Metadata::load()?;
    let countries = plan::countries(&metadata.regions);
    let mut diagrams = Diagrams::default();
    let plans = Plan::all(&metadata.regions, &countries, &mut diagrams)?;
    let table = table::write(&metadata.version, &countries, &plans, &diagrams)?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    fs::write(out.join("phone_table.rs"), table)?;
    let roots = roots::write(&fs::read_to_string("src/store/amazon-roots.pem")?)?;
    fs::write(out.join("amazon_roots.rs"), roots)?;
    Ok(())
}

/// A variable that Cargo sets for build scripts.
#[expect(clippy::disallowed_methods, reason = "a build script has no other input")]
fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("`{name}` is not set: run this with cargo"))
}
