//! The report: what recorded traffic says of a span of time, in figures, in findings and in words.
//!
//! Verifications go in, as stories or as callbacks in any order, and a [`Model`] comes out, which the
//! terminal view, the page and the JSON all show. Memory holds each verification of the span in a few dozen
//! bytes. Where there are more than it should hold, a fair part of the numbers is kept, and that is said.
//!
//! | file | what it is |
//! |---|---|
//! | `model` | the figures, as every view shows them |

pub mod model;

#[cfg(test)]
pub(crate) mod sample;

pub use model::Model;
