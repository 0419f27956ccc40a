//! What decides where no policy was applied.

/// In words. The table does not hold the function's FALLBACK_POLICY, so the tool cannot see whether one is
/// set.
pub(super) const BUILT_IN: &str = "the starter policy, or the function's FALLBACK_POLICY where that is set";
