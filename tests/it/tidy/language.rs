//! The language sheet of `CONTRIBUTING.md`, as far as a test can hold it: how wide a line, how long a file
//! and how long a name may be, and which words have a plainer one.

use super::source::{Piece, code_of, is_name, pieces};
use super::{File, files_in};
use crate::world::documented::documents;
use crate::world::tool::read;

/// The widest line, in columns.
const WIDEST: usize = 110;

/// The longest file of `src`, in lines: a longer one holds more than one idea.
const LONGEST_OF_SRC: usize = 350;

/// The longest file of the tests and benches, where a suite shares what it sets up.
const LONGEST: usize = 400;

/// The longest name, in characters. A test is named by a sentence, and its last clause can go.
const LONGEST_NAME: usize = 80;

/// Words that stop a native reader, and what to write in their place.
const AVOIDED: [(&str, &str); 12] = [
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("tell", "report, show, say or distinguish"),
    ("tells", "reports, shows, says or distinguishes"),
    ("told", "reported, shown or said"),
    ("telling", "reporting, showing or saying"),
    ("so many", "the number by its name"),
    ("so much", "the amount by its name"),
    ("until when", "the deadline"),
    ("else than", "other than"),
];

/// The denials that [`denies_by_no`] looks at, with the plain form of each.
const DENIALS: [(&str, &str); 4] =
    [("is no", "is not a"), ("are no", "are not"), ("was no", "was not a"), ("were no", "were not")];

/// Places that are not held to the sheet yet.
const NOT_YET: [&str; 0] = [];

/// What stands in a text in place of plainer words, with a few words around it.
fn avoided(prose: &str) -> Vec<String> {
    let prose = prose.to_lowercase();
    let words: Vec<&str> = prose.split_whitespace().collect();
    let mut found = Vec::new();
    for at in 0..words.len() {
        let begins = |phrase: &str| begins_with(&words[at..], phrase);
        let word = AVOIDED.iter().find(|(phrase, _)| begins(phrase));
        let denial = DENIALS.iter().find(|(phrase, _)| begins(phrase) && denies_by_no(&words, at));
        if let Some((phrase, instead)) = word.or(denial) {
            let around = words[at.saturating_sub(3)..words.len().min(at + 5)].join(" ");
            found.push(format!("`{phrase}`, where `{instead}` is plainer, in: {around}"));
        }
    }
    found
}

/// Whether words begin with a phrase. Quotation marks may stand before each, and anything after the last.
fn begins_with(words: &[&str], phrase: &str) -> bool {
    let parts: Vec<&str> = phrase.split(' ').collect();
    let Some(words) = words.get(..parts.len()) else { return false };
    words.iter().zip(&parts).enumerate().all(|(n, (word, part))| {
        let word = word.trim_start_matches(is_mark);
        let is_last = n + 1 == parts.len();
        *part == if is_last { word.trim_end_matches(is_mark) } else { word }
    })
}

fn is_mark(character: char) -> bool {
    !character.is_alphanumeric()
}

/// Whether one of [`DENIALS`] says what something is not: "there is no" and "is no longer" are plain.
fn denies_by_no(words: &[&str], at: usize) -> bool {
    let is_after = |word: &str| at > 0 && words[at - 1].trim_start_matches(is_mark) == word;
    let is_before = |word: &str| words.get(at + 2).is_some_and(|next| next.trim_end_matches(is_mark) == word);
    !is_after("there") && !is_before("longer") && !is_before("more")
}

/// What people read in a Rust file: comments, and in `src` the text literals too, which hold its messages. A
/// comment of several lines is one text, and so is a literal.
fn prose_of(file: &File) -> String {
    let is_source = file.path.starts_with("src/");
    let parts = pieces(&file.text).into_iter().map(|piece| match piece {
        Piece::Comment(comment) => comment.trim_start_matches(['/', '!']).to_owned(),
        Piece::Text(text) | Piece::Raw(text) if is_source => text.replace("\\n", " ").replace('\\', " "),
        Piece::Code(code) if code.trim().is_empty() => " ".to_owned(),
        Piece::Code(_) | Piece::Text(_) | Piece::Raw(_) | Piece::Character(_) => " | ".to_owned(),
    });
    parts.collect()
}

/// A file without its raw text literals, which cannot be broken into lines; line ends stay.
fn breakable(source: &str) -> String {
    let parts = pieces(source).into_iter().map(|piece| match piece {
        Piece::Raw(text) => "\n".repeat(text.matches('\n').count()),
        Piece::Code(text) | Piece::Comment(text) | Piece::Text(text) | Piece::Character(text) => {
            text.to_owned()
        }
    });
    parts.collect()
}

/// What the sheet has against a Rust file.
fn faults(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    for (n, line) in breakable(&file.text).lines().enumerate() {
        let width = line.chars().count();
        let is_link = line.contains("](https://") && line.split_whitespace().count() == 2;
        if width > WIDEST && !is_link {
            faults.push(format!("line {} has {width} columns, where {WIDEST} are the most", n + 1));
        }
    }
    let longest = if file.path.starts_with("src/") { LONGEST_OF_SRC } else { LONGEST };
    let n_lines = file.text.lines().count();
    if n_lines > longest {
        faults.push(format!("{n_lines} lines, where {longest} are the most"));
    }
    let code = code_of(&file.text);
    let long_names = code.split(|character| !is_name(character)).filter(|name| name.len() > LONGEST_NAME);
    faults.extend(long_names.map(|name| format!("more than {LONGEST_NAME} characters in `{name}`")));
    faults.extend(avoided(&prose_of(file)));
    faults.into_iter().map(|fault| format!("{}: {fault}", file.path)).collect()
}

#[test]
fn the_language_sheet_is_kept_by_the_code() {
    let build = File { path: "build.rs".to_owned(), text: read("build.rs") };
    let files = [files_in("src"), files_in("tests"), files_in("benches"), vec![build]].concat();
    assert!(files.len() > 200, "only {} files found", files.len());
    let is_held = |file: &&File| !NOT_YET.iter().any(|place| file.path.starts_with(place));
    let faults: Vec<String> = files.iter().filter(is_held).flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_language_sheet_is_kept_by_the_documents() {
    let faults_of = |document: &String| {
        let faults = avoided(&read(document)).into_iter();
        faults.map(|fault| format!("{document}: {fault}")).collect::<Vec<_>>()
    };
    // `CONTRIBUTING.md` names the avoided words.
    let mut documents = documents();
    documents.retain(|document| document != "CONTRIBUTING.md");
    documents.push("template.yaml".to_owned());
    assert!(documents.len() > 10, "{documents:?}");
    let faults: Vec<String> = documents.iter().flat_map(faults_of).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[track_caller]
fn check_planted(path: &str, text: &str, fault: &str) {
    let found = faults(&File { path: path.to_owned(), text: text.to_owned() });
    assert!(matches!(&found[..], [only] if only.contains(fault)), "{found:?}");
}

#[test]
fn a_planted_fault_of_form_is_found() {
    check_planted("src/money.rs", &format!("// {}", "a".repeat(108)), "line 1 has 111 columns");
    check_planted("benches/a.rs", &format!("\nf(\"{}\");", "a".repeat(110)), "line 2 has 116 columns");
    check_planted("src/money.rs", &"// line\n".repeat(351), "351 lines, where 350 are the most");
    check_planted("tests/it/phone.rs", &"// line\n".repeat(401), "401 lines, where 400 are the most");
    check_planted(
        "tests/it/phone.rs",
        &format!("fn {}() {{}}", "a".repeat(81)),
        "more than 80 characters in",
    );
}

#[test]
fn a_planted_word_is_found() {
    for (phrase, instead) in AVOIDED.iter().chain(&DENIALS) {
        let fault = format!("`{phrase}`, where `{instead}` is plainer");
        check_planted("tests/it/phone.rs", &format!("// It {phrase}, (perhaps)."), &fault);
        check_planted("src/phone.rs", &format!("f(\"it {phrase} `x`\")"), &fault);
        check_planted("src/phone.rs", &format!("r#\"it {phrase}\"#"), &fault);
    }
    check_planted("src/phone.rs", "/// At most so\n    /// many.", "`so many`");
    check_planted("src/phone.rs", "f(\"at most so \\\n   many\")", "`so many`");
    check_planted("src/phone.rs", "/// Fixed (“told” before).\nfn f() {}", "`told`");
}

#[test]
fn what_keeps_the_sheet_is_not_found() {
    let fine = format!(
        "//! There is no such file, and it is no longer open. Is it? No: so it is. Many are.\n\
         //! An amendment is foretold, and so\n\
         fn many(told: bool) -> bool {{ told }}\n\
         //! [link](https://example.com/{0})\n\
         const DATA: &str = r#\"{0}\"#;\n",
        "a".repeat(200)
    );
    let file = File { path: "src/policy/rule.rs".to_owned(), text: fine };
    assert_eq!(faults(&file), Vec::<String>::new());
    let literal = File { path: "tests/it/phone.rs".to_owned(), text: "f(\"told\");".to_owned() };
    assert_eq!(faults(&literal), Vec::<String>::new());
}
