//! The report: what recorded traffic says of a span of time, in figures, in findings and in words.
//!
//! Verifications go in, as stories or as callbacks in any order, and a [`Model`] comes out, which the
//! terminal view, the page and the JSON all show. Memory holds each verification of the span in a few dozen
//! bytes. Where there are more than it should hold, a fair part of the numbers is kept, and that is said.
//!
//! | file | what it is |
//! |---|---|
//! | `model` | the figures, as every view shows them |
//! | `question`, `known` | what is asked, and what the policies in force say of their rules |
//! | `gathered` | traffic, put together by verification; `verification` and `names` are what it holds |
//! | `not_understood` | values in it that are not understood |
//! | `span` | the verifications of the span, and those before it |
//! | `fill` | the figures, filled from them |
//! | `people` | the people whom rules turned away |
//! | `find` | the findings |
//! | `summary`, `notes`, `words`, `region` | the words: what happened, and what to know of the data |
//! | `html` | the page |

mod fill;
mod find;
mod gathered;
pub mod html;
mod known;
pub mod model;
mod names;
mod not_understood;
mod notes;
mod people;
mod question;
pub(crate) mod region;
mod span;
mod summary;
mod verification;
mod words;

#[cfg(test)]
pub(crate) mod sample;

pub use gathered::Gathered;
pub use known::Known;
pub use model::Model;
pub use question::Question;
