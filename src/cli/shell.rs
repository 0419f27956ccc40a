//! Texts as a shell takes them, for commands that are printed to be copied.

use std::borrow::Cow;

/// A text as one word of a command line, in quotes where it needs them. A NUL, which no command line can
/// hold, is left as it is.
pub(super) fn word(text: &str) -> Cow<'_, str> {
    shlex::try_quote(text).unwrap_or(Cow::Borrowed(text))
}
