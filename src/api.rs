//! A client of the Sinch Verification REST API: start a verification, report its code, ask for its status.
//!
//! Sinch describes the API at
//! <https://developers.sinch.com/docs/verification/api-reference/verification>. Only the tool has this
//! client: the function answers Sinch and never calls it.
//!
//! A [`Start`], [`Report`] or [`StatusBy`] becomes a [`Call`], which is refused where it cannot be sent
//! safely. A [`Scheme`] gives its headers. What comes back is read as tolerantly as a callback: [`Started`],
//! [`Reported`], [`State`], or a [`Refusal`] that says in words what Sinch's code means. All of that is pure.
//! The [`Client`] alone has HTTP, time and retries: it repeats a question, never a start or a report, since a
//! second start may send a second SMS and abort the first.
//!
//! ```
//! use sinch_gate::api::{BaseUrl, Call, How, SmsOptions, Start};
//! use sinch_gate::event::Reference;
//! use sinch_gate::phone::PhoneNumber;
//!
//! let start = Start {
//!     number: PhoneNumber::new("+46700000001"),
//!     how: How::Sms(SmsOptions::default()),
//!     reference: Reference::new("signup-1"),
//!     custom: None,
//! };
//! let call = Call::start(&start)?;
//! assert_eq!((call.method(), call.path()), ("POST", "/verification/v1/verifications"));
//! # Ok::<(), sinch_gate::api::Unsendable>(())
//! ```

mod authentication;
mod base_url;
mod call;
mod client;
mod error;
mod read;
mod refusal;
mod report;
mod retry;
mod scrub;
mod sendable;
mod start;
mod started;
mod status;

pub use authentication::Scheme;
pub use base_url::{BaseUrl, BaseUrlError};
pub use call::{Call, Purpose};
pub use client::Client;
pub use error::ApiError;
pub use read::{AnswerError, RequestError};
pub use refusal::Refusal;
pub use report::{Code, Report, ReportBy, Reported};
pub use sendable::Unsendable;
pub use start::{CalloutOptions, FlashCallOptions, How, SmsOptions, Speech, Start, WhatsAppOptions};
pub use started::{FlashCallDetails, Link, SmsDetails, Started};
pub use status::{Cost, State, StatusBy};
