//! Finds what must stay private in any text or bytes, however it is written there.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// What is private.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Kind {
    /// An application's secret, or the key of the hashes.
    Secret,
    /// What proves that a callback is Sinch's.
    Signature,
    /// What stands in a body and is of no use to the gate.
    Body,
    /// The `custom` of a request.
    Custom,
    /// A phone number.
    Number,
}

/// How many digits of a number may stand side by side.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// None that would be noticed: a masked number has four digits in a row. Six in a row of any other number
    /// are found everywhere, in times and prices.
    Masked,
    /// All but the last three, which is the block that is shown where numbers are hashed.
    Block,
}

/// Secrets and signatures are found by any piece of this length, which begins at any fourth character.
const PIECE: usize = 12;
const STRIDE: usize = 4;

/// What all forms are looked up by.
const HEAD: usize = 8;

/// What was found: its kind, and in which form.
pub(super) type Found = (Kind, String);

/// All that is private in a run.
#[derive(Default)]
pub(super) struct Needles {
    forms: HashMap<[u8; HEAD], Vec<(Kind, Vec<u8>)>>,
    /// The digits of each number.
    numbers: BTreeSet<String>,
}

impl Needles {
    /// Adds something that is searched for as a whole.
    pub(super) fn add(&mut self, kind: Kind, what: &str) {
        for form in forms(what.as_bytes()) {
            let head = form[..HEAD].try_into().unwrap();
            let known = self.forms.entry(head).or_default();
            if !known.iter().any(|(_, other)| *other == form) {
                known.push((kind, form));
            }
        }
    }

    /// Adds something of which no longer piece may stand anywhere either.
    pub(super) fn add_in_pieces(&mut self, kind: Kind, what: &str) {
        for start in (0..=what.len().saturating_sub(PIECE)).step_by(STRIDE) {
            self.add(kind, &what[start..(start + PIECE).min(what.len())]);
        }
    }

    /// Adds a secret in base64, and the bytes that it stands for.
    pub(super) fn add_secret(&mut self, secret: &str) {
        self.add_in_pieces(Kind::Secret, secret);
        let bytes = base64::engine::general_purpose::STANDARD.decode(secret).unwrap();
        for form in forms(&bytes) {
            self.forms.entry(form[..HEAD].try_into().unwrap()).or_default().push((Kind::Secret, form));
        }
    }

    /// Adds a number in E.164.
    pub(super) fn add_number(&mut self, number: &str) {
        let digits = number.trim_start_matches('+').to_owned();
        self.add(Kind::Number, &digits);
        self.numbers.insert(digits);
    }

    /// Everything private that stands in `bytes`.
    pub(super) fn find(&self, bytes: &[u8], shown: Shown) -> BTreeSet<Found> {
        let mut found = BTreeSet::new();
        for (at, head) in bytes.windows(HEAD).enumerate() {
            let Some(forms) = self.forms.get(head) else { continue };
            let met = forms.iter().filter(|(_, form)| bytes[at..].starts_with(form));
            found.extend(met.map(|(kind, form)| (*kind, String::from_utf8_lossy(form).into_owned())));
        }
        let text = String::from_utf8_lossy(bytes);
        found.extend(self.parts_of_numbers(&text, shown).map(|digits| (Kind::Number, digits)));
        found.extend(badly_masked(&text, shown).map(|token| (Kind::Number, token)));
        found
    }

    /// Parts of numbers that have more digits than may be shown, with or without separators, and backwards.
    fn parts_of_numbers(&self, text: &str, shown: Shown) -> impl Iterator<Item = String> {
        let runs = runs_of_digits(text);
        let parts = self.numbers.iter().flat_map(move |number| {
            let n_shown = match shown {
                Shown::Masked => 6,
                Shown::Block => number.len() - 3,
            };
            let backwards = number.chars().rev().collect::<String>();
            let windows = |text: &str| {
                let windows = text.as_bytes().windows(n_shown + 1);
                windows.map(|part| String::from_utf8(part.to_vec()).unwrap()).collect::<Vec<_>>()
            };
            [windows(number), windows(&backwards)].concat()
        });
        parts.filter(move |part| runs.iter().any(|run| run.contains(part)))
    }
}

/// Masked numbers in a text that show more digits than they may.
fn badly_masked(text: &str, shown: Shown) -> impl Iterator<Item = String> {
    let tokens = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '*')));
    let is_well_masked = move |token: &str| {
        let stars = token.matches('*').count();
        let (front, back) = token.split_once('*').unwrap_or_default();
        let (front, back) = (front.trim_start_matches('+').len(), back.trim_start_matches('*').len());
        match shown {
            Shown::Masked => stars >= 5 && front <= 4 && back <= 2,
            // List entries end in one star, and they are checked for what they show of our numbers.
            Shown::Block => (stars == 3 || stars == 1) && back == 0 || stars >= 5 && front <= 4 && back <= 2,
        }
    };
    let masked = tokens.filter(|token| token.contains('*') && token.bytes().any(|b| b.is_ascii_digit()));
    let wrong: Vec<String> = masked.filter(|token| !is_well_masked(token)).map(str::to_owned).collect();
    wrong.into_iter()
}

/// The runs of at least seven digits in a text, without what people write between digits. Times and hashes
/// are left out, whose digits would look like parts of a number now and then.
fn runs_of_digits(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_control() || matches!(c, '"' | ',' | '{' | '}' | '[' | ']' | '|'));
    let mut runs = Vec::new();
    for word in words {
        let mut run = String::new();
        let without_times = word.split(' ').map(|word| if is_time(word) { "T" } else { word });
        let word = without_times.collect::<Vec<_>>().join(" ");
        let mut rest = word.replace("%20", " ").replace("%2B", "+").replace("%2b", "+");
        rest.push('\n');
        for token in rest.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
            let (token, end) = token.split_at(token.char_indices().next_back().map_or(0, |(at, _)| at));
            let is_hash = token.len() >= 16
                && token.bytes().all(|b| b.is_ascii_hexdigit())
                && token.bytes().any(|b| b.is_ascii_alphabetic());
            for c in token.chars().filter(|_| !is_hash) {
                if c.is_ascii_digit() {
                    run.push(c);
                } else {
                    runs.push(std::mem::take(&mut run));
                }
            }
            if !matches!(end, " " | "-" | "." | "(" | ")" | "/" | "\u{a0}") {
                runs.push(std::mem::take(&mut run));
            }
        }
    }
    runs.retain(|run| run.len() >= 7);
    runs
}

/// Whether a word is a time as the gate writes it, or a count of seconds or milliseconds of this decade.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
    word.parse::<jiff::Timestamp>().is_ok()
        || (matches!(word.len(), 10 | 13)
            && word.bytes().all(|b| b.is_ascii_digit())
            && (word.starts_with("17") || word.starts_with("18")))
}

/// The ways to write some bytes, each at least [`HEAD`] long.
fn forms(bytes: &[u8]) -> BTreeSet<Vec<u8>> {
    assert!(bytes.len() >= HEAD, "too short to be told from chance: {bytes:?}");
    let mut forms = BTreeSet::from([bytes.to_vec(), bytes.iter().rev().copied().collect()]);
    for upper in [false, true] {
        let hex = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        forms.insert(bytes.iter().map(hex).collect::<String>().into_bytes());
        let percent = bytes.iter().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(*byte).to_string(),
            byte => format!("%{}", hex(byte)),
        });
        forms.insert(percent.collect::<String>().into_bytes());
        let escapes = bytes.iter().map(|byte| format!("\\u00{}", hex(byte)));
        forms.insert(escapes.collect::<String>().into_bytes());
    }
    for between in [", ", ","] {
        let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
        forms.insert(numbers.join(between).into_bytes());
    }
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        let (first, end) = ([0, 2, 3][before], padded.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.insert(text.as_bytes()[first..end].to_vec());
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let json = |text: &str| Value::from(text).to_string().trim_matches('"').to_owned();
        let html = text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let texts = [json(text), json(&json(text)), html, text.to_lowercase(), text.to_uppercase()];
        forms.extend(texts.map(String::into_bytes));
    }
    forms.retain(|form| form.len() >= HEAD);
    forms
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const SECRET: &str = "BeIukql3pTKJ8RGL5zo0DA==";
    const CUSTOM: &str = r#"{"device":"quJ3hwP0zi"}"#;
    const NUMBER: &str = "+46701740605";

    fn needles() -> Needles {
        let mut needles = Needles::default();
        needles.add_secret(SECRET);
        needles.add(Kind::Custom, CUSTOM);
        needles.add_number(NUMBER);
        needles
    }

    #[track_caller]
    fn check(text: &str, shown: Shown, expected: &[Kind]) {
        let found = needles().find(text.as_bytes(), shown);
        let kinds: BTreeSet<Kind> = found.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, expected.iter().copied().collect(), "{text}: {found:?}");
    }

    #[test]
    fn every_encoding_is_found() {
        for (what, kind) in [(SECRET, Kind::Secret), (CUSTOM, Kind::Custom), ("46701740605", Kind::Number)] {
            let json = Value::from(what).to_string();
            let hex: String = what.bytes().map(|byte| format!("{byte:02x}")).collect();
            let percent: String = what.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let written = [
                what.to_owned(),
                json.clone(),
                Value::from(json).to_string(),
                hex.to_uppercase(),
                hex,
                format!("{:?}", what.as_bytes()),
                what.chars().rev().collect(),
                what.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
            ];
            for text in written.iter().flat_map(|text| [text.clone(), format!("a{text}b")]) {
                check(&text, Shown::Masked, &[kind]);
            }
            for before in ["", "x", "xy", "xyz"] {
                let around = format!("{before}{what}{before}");
                for text in [STANDARD.encode(&around), URL_SAFE.encode(&around)] {
                    check(&format!("log {text} end"), Shown::Block, &[kind]);
                }
            }
            if kind != Kind::Number {
                let escaped = percent.chars().all(|c| c == '%' || c.is_ascii_hexdigit());
                assert!(escaped);
            }
        }
        check("custom=%7B%22device%22%3A%22quJ3hwP0zi%22%7D", Shown::Block, &[Kind::Custom]);
        check("{&quot;device&quot;:&quot;quJ3hwP0zi&quot;}", Shown::Block, &[Kind::Custom]);
        // A piece of the secret, and the bytes that it stands for.
        check("kql3pTKJ8RGL5zo", Shown::Block, &[Kind::Secret]);
        check("05e22e92a977a53289f1118be73a340c", Shown::Block, &[Kind::Secret]);
    }

    #[test]
    fn a_number_is_found_in_every_way_of_writing_it() {
        let written = [
            "+46701740605",
            "46701740605",
            "0046701740605",
            "0701740605",
            "070-174 06 05",
            "+46 (0)70 174 06 05",
            "%2B46701740605",
            "%2B46%2070%20174%2006%2005",
            "x46701740605x",
            "50604710764",
            "4670174",
            "1740605",
            "+46701740**",
            "+46701740*",
            "+4670174****5",
            "+4670****605",
        ];
        for text in written {
            check(
                &format!(r#"{{"at":"2026-10-01T09:00:00Z","n":"{text}"}}"#),
                Shown::Masked,
                &[Kind::Number],
            );
        }
    }

    #[test]
    fn what_may_be_shown_is_not_found() {
        let times = r#"{"timestamp":"2026-10-01T09:00:00.4670174Z","t":1767017406,"h":"4670174060a1b2c3d4"}"#;
        for shown in [Shown::Masked, Shown::Block] {
            check(times, shown, &[]);
            check("+4670*****05", shown, &[]);
        }
        check("+46701740***", Shown::Block, &[]);
        check("+46701740***", Shown::Masked, &[Kind::Number]);
        check("+467017406**", Shown::Block, &[Kind::Number]);
        check("46701740 6", Shown::Block, &[Kind::Number]);
    }
}
