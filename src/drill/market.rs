//! The markets of a made-up company, and what a verification costs there.
//!
//! Prices are orders of magnitude, in ten-thousandths of a euro. Those of messages follow what providers
//! published for 2025, and lie for the countries of known attacks around the 0.134 USD that Prelude's report
//! on SMS fraud of 2025 reckons for a fraudulent message. Those of calls have the shape of Telesign's public
//! list of voice prices: below two cents in most of Europe, up to a euro and more where fraud earns by calls.

use rust_decimal::Decimal;

use crate::event::Method;
use crate::money::{Currency, Money};

/// A country, how many people sign up there on a usual day, and prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Market {
    pub(super) country: &'static str,
    pub(super) people: f64,
    sms: u32,
    call: u32,
}

const fn market(country: &'static str, people: u32, sms: u32, call: u32) -> Market {
    Market { country, people: people as f64, sms, call }
}

/// The home markets, which are those of the starter policy.
pub(super) const HOME: [Market; 8] = [
    market("DE", 500, 720, 180),
    market("US", 420, 80, 90),
    market("GB", 300, 390, 120),
    market("FR", 260, 530, 110),
    market("ES", 200, 420, 57),
    market("PL", 140, 270, 160),
    market("NL", 110, 800, 190),
    market("SE", 70, 500, 170),
];

/// The others: some people sign up nearly everywhere.
pub(super) const ABROAD: [Market; 62] = [
    market("BR", 40, 280, 300),
    market("IN", 40, 600, 400),
    market("IT", 38, 650, 150),
    market("CA", 30, 80, 69),
    market("MX", 28, 450, 350),
    market("AU", 24, 350, 240),
    market("TR", 22, 180, 900),
    market("PT", 18, 400, 150),
    market("BE", 16, 850, 280),
    market("CH", 16, 600, 400),
    market("AT", 16, 700, 280),
    market("ID", 14, 3100, 1200),
    market("DK", 14, 420, 89),
    market("NO", 14, 550, 160),
    market("FI", 12, 620, 270),
    market("IE", 12, 550, 130),
    market("CZ", 12, 480, 260),
    market("RO", 10, 420, 170),
    market("GR", 10, 580, 260),
    market("HU", 8, 600, 250),
    market("ZA", 8, 250, 600),
    market("AR", 8, 650, 700),
    market("CL", 7, 480, 500),
    market("CO", 7, 110, 350),
    market("PH", 7, 1500, 1700),
    market("JP", 7, 650, 500),
    market("MY", 6, 1300, 450),
    market("TH", 6, 250, 500),
    market("UA", 5, 1100, 1700),
    market("VN", 5, 1000, 900),
    market("PK", 4, 1900, 2300),
    market("NG", 4, 1300, 1600),
    market("EG", 4, 2100, 1010),
    market("MA", 4, 900, 2900),
    market("KE", 4, 900, 1700),
    market("SA", 4, 1200, 1900),
    market("AE", 4, 1080, 2240),
    market("KR", 4, 350, 400),
    market("BD", 3, 2400, 700),
    market("IL", 3, 900, 600),
    market("CY", 3, 400, 600),
    market("HR", 3, 700, 900),
    market("IS", 2, 600, 600),
    market("MT", 2, 500, 900),
    market("MD", 2, 800, 3500),
    market("GE", 2, 900, 3000),
    market("KZ", 2, 2200, 1900),
    market("UZ", 2, 2500, 1800),
    market("LK", 2, 2300, 2400),
    market("TN", 2, 2200, 5100),
    market("DZ", 2, 1900, 1250),
    market("IQ", 2, 2100, 2500),
    market("JO", 2, 2000, 1900),
    market("AZ", 2, 3000, 3740),
    market("GH", 2, 1500, 2900),
    market("KH", 1, 1800, 1000),
    market("MM", 1, 1900, 2400),
    market("TJ", 1, 2900, 2600),
    market("AL", 1, 900, 12500),
    market("SO", 1, 1100, 7600),
    market("LV", 1, 700, 6200),
    market("MV", 1, 700, 10000),
];

/// The countries of known attacks, as Twilio and Vonage list them, as far as they are markets here.
pub(super) const RISKY: [&str; 25] = [
    "BD", "IL", "NG", "PK", "LK", "AZ", "TJ", "TN", "DZ", "EG", "GH", "MM", "PH", "UZ", "AE", "IQ", "JO",
    "KZ", "SA", "KH", "GE", "ID", "MV", "UA", "VN",
];

impl Market {
    /// The market of a country; a fallback with usual prices where it is none.
    pub(super) fn of(country: &'static str) -> Self {
        let mut all = HOME.iter().chain(&ABROAD);
        all.find(|market| market.country == country).copied().unwrap_or(market(country, 1, 1000, 2000))
    }

    /// What a verification costs, in ten-thousandths of a euro.
    pub(super) fn price(self, method: &Method) -> u32 {
        match method {
            Method::Callout => self.call,
            Method::FlashCall => self.sms * 6 / 10,
            Method::WhatsApp => self.sms / 2,
            Method::Seamless => self.sms * 3 / 10,
            _ => self.sms,
        }
    }
}

/// An amount in ten-thousandths of a euro, as money.
pub(super) fn euros(amount: u32) -> Option<Money> {
    Some(Money { amount: Decimal::new(i64::from(amount), 4), currency: Currency::unlisted("EUR")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::MobileNumbers;
    use crate::policy::Policy;

    #[test]
    fn every_market_has_numbers_and_stands_once() {
        let all: Vec<Market> = HOME.into_iter().chain(ABROAD).collect();
        for (place, market) in all.iter().enumerate() {
            let country = market.country.parse().unwrap();
            assert!(MobileNumbers::of(country).is_some(), "{}", market.country);
            assert!(
                all[place + 1..].iter().all(|other| other.country != market.country),
                "{}",
                market.country
            );
        }
        assert!(RISKY.iter().all(|country| ABROAD.iter().any(|market| market.country == *country)));
    }

    #[test]
    fn the_home_markets_are_those_of_the_starter_policy() {
        let mut home = HOME.map(|market| format!("\"{}\"", market.country));
        home.sort();
        let line = format!("home = [{}]", home.join(", "));
        assert!(Policy::starter_source().contains(&line), "{line}");
    }

    #[test]
    fn prices_are_money() {
        assert_eq!(euros(Market::of("UZ").price(&Method::Sms)).unwrap().to_string(), "0.2500 EUR");
        assert_eq!(euros(Market::of("AL").price(&Method::Callout)).unwrap().to_string(), "1.2500 EUR");
    }
}
