//! What the traffic is too little to say, in words.

use jiff::SignedDuration;

use super::rule::SuggestedRule;
use super::shape::{Among, Shape};
use super::survey::Survey;
use super::{FEWEST_PEOPLE, FEWEST_WINDOWS};
use crate::backtest::{Share, percent};

/// How much traffic shows a usual week.
const TWO_WEEKS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Why a rule must not be enforced yet; `None` where enough is known.
pub(super) fn too_little_for(shape: &Shape, survey: &Survey) -> Option<String> {
    let whom = match shape.among {
        Among::All => "",
        Among::Home => " in these markets",
        Among::Abroad => " abroad",
        Among::Calls => " by phone call",
        Among::Known => " again after they had verified",
    };
    let verified = survey.verified_among(shape.among);
    let people = (verified < FEWEST_PEOPLE)
        .then(|| format!("{verified} verified{whom}, and it takes {FEWEST_PEOPLE} to set a limit"));
    let span = shape.counts.as_ref().and_then(|counts| {
        let needed = SignedDuration::from_hours(counts.hours) * i32::try_from(FEWEST_WINDOWS).unwrap_or(1);
        let spans = in_words(survey.span());
        let window = &counts.window;
        (survey.span() < needed).then(|| {
            format!(
                "the traffic spans {spans}, and it takes {FEWEST_WINDOWS} times {window} to set its limit"
            )
        })
    });
    match (people, span) {
        (Some(people), Some(span)) => Some(format!("{people}; {span}")),
        (people, span) => people.or(span),
    }
}

/// All that could not be known.
pub(super) fn gaps(survey: &Survey, rules: &[SuggestedRule], max_harm: f64) -> Vec<String> {
    let mut gaps = Vec::new();
    let report = &survey.report;
    let mut limited = rules.iter().filter(|rule| rule.chosen().is_some()).peekable();
    if limited.peek().is_some() && limited.all(|rule| rule.watches.is_some()) {
        gaps.push(
            "All limits from this traffic only watch, so this policy stops hardly anything. Stay with the \
             starter policy until there is more traffic."
                .to_owned(),
        );
    }
    let people = report.turned_away.share.of;
    let (_, high) = Share { count: 0, of: people }.interval();
    if high > max_harm {
        gaps.push(format!(
            "Even if this turned away none of the {people} people who verified, the share of others like \
             them may be up to {} (95 % interval), which is above {}. That takes more traffic.",
            percent(high),
            percent(max_harm)
        ));
    }
    if !survey.is_home_known {
        gaps.push(format!(
            "No country has {FEWEST_PEOPLE} people who verified, so `home` is a guess: write your markets \
             there."
        ));
    }
    if survey.span() < TWO_WEEKS {
        gaps.push(format!(
            "The traffic spans {}. How one week differs from another shows in two weeks at the least.",
            in_words(survey.span())
        ));
    }
    let watching = rules.iter().filter_map(|rule| Some((rule.shape.id, rule.watches.as_ref()?)));
    gaps.extend(watching.map(|(id, why)| format!("`{id}` only watches: {why}.")));
    gaps.extend(of_money(survey));
    let of = report.all.requests;
    let mut note = |count: u64, what: &str| {
        if count > 0 {
            gaps.push(format!("{} requests {what}.", Share { count, of }));
        }
    };
    note(
        report.all.denied_then,
        "were denied by the policy of that time: whether they were people is not known, and limits may be \
         tighter than these people need",
    );
    note(report.all.unheard, "have no result, and count as unverified");
    note(
        report.caveats.hashed_without_block,
        "have a hashed number without its block, so blocks of numbers cannot be seen in them",
    );
    gaps.extend(of_faked(survey));
    gaps.push(
        "An attack in this traffic that verified what it started looks like people here, and a launch that \
         is still to come is in no history."
            .to_owned(),
    );
    gaps
}

/// What is not taken for people.
fn of_faked(survey: &Survey) -> Option<String> {
    (survey.n_faked > 0).then(|| {
        format!(
            "{} verifications look faked, being faster than people are or of numbers in sequence. They count \
             as unverified here; `sinch-gate report` shows where they are.",
            survey.n_faked
        )
    })
}

/// What is not known of prices.
fn of_money(survey: &Survey) -> Option<String> {
    match survey.price {
        None => Some("No request has a price, so there is no limit of money.".to_owned()),
        Some((currency, _)) if survey.currencies.len() > 1 => {
            let of = survey.currencies.values().sum();
            let count = survey.currencies.get(&currency).copied().unwrap_or_default();
            Some(format!(
                "The limit of money counts {currency}, in which {} prices are; others count there as a \
                 usual price.",
                Share { count, of }
            ))
        }
        Some(_) => None,
    }
}

/// `12.5 days`, or hours below two days.
pub(super) fn in_words(span: SignedDuration) -> String {
    let hours = span.as_hours();
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}
