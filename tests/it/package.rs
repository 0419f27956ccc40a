//! What a release consists of, packed as `.ci/release` packs it, of files that stand in for the built
//! binaries: the archives, the template in them, and what `docs/operations.md` does with them. It needs
//! Python, as `.ci` does.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::documented_commands::commands_of_section;
use crate::world::tool::{read, repository};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A step of `.ci`, with the little that it needs of an environment.
fn step(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(repository(format!(".ci/{name}")));
    command.args(arguments).env_remove("GITHUB_REPOSITORY");
    command.envs(variables.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The archives for both architectures, in a folder of their own.
struct Archives {
    dir: tempfile::TempDir,
}

impl Archives {
    /// `None` where there is no Python.
    fn pack() -> Option<Self> {
        if Command::new("python3").arg("--version").output().is_err() {
            eprintln!("not run: python3 is missing");
            return None;
        }
        let archives = Self { dir: tempfile::tempdir().unwrap() };
        for (name, text) in
            [("tool", "#!/bin/sh\necho the tool\n"), ("function", "#!/bin/sh\necho a function\n")]
        {
            std::fs::write(archives.file(name), text).unwrap();
        }
        archives.pack_into("first");
        Some(archives)
    }

    fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    fn pack_into(&self, folder: &str) {
        for architecture in ["x86_64", "arm64"] {
            let paths = ["tool", "function", folder].map(|name| self.file(name).display().to_string());
            let [tool, function, folder] = paths.each_ref().map(String::as_str);
            let packed = step("package", &[architecture, tool, function, folder], &[]);
            assert!(packed.status.success(), "{}", said(&packed));
        }
    }

    /// Runs a line of shell among the archives.
    #[track_caller]
    fn shell(&self, line: &str) -> String {
        let output =
            Command::new("bash").args(["-ec", line]).current_dir(self.file("first")).output().unwrap();
        assert!(output.status.success(), "{line}\n{}", said(&output));
        said(&output)
    }
}

#[test]
fn the_archives_have_the_tool_the_function_and_a_template_to_deploy_it() {
    let Some(archives) = Archives::pack() else { return };
    let unpack = format!(
        "tar -xzf sinch-gate-{VERSION}-x86_64-unknown-linux-gnu.tar.gz; \
         sinch-gate-{VERSION}-x86_64-unknown-linux-gnu/sinch-gate"
    );
    assert_eq!(archives.shell(&unpack), "the tool\n");
    for architecture in ["x86_64", "arm64"] {
        let folder = format!("sinch-gate-{VERSION}-{architecture}-deploy");
        archives.shell(&format!("tar -xzf {folder}.tar.gz"));
        archives
            .shell(&format!("cmp {folder}/bootstrap.zip sinch-gate-{VERSION}-{architecture}-bootstrap.zip"));
        archives.shell(&format!("cd {folder}; python3 -m zipfile -e bootstrap.zip unpacked"));
        let unpacked = archives.file("first").join(&folder);
        assert_eq!(
            std::fs::read(unpacked.join("unpacked/bootstrap")).unwrap(),
            std::fs::read(archives.file("function")).unwrap()
        );
        // Lambda runs the file only if it may be run; this extractor does not say, but another one does.
        let listed = archives.shell(&format!(
            "python3 -c 'import zipfile; z = zipfile.ZipFile(\"{folder}/bootstrap.zip\"); \
             print([(i.filename, oct(i.external_attr >> 16), i.create_system) for i in z.infolist()])'"
        ));
        assert_eq!(listed, "[('bootstrap', '0o100755', 3)]\n");
        assert!(unpacked.join("samconfig.toml").exists());
        let mode = std::fs::metadata(unpacked.join("template.yaml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o444, 0o444);

        // The template is that of the repository, for a function that is built.
        let ours = read("template.yaml");
        let theirs = std::fs::read_to_string(unpacked.join("template.yaml")).unwrap();
        let gone: Vec<&str> =
            ours.lines().filter(|line| !theirs.lines().any(|other| other == *line)).collect();
        let new: Vec<&str> =
            theirs.lines().filter(|line| !ours.lines().any(|other| other == *line)).collect();
        let mut expected_new =
            vec![format!("    AllowedValues: [{architecture}]"), "      CodeUri: bootstrap.zip".to_owned()];
        if architecture == "x86_64" {
            expected_new.insert(0, "    Default: x86_64".to_owned());
        }
        assert_eq!(new, expected_new);
        assert!(
            gone.iter().all(|line| {
                ["Build", "Binary: bootstrap", "CodeUri", "Default: arm64", "AllowedValues: [arm64, x86_64]"]
                    .iter()
                    .any(|known| line.trim().starts_with(known))
            }),
            "{gone:?}"
        );
    }
}

#[test]
fn the_same_binaries_make_the_same_archives() {
    let Some(archives) = Archives::pack() else { return };
    archives.pack_into("second");
    archives.shell("diff -r . ../second");
}

#[test]
fn a_release_can_be_checked_and_unpacked_as_the_runbook_says() {
    let Some(archives) = Archives::pack() else { return };
    let tag = format!("v{VERSION}");
    let folder = archives.file("first").display().to_string();
    let arguments = ["--dry-run", &tag, &folder];
    let no_heading = step("publish", &arguments, &[]);
    if !read("CHANGELOG.md").contains(&format!("\n## {VERSION}")) {
        assert!(said(&no_heading).contains("CHANGELOG.md has no heading"), "{}", said(&no_heading));
    }
    let other = step("publish", &["--dry-run", "v9.9.9", &folder], &[]);
    assert!(!other.status.success() && said(&other).contains("the tag is v9.9.9"), "{}", said(&other));
    archives.shell("cat SHA256SUMS-x86_64 SHA256SUMS-arm64 > SHA256SUMS");
    let commands = commands_of_section("docs/operations.md", "## Deploying without Rust");
    let (last, before) = commands.split_last().unwrap();
    assert_eq!(last, "sam deploy --guided");
    archives.shell(&before.join("\n").replace("VERSION", VERSION));
    // What was changed on its way is found.
    archives.shell(&format!("echo more >> sinch-gate-{VERSION}-arm64-bootstrap.zip"));
    archives.shell("! sha256sum --check --ignore-missing SHA256SUMS");
}

#[test]
fn cargo_binstall_is_pointed_at_the_archives_as_they_are_named() {
    let manifest = read("Cargo.toml");
    let binstall = manifest.split_once("\n[package.metadata.binstall]\n").unwrap().1;
    let fill_in = |key: &str| {
        let start = format!("{key} = \"");
        let value = binstall.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"')).unwrap();
        let filled = value.replace("{ repo }", "REPOSITORY");
        let filled = filled.replace("{ name }", "sinch-gate").replace("{ version }", VERSION);
        let filled =
            filled.replace("{ target }", "x86_64-unknown-linux-gnu").replace("{ bin }", "sinch-gate");
        assert!(!filled.contains('{'), "{filled}");
        filled
    };
    let (url, member) = (fill_in("pkg-url"), fill_in("bin-dir"));
    let (folder, archive) = url.rsplit_once('/').unwrap();
    assert_eq!(folder, format!("REPOSITORY/releases/download/v{VERSION}"));
    let Some(archives) = Archives::pack() else { return };
    let members = archives.shell(&format!("tar -tzf {archive}"));
    assert!(members.lines().any(|listed| listed == member), "no {member} in\n{members}");
}
