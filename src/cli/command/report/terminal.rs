//! The report on a terminal: what was found first, then figures, in 80 columns.

use crate::cli::output;
use crate::report::Model;

/// Prints it.
pub(super) fn print(model: &Model) {
    output::prose(&model.summary.what);
}
