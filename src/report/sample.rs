//! A report for the tests of views: eight days of a shop in Sweden and Germany, an attack from a block in
//! Uzbekistan on the last evening, a carrier in Poland that fails, and a rule that turns people away.

mod findings;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::model::*;
use crate::figures::{Counted, Ending, Figures, Group, MonitorFigures, Step};
use crate::money::Money;
use crate::verdict::Verdict;

/// When the span begins: a Monday.
const FROM: Timestamp = Timestamp::constant(1_767_571_200, 0);
const HOURS: i64 = 8 * 24;
const ATTACK: std::ops::Range<i64> = 187..191;

fn hour(n: i64) -> Timestamp {
    FROM + SignedDuration::from_hours(n)
}

/// Figures of requests, of which some are denied, and of the others some verify and some do not arrive.
fn figures(requests: u64, denied: u64, verified: u64, failed: u64, cents: i64) -> Figures {
    let mut figures = Figures::default();
    let price = Some(Money { amount: Decimal::new(cents, 2), currency: "EUR".parse().unwrap() });
    for n in 0..requests {
        let verdict = if n < denied { Verdict::Deny } else { Verdict::Allow };
        let ending = if n < denied + verified { Ending::Verified } else { Ending::Failed };
        let has_failed_delivery = n >= requests - failed;
        figures.count(&Counted {
            verdict,
            ending,
            has_arrived: !has_failed_delivery,
            has_failed_delivery,
            price,
        });
    }
    figures
}

/// Requests, denials, verified and undelivered of a country in an hour.
fn in_hour(country: &str, n: i64) -> [u64; 4] {
    let by_day = [2, 1, 1, 0, 0, 1, 3, 6, 9, 11, 12, 12, 13, 12, 11, 11, 12, 13, 14, 14, 12, 9, 6, 4];
    let usual = by_day[usize::try_from(n % 24).unwrap()];
    match country {
        "SE" => [2 * usual, usual / 9, 2 * usual - usual / 9 - usual / 3, 0],
        "DE" => [usual, usual / 11, usual - usual / 11 - usual / 5, 0],
        "PL" if (150..160).contains(&n) => [usual, 0, 0, usual],
        "PL" => [usual / 2, 0, usual / 2 - usual / 8, 0],
        "UZ" if ATTACK.contains(&n) => [412, 160, 3, 0],
        "UZ" => [u64::from(n % 6 == 0), 0, u64::from(n % 12 == 0), 0],
        _ => [0; 4],
    }
}

fn price(country: &str) -> i64 {
    match country {
        "SE" => 4,
        "DE" => 7,
        "PL" => 5,
        _ => 31,
    }
}

fn country(name: &str) -> Country {
    let counts: Vec<[u64; 4]> = (0..HOURS).map(|n| in_hour(name, n)).collect();
    let sum = |which: usize| counts.iter().map(|counts| counts[which]).sum::<u64>();
    let all = figures(sum(0), sum(1), sum(2), sum(3), price(name));
    let series = |of: fn(&[u64; 4]) -> u64| counts.iter().map(of).collect();
    Country {
        name: name.to_owned(),
        before: Some(figures(sum(0) / 2, sum(1) / 4, sum(2) / 2, 0, price(name))),
        series: Series {
            requests: series(|counts| counts[0]),
            denied: series(|counts| counts[1]),
            verified: series(|counts| counts[2]),
            unverified: series(|counts| counts[0] - counts[1] - counts[2]),
        },
        blocks: blocks(name, &all),
        blocks_left_out: 12,
        figures: all,
    }
}

fn blocks(country: &str, all: &Figures) -> Vec<Block> {
    let prefixes: &[&str] = match country {
        "SE" => &["+46701740*", "+46701741*", "+46739120*"],
        "DE" => &["+491512345*", "+491517000*"],
        "PL" => &["+48512345*"],
        _ => &["+998993941*", "+998993942*", "+998901110*"],
    };
    let block = |(prefix, share): (&&str, u64)| Block {
        name: (*prefix).to_owned(),
        figures: figures(all.requests / share, all.denied / share, all.verified / share, 0, price(country)),
        first_at: hour(ATTACK.start),
        last_at: hour(ATTACK.end),
        numbers: (0..8).map(|n| number(prefix, n)).collect(),
        numbers_left_out: 34,
    };
    prefixes.iter().zip([2, 4, 8]).map(block).collect()
}

fn number(prefix: &str, n: u64) -> Number {
    Number {
        number: prefix.replace('*', "***"),
        requests: 9 - n,
        denied: 2,
        verified: u64::from(n == 5),
        unverified: (9 - n) / 2,
        last_at: hour(190),
    }
}

fn steps(countries: &[Country]) -> Vec<Step> {
    let step = |n: i64| {
        let mut counts = [0; 4];
        for country in countries {
            for (sum, count) in counts.iter_mut().zip(in_hour(&country.name, n)) {
                *sum += count;
            }
        }
        let [requests, denied, verified, failed] = counts;
        Step { from: hour(n), figures: figures(requests, denied, verified, failed, 6) }
    };
    (0..HOURS).map(step).collect()
}

/// A report with an attack in it, and with everything that a view can show.
pub(crate) fn sample() -> Model {
    let countries: Vec<Country> = ["UZ", "SE", "DE", "PL"].into_iter().map(country).collect();
    let steps = steps(&countries);
    let sum = |of: fn(&Figures) -> u64| steps.iter().map(|step| of(&step.figures)).sum::<u64>();
    let totals = figures(sum(|f| f.requests), sum(|f| f.denied), sum(|f| f.verified), 70, 6);
    let days = HOURS / 24;
    let hour_of_week = |n: i64| {
        let [requests, denied, verified, _] =
            in_hour("SE", n).map(|count| count * u64::try_from(days).unwrap());
        let (weekday, hour) = (u8::try_from(n / 24 + 1).unwrap(), u8::try_from(n % 24).unwrap());
        HourOfWeek { weekday, hour, requests, denied, verified, unverified: requests - denied - verified }
    };
    Model {
        made_at: hour(HOURS),
        sources: vec!["drill.jsonl".to_owned()],
        app: None,
        reveals_numbers: false,
        span: Span { from: FROM, to: hour(HOURS) },
        summary: summary(),
        findings: findings::findings(),
        attacks: vec![Attack {
            from: hour(ATTACK.start),
            to: hour(ATTACK.end),
            label: "pumping of +99899394* (UZ)".to_owned(),
            countries: vec!["UZ".to_owned()],
            finding: 0,
        }],
        before: Some(Before {
            span: Span { from: hour(-HOURS), to: FROM },
            totals: figures(6_200, 90, 5_100, 12, 6),
        }),
        step_seconds: 3_600,
        methods: methods(&totals),
        hours: (0..7 * 24).map(hour_of_week).collect(),
        rules: rules(),
        monitored: vec![MonitoredRule {
            name: "pumping-guard".to_owned(),
            figures: monitor_figures(),
            would_allow: 0,
            last_at: Some(hour(190)),
        }],
        time_to_verify: TimeToVerify {
            known: totals.verified,
            tenth_seconds: Some(8.4),
            median_seconds: Some(19.0),
            ninth_tenth_seconds: Some(71.2),
            buckets: buckets(),
        },
        notes: notes(),
        traffic: traffic(),
        totals,
        steps,
        countries,
    }
}

fn methods(totals: &Figures) -> Vec<Group> {
    [("sms", 5), ("callout", 40), ("flashcall", 90)]
        .map(|(name, share)| Group {
            name: name.to_owned(),
            figures: figures(totals.requests / share, totals.denied / share, totals.verified / share, 0, 6),
        })
        .to_vec()
}

fn summary() -> Summary {
    Summary {
        state: State::Attacked,
        what: "Somebody pumps traffic to +99899394*: 1648 requests, 12 verified".to_owned(),
        place: Some("UZ, block +99899394*, by sms".to_owned()),
        since: Some("2026-01-12T19:00:00Z to 2026-01-12T23:00:00Z, 4 h".to_owned()),
        cost: Some("309.69 EUR unverified, 61.2 % of what the span cost".to_owned()),
        gate: Some(
            "the gate denied 640 of 1648 requests of the attack; 14 people were turned away".to_owned(),
        ),
        hurt: Some("at least 14 people who had to wait: denied, and verified later".to_owned()),
        act: "Put the block on the blocklist".to_owned(),
    }
}

fn traffic() -> Intake {
    Intake {
        lines: 31_204,
        broken: 2,
        first_broken: vec!["drill.jsonl:77: not a JSON object, from column 3 on".to_owned()],
        unknown_events: [("VerificationDreamEvent".to_owned(), 3)].into(),
        not_understood: [("status".to_owned(), 2)].into(),
        masked: 0,
        without_request: 4,
        far_in_time: 0,
        sampled: None,
    }
}

fn rules() -> Vec<Rule> {
    vec![
        rule("thousand-block", 620, 590, 9, Some(hour(190))),
        rule("per-number", 160, 140, 14, Some(hour(191))),
        rule("markets", 0, 0, 0, None),
        Rule { figures: figures(5_000, 0, 4_100, 30, 6), ..rule("default", 0, 0, 0, Some(hour(191))) },
    ]
}

fn rule(name: &str, denied: u64, people: u64, later: u64, last_at: Option<Timestamp>) -> Rule {
    Rule {
        name: name.to_owned(),
        figures: figures(denied, denied, 0, 0, 31),
        people_denied: people,
        people_verified_later: later,
        last_at,
    }
}

fn monitor_figures() -> MonitorFigures {
    let mut sum = MonitorFigures::default();
    let price = Some("0.31 EUR".parse().unwrap());
    for n in 0..400 {
        let ending = if n < 6 { Ending::Verified } else { Ending::Failed };
        let verdict = if n < 100 { Verdict::Allow } else { Verdict::Deny };
        sum.count(&Counted { verdict, ending, has_arrived: true, has_failed_delivery: false, price });
    }
    sum
}

fn buckets() -> Vec<Bucket> {
    let ends = [2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600];
    let counts = [3, 41, 420, 980, 1_310, 1_402, 690, 310, 205, 80, 66, 12, 2];
    let from = std::iter::once(0).chain(ends);
    let to = ends.into_iter().map(Some).chain([None]);
    let buckets = from.zip(to).zip(counts);
    buckets.map(|((from_seconds, to_seconds), count)| Bucket { from_seconds, to_seconds, count }).collect()
}

fn notes() -> Vec<Note> {
    let note = |kind, text: &str, hint: Option<&str>| Note {
        kind,
        text: text.to_owned(),
        hint: hint.map(ToOwned::to_owned),
    };
    vec![
        note(
            NoteKind::BrokenLines,
            "2 of 31204 lines could not be read",
            Some("read them, then make the report anew"),
        ),
        note(NoteKind::StillOpen, "112 verifications of the last hour may still end", None),
    ]
}

#[test]
fn the_sample_can_be_written_as_json() {
    let json = serde_json::to_value(sample()).unwrap();
    assert_eq!(json["countries"][0]["series"]["requests"].as_array().unwrap().len(), 192);
    assert_eq!(json["steps"].as_array().unwrap().len(), 192);
}
