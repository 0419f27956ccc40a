//! The kind of line behind a number.

use std::fmt;
use std::str::FromStr;

/// libphonenumber's number types in snake case, and `invalid` for text that is not E.164.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NumberType {
    /// A landline.
    FixedLine,
    /// A mobile line.
    Mobile,
    /// A landline or a mobile line, where the plan does not distinguish them, as in the USA.
    FixedLineOrMobile,
    /// Free for the caller.
    TollFree,
    /// More expensive than a usual call, with a share for the called party.
    PremiumRate,
    /// Paid by caller and called party together.
    SharedCost,
    /// A line over the internet.
    Voip,
    /// Follows a person from line to line.
    PersonalNumber,
    /// A pager.
    Pager,
    /// A company's number in the whole country (universal access number).
    Uan,
    /// Access to a voicemail box.
    Voicemail,
    /// E.164, but no valid number of its plan.
    Unknown,
    /// Not E.164 at all.
    Invalid,
}

impl NumberType {
    /// Every type, in the order of the declaration.
    pub const ALL: [Self; 13] = [
        Self::FixedLine,
        Self::Mobile,
        Self::FixedLineOrMobile,
        Self::TollFree,
        Self::PremiumRate,
        Self::SharedCost,
        Self::Voip,
        Self::PersonalNumber,
        Self::Pager,
        Self::Uan,
        Self::Voicemail,
        Self::Unknown,
        Self::Invalid,
    ];

    /// The name in policies, records and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FixedLine => "fixed_line",
            Self::Mobile => "mobile",
            Self::FixedLineOrMobile => "fixed_line_or_mobile",
            Self::TollFree => "toll_free",
            Self::PremiumRate => "premium_rate",
            Self::SharedCost => "shared_cost",
            Self::Voip => "voip",
            Self::PersonalNumber => "personal_number",
            Self::Pager => "pager",
            Self::Uan => "uan",
            Self::Voicemail => "voicemail",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
        }
    }
}

/// No type has this name; [`NumberType::ALL`] has those that exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownNumberType;

impl fmt::Display for UnknownNumberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a number type: use one of")?;
        for (n, number_type) in NumberType::ALL.into_iter().enumerate() {
            write!(f, "{} `{number_type}`", if n == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownNumberType {}

impl FromStr for NumberType {
    type Err = UnknownNumberType;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|number_type| number_type.name() == name).ok_or(UnknownNumberType)
    }
}

impl fmt::Display for NumberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name_and_by_its_number() {
        for (n, number_type) in NumberType::ALL.into_iter().enumerate() {
            assert_eq!(number_type.name().parse(), Ok(number_type));
            assert_eq!(number_type as usize, n);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_all_names() {
        let error = "Mobile".parse::<NumberType>().unwrap_err().to_string();
        assert!(error.starts_with("not a number type: use one of `fixed_line`, `mobile`,"), "{error}");
    }
}
