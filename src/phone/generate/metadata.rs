//! Finds and decodes Google's numbering metadata.
//!
//! The crate `rlibphonenumber` carries the metadata as a protobuf file and publishes the types to decode
//! it, but keeps the file to itself. Cargo knows where the sources of a dependency lie, be it the
//! registry's cache or a vendored folder, and `cargo metadata` is how it says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prost::Message as _;
use rlibphonenumber::{PhoneMetadata, PhoneMetadataCollection};
use serde_json::Value;

use super::variable;

/// The numbering plans of all regions.
pub(crate) struct Metadata {
    /// libphonenumber's version of the metadata, such as `9.0.42`.
    pub(crate) version: String,
    /// In the order of the file, which decides between regions that share a calling code.
    pub(crate) regions: Vec<PhoneMetadata>,
}

impl Metadata {
    /// Reads the metadata of the version of `rlibphonenumber` that this build depends on.
    pub(crate) fn load() -> Result<Self, String> {
        let source = source_of("rlibphonenumber")?;
        let file = source.join("src/generated/metadata/metadata.bin");
        let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let collection = PhoneMetadataCollection::decode(bytes.as_slice())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self { version: version(&source)?, regions: collection.metadata })
    }
}

/// The version stands in the crate's readme only: ``**Used metadata version:** `v9.0.42` ``.
fn version(source: &Path) -> Result<String, String> {
    let file = source.join("Readme.md");
    let readme = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (_, after) = readme.split_once("metadata version:").unwrap_or_default();
    let version = after.split('`').nth(1).and_then(|version| version.strip_prefix('v'));
    let version = version.filter(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'));
    version
        .map(ToOwned::to_owned)
        .ok_or_else(|| format!("{}: no line names the metadata version", file.display()))
}

/// The folder that Cargo builds a dependency from. Cargo answers for all dependencies, those of the tests
/// too, and downloads what it lacks.
fn source_of(package: &str) -> Result<PathBuf, String> {
    let mut cargo = Command::new(variable("CARGO")?);
    cargo.args([
        "metadata",
        "--locked",
        "--format-version",
        "1",
        "--no-default-features",
        "--filter-platform",
    ]);
    cargo.arg(variable("HOST")?).arg("--manifest-path");
    cargo.arg(Path::new(&variable("CARGO_MANIFEST_DIR")?).join("Cargo.toml"));
    let output = cargo.output().map_err(|error| format!("{cargo:?}: {error}"))?;
    if !output.status.success() {
        let wrong = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{cargo:?}: {wrong}\nwithout a network, run `cargo fetch` beforehand"));
    }
    let answer: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("{cargo:?}: {error}"))?;
    let packages = answer.get("packages").and_then(Value::as_array).into_iter().flatten();
    packages
        .filter(|found| found.get("name").and_then(Value::as_str) == Some(package))
        .find_map(|found| found.get("manifest_path")?.as_str())
        .and_then(|manifest| Some(Path::new(manifest).parent()?.to_owned()))
        .ok_or_else(|| format!("{cargo:?} does not list `{package}`"))
}
