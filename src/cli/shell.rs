//! Texts as a shell takes them, for commands that are printed to be copied.

use std::borrow::Cow;
use std::path::Path;

/// A text as one word of a command line, in quotes where it needs them. A NUL, which no command line can
/// hold, is left as it is.
pub(super) fn word(text: &str) -> Cow<'_, str> {
    shlex::try_quote(text).unwrap_or(Cow::Borrowed(text))
}

/// A file as one word of a command line, which is not taken for an option.
pub(super) fn file(file: &Path) -> String {
    let name = file.to_string_lossy();
    let name = if name.starts_with('-') { Cow::Owned(format!("./{name}")) } else { name };
    word(&name).into_owned()
}
