//! Whose something is: one application's, or that of all.

use std::fmt;
use std::str::FromStr;

use super::{AppKey, AppKeyError};

/// One application, or all of them (`*`): whose policy it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AppScope {
    /// All applications that have nothing of their own.
    All,
    /// One application.
    One(AppKey),
}

impl AppScope {
    /// The scope as it is stored: the key, or `*`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => "*",
            Self::One(app) => app.as_str(),
        }
    }

    /// The application, where it is one.
    #[must_use]
    pub fn app(&self) -> Option<&AppKey> {
        match self {
            Self::All => None,
            Self::One(app) => Some(app),
        }
    }
}

impl From<AppKey> for AppScope {
    fn from(app: AppKey) -> Self {
        Self::One(app)
    }
}

/// Reads the stored form.
impl FromStr for AppScope {
    type Err = AppKeyError;

    fn from_str(text: &str) -> Result<Self, AppKeyError> {
        if text == "*" { Ok(Self::All) } else { text.parse().map(Self::One) }
    }
}

/// As it is stored.
impl fmt::Display for AppScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_all_or_a_key_and_sorts_as_its_text_does() {
        let scope = |text: &str| text.parse::<AppScope>();
        assert_eq!(scope("*"), Ok(AppScope::All));
        assert_eq!(scope("app").unwrap().app().map(AppKey::as_str), Some("app"));
        assert_eq!(scope("a*"), Err(AppKeyError::Character));
        let mut sorted = ["b", "-", "*", "1"].map(|text| scope(text).unwrap());
        sorted.sort();
        assert_eq!(sorted.map(|scope| scope.to_string()), ["*", "-", "1", "b"]);
    }
}
