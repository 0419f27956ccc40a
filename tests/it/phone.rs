//! The phone table against libphonenumber, on every number that is its own E.164 form.
//!
//! Numbers that are not (a national prefix left in, say) are left out: libphonenumber corrects them, and
//! the gate does not.

use fastrand::Rng;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};
use sinch_gate::phone::{Country, NumberType, PhoneNumber};

const TYPES: [(PhoneNumberType, NumberType); 12] = [
    (PhoneNumberType::FixedLine, NumberType::FixedLine),
    (PhoneNumberType::Mobile, NumberType::Mobile),
    (PhoneNumberType::FixedLineOrMobile, NumberType::FixedLineOrMobile),
    (PhoneNumberType::TollFree, NumberType::TollFree),
    (PhoneNumberType::PremiumRate, NumberType::PremiumRate),
    (PhoneNumberType::SharedCost, NumberType::SharedCost),
    (PhoneNumberType::VoIP, NumberType::Voip),
    (PhoneNumberType::PersonalNumber, NumberType::PersonalNumber),
    (PhoneNumberType::Pager, NumberType::Pager),
    (PhoneNumberType::UAN, NumberType::Uan),
    (PhoneNumberType::VoiceMail, NumberType::Voicemail),
    (PhoneNumberType::Unknown, NumberType::Unknown),
];

/// What libphonenumber says of a number; `None` if the number is not its own E.164 form.
fn ground_truth(text: &str) -> Option<(Option<Country>, NumberType)> {
    let number = PHONE_NUMBER_UTIL.parse(text, None).ok()?;
    if number.format_as(PhoneNumberFormat::E164) != text || text.len() > 16 {
        return None;
    }
    let country = number.get_region_code().map(|region| match region {
        Region::World => "001".parse().unwrap(),
        region => region.as_region_str().parse().unwrap(),
    });
    let number_type = number.get_type();
    let (_, number_type) = TYPES.into_iter().find(|(theirs, _)| *theirs == number_type)?;
    Some((country, number_type))
}

/// Counts what was compared, so that no test passes by comparing nothing.
#[derive(Default)]
struct Compared {
    canonical: usize,
    valid: usize,
}

impl Compared {
    #[track_caller]
    fn compare(&mut self, text: &str) {
        let Some((country, number_type)) = ground_truth(text) else { return };
        let number = PhoneNumber::new(text);
        assert_eq!((number.country(), number.number_type()), (country, number_type), "{text}");
        let calling_code = number.calling_code().map(|code| format!("+{code}")).unwrap();
        assert!(text.starts_with(&calling_code), "{text}");
        self.canonical += 1;
        self.valid += usize::from(number_type != NumberType::Unknown);
    }

    #[track_caller]
    fn assert_at_least(&self, canonical: usize, valid: usize) {
        assert!(self.canonical >= canonical, "only {} canonical numbers", self.canonical);
        assert!(self.valid >= valid, "only {} valid numbers", self.valid);
    }
}

/// libphonenumber's example numbers: every region with every type it has, and every global service.
fn examples() -> Vec<String> {
    let mut regions: Vec<_> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    regions.sort_by_key(Region::as_region_str);
    let of_region = |region| {
        let example =
            move |number_type| PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, number_type);
        TYPES.into_iter().filter_map(move |(number_type, _)| example(number_type).ok())
    };
    let mut services: Vec<_> = PHONE_NUMBER_UTIL.get_supported_global_network_calling_codes().collect();
    services.sort_unstable();
    let of_service = |code| PHONE_NUMBER_UTIL.get_example_number_for_non_geo_entity(code).ok();
    let numbers = regions.into_iter().flat_map(of_region).chain(services.into_iter().filter_map(of_service));
    numbers.map(|number| number.format_as(PhoneNumberFormat::E164).into_owned()).collect()
}

/// The number with up to six digits exchanged behind the first, and sometimes a few digits added or missing.
fn perturbed(number: &str, random: &mut Rng) -> String {
    let mut text = number.as_bytes().to_vec();
    for _ in 0..random.usize(1..=6) {
        let place = random.usize(2..text.len());
        text[place] = random.u8(b'0'..=b'9');
    }
    match random.u8(0..8) {
        0 => text.truncate(text.len() - random.usize(1..=2)),
        1 => text.extend((0..random.usize(1..=2)).map(|_| b'0')),
        _ => {}
    }
    String::from_utf8(text).unwrap()
}

fn random_number(calling_code: i32, random: &mut Rng) -> String {
    let mut text = format!("+{calling_code}");
    // Most national numbers have 7 to 10 digits.
    let digits = if random.bool() { random.usize(7..=10) } else { random.usize(2..=16 - text.len()) };
    text.extend((0..digits).map(|_| random.digit(10)));
    text
}

#[test]
fn example_numbers_are_what_libphonenumber_says() {
    let mut compared = Compared::default();
    for number in examples() {
        compared.compare(&number);
    }
    compared.assert_at_least(1_300, 1_300);
}

#[test]
fn numbers_like_the_examples_are_what_libphonenumber_says() {
    let mut random = Rng::with_seed(46);
    let mut compared = Compared::default();
    for number in examples() {
        for _ in 0..100 {
            compared.compare(&perturbed(&number, &mut random));
        }
    }
    compared.assert_at_least(120_000, 45_000);
}

#[test]
fn random_numbers_are_what_libphonenumber_says() {
    let mut random = Rng::with_seed(47);
    let mut compared = Compared::default();
    let mut codes: Vec<_> = PHONE_NUMBER_UTIL.get_supported_calling_codes().collect();
    codes.sort_unstable();
    let is_shared =
        |code: &i32| PHONE_NUMBER_UTIL.get_regions_for_country_calling_code(*code).unwrap().len() > 1;
    let shared: Vec<_> = codes.iter().copied().filter(is_shared).collect();
    for _ in 0..200_000 {
        let among = if random.bool() { &codes } else { &shared };
        compared.compare(&random_number(*random.choice(among).unwrap(), &mut random));
    }
    compared.assert_at_least(180_000, 13_000);
}

#[test]
fn every_region_and_calling_code_of_libphonenumber_is_known() {
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        assert!(region.as_region_str().parse::<Country>().is_ok(), "{region}");
    }
    for code in PHONE_NUMBER_UTIL.get_supported_calling_codes() {
        assert!(code.to_string().parse::<sinch_gate::phone::CallingCode>().is_ok(), "{code}");
    }
    assert_eq!(
        Country::all().count(),
        PHONE_NUMBER_UTIL.get_supported_regions().count() + "001".lines().count()
    );
}
