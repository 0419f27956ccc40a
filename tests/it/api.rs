//! The client of the Sinch Verification API.

mod client;
mod signing;
mod vectors;
