//! For each kind of finding, traffic in which it is there, and a twin in which it is not.

mod attacks;
mod kept_out;
mod stopped;

use jiff::{SignedDuration, Timestamp};

use crate::figures::sample::{delivered, story};
use crate::policy::Policy;
use crate::record::{Heard, MonitorHit, Story};
use crate::report::model::{Intake, Kind, Model, State};
use crate::report::{Gathered, Known, Question};
use crate::verdict::Verdict;

/// A Monday.
const BEGIN: Timestamp = Timestamp::constant(1_767_571_200, 0);

/// What became of an attempt.
#[derive(Clone, Copy)]
enum Ends {
    /// The person verified after some seconds.
    Verified(i64),
    /// The message arrived, and nobody entered the code.
    InVain,
    /// The message did not arrive.
    Lost,
}

/// Traffic, a story at a time.
struct Traffic {
    gathered: Gathered,
    n: u64,
    known: Option<Known>,
}

impl Traffic {
    fn new() -> Self {
        Self { gathered: Gathered::holding(1_000_000), n: 0, known: None }
    }

    /// Days of a company with people in four countries, of whom 85 % verify, at all times of the day.
    fn usual(days: i64) -> Self {
        let mut traffic = Self::new();
        for day in 0..days {
            for (country, people) in [("+4670", 60), ("+49151", 40), ("+3361", 30), ("+3465", 20)] {
                for person in 0..people {
                    let n = traffic.n;
                    let at = day * 86_400 + person * 86_400 / people + i64::try_from(n % 600).unwrap();
                    let ends = if n % 20 < 17 {
                        Ends::Verified(10 + i64::try_from(n * 7 % 50).unwrap())
                    } else {
                        Ends::InVain
                    };
                    // Numbers strewn over the whole range.
                    let number = format!("{country}{:07}", n * 7_919_777 % 10_000_000);
                    traffic.ask(at, &number, ends);
                }
            }
        }
        traffic
    }

    fn ask(&mut self, second: i64, number: &str, ends: Ends) {
        let story = self.story(second, number, ends);
        self.gathered.take_story(&story);
    }

    fn story(&mut self, second: i64, number: &str, ends: Ends) -> Story {
        self.n += 1;
        let (results, receipt, after): (&[(&str, Option<&str>)], _, _) = match ends {
            Ends::Verified(after) => (&[("SUCCESSFUL", None)], "Successful", after),
            Ends::InVain => (&[("FAIL", Some("Expired"))], "Successful", 300),
            Ends::Lost => (&[("FAIL", Some("Expired"))], "Failed", 300),
        };
        let mut story = delivered(story(number, Verdict::Allow, results), &[receipt]);
        let at = BEGIN + SignedDuration::from_secs(second);
        story.subject.id = self.n.to_string();
        for Heard { at: heard, .. } in &mut story.heard {
            *heard = at + SignedDuration::from_secs(after);
        }
        let decided = story.decision.as_mut().unwrap();
        decided.at = at;
        decided.monitors.clear();
        story
    }

    fn denied(&mut self, second: i64, number: &str, rule: &str) {
        let mut story = self.story(second, number, Ends::InVain);
        story.heard.clear();
        let decided = story.decision.as_mut().unwrap();
        decided.verdict = Verdict::Deny;
        decided.rule = Some(rule.to_owned());
        self.gathered.take_story(&story);
    }

    fn report(self) -> Model {
        self.gathered.report(&Question {
            made_at: BEGIN,
            sources: vec!["traffic.jsonl".to_owned()],
            place: "--traffic traffic.jsonl".to_owned(),
            is_piped: false,
            policy: Some("policy.toml".to_owned()),
            table: String::new(),
            app: None,
            from: None,
            to: None,
            complete_from: None,
            reveals_numbers: false,
            known: self.known,
            intake: Intake::default(),
            scale: 1,
        })
    }
}

/// The kinds of findings and where they are.
#[track_caller]
fn check(traffic: Traffic, expected: &[(Kind, &str)]) -> Model {
    let model = traffic.report();
    let found: Vec<(Kind, &str)> = model
        .findings
        .iter()
        .map(|finding| {
            let place = &finding.place;
            let place = place.blocks.first().or(place.country.as_ref()).or(place.rule.as_ref());
            (finding.kind, place.or(finding.place.currency.as_ref()).map_or("", |place| place))
        })
        .collect();
    assert_eq!(found, expected, "{:#?}", model.findings);
    for finding in &model.findings {
        assert!(!finding.evidence.is_empty() && !finding.act.is_empty(), "{finding:#?}");
    }
    model
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Numbers of a block, in no order.
fn numbers(block: &str, n: u64) -> impl Iterator<Item = String> {
    (0..n).map(move |n| format!("{block}{:04}", n * 7_919 % 10_000))
}

#[test]
fn nothing_is_found_on_usual_days() {
    let model = check(Traffic::usual(9), &[]);
    assert_eq!(model.summary.state, State::Quiet);
}

#[test]
fn a_block_of_which_nobody_enters_a_code_is_an_attack_and_one_that_signs_up_is_not() {
    let mut pumped = Traffic::usual(9);
    for (n, number) in (0..).zip(numbers("+99899394", 40)) {
        pumped.ask(8 * DAY + 60 * n, &number, Ends::InVain);
    }
    let model = check(pumped, &[(Kind::BlockCollapsed, "+99899394*")]);
    let finding = &model.findings[0];
    assert_eq!(finding.cost.to_string(), "4.00 EUR");
    assert_eq!(finding.from, BEGIN + SignedDuration::from_secs(8 * DAY));
    assert!(finding.to.is_some());
    assert_eq!(model.summary.state, State::Attacked);
    assert_eq!(model.attacks[0].countries, ["UZ"]);
    assert!(finding.act[0].command.as_ref().unwrap().contains("list add blocklist '+99899394*'"));

    let mut campus = Traffic::usual(9);
    for (n, number) in (0..).zip(numbers("+99899394", 40)) {
        let ends = if n % 10 < 7 { Ends::Verified(20 + n) } else { Ends::InVain };
        campus.ask(8 * DAY + 60 * n, &number, ends);
    }
    check(campus, &[]);
}

#[test]
fn an_attack_that_was_denied_is_found_and_a_market_that_always_is_is_not() {
    let mut stopped = Traffic::usual(9);
    for (n, number) in (0..).zip(numbers("+99899394", 400)) {
        stopped.denied(8 * DAY + n, &number, "blocked");
    }
    check(stopped, &[(Kind::BlockCollapsed, "+99899394*")]);

    let mut market = Traffic::usual(9);
    for (n, number) in (0..).zip(numbers("+99899394", 400)) {
        market.denied(n * 9 * DAY / 400, &number, "markets");
    }
    check(market, &[(Kind::DenialsMany, "UZ")]);
}

#[test]
fn a_country_that_costs_more_is_a_launch_where_people_verify() {
    // All over the country, so that no block stands out.
    let all_over = |n: i64| format!("+23324{:07}", n * 7_919_777 % 10_000_000);
    let mut jumped = Traffic::usual(9);
    (0..300).for_each(|n| jumped.ask(8 * DAY + 60 * n, &all_over(n), Ends::InVain));
    let model = check(jumped, &[(Kind::CountryJumped, "GH")]);
    assert_eq!(model.findings[0].cost.to_string(), "30.00 EUR");

    let mut launch = Traffic::usual(9);
    for n in 0..300 {
        let ends = if n % 20 < 16 { Ends::Verified(10 + n % 50) } else { Ends::InVain };
        launch.ask(8 * DAY + 60 * n, &all_over(n), ends);
    }
    check(launch, &[]);
}

#[test]
fn a_program_verifies_faster_than_people_do() {
    let all_over = |n: i64| format!("+88017{:08}", n * 79_197_779 % 100_000_000);
    let with = |seconds: fn(i64) -> i64| {
        let mut traffic = Traffic::usual(9);
        (0..200).for_each(|n| traffic.ask(8 * DAY + 60 * n, &all_over(n), Ends::Verified(seconds(n))));
        traffic
    };
    let model = check(with(|_| 4), &[(Kind::FakedSuccesses, "BD")]);
    // Limits that are taken from this traffic would take the attacked country for one of many customers.
    let act = format!("{:?}", model.findings[0].act);
    assert!(!act.contains("suggest") && act.contains("conversion proves nothing"), "{act}");
    check(with(|n| 10 + n * 7 % 50), &[]);
}

#[test]
fn numbers_that_verify_one_after_the_other_are_drawn_up() {
    let with = |apart: i64| {
        let mut traffic = Traffic::usual(9);
        for n in 0..14 {
            traffic.ask(8 * DAY + 60 * n, &format!("+8801712340{:03}", apart * n), Ends::Verified(25 + n));
        }
        traffic
    };
    check(with(1), &[(Kind::FakedSuccesses, "+8801712340*")]);
    check(with(31), &[]);
}

#[test]
fn a_rule_that_turns_away_people_who_verify_later_is_named() {
    let with = |wait: i64| {
        let mut traffic = Traffic::usual(9);
        for n in 0..12 {
            let number = format!("+4673{:07}", n * 791_977 % 10_000_000);
            traffic.denied(8 * DAY + 60 * n, &number, "per-block");
            traffic.ask(8 * DAY + 60 * n + wait, &number, Ends::Verified(30));
        }
        traffic
    };
    let model = check(with(2 * HOUR), &[(Kind::RuleHurtsPeople, "per-block")]);
    assert_eq!(model.findings[0].people, Some(12));
    let rule = model.rules.iter().find(|rule| rule.name == "per-block").unwrap();
    assert_eq!((rule.people_denied, rule.people_verified_later), (12, 12));
    // Whoever asks twice in a row is what such a rule is for.
    check(with(60), &[]);
}

const POLICY: &str = r#"
    schema = 1
    default = "allow"
    [[rules]]
    id = "blocked"
    verdict = "deny"
    list = "blocklist"
    [[rules]]
    id = "spend"
    verdict = "deny"
    mode = "monitor"
    quota = { per = "country", limit = "25.00 EUR", window = "1d" }
"#;

fn known(since: Option<i64>) -> Option<Known> {
    let mut known = Known::default();
    let since = since.map(|day| BEGIN + SignedDuration::from_hours(24 * day));
    known.learn(&Policy::compile(POLICY).unwrap().policy, |_| since);
    Some(known)
}

/// More than a month, in which one rule denies now and then, and the other would have.
fn month_with_rules(last_denial: i64) -> Traffic {
    let mut traffic = Traffic::usual(33);
    traffic.known = known(None);
    for day in 0..33 {
        let mut story = traffic.story(day * DAY, "+46701234567", Ends::Verified(20));
        let rule = "spend".to_owned();
        story.decision.as_mut().unwrap().monitors = vec![MonitorHit { rule, verdict: Verdict::Deny }];
        traffic.gathered.take_story(&story);
        if day <= last_denial {
            traffic.denied(day * DAY + 60, &format!("+4478{day:08}"), "blocked");
        }
    }
    traffic
}

#[test]
fn a_rule_that_has_not_fired_for_a_month_is_named() {
    check(month_with_rules(1), &[(Kind::RuleIdle, "blocked")]);
    check(month_with_rules(20), &[]);
    // A rule that is not a month old says nothing yet, nor does less than a month of traffic.
    let mut young = month_with_rules(1);
    young.known = known(Some(10));
    check(young, &[]);
    let mut short = Traffic::usual(20);
    short.known = known(None);
    check(short, &[]);
}

#[test]
fn money_in_a_currency_that_no_limit_counts_is_named() {
    let with = |price: &str| {
        let mut traffic = Traffic::usual(9);
        traffic.known = known(None);
        let mut story = traffic.story(DAY, "+12025550123", Ends::Verified(20));
        story.decision.as_mut().unwrap().price = Some(price.to_owned());
        traffic.gathered.take_story(&story);
        traffic
    };
    let model = check(with("0.05 USD"), &[(Kind::CurrencyUncounted, "USD")]);
    assert_eq!(model.findings[0].cost.to_string(), "0.05 USD");
    check(with("0.05 EUR"), &[]);
}

#[test]
fn what_records_say_of_a_limit_that_did_not_count_a_price_is_enough() {
    let mut traffic = Traffic::usual(9);
    let mut story = traffic.story(DAY, "+12025550123", Ends::Verified(20));
    let decided = story.decision.as_mut().unwrap();
    decided.price = Some("0.05 USD".to_owned());
    decided.notes = vec!["`spend` counted 0: the event's price is in USD, the rule's in EUR".to_owned()];
    traffic.gathered.take_story(&story);
    let model = check(traffic, &[(Kind::CurrencyUncounted, "spend")]);
    assert_eq!(model.findings[0].place.currency.as_deref(), Some("USD"));
}

#[test]
fn what_costs_most_comes_first() {
    let mut traffic = Traffic::usual(9);
    for (block, n) in [("+99899394", 40), ("+95932520", 120), ("+25261234", 30)] {
        for (at, number) in (0..).zip(numbers(block, n)) {
            let day = i64::try_from(n % 7).unwrap();
            traffic.ask(day * DAY + 20 * at, &number, Ends::InVain);
        }
    }
    let model = traffic.report();
    let costs: Vec<String> = model.findings.iter().map(|finding| finding.cost.to_string()).collect();
    assert_eq!(costs, ["12.00 EUR", "4.00 EUR", "3.00 EUR"]);
    assert!(model.summary.what.starts_with("3 attacks"), "{}", model.summary.what);
    assert_eq!(model.summary.cost.as_deref().map(|cost| cost.starts_with("19.00 EUR")), Some(true));
}
