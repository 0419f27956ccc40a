//! The figures below the findings.

use super::bars_within;
use crate::backtest::Share;
use crate::cli::output::{self, colour, one_line};
use crate::figures::{Figures, Spend};
use crate::report::Model;

/// The most rows of a table.
const MOST_ROWS: usize = 8;

/// The most characters of a name, and the most currencies of a sum.
const LONGEST_NAME: usize = 24;
const MOST_CURRENCIES: usize = 2;

/// The columns of the bars in a table.
const COLUMNS: usize = 20;

pub(super) fn print(model: &Model) {
    totals(model);
    countries(model);
    blocks(model);
    rules(model);
    monitored(model);
    methods(model);
    time_to_verify(model);
}

fn totals(model: &Model) {
    output::line("");
    let before = model.before.as_ref().map(|before| &before.totals);
    let mut table = output::table(["", "this span", if before.is_some() { "the span before" } else { "" }]);
    let mut row = |name: &str, of: fn(&Figures) -> String| {
        table.add_row([name.to_owned(), of(&model.totals), before.map(of).unwrap_or_default()]);
    };
    row("requests", |figures| figures.requests.to_string());
    row("allowed", |figures| figures.allowed.to_string());
    row("delivered", |figures| figures.delivered.to_string());
    row("verified", |figures| figures.verified.to_string());
    row("conversion", conversion);
    row("spend", |figures| money(&figures.spend));
    row("of it unverified", |figures| money(&figures.unverified_spend));
    row("per verified", |figures| money(&figures.spend_per_verified()));
    output::print_on_page(table);
}

fn countries(model: &Model) {
    output::line("");
    let mut table = output::table(["country", "requests", "conversion", "unverified spend", "unverified"]);
    for country in model.countries.iter().take(MOST_ROWS) {
        table.add_row([
            name(&country.name),
            country.figures.requests.to_string(),
            conversion(&country.figures),
            money(&country.figures.unverified_spend),
            bars_within(&country.series.unverified, COLUMNS),
        ]);
    }
    output::print_on_page(table);
    more(model.countries.len());
}

fn blocks(model: &Model) {
    let blocks = model.countries.iter().flat_map(|country| &country.blocks);
    let mut blocks: Vec<_> = blocks.filter(|block| block.figures.unverified > 1).collect();
    blocks.sort_by_key(|block| std::cmp::Reverse((block.figures.unverified, block.figures.requests)));
    if blocks.is_empty() {
        return;
    }
    output::line("");
    let mut table = output::table(["block", "requests", "denied", "conversion", "unverified spend"]);
    for block in blocks.iter().take(MOST_ROWS) {
        table.add_row([
            block.name.clone(),
            block.figures.requests.to_string(),
            block.figures.denied.to_string(),
            conversion(&block.figures),
            money(&block.figures.unverified_spend),
        ]);
    }
    output::print_on_page(table);
}

fn rules(model: &Model) {
    output::line("");
    let mut table = output::table(["decided by", "requests", "denied", "numbers denied", "verified later"]);
    for rule in model.rules.iter().take(MOST_ROWS) {
        table.add_row([
            name(&rule.name),
            rule.figures.requests.to_string(),
            rule.figures.denied.to_string(),
            rule.people_denied.to_string(),
            rule.people_verified_later.to_string(),
        ]);
    }
    output::print_on_page(table);
    more(model.rules.len());
}

fn monitored(model: &Model) {
    if model.monitored.is_empty() {
        return;
    }
    output::line("");
    let mut table =
        output::table(["monitored rule", "would deny", "denied anyway", "verified", "would save"]);
    for rule in model.monitored.iter().take(MOST_ROWS) {
        table.add_row([
            name(&rule.name),
            rule.figures.would_deny.to_string(),
            rule.figures.already_denied.to_string(),
            rule.figures.verified.to_string(),
            money(&rule.figures.would_save),
        ]);
    }
    output::print_on_page(table);
    more(model.monitored.len());
}

fn methods(model: &Model) {
    output::line("");
    let mut table = output::table(["method", "requests", "conversion", "did not arrive", "spend"]);
    for method in model.methods.iter().take(MOST_ROWS) {
        table.add_row([
            name(&method.name),
            method.figures.requests.to_string(),
            conversion(&method.figures),
            method.figures.failed_deliveries.to_string(),
            money(&method.figures.spend),
        ]);
    }
    output::print_on_page(table);
    more(model.methods.len());
}

fn time_to_verify(model: &Model) {
    let time = &model.time_to_verify;
    if let (Some(tenth), Some(median), Some(ninth)) =
        (time.tenth_seconds, time.median_seconds, time.ninth_tenth_seconds)
    {
        let counts: Vec<u64> = time.buckets.iter().map(|bucket| bucket.count).collect();
        output::line(&format!(
            "\ntime to verify: a tenth within {tenth:.0} s, half within {median:.0} s, nine tenths within \
             {ninth:.0} s"
        ));
        output::line(&format!("{} from 0 s to over 10 min", bars_within(&counts, COLUMNS)));
    }
}

/// `85.9 % of 23133`, and marked where nobody was verified.
fn conversion(figures: &Figures) -> String {
    let Figures { verified, ended, .. } = figures;
    if *ended == 0 {
        return "none ended".to_owned();
    }
    let share = Share { count: *verified, of: *ended };
    let shown = format!("{:.1} % of {ended}", share.value() * 100.0);
    if *verified == 0 { colour::bad(&format!("{shown} !")) } else { shown }
}

/// A name that traffic may have made up, cut where it would take the room of the figures.
fn name(text: &str) -> String {
    let shown = one_line(text);
    let head: String = shown.chars().take(LONGEST_NAME).collect();
    if head.len() == shown.len() { head } else { format!("{head}…") }
}

/// What was spent. Traffic may name any number of currencies, of which those with most are shown.
fn money(spend: &Spend) -> String {
    let currencies = spend.currencies();
    let more = currencies.len().saturating_sub(MOST_CURRENCIES);
    if more == 0 {
        return spend.rounded().to_string();
    }
    let first = currencies.iter().take(MOST_CURRENCIES);
    let first: Vec<String> =
        first.map(|currency| format!("{} {currency}", spend.of(*currency).round_dp(2))).collect();
    format!("{} and {more} more", first.join(", "))
}

fn more(rows: usize) {
    if rows > MOST_ROWS {
        output::line(&format!("… and {} more: --format json", rows - MOST_ROWS));
    }
}
