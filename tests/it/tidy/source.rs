//! Rust source, as far as one must understand it to see what it names.

/// A part of a source, as it stands there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece<'s> {
    Code(&'s str),
    Comment(&'s str),
    Text(&'s str),
    /// A raw text literal, which cannot go on in the next line unless a line end is part of it.
    Raw(&'s str),
    Character(&'s str),
}

/// The length of a part that begins here, and what it is.
type Begun<'s> = (usize, fn(&'s str) -> Piece<'s>);

/// The parts of a source, in order: together they are the source.
pub(super) fn pieces<'s>(source: &'s str) -> Vec<Piece<'s>> {
    let mut pieces = Vec::new();
    let (mut rest, mut n_code) = (source, 0);
    while let Some(next) = rest[n_code..].chars().next() {
        let (code, here) = rest.split_at(n_code);
        let begun: Option<Begun<'s>> = match next {
            '/' if here.starts_with("//") => Some((here.find('\n').unwrap_or(here.len()), Piece::Comment)),
            '/' if here.starts_with("/*") => {
                Some((here.find("*/").map_or(here.len(), |end| end + 2), Piece::Comment))
            }
            '"' => Some((quoted(here), Piece::Text)),
            'r' | 'b' if !code.ends_with(is_name) => Some((raw(here), Piece::Raw)),
            '\'' => Some((character(here), Piece::Character)),
            _ => None,
        };
        match begun.filter(|(length, _)| *length > 0) {
            None => n_code += next.len_utf8(),
            Some((length, piece)) => {
                let (found, after) = here.split_at(length);
                pieces.extend([Piece::Code(code), piece(found)]);
                (rest, n_code) = (after, 0);
            }
        }
    }
    pieces.push(Piece::Code(rest));
    pieces
}

/// The code without comments and without what stands in text literals.
pub(super) fn code_of(source: &str) -> String {
    let parts = pieces(source).into_iter().map(|piece| match piece {
        Piece::Code(code) => code,
        // Whatever it is, it separates what stands around it.
        Piece::Comment(_) | Piece::Text(_) | Piece::Raw(_) | Piece::Character(_) => " ",
    });
    parts.collect()
}

/// The length of the text literal that begins here.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, character)| {
        let ends = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// The length of the raw text literal that begins here, such as `r#"…"#` or `br"…"`, if one does.
fn raw(rest: &str) -> usize {
    let Some(marked) = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')) else { return 0 };
    let hashes = marked.chars().take_while(|character| *character == '#').count();
    if !marked[hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let text = rest.len() - marked.len() + hashes + 1;
    rest[text..].find(&end).map_or(rest.len(), |at| text + at + end.len())
}

/// The length of the character literal that begins here, if it is one and no lifetime.
fn character(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let after = at + escaped.len_utf8();
            rest[after..].find('\'').map_or(0, |end| after + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

pub(super) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Whether code names something, as a whole word, and also where a `use` names it in braces.
pub(super) fn names(code: &str, name: &str) -> bool {
    let in_braces = |(parent, child): (&str, &str)| {
        let opened = format!("{parent}::{{");
        code.match_indices(&opened)
            .any(|(at, _)| group(&code[at + opened.len()..]).iter().any(|found| found == child))
    };
    has_word(code, name) || name.split_once("::").is_some_and(in_braces)
}

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let joins = |outside: Option<char>, inside: Option<char>| {
            outside.is_some_and(is_name) && inside.is_some_and(is_name)
        };
        !joins(before, word.chars().next()) && !joins(after, word.chars().next_back())
    })
}

/// The modules of the library that code names by way of `crate::`.
pub(super) fn uses_of_our_modules(code: &str) -> Vec<String> {
    let ours = code.match_indices("crate::").map(|(at, found)| &code[at + found.len()..]);
    ours.flat_map(|rest| match rest.strip_prefix('{') {
        Some(inside) => group(inside),
        None => vec![first_name(rest)],
    })
    .collect()
}

/// The first name of each entry in the braces that were just opened, without what stands in braces within.
fn group(inside: &str) -> Vec<String> {
    let mut depth = 0;
    let mut entries = vec![String::new()];
    for character in inside.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => entries.push(String::new()),
            _ if depth == 0 => entries.last_mut().unwrap().push(character),
            _ => {}
        }
    }
    entries.iter().map(|entry| first_name(entry.trim_start())).collect()
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|character| is_name(*character)).collect()
}

#[test]
fn comments_and_literals_are_no_code() {
    let cases = [
        ("a // b\nc", "a  \nc"),
        ("a /* b */ c", "a   c"),
        ("f(\"a \\\" // b\", c)", "f( , c)"),
        ("r#\"a\" b\"# + r\"c\" + raw", "  +   + raw"),
        ("'\"' + '\\'' + 'a' + '\\u{1f}'", "  +   +   +  "),
        ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
        ("br#\"a\" b\"# + b\"c\" + b", "  + b  + b"),
    ];
    for (source, code) in cases {
        assert_eq!(code_of(source), code, "{source}");
    }
}
