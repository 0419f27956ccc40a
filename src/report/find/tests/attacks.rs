//! One attack is one finding, with its whole cost, scope and span.

use jiff::SignedDuration;

use super::*;

/// Numbers all over a range, none of them near another.
fn strewn(prefix: &str, n: i64) -> String {
    format!("{prefix}{:07}", n * 7_919_777 % 10_000_000)
}

fn at(second: i64) -> Timestamp {
    BEGIN + SignedDuration::from_secs(second)
}

#[test]
fn an_attack_all_over_a_country_is_one_with_all_of_its_blocks_as_parts() {
    let with = |strewn_ones: i64| {
        let mut traffic = Traffic::usual(9);
        for block in 0..4 {
            for (n, number) in (0..).zip(numbers(&format!("+2332455{block}"), 30)) {
                traffic.ask(8 * DAY + 120 * n + block, &number, Ends::InVain);
            }
        }
        for n in 0..strewn_ones {
            traffic.ask(8 * DAY + 3_600 * n / strewn_ones, &strewn("+23320", n), Ends::InVain);
        }
        traffic
    };
    let model = check(with(400), &[(Kind::CountryJumped, "GH")]);
    let finding = &model.findings[0];
    assert_eq!(finding.cost.to_string(), "52.00 EUR");
    assert!(finding.title.starts_with("520 numbers all over GH"), "{}", finding.title);
    assert_eq!(finding.parts.len(), 4, "{:#?}", finding.parts);
    assert_eq!(finding.parts[0].requests, 30);

    let model = check(with(0), &[(Kind::BlockCollapsed, "+23324550*")]);
    let finding = &model.findings[0];
    assert_eq!((finding.place.blocks.len(), finding.cost.to_string()), (4, "12.00 EUR".to_owned()));
}

#[test]
fn an_attack_on_many_countries_is_one_and_attacks_at_different_times_are_several() {
    let countries = ["+99890", "+95942", "+25261", "+23324", "+22177", "+92300", "+88017"];
    let with = |apart: i64, each: i64| {
        let mut traffic = Traffic::usual(9);
        for (place, country) in (0..).zip(countries) {
            for n in 0..each {
                let second = DAY + apart * place + 7_200 * n / each + place;
                traffic.ask(second, &strewn(country, n + 977 * place), Ends::InVain);
            }
        }
        traffic
    };
    let model = check(with(0, 60), &[(Kind::ManyCountries, "")]);
    let finding = &model.findings[0];
    assert_eq!((finding.place.countries.len(), finding.parts.len()), (7, 7));
    assert_eq!(finding.cost.to_string(), "42.00 EUR");
    assert!(
        model.summary.what.starts_with("an attack: 420 numbers in 7 countries"),
        "{}",
        model.summary.what
    );
    assert_eq!(model.attacks[0].countries.len(), 7);

    // Spread so thin that no country stands out.
    let model = check(with(0, 10), &[(Kind::ManyCountries, "")]);
    assert_eq!(model.findings[0].cost.to_string(), "7.00 EUR");

    let model = with(DAY, 60).report();
    assert_eq!(model.findings.len(), 7);
    assert!(model.summary.what.starts_with("7 attacks"), "{}", model.summary.what);
    let since = model.summary.since.unwrap();
    assert_eq!(since.matches(" to ").count(), 3, "each has its own span: {since}");
}

#[test]
fn two_attacks_on_one_country_are_two_and_each_begins_and_ends_when_it_did() {
    let with = |second_day: i64| {
        let mut traffic = Traffic::usual(9);
        for n in 0..200 {
            let day = if n < 100 { 2 } else { second_day };
            traffic.ask(day * DAY + 7_200 + 40 * (n % 100), &strewn("+23324", n), Ends::InVain);
        }
        traffic
    };
    let expected = [(Kind::CountryJumped, "GH"), (Kind::CountryJumped, "GH")];
    let model = check(with(5), &expected);
    let spans: Vec<_> = model.attacks.iter().map(|attack| (attack.from, attack.to)).collect();
    let span = |day: i64| (at(day * DAY + 7_200), at(day * DAY + 7_200 + 40 * 99));
    assert_eq!(spans, [span(2), span(5)]);
    let model = check(with(2), &expected[..1]);
    assert_eq!(model.findings[0].cost.to_string(), "20.00 EUR");
}

#[test]
fn messages_that_do_not_arrive_are_an_outage_and_not_an_attack() {
    let with = |ends: Ends| {
        let mut traffic = Traffic::usual(9);
        for n in 0..60 {
            let number = format!("+3467{:07}", n * 7_919_777 % 10_000_000);
            // Whoever gets no code asks again.
            traffic.ask(8 * DAY + 10 * HOUR + 100 * n, &number, ends);
            traffic.ask(8 * DAY + 10 * HOUR + 100 * n + 90, &number, ends);
        }
        traffic
    };
    let model = check(with(Ends::Lost), &[(Kind::CarrierOutage, "ES")]);
    assert_eq!(model.findings[0].people, Some(60));
    assert_eq!(model.summary.state, State::Attention);
    check(with(Ends::InVain), &[(Kind::CountryJumped, "ES")]);
    check(with(Ends::Verified(30)), &[]);
}

#[test]
fn numbers_that_do_not_exist_are_no_outage() {
    // All in one block, while messages to other people of the country arrive.
    let mut made_up = Traffic::usual(9);
    for (n, number) in (0..).zip(numbers("+3467712", 60)) {
        made_up.ask(8 * DAY + 10 * HOUR + 100 * n, &number, Ends::Lost);
    }
    let model = check(made_up, &[(Kind::MadeUpNumbers, "+3467712*")]);
    let finding = &model.findings[0];
    assert!(finding.title.contains("did not arrive"), "{}", finding.title);
    assert!(finding.rests_on.contains("not an outage"));
    assert_eq!(model.summary.state, State::Attacked);

    // All over the country, far more than usual, and none of them asks again; people do.
    let strewn_ones = |times: i64| {
        let mut traffic = Traffic::usual(9);
        for n in 0..120 {
            for again in 0..times {
                let second = 8 * DAY + 10 * HOUR + 60 * n + 200 * again;
                traffic.ask(second, &strewn("+3467", n), Ends::Lost);
            }
        }
        traffic
    };
    check(strewn_ones(1), &[(Kind::MadeUpNumbers, "ES")]);
    check(strewn_ones(2), &[(Kind::CarrierOutage, "ES")]);
}

#[test]
fn a_number_that_asks_again_and_again_is_pumped() {
    let with = |times: i64| {
        let mut traffic = Traffic::usual(9);
        for number in 0..4 {
            for n in 0..times {
                traffic.ask(8 * DAY + 35 * n + number, &strewn("+23324", number), Ends::InVain);
            }
        }
        traffic
    };
    let model = check(with(100), &[(Kind::CountryJumped, "GH")]);
    assert_eq!(model.findings[0].cost.to_string(), "40.00 EUR");
    check(with(3), &[]);

    // The same where as many people verify that their country looks well.
    let mut customers = Traffic::usual(9);
    for number in 0..8 {
        (0..30).for_each(|n| customers.ask(8 * DAY + 900 * n, &strewn("+4670", 3 + number), Ends::InVain));
    }
    let model = check(customers, &[(Kind::CountryJumped, "SE")]);
    assert_eq!(model.findings[0].cost.to_string(), "24.00 EUR");
}

#[test]
fn people_who_were_denied_and_ask_again_do_not_attack() {
    let mut denied = Traffic::usual(10);
    let mut allowed = Traffic::usual(10);
    for person in 0..14 {
        let number = strewn("+49152", person);
        for attempt in 0..12 {
            let at = 5 * DAY + person * 4_000 + attempt * 200;
            allowed.ask(at, &number, Ends::InVain);
            match attempt {
                0 | 1 => denied.ask(at, &number, Ends::InVain),
                _ => denied.denied(at, &number, "pause"),
            }
        }
    }
    check(denied, &[(Kind::DenialsRose, "DE")]);
    check(allowed, &[(Kind::CountryJumped, "DE")]);
}
