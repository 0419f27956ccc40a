//! Whom the gate keeps out, where nobody gets in who could show that they are people, and attacks that it has
//! denied for as long as is known.

use super::*;

/// A number of a country, far from the others of it.
fn strewn(country: &str, n: i64) -> String {
    format!("{country}{:07}", n * 7_919_777 % 10_000_000)
}

/// Numbers of a block, one after the other, each of which the gate denies this often.
fn neighbours(traffic: &mut Traffic, n: i64, apart: i64, times: i64) {
    for n in 0..n {
        let number = format!("+9989939{:05}", 40_000 + n);
        (0..times).for_each(|again| traffic.denied(apart * n + 70 * again, &number, "blocked"));
    }
}

/// People in four countries who verify, within two hours.
fn two_hours() -> Traffic {
    let mut traffic = Traffic::new();
    for n in 0..60 {
        let country = ["+4670", "+4478", "+3361", "+3465"][usize::try_from(n % 4).unwrap()];
        traffic.ask(120 * n, &strewn(country, n), Ends::Verified(20 + n % 30));
    }
    traffic
}

/// Sixty people of France whom the gate denies three times each, on the last of nine days.
fn keep_out(traffic: &mut Traffic) {
    for n in 0..60 {
        let at = 8 * DAY + 600 * n;
        (0..3).for_each(|again| traffic.denied(at + 70 * again, &strewn("+3367", n), "country-day"));
    }
}

fn hurt(model: &Model) -> &str {
    model.summary.hurt.as_deref().unwrap_or_default()
}

#[test]
fn nobody_can_say_whether_those_are_people_whom_the_gate_never_let_in() {
    let mut traffic = Traffic::usual(9);
    keep_out(&mut traffic);
    let model = check(traffic, &[(Kind::DenialsRose, "FR")]);
    let hurt = hurt(&model);
    assert!(hurt.contains("60 numbers were denied outside of attacks and not let in after that"), "{hurt}");
    assert!(hurt.contains("of those let in there, apart from attacks, 86 % verified"), "{hurt}");
    assert!(!hurt.to_lowercase().contains("nobody that"), "{hurt}");
}

#[test]
fn nobody_is_hurt_where_nothing_or_only_an_attack_is_denied() {
    assert_eq!(hurt(&check(Traffic::usual(9), &[])), "nobody: nothing was denied");
    let mut attacked = Traffic::usual(9);
    (0..300).for_each(|n| attacked.denied(8 * DAY + 60 * n, &strewn("+23324", n), "country-day"));
    let model = check(attacked, &[(Kind::CountryJumped, "GH")]);
    assert_eq!(hurt(&model), "nobody that is known of: all that was denied is of attacks");
}

#[test]
fn an_attack_that_the_gate_stops_is_urgent_where_it_keeps_others_out() {
    let mut traffic = Traffic::usual(9);
    (0..300).for_each(|n| traffic.denied(8 * DAY + 60 * n, &strewn("+23324", n), "country-day"));
    keep_out(&mut traffic);
    let model = check(traffic, &[(Kind::CountryJumped, "GH"), (Kind::DenialsRose, "FR")]);
    let summary = &model.summary;
    assert!(summary.what.contains("the gate denied 180 of 330"), "{summary:?}");
    assert!(!summary.act.contains("nothing is urgent"), "{summary:?}");
    assert!(summary.act.starts_with("See whether those denied were people"), "{summary:?}");
}

#[test]
fn a_gate_that_always_denies_everybody_is_not_quiet() {
    let mut traffic = Traffic::new();
    for n in 0..540 {
        let number = strewn(["+4670", "+4670", "+3361"][usize::try_from(n % 3).unwrap()], n);
        (0..2).for_each(|again| traffic.denied(n * 9 * DAY / 540 + 70 * again, &number, "default"));
    }
    let model = check(traffic, &[(Kind::DenialsMany, "SE")]);
    let summary = &model.summary;
    assert_eq!(summary.state, State::Attention);
    assert!(summary.what.starts_with("the gate denies 1080 of 1080 (100.0 %) requests"), "{summary:?}");
    assert!(hurt(&model).contains("540 numbers were denied"), "{summary:?}");
    assert!(hurt(&model).contains("nobody was let in there to compare them with"), "{summary:?}");
}

#[test]
fn a_country_that_the_gate_always_denies_is_not_quiet() {
    let with = |all: i64| {
        let mut traffic = Traffic::usual(9);
        (0..all).for_each(|n| traffic.denied(n * 9 * DAY / all, &strewn("+23324", n), "markets"));
        traffic
    };
    let model = check(with(200), &[(Kind::DenialsMany, "GH")]);
    let what = &model.summary.what;
    assert!(what.starts_with("the gate denies 200 of 200 (100.0 %) requests in GH"), "{what}");
    check(with(40), &[]);
}

#[test]
fn neighbouring_numbers_that_all_are_denied_are_an_attack_however_long_it_lasts() {
    let with = |times: i64| {
        let mut traffic = Traffic::usual(9);
        neighbours(&mut traffic, 2_592, 300, times);
        traffic
    };
    let model = check(with(1), &[(Kind::BlockCollapsed, "+99899394*")]);
    assert_eq!(model.findings[0].denied.count, 2_592);
    assert!(model.summary.what.starts_with("an attack that the gate stopped"), "{:?}", model.summary);
    // A campus of which everybody comes back.
    check(with(3), &[(Kind::DenialsMany, "UZ")]);
}

#[test]
fn a_closed_country_whose_blocks_are_all_as_dense_is_not_attacked() {
    let mut traffic = Traffic::usual(9);
    for n in 0..3_600 {
        let number = format!("+9989{:02}{:03}{:03}", n % 60, 100, n / 60 * 7);
        traffic.denied(n * 9 * DAY / 3_600, &number, "markets");
    }
    check(traffic, &[(Kind::DenialsMany, "UZ")]);
}

#[test]
fn an_attack_that_the_gate_stops_is_one_where_nothing_earlier_is_known() {
    let with = |mut traffic: Traffic, times: i64| {
        neighbours(&mut traffic, 400, 5, times);
        traffic
    };
    check(with(two_hours(), 1), &[(Kind::BlockCollapsed, "+998993940*")]);
    check(with(Traffic::new(), 1), &[(Kind::BlockCollapsed, "+998993940*")]);

    let all_over = |times: i64| {
        let mut traffic = two_hours();
        for n in 0..120 {
            let number = strewn("+23324", n);
            (0..times).for_each(|again| traffic.denied(30 * n + 70 * again, &number, "country-day"));
        }
        traffic
    };
    check(all_over(1), &[(Kind::CountryJumped, "GH")]);
    // People come back.
    check(all_over(3), &[(Kind::DenialsRose, "GH")]);
}

#[test]
fn blocks_of_which_each_has_few_numbers_are_named_where_they_are_nearly_all() {
    let with = |blocks: i64| {
        let mut traffic = two_hours();
        for n in 0..120 {
            let number = format!("+233244{:02}{:04}", n % blocks, n * 7_919 % 10_000);
            traffic.denied(30 * n, &number, "country-day");
        }
        traffic
    };
    let model = check(with(8), &[(Kind::BlockCollapsed, "+23324407*")]);
    assert_eq!(model.findings[0].place.blocks.len(), 8);
    check(with(60), &[(Kind::CountryJumped, "GH")]);
}
