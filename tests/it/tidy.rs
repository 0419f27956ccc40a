//! The rules of `ARCHITECTURE.md` and `CONTRIBUTING.md` that a compiler does not hold.

mod language;
mod layers;
mod purity;
mod reserved;
mod source;

use std::path::Path;

use crate::world::tool::{read, repository};

/// A file of the repository, by its path from the root.
#[derive(Clone, Debug)]
struct File {
    path: String,
    text: String,
}

/// Every Rust file in a folder.
fn files_in(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(repository(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if repository(&path).is_dir() {
            files.extend(files_in(&path));
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            files.push(File { text: read(&path), path });
        }
    }
    files
}

fn all_files() -> Vec<File> {
    let build = File { path: "build.rs".to_owned(), text: read("build.rs") };
    [files_in("src"), files_in("tests"), vec![build]].concat()
}

#[test]
fn every_file_of_the_tests_is_part_of_them() {
    for file in files_in("tests/it").iter().filter(|file| file.path != "tests/it/main.rs") {
        let (folder, name) = file.path.rsplit_once('/').unwrap();
        let parent = if folder == "tests/it" { "tests/it/main".to_owned() } else { folder.to_owned() };
        let module = format!("mod {};", name.trim_end_matches(".rs"));
        let is_declared = |line: &str| line == module || line.ends_with(&format!(" {module}"));
        assert!(read(format!("{parent}.rs")).lines().any(is_declared), "{} is never run", file.path);
    }
}
