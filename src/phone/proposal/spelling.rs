//! The digits in a text that is written for people.

/// What a text for people is made of.
pub(super) struct Spelling {
    /// Whether it has the plus sign of a number that begins with a calling code, or the 00 in its place.
    pub(super) has_plus: bool,
    /// The digits, without plus or 00.
    pub(super) digits: String,
    /// Whether it ends as a prefix does.
    has_star: bool,
    /// Whether there is nothing else.
    is_clean: bool,
    /// The first character that cannot be seen.
    pub(super) odd: Option<Odd>,
}

/// A character that cannot be seen, and its place, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Odd {
    pub(super) character: char,
    pub(super) position: usize,
}

impl Spelling {
    pub(super) fn of(text: &str) -> Self {
        let odd = first_unseen(text);
        let seen: String = text.chars().filter(|character| !is_unseen(*character)).collect();
        let seen = seen.trim();
        let seen = seen.strip_prefix("tel:").unwrap_or(seen);
        // The 0 that is dialled only within the country.
        let seen = seen.replace("(0)", "");
        let kept: String = seen.chars().filter(|character| !is_separator(*character)).map(plain).collect();
        let has_star = kept.ends_with('*');
        let bare = kept.strip_suffix('*').unwrap_or(&kept);
        let international = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"));
        let digits = international.unwrap_or(bare).to_owned();
        let is_clean = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        Self { has_plus: international.is_some(), digits, has_star, is_clean, odd }
    }

    /// The text as a number or a prefix with its calling code, if it is one.
    pub(super) fn international(&self) -> Option<String> {
        let star = if self.has_star { "*" } else { "" };
        let is_long = self.digits.len() > super::super::MOST_DIGITS;
        (self.is_clean && !is_long && !self.digits.starts_with('0'))
            .then(|| format!("+{}{star}", self.digits))
    }

    /// Whether it looks like a number as it is dialled within a country.
    pub(super) fn is_national(&self) -> bool {
        self.is_clean && !self.has_plus && (4..=super::super::MOST_DIGITS).contains(&self.digits.len())
    }
}

/// The first character that cannot be seen. Blanks between digits can; those around all of it cannot.
fn first_unseen(text: &str) -> Option<Odd> {
    let last = text.trim_end().chars().count();
    let first = text.chars().count() - text.trim_start().chars().count();
    text.chars().zip(1..).find_map(|(character, position)| {
        let is_around = position <= first || position > last;
        (is_around || is_unseen(character)).then_some(Odd { character, position })
    })
}

/// Whether a character takes no space, or looks like a blank and is not one.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What people write between digits.
fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Digits and the plus sign of other scripts, as ASCII has them.
fn plain(character: char) -> char {
    if character == '\u{ff0b}' {
        return '+';
    }
    let zeros = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{ff10}'];
    let digit = zeros.into_iter().find_map(|zero| {
        let digit = u32::from(character).checked_sub(u32::from(zero)).filter(|digit| *digit < 10)?;
        char::from_digit(digit, 10)
    });
    digit.unwrap_or(character)
}
