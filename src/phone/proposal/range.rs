//! Ranges of numbers, such as `+46701740600-699`, as prefixes.

use super::is_likely;
use super::spelling::Spelling;

/// The numbers from one to another, which have equally many digits.
pub(super) struct Range {
    first: String,
    last: String,
}

impl Range {
    /// Reads a number, a dash, and another number or the last digits of one. A dash between the parts of one
    /// number is something else: no number stands in front of that.
    pub(super) fn read(text: &str) -> Option<Self> {
        let dashes = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'];
        let (left, right) = text.rsplit_once(dashes).or_else(|| text.rsplit_once(".."))?;
        let first = Spelling::of(left).international()?;
        let right = Spelling::of(right);
        if !is_likely(&first) || first.ends_with('*') || right.digits.is_empty() {
            return None;
        }
        let first = first.strip_prefix('+')?.to_owned();
        let kept = first.len().checked_sub(right.digits.len())?;
        let last = format!("{}{}", first.get(..kept)?, right.digits);
        let is_range = last.bytes().all(|byte| byte.is_ascii_digit()) && first < last;
        is_range.then_some(Self { first, last })
    }

    /// The fewest prefixes and numbers that are the same.
    pub(super) fn prefixes(&self) -> Vec<String> {
        let mut found = Vec::new();
        add(&self.first, &self.last, self.common(), &mut found);
        found
    }

    /// The longest prefix that has all of it.
    pub(super) fn around(&self) -> String {
        format!("+{}*", self.common())
    }

    fn common(&self) -> &str {
        let pairs = self.first.bytes().zip(self.last.bytes());
        let length = pairs.take_while(|(one, other)| one == other).count();
        self.first.get(..length).unwrap_or_default()
    }
}

/// Adds what covers the numbers from `first` to `last` that begin with `prefix`.
fn add(first: &str, last: &str, prefix: &str, found: &mut Vec<String>) {
    let missing = first.len() - prefix.len();
    let lowest = format!("{prefix}{}", "0".repeat(missing));
    let highest = format!("{prefix}{}", "9".repeat(missing));
    // Of equally long digits, the order of the text is that of the numbers.
    if highest.as_str() < first || lowest.as_str() > last {
        return;
    }
    if lowest.as_str() >= first && highest.as_str() <= last {
        found.push(if missing == 0 { format!("+{prefix}") } else { format!("+{prefix}*") });
        return;
    }
    for digit in '0'..='9' {
        add(first, last, &format!("{prefix}{digit}"), found);
    }
}
