//! The path that Sinch signs, and the paths at which its callbacks may arrive.

/// The path that Sinch signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedPath {
    /// The path as received.
    Received,
    /// This one, at which callbacks arrive (`CALLBACK_PATH`): any other path gets 404.
    Served(String),
    /// This one, which something in front of the gate rewrites (`CALLBACK_URL`): the path as received may be
    /// any other, and only the signature decides.
    Rewritten(String),
}

impl SignedPath {
    /// The path, where it is configured.
    #[must_use]
    pub fn configured(&self) -> Option<&str> {
        match self {
            Self::Received => None,
            Self::Served(path) | Self::Rewritten(path) => Some(path),
        }
    }

    /// Whether a callback that arrived at this path can be meant for the gate. An API may put its stage in
    /// front of the path that was called; nothing else may differ, or the configuration would filter nothing.
    pub(super) fn may_arrive_at(&self, received: &str, stage: Option<&str>) -> bool {
        let Self::Served(path) = self else { return true };
        let stage = stage.filter(|stage| !stage.is_empty());
        let without_stage = stage.and_then(|stage| received.strip_prefix('/')?.strip_prefix(stage));
        received == path || without_stage == Some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(received: &str, stage: Option<&str>, expected: bool) {
        let served = SignedPath::Served("/sinch/verification".to_owned());
        assert_eq!(served.may_arrive_at(received, stage), expected, "{received} with {stage:?}");
        for any in [SignedPath::Received, SignedPath::Rewritten("/hooks".to_owned())] {
            assert!(any.may_arrive_at(received, stage), "{any:?}: {received} with {stage:?}");
        }
    }

    #[test]
    fn a_configured_path_is_the_only_one_but_for_the_stage() {
        check("/sinch/verification", None, true);
        check("/sinch/verification", Some("$default"), true);
        check("/sinch/verification", Some("live"), true);
        check("/live/sinch/verification", Some("live"), true);
        for (other, stage) in [
            ("", None),
            ("/", None),
            ("/verification", None),
            ("/sinch", None),
            ("/sinch/verification/", None),
            ("/Sinch/verification", None),
            ("//sinch/verification", None),
            ("//sinch/verification", Some("")),
            ("/x/../sinch/verification", None),
            ("/evil/sinch/verification", None),
            ("/evil/sinch/verification", Some("live")),
            ("/live/live/sinch/verification", Some("live")),
            ("/live//sinch/verification", Some("live")),
            ("/livesinch/verification", Some("live")),
            ("/live", Some("live")),
        ] {
            check(other, stage, false);
        }
    }
}
