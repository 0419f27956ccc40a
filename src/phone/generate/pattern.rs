//! The regular expressions of the metadata, of which it uses a small part: digits, `\d`, classes such as
//! `[2-57]`, groups, `|`, and the counts `?`, `{n}` and `{n,m}`. All of them match a finite set of digit
//! strings, so each becomes a decision diagram without cycles. Anything else stops the build.

use super::diagram::{Diagrams, State};

/// A pattern that matches digit strings.
pub(crate) enum Pattern {
    /// One digit out of a set; a bit per digit.
    Digit(u16),
    /// One after the other.
    Sequence(Vec<Pattern>),
    /// Any one of these.
    Choice(Vec<Pattern>),
    /// The same again, a bounded number of times.
    Repeat { pattern: Box<Pattern>, least: u32, most: u32 },
}

const ANY_DIGIT: u16 = 0b11_1111_1111;

impl Pattern {
    /// Reads a pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let pattern = reader.choice().and_then(|pattern| match reader.rest {
            "" => Ok(pattern),
            rest => Err(format!("nothing can be made of `{rest}`")),
        });
        pattern.map_err(|wrong| format!("{wrong}, in the pattern `{text}`"))
    }

    /// The diagram that reads one match of this pattern and goes on with `rest`.
    pub(crate) fn then(&self, rest: State, diagrams: &mut Diagrams) -> State {
        match self {
            Self::Digit(set) => {
                let nothing = diagrams.constant(0);
                let next = std::array::from_fn(|digit| if set & (1 << digit) != 0 { rest } else { nothing });
                diagrams.state(0, next)
            }
            Self::Sequence(parts) => parts.iter().rev().fold(rest, |rest, part| part.then(rest, diagrams)),
            Self::Choice(choices) => {
                let nothing = diagrams.constant(0);
                choices.iter().fold(nothing, |others, choice| {
                    let this = choice.then(rest, diagrams);
                    diagrams.combine(this, others, |a, b| a | b)
                })
            }
            Self::Repeat { pattern, least, most } => {
                let optional = (*least..*most).fold(rest, |end, _| {
                    let again = pattern.then(end, diagrams);
                    diagrams.combine(again, rest, |a, b| a | b)
                });
                (0..*least).fold(optional, |end, _| pattern.then(end, diagrams))
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn choice(&mut self) -> Result<Pattern, String> {
        let mut choices = vec![self.sequence()?];
        while self.eat("|") {
            choices.push(self.sequence()?);
        }
        Ok(Pattern::Choice(choices))
    }

    fn sequence(&mut self) -> Result<Pattern, String> {
        let mut parts = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            let part = self.part()?;
            parts.push(self.counted(part)?);
        }
        Ok(Pattern::Sequence(parts))
    }

    fn part(&mut self) -> Result<Pattern, String> {
        if self.eat("(?:") || (!self.rest.starts_with("(?") && self.eat("(")) {
            let group = self.choice()?;
            return if self.eat(")") { Ok(group) } else { Err("a group is left open".to_owned()) };
        }
        if self.eat("[") {
            return self.class();
        }
        if self.eat(r"\d") {
            return Ok(Pattern::Digit(ANY_DIGIT));
        }
        Ok(Pattern::Digit(1 << self.digit()?))
    }

    fn class(&mut self) -> Result<Pattern, String> {
        let mut set = 0;
        while !self.eat("]") {
            if self.eat(r"\d") {
                set |= ANY_DIGIT;
                continue;
            }
            let first = self.digit()?;
            let last = if self.eat("-") { self.digit()? } else { first };
            set |= (first..=last).fold(0, |set, digit| set | 1 << digit);
        }
        Ok(Pattern::Digit(set))
    }

    fn counted(&mut self, pattern: Pattern) -> Result<Pattern, String> {
        let (least, most) = if self.eat("?") {
            (0, 1)
        } else if self.eat("{") {
            let least = self.count()?;
            let most = if self.eat(",") { self.count()? } else { least };
            if !self.eat("}") || most < least {
                return Err("a count is neither `{n}` nor `{n,m}`".to_owned());
            }
            (least, most)
        } else {
            return Ok(pattern);
        };
        Ok(Pattern::Repeat { pattern: Box::new(pattern), least, most })
    }

    fn count(&mut self) -> Result<u32, String> {
        let mut count = self.digit()?;
        while let Ok(digit) = self.digit() {
            count = count * 10 + digit;
        }
        Ok(count)
    }

    fn digit(&mut self) -> Result<u32, String> {
        let mut characters = self.rest.chars();
        let digit = characters.next().and_then(|character| character.to_digit(10));
        let digit = digit.ok_or_else(|| format!("a digit should stand before `{}`", self.rest))?;
        self.rest = characters.as_str();
        Ok(digit)
    }

    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let mut diagrams = Diagrams::default();
        let nothing = diagrams.constant(0);
        let end = diagrams.state(1, [nothing; 10]);
        let start = Pattern::parse(pattern).unwrap().then(end, &mut diagrams);
        let step = |state, digit: u8| diagrams.node(state).next[usize::from(digit - b'0')];
        let matches = |digits: &&str| diagrams.node(digits.bytes().fold(start, step)).answer == 1;
        assert_eq!(matching.iter().find(|digits| !matches(digits)), None, "{pattern} must match");
        assert_eq!(others.iter().find(|digits| matches(digits)), None, "{pattern} must not match");
    }

    #[test]
    fn patterns_match_what_they_say() {
        check("12", &["12"], &["", "1", "2", "123", "13"]);
        check(r"\d[2-57]", &["02", "95", "47"], &["06", "0", "058"]);
        check(r"[\d]", &["0", "9"], &["", "00"]);
        check("1|23|", &["1", "23", ""], &["2", "123"]);
        check("1(?:2|34)5", &["125", "1345"], &["15", "12345"]);
        check("1(2|34)5", &["125", "1345"], &["15"]);
        check("12?3", &["13", "123"], &["1223", "12"]);
        check("1{3}", &["111"], &["11", "1111"]);
        check("(?:12){1,2}1", &["121", "12121"], &["1", "12", "1212121"]);
        check("(?:1|12)(?:2|3)?4", &["14", "124", "134", "1224", "1234"], &["1334"]);
    }

    #[test]
    fn what_the_metadata_has_never_used_is_refused() {
        for pattern in ["1*", "1+", "(?!0)1", "[^1]", r"\w", ".", "(1", "1)", "1{2,}", "1{3,2}", "[1"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
