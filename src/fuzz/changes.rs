//! Random changes of an input, for runs that nothing guides.

use fastrand::Rng;

/// What means something to one of the readers.
const WORDS: [&[u8]; 30] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b" ",
    b"=",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e309",
    b"9223372036854775808",
    b"0.000000000000000000000000000001",
    b"\\u0000",
    b"\\ud800",
    b"\xff",
    b"\xf0\x9f\x98\x80",
    b"+46701740605",
    b"+7*",
    b"{sig}",
    b"{now}",
    b"EUR",
    b"1d",
    b"[[rules]]\n",
    b"#",
];

/// The input after one to four changes; some of them take a part of another input.
pub(super) fn changed(input: &[u8], other: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut changed = input.to_vec();
    for _ in 0..random.usize(1..=4) {
        let from = random.usize(..=changed.len());
        let to = changed.len().min(from + random.usize(..=16));
        match random.u8(..8) {
            0 => drop(changed.drain(from..to)),
            1 if from < to => changed[from] ^= 1 << random.u8(..8),
            2 if from < to => changed[from] = random.u8(..),
            3 => {
                let copy = changed[from..to].to_vec();
                changed.splice(from..from, copy);
            }
            4 if !other.is_empty() => {
                let start = random.usize(..other.len());
                let end = other.len().min(start + random.usize(..=64));
                changed.splice(from..to, other[start..end].iter().copied());
            }
            5 => changed.truncate(from),
            // A digit that is another, or a whole number more.
            6 => {
                if let Some(digit) = changed.iter_mut().skip(from).find(|byte| byte.is_ascii_digit()) {
                    *digit = random.u8(b'0'..=b'9');
                }
            }
            _ => drop(changed.splice(from..from, WORDS[random.usize(..WORDS.len())].iter().copied())),
        }
    }
    changed
}
