//! The client of the Sinch Verification API.

mod signing;
mod vectors;
