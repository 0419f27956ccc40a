//! What libphonenumber says about a number, as one decision diagram per calling code.
//!
//! It looks for the region first and for the type in that region's plan afterwards:
//!
//! - A calling code of a single region gives that region to any number, valid or not.
//! - Where regions share one, they are asked in order, the main one first. A region takes the number if
//!   the number begins with its leading digits or has a type in its plan; if no region does, there is none.
//! - A number has a type if it fits the general description and that of the type, by pattern and by length.
//!   Types are tried in a fixed order, because descriptions overlap.

use std::collections::BTreeMap;

use rlibphonenumber::{PhoneMetadata, PhoneNumberDesc};

use super::diagram::{Answer, Diagrams, State};
use super::number_type::NumberType;
use super::pattern::Pattern;

/// E.164 allows this many digits, calling code included.
const MOST_DIGITS: usize = 15;

/// How a region answers for a number that is not its own.
const NOT_MINE: Answer = Answer::MAX;

/// The numbering plan behind one calling code.
pub(crate) struct Plan {
    /// The calling code.
    pub(crate) calling_code: u16,
    /// Reads the digits after the calling code; answers with [`answer`].
    pub(crate) start: State,
}

/// Country, by its place among all, and type in one number; `Plan::look_up` in `src/phone/table.rs` takes
/// them apart again.
fn answer(country: Option<u8>, number_type: Answer) -> Answer {
    let country = country.map_or(0, |index| Answer::from(index) + 1);
    country << 4 | number_type
}

/// All regions with numbers, sorted by code.
pub(crate) fn countries(regions: &[PhoneMetadata]) -> Vec<String> {
    let mut countries: Vec<_> = regions.iter().map(|region| region.id.clone()).collect();
    countries.sort_unstable();
    countries.dedup();
    countries
}

impl Plan {
    /// The plans of all calling codes, in their order.
    pub(crate) fn all(
        regions: &[PhoneMetadata],
        countries: &[String],
        diagrams: &mut Diagrams,
    ) -> Result<Vec<Self>, String> {
        let mut shared: BTreeMap<u16, Vec<&PhoneMetadata>> = BTreeMap::new();
        for region in regions {
            let code = u16::try_from(region.country_code());
            let code = code.map_err(|_| format!("{} has no calling code", region.id))?;
            let sharing = shared.entry(code).or_default();
            sharing.insert(if region.main_country_for_code() { 0 } else { sharing.len() }, region);
        }
        let plan = |(calling_code, regions): (u16, Vec<&PhoneMetadata>)| {
            let start = numbers(calling_code, &regions, countries, diagrams)?;
            Ok(Self { calling_code, start })
        };
        shared.into_iter().map(plan).collect()
    }
}

/// What is said of all numbers behind a calling code; its regions come in the order they are asked in.
fn numbers(
    calling_code: u16,
    regions: &[&PhoneMetadata],
    countries: &[String],
    diagrams: &mut Diagrams,
) -> Result<State, String> {
    let most_digits = MOST_DIGITS - calling_code.to_string().len();
    let unknown = NumberType::Unknown as Answer;
    let mut all = diagrams.constant(answer(None, unknown));
    for region in regions.iter().rev() {
        let country = countries.iter().position(|country| *country == region.id);
        let country = country.and_then(|index| u8::try_from(index).ok());
        let country = country.ok_or("there are more regions than one byte can number")?;
        let types =
            types(region, most_digits, diagrams).map_err(|wrong| format!("{}: {wrong}", region.id))?;
        let is_mine = match regions {
            [_] => diagrams.constant(1),
            _ => leading_digits(region, diagrams)?,
        };
        let mine = diagrams.combine(is_mine, types, |is_mine, number_type| {
            if is_mine == 1 || number_type != unknown { answer(Some(country), number_type) } else { NOT_MINE }
        });
        all = diagrams.combine(mine, all, |mine, other| if mine == NOT_MINE { other } else { mine });
    }
    Ok(all)
}

/// The type of every number in a region's plan.
#[expect(deprecated, reason = "the note is for metadata inside rlibphonenumber; these are freshly decoded")]
fn types(region: &PhoneMetadata, most_digits: usize, diagrams: &mut Diagrams) -> Result<State, String> {
    let mut fits = |description: &Option<PhoneNumberDesc>| fits(description.as_ref(), most_digits, diagrams);
    let (general, fixed_line, mobile) =
        (fits(&region.general_desc)?, fits(&region.fixed_line)?, fits(&region.mobile)?);
    let in_order = [
        (NumberType::PremiumRate, fits(&region.premium_rate)?),
        (NumberType::TollFree, fits(&region.toll_free)?),
        (NumberType::SharedCost, fits(&region.shared_cost)?),
        (NumberType::Voip, fits(&region.voip)?),
        (NumberType::PersonalNumber, fits(&region.personal_number)?),
        (NumberType::Pager, fits(&region.pager)?),
        (NumberType::Uan, fits(&region.uan)?),
        (NumberType::Voicemail, fits(&region.voicemail)?),
    ];

    let same = region.same_mobile_and_fixed_line_pattern();
    let lines = diagrams.combine(fixed_line, mobile, |fixed_line, mobile| {
        let number_type = match (fixed_line == 1, mobile == 1) {
            (true, mobile) if mobile || same => NumberType::FixedLineOrMobile,
            (true, _) => NumberType::FixedLine,
            (false, true) if !same => NumberType::Mobile,
            (false, _) => NumberType::Unknown,
        };
        number_type as Answer
    });
    let types = in_order.into_iter().rev().fold(lines, |others, (number_type, fits)| {
        diagrams.combine(fits, others, |fits, other| if fits == 1 { number_type as Answer } else { other })
    });
    let unknown = NumberType::Unknown as Answer;
    Ok(diagrams.combine(general, types, |general, of_type| if general == 1 { of_type } else { unknown }))
}

/// Answers 1 to the numbers that fit a description; a missing one fits none.
#[expect(deprecated, reason = "as above")]
fn fits(
    description: Option<&PhoneNumberDesc>,
    most_digits: usize,
    diagrams: &mut Diagrams,
) -> Result<State, String> {
    let nothing = diagrams.constant(0);
    let Some(description) = description else { return Ok(nothing) };
    let Some(pattern) = &description.national_number_pattern else { return Ok(nothing) };
    let end = diagrams.state(1, [nothing; 10]);
    let matching = parse(pattern)?.then(end, diagrams);
    let possible = &description.possible_length;
    let is_possible =
        |length: &usize| possible.is_empty() || possible.iter().any(|p| usize::try_from(*p) == Ok(*length));
    let lengths = (1..=most_digits).filter(is_possible).collect();
    Ok(diagrams.of_lengths(matching, &lengths))
}

/// Answers 1 to the numbers that begin with a region's leading digits.
#[expect(deprecated, reason = "as above")]
fn leading_digits(region: &PhoneMetadata, diagrams: &mut Diagrams) -> Result<State, String> {
    match &region.leading_digits {
        None => Ok(diagrams.constant(0)),
        Some(pattern) => {
            let whatever_follows = diagrams.constant(1);
            Ok(parse(pattern)?.then(whatever_follows, diagrams))
        }
    }
}

/// The crate's copy of the metadata has every pattern wrapped in `^(?:…)$`.
fn parse(pattern: &str) -> Result<Pattern, String> {
    let bare = pattern.strip_prefix("^(?:").and_then(|pattern| pattern.strip_suffix(")$"));
    Pattern::parse(bare.unwrap_or(pattern))
}
