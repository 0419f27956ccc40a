//! What the traffic is like.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::shape::{Among, Shape};
use super::{FEWEST_PEOPLE, SuggestionError, compiled};
use crate::backtest::{Happens, PackedTraffic, Report, TrafficEvent, replayed};
use crate::event::Status;
use crate::money::Currency;
use crate::quota::Stamp;
use crate::replay::Lists;

/// A market has at least one in this many of all verifications that ended verified.
const PART_OF_A_MARKET: u64 = 100;

/// What of the requests of a market ends verified at the least, in percent: else it is where attacks go.
const CONVERSION_OF_A_MARKET: u64 = 30;

/// What the traffic is like.
#[derive(Debug)]
pub(super) struct Survey {
    /// What happened, with nothing denied.
    pub(super) report: Report,
    /// Where people verify.
    pub(super) home: Vec<String>,
    /// Whether any country has enough people to be called a market.
    pub(super) is_home_known: bool,
    /// The currency of most prices, and what a verification usually costs in it.
    pub(super) price: Option<(Currency, Decimal)>,
    /// Prices by currency.
    pub(super) currencies: BTreeMap<Currency, u64>,
    /// Whether requests have the address of the user.
    has_address: bool,
    /// Numbers that verified more than once.
    came_back: u64,
    /// Successes that look faked, and count as failures in all of this.
    pub(super) n_faked: usize,
}

impl Survey {
    pub(super) fn of(traffic: &PackedTraffic, lists: &Arc<Lists>) -> Result<Self, SuggestionError> {
        let open = compiled("schema = 1\ndefault = \"allow\"\n")?;
        let report = replayed(&open, Arc::clone(lists), traffic);
        if report.all.verified == 0 {
            return Err(SuggestionError::NobodyVerified);
        }
        let mut prices: BTreeMap<Currency, (u64, Decimal)> = BTreeMap::new();
        let mut has_address = false;
        let mut people = Returning::default();
        for event in traffic.counted() {
            let Happens::Request(request, _) = &event.happens else {
                people.take(&event);
                continue;
            };
            if let Some(price) = request.price {
                let (n, sum) = prices.entry(price.currency).or_default();
                (*n, *sum) = (*n + 1, sum.saturating_add(price.amount));
            }
            has_address = has_address || has_address_of(request.custom.as_ref());
        }
        let most = prices.iter().max_by_key(|(_, (n, _))| *n);
        let price = most.and_then(|(currency, (n, sum))| Some((*currency, sum.checked_div((*n).into())?)));
        let price = price.filter(|(_, amount)| !amount.is_zero());
        let (home, is_home_known) = home(&report);
        if home.is_empty() {
            return Err(SuggestionError::NoCountry);
        }
        let currencies = prices.into_iter().map(|(currency, (n, _))| (currency, n)).collect();
        Ok(Self {
            report,
            home,
            is_home_known,
            price,
            currencies,
            has_address,
            came_back: people.came_back(),
            n_faked: 0,
        })
    }

    /// How many of the people who verified a share is at most.
    pub(super) fn people_within(&self, share: f64) -> u64 {
        let people = self.report.turned_away.share.of;
        // The largest count whose share is not above it, so that no rounding decides.
        let is_within = |count: &u64| crate::backtest::Share { count: *count, of: people }.value() <= share;
        (0..=people).take_while(is_within).last().unwrap_or(0)
    }

    /// How long the traffic is.
    pub(super) fn span(&self) -> SignedDuration {
        let ends = self.report.from.zip(self.report.to);
        ends.map_or(SignedDuration::ZERO, |(from, to)| to.duration_since(from))
    }

    /// How many verifications ended verified among these.
    pub(super) fn verified_among(&self, among: Among) -> u64 {
        let sum = |is_meant: &dyn Fn(&str) -> bool| {
            let groups = self.report.by_country.iter().filter(|group| is_meant(&group.name));
            groups.map(|group| group.figures.all.verified).sum()
        };
        let is_home = |name: &str| self.home.iter().any(|home| home == name);
        match among {
            Among::All => self.report.all.verified,
            Among::Known => self.came_back,
            Among::Home => sum(&is_home),
            Among::Abroad => sum(&|name| !is_home(name)),
            Among::Calls => {
                let calls = self.report.by_method.iter().find(|group| group.name == "callout");
                calls.map_or(0, |group| group.figures.all.verified)
            }
        }
    }

    /// Whether the traffic has what a rule looks at.
    pub(super) fn fits(&self, shape: &Shape) -> bool {
        match shape.per() {
            Some("custom.ip") => self.has_address,
            _ if shape.is_money() => self.price.is_some(),
            _ => true,
        }
    }
}

/// Who verified more than once: people by the verification in which they did so first.
#[derive(Default)]
struct Returning {
    first: HashMap<Stamp, Stamp>,
    again: HashSet<Stamp>,
}

impl Returning {
    fn take(&mut self, event: &TrafficEvent) {
        let Happens::Result(result) = &event.happens else { return };
        let Some(number) = result.number.as_ref().filter(|_| result.status == Status::Successful) else {
            return;
        };
        let of_app = |text: &str| Stamp::new(event.app.as_str(), text);
        let (person, verification) = (of_app(number.as_str()), of_app(result.id.as_str()));
        if *self.first.entry(person).or_insert(verification) != verification {
            self.again.insert(person);
        }
    }

    fn came_back(&self) -> u64 {
        u64::try_from(self.again.len()).unwrap_or(u64::MAX)
    }
}

fn has_address_of(custom: Option<&crate::event::Custom>) -> bool {
    let value = custom.and_then(|custom| serde_json::from_str::<serde_json::Value>(custom.as_str()).ok());
    value.is_some_and(|value| value.get("ip").is_some_and(serde_json::Value::is_string))
}

/// The countries where people verify, and whether there are enough of these to be sure.
fn home(report: &Report) -> (Vec<String>, bool) {
    let named = report.by_country.iter().filter(|group| group.name != "none");
    let by_verified = |group: &&crate::backtest::Group| group.figures.all.verified;
    let is_market = |group: &&crate::backtest::Group| {
        let all = &group.figures.all;
        all.verified >= FEWEST_PEOPLE
            && all.verified.saturating_mul(PART_OF_A_MARKET) >= report.all.verified
            && all.verified.saturating_mul(100)
                >= all.requests.saturating_sub(all.denied_then).saturating_mul(CONVERSION_OF_A_MARKET)
    };
    let mut home: Vec<String> = named.clone().filter(is_market).map(|group| group.name.clone()).collect();
    home.sort();
    if home.is_empty() {
        (named.max_by_key(by_verified).map(|group| group.name.clone()).into_iter().collect(), false)
    } else {
        (home, true)
    }
}
