//! Countries, their blocks, and the numbers in them.

use jiff::Timestamp;
use serde::Serialize;

use crate::figures::Figures;

/// The figures of a region of numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Country {
    /// Its code, such as `SE`; `none` for numbers that have none.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Its figures in the span before, where the report has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Figures>,
    /// Its counts over time.
    pub series: Series,
    /// Its blocks, where most was not verified first.
    pub blocks: Vec<Block>,
    /// How many blocks more it has.
    pub blocks_left_out: u64,
}

/// Counts over time: one for each of the report's steps, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Series {
    /// Verifications that were asked about.
    pub requests: Vec<u64>,
    /// Those of them that were denied.
    pub denied: Vec<u64>,
    /// Those of them that were verified.
    pub verified: Vec<u64>,
    /// Those of them that were allowed, charged and not verified.
    pub unverified: Vec<u64>,
}

/// The figures of neighbouring numbers: those that are the same but for the last three digits.
#[derive(Clone, Debug, Serialize)]
pub struct Block {
    /// The block as a prefix that a list takes, such as `+998993941*`.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// When it was asked about first.
    pub first_at: Timestamp,
    /// When it was asked about last.
    pub last_at: Timestamp,
    /// Its numbers, those asked about most often first.
    pub numbers: Vec<Number>,
    /// How many numbers more it has.
    pub numbers_left_out: u64,
}

/// What became of one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Number {
    /// The number, whole where the report reveals numbers and the traffic has it; or else its block with a
    /// star for each hidden digit.
    pub number: String,
    /// How often it was asked about.
    pub requests: u64,
    /// How often it was denied.
    pub denied: u64,
    /// How often it was verified.
    pub verified: u64,
    /// How often it was allowed, charged and not verified.
    pub unverified: u64,
    /// When it was asked about last.
    pub last_at: Timestamp,
}
