//! What the gate denies: an attack that it stops, people whom it turns away, and what comes first.

use super::*;
use crate::report::model::Severity;

/// Numbers all over Ghana, none of them near another.
fn ghanaian(n: i64) -> String {
    format!("+23324{:07}", n * 7_919_777 % 10_000_000)
}

/// A country of which the gate lets twelve through and denies the rest, each of which asks this often.
fn closed(times: i64) -> Traffic {
    let mut traffic = Traffic::usual(9);
    for n in 0..300 {
        let at = 8 * DAY + 60 * n;
        if n < 12 {
            traffic.ask(at, &ghanaian(n), Ends::InVain);
        } else {
            (0..times).for_each(|again| traffic.denied(at + 70 * again, &ghanaian(n), "country-day"));
        }
    }
    traffic
}

#[test]
fn those_denied_are_of_an_attack_unless_they_come_back_as_people_do() {
    let model = check(closed(1), &[(Kind::CountryJumped, "GH")]);
    let finding = &model.findings[0];
    assert_eq!((finding.denied.count, finding.denied.of), (288, 300));
    assert_eq!(finding.denied_by.get("country-day"), Some(&288));
    assert_eq!(
        (finding.cost.to_string(), finding.not_spent.to_string()),
        ("1.20 EUR".into(), "28.80 EUR".into())
    );
    assert_eq!(finding.from, BEGIN + SignedDuration::from_secs(8 * DAY));
    assert_eq!(finding.to, Some(BEGIN + SignedDuration::from_secs(8 * DAY + 60 * 299)));
    let summary = &model.summary;
    assert!(
        summary.what.starts_with("an attack that the gate stopped: 300 numbers all over GH"),
        "{summary:?}"
    );
    assert!(summary.gate.as_ref().unwrap().contains("288 of them by rule country-day"), "{summary:?}");
    assert!(summary.cost.as_ref().unwrap().contains("28.80 EUR not spent"), "{summary:?}");

    let model = check(closed(3), &[(Kind::DenialsRose, "GH")]);
    let finding = &model.findings[0];
    assert!(finding.title.contains("denied 864 of 1026"), "{}", finding.title);
    assert!(finding.title.contains("0 of 288 numbers verified later"), "{}", finding.title);
    assert_eq!(model.summary.state, State::Attention);
}

#[test]
fn a_number_that_asks_again_and_again_is_pumped_even_where_the_gate_denies_it() {
    let with = |times: i64| {
        let mut traffic = Traffic::usual(9);
        for n in 0..6 * times {
            traffic.denied(8 * DAY + 35 * n, &ghanaian(n % 6), "per-number");
        }
        traffic
    };
    let model = check(with(60), &[(Kind::CountryJumped, "GH")]);
    let title = &model.findings[0].title;
    assert!(title.starts_with("6 numbers in GH asked for codes 360 times"), "{title}");
    check(with(4), &[]);
}

#[test]
fn a_country_that_the_gate_always_denies_is_not_attacked() {
    let with = |each_day: &dyn Fn(i64) -> i64| {
        let mut traffic = Traffic::usual(9);
        for day in 0..9 {
            let n = each_day(day);
            for request in 0..n {
                let number = ghanaian(day * 1_000 + request);
                traffic.denied(day * DAY + request * DAY / n, &number, "markets");
            }
        }
        traffic
    };
    check(with(&|_| 60), &[(Kind::DenialsMany, "GH")]);
    let attacked = with(&|day| if day == 8 { 600 } else { 60 });
    check(attacked, &[(Kind::CountryJumped, "GH"), (Kind::DenialsMany, "GH")]);
}

#[test]
fn a_market_that_is_closed_from_one_day_on_is_not_attacked() {
    // Sixty people a day all over Ghana who verify, until a rule denies all of them.
    let with = |on_the_last_day: i64| {
        let mut traffic = Traffic::usual(9);
        for day in 0..9 {
            let n = if day == 8 { on_the_last_day } else { 60 };
            for person in 0..n {
                let (at, number) = (day * DAY + person * DAY / n, ghanaian(day * 1_000 + person));
                match day {
                    8 => traffic.denied(at, &number, "markets"),
                    _ => traffic.ask(at, &number, Ends::Verified(20 + person % 30)),
                }
            }
        }
        traffic
    };
    check(with(60), &[]);
    check(with(120), &[(Kind::DenialsRose, "GH")]);
    check(with(300), &[(Kind::CountryJumped, "GH")]);
}

#[test]
fn a_small_finding_does_not_hide_denials_far_beyond_usual() {
    let mut traffic = Traffic::usual(9);
    traffic.known = known(None);
    for day in 0..9 {
        let mut story = traffic.story(day * DAY, "+12025550123", Ends::Verified(20));
        story.decision.as_mut().unwrap().price = Some("90.00 USD".to_owned());
        traffic.gathered.take_story(&story);
    }
    for n in 0..345 {
        traffic.denied(8 * DAY + 60 * n, &ghanaian(n / 3), "country-day");
    }
    let model = check(traffic, &[(Kind::DenialsRose, "GH"), (Kind::CurrencyUncounted, "USD")]);
    let what = &model.summary.what;
    assert!(what.starts_with("the gate denied 345 of 496"), "{what}");
    assert!(what.ends_with("; and one thing more: a currency that no limit counts"), "{what}");
    assert_eq!(model.findings[0].severity, Severity::Harm);
}

#[test]
fn an_attack_comes_before_what_costs_more() {
    let mut traffic = closed(1);
    for n in 0..60 {
        for again in 0..2 {
            let number = format!("+3467{:07}", n * 7_919_777 % 10_000_000);
            traffic.ask(7 * DAY + 10 * HOUR + 100 * n + 90 * again, &number, Ends::Lost);
        }
    }
    let model = check(traffic, &[(Kind::CountryJumped, "GH"), (Kind::CarrierOutage, "ES")]);
    assert!(model.findings[1].cost.to_string() > model.findings[0].cost.to_string());
}

#[test]
fn a_launch_in_which_as_large_a_share_is_denied_as_ever_is_quiet() {
    // Of people all over Germany, one in twenty is denied and comes back.
    let with = |denied_on_the_day: i64| {
        let mut traffic = Traffic::usual(9);
        for day in 0..9 {
            let n = if day == 8 { 3_000 } else { 300 };
            for person in 0..n {
                let number = format!("+4915{:08}", (day * 10_000 + person) * 79_197_779 % 100_000_000);
                let at = day * DAY + person * DAY / n;
                if person % if day == 8 { denied_on_the_day } else { 20 } == 0 {
                    traffic.denied(at, &number, "per-block");
                    traffic.denied(at + 30, &number, "per-block");
                }
                traffic.ask(at + 90, &number, Ends::Verified(10 + person % 50));
            }
        }
        traffic
    };
    check(with(20), &[]);
    let model = check(with(4), &[(Kind::DenialsRose, "DE")]);
    assert_eq!(model.findings[0].people, Some(750));
}

#[test]
fn in_its_first_minutes_it_is_too_early_to_say() {
    let with = |verified: i64| {
        let mut traffic = Traffic::usual(9);
        for (n, number) in (0..).zip(numbers("+99899394", 80)) {
            let ends = if n % 10 < verified { Ends::Verified(20) } else { Ends::InVain };
            let mut story = traffic.story(9 * DAY + 5 * n, &number, ends);
            if n % 10 >= verified {
                story.heard.clear();
            }
            traffic.gathered.take_story(&story);
        }
        traffic
    };
    let model = check(with(0), &[(Kind::TooEarly, "+99899394*")]);
    let what = &model.summary.what;
    assert!(
        what.starts_with("too early to say whether it is an attack: 80 requests of 80 numbers"),
        "{what}"
    );
    assert!(what.contains("block +99899394* in UZ in the last 10 minutes"), "{what}");
    assert!(what.contains("0 numbers at most"), "{what}");
    assert_eq!(model.summary.state, State::Attention);
    // Where most of them verify at once, it is a campus.
    check(with(7), &[]);

    let mut countries = Traffic::usual(9);
    for n in 0..60 {
        let country =
            ["+99890", "+95942", "+25261", "+23324", "+22177", "+92300"][usize::try_from(n % 6).unwrap()];
        let number = format!("{country}{:07}", n * 7_919_777 % 10_000_000);
        let mut story = countries.story(9 * DAY + 5 * n, &number, Ends::InVain);
        story.heard.clear();
        countries.gathered.take_story(&story);
    }
    let model = check(countries, &[(Kind::TooEarly, "")]);
    let what = &model.summary.what;
    assert!(what.contains("60 requests of 60 numbers in 6 countries in the last 10 minutes"), "{what}");
}

#[test]
fn numbers_with_hidden_digits_are_not_people() {
    let mut traffic = Traffic::new();
    for n in 0..100 {
        let mut story = traffic.story(60 * n, "+46701740605", Ends::InVain);
        let masked = format!("+4670*****{n:02}");
        story.subject.number = Some(serde_json::from_value(serde_json::json!(masked)).unwrap());
        (story.subject.country, story.subject.block) = (None, None);
        traffic.gathered.take_story(&story);
    }
    let model = check(traffic, &[]);
    let summary = &model.summary;
    assert_eq!(summary.state, State::TooLittle);
    assert!(summary.what.starts_with("too little to say whether somebody attacks"), "{summary:?}");
    assert!(summary.what.contains("100 % of the spend is unverified"), "{summary:?}");
    assert!(!summary.act.contains("by country and block"), "{summary:?}");

    let mut verified = Traffic::new();
    for n in 0..100 {
        let mut story = verified.story(60 * n, "+46701740605", Ends::Verified(20));
        story.subject.number = Some(serde_json::from_value(serde_json::json!("+4670*****05")).unwrap());
        verified.gathered.take_story(&story);
    }
    let model = check(verified, &[]);
    assert_eq!(model.summary.state, State::TooLittle);
    assert!(
        model.summary.what.contains("since 100 of 100 numbers have hidden digits"),
        "{:?}",
        model.summary
    );
}
