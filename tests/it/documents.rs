//! The documents name files, links and headings that are there.

use crate::world::documented::documents;
use crate::world::tool::{read, repository};

#[test]
fn every_file_that_is_named_is_there() {
    // The samples' README names files of its own folder.
    for document in documents().iter().filter(|document| *document != "events/README.md") {
        let text = read(document);
        let folder = repository(document).parent().unwrap().to_owned();
        for word in text.split('`').skip(1).step_by(2) {
            let is_there = path_of(word).is_none_or(|path| repository(&path).exists());
            assert!(is_there, "{document} names {word}");
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if file.contains("://") {
                continue;
            }
            let path = if file.is_empty() { repository(document) } else { folder.join(file) };
            // A picture is not text, and has no anchors.
            let target = std::fs::read(&path).unwrap_or_else(|error| panic!("{document}: {link}: {error}"));
            let target = String::from_utf8_lossy(&target);
            assert!(anchor.is_empty() || anchors(&target).contains(&anchor.to_owned()), "{document}: {link}");
        }
    }
}

/// The path that a document means by some code, if it is one: from the root, or of a Rust file from `src` on.
/// `NAME` stands for any name.
fn path_of(code: &str) -> Option<String> {
    let is_from_root = ["src/", "tests/", "benches/", "docs/", ".ci/", "events/"];
    if code.contains(char::is_whitespace) || code.contains("NAME") {
        None
    } else if is_from_root.iter().any(|root| code.starts_with(root)) {
        Some(code.to_owned())
    } else {
        (code.ends_with(".rs") && code.contains('/')).then(|| format!("src/{code}"))
    }
}

/// The anchors of a Markdown text, as repositories make them of headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
    };
    headings.map(anchor).collect()
}
