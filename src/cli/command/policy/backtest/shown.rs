//! A backtest for people.

use super::caveats::caveats;
use crate::backtest::{Amounts, Counts, Group, Report, RuleLine, Share};
use crate::cli::output::{self, count};
use crate::cli::traffic::Read;

/// The most countries that are shown.
const MOST_COUNTRIES: usize = 15;

/// Prints the report.
pub(super) fn print(name: &str, against: Option<&str>, report: &Report, read: &Read) {
    report.sentences(name).iter().for_each(|sentence| output::prose(sentence));
    if let (Some(against), Some(figure), Some(denied)) =
        (against, report.turned_away_by_against, &report.denied_by_against)
    {
        output::prose(&format!(
            "{against} would have stopped {} of it, and turned away {}.",
            denied.unverified_spend, figure.share
        ));
    }
    if let (Some(from), Some(to)) = (report.from, report.to) {
        let requests = many(report.all.requests, "request");
        output::line(&format!("\n{requests} from {} to {}", output::time(from), output::time(to)));
    }
    print_sums(against, report);
    print_rules(&report.rules);
    print_groups("country", &report.by_country);
    print_groups("method", &report.by_method);
    print_blocks(report);
    print_cases(report);
    let caveats = caveats(report, read);
    if !caveats.is_empty() {
        output::line("\nTo judge this:");
        caveats.iter().for_each(|caveat| output::prose(&format!("- {caveat}")));
    }
}

fn many(n: u64, noun: &str) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), noun)
}

/// The name of a row, and which numbers stand in it.
type CountsRow = (&'static str, fn(&Counts) -> u64);

/// The name of a row, and which money stands in it.
type AmountsRow = (&'static str, fn(&Counts) -> &Amounts);

/// All, allowed and denied, by what became of them.
fn print_sums(against: Option<&str>, report: &Report) {
    let mut headings = vec!["", "all", "allowed", "denied"];
    let by_against = against.map(|against| format!("denied by {against}"));
    headings.extend(by_against.as_deref());
    let mut table = output::table(headings);
    let Report { all, denied, denied_by_against, .. } = report;
    let rows: [CountsRow; 6] = [
        ("requests", |counts| counts.requests),
        ("ended verified", |counts| counts.verified),
        ("ended otherwise", |counts| counts.unverified),
        ("without a result", |counts| counts.unheard),
        ("not charged", |counts| counts.uncharged),
        ("denied then", |counts| counts.denied_then),
    ];
    for (name, of) in rows {
        let cells = [of(all), of(all).saturating_sub(of(denied)), of(denied)];
        let cells = cells.into_iter().chain(denied_by_against.as_ref().map(of));
        table.add_row(std::iter::once(name.to_owned()).chain(cells.map(|cell| cell.to_string())));
    }
    let rows: [AmountsRow; 2] =
        [("spend", |counts| &counts.spend), ("of it unverified", |counts| &counts.unverified_spend)];
    for (name, of) in rows {
        let cells = [of(all).clone(), of(all).without(of(denied)), of(denied).clone()];
        let cells = cells.into_iter().chain(denied_by_against.as_ref().map(|counts| of(counts).clone()));
        table.add_row(std::iter::once(name.to_owned()).chain(cells.map(|cell| cell.to_string())));
    }
    let (before, after) = (&report.cost_per_verified_before, &report.cost_per_verified_after);
    let mut cells =
        vec!["cost per verified".to_owned(), before.to_string(), after.to_string(), String::new()];
    cells.extend(against.map(|_| String::new()));
    table.add_row(cells);
    output::print(table);
}

fn print_rules(rules: &[RuleLine]) {
    if rules.is_empty() {
        return;
    }
    output::line("");
    let is_tried = rules.iter().any(|rule| rule.caught_otherwise.is_some());
    let mut headings = vec!["rule", "does", "hits", "verified", "unverified", "unverified spend"];
    if is_tried {
        headings.extend(["caught otherwise", "adds", "and denies verified"]);
    }
    let mut table = output::table(headings);
    for rule in rules {
        let hits = &rule.hits;
        let mut row = vec![
            rule.rule.clone(),
            rule.does.to_owned(),
            hits.requests.to_string(),
            hits.verified.to_string(),
            (hits.unverified + hits.unheard).to_string(),
            hits.unverified_spend.to_string(),
        ];
        if is_tried {
            let otherwise = rule.caught_otherwise.map(|n| n.to_string());
            let adds = rule.adds_spend_stopped.as_ref().map(ToString::to_string);
            let harm = rule.adds_verified_denied.map(|n| n.to_string());
            row.extend([otherwise, adds, harm].map(Option::unwrap_or_default));
        }
        table.add_row(row);
    }
    output::print(table);
}

fn print_groups(kind: &str, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    output::line("");
    let mut table =
        output::table([kind, "requests", "verified", "denied", "verified denied", "spend stopped"]);
    for group in groups.iter().take(MOST_COUNTRIES) {
        let (all, denied) = (&group.figures.all, &group.figures.denied);
        let harm = Share { count: denied.verified, of: all.verified };
        table.add_row([
            group.name.clone(),
            all.requests.to_string(),
            all.verified.to_string(),
            denied.requests.to_string(),
            harm.to_string(),
            format!("{} of {}", denied.unverified_spend, all.unverified_spend),
        ]);
    }
    output::print(table);
    if groups.len() > MOST_COUNTRIES {
        output::line(&format!("and {} more; --format json has them all", groups.len() - MOST_COUNTRIES));
    }
}

fn print_blocks(report: &Report) {
    if report.by_block.is_empty() {
        return;
    }
    output::line("");
    let mut table = output::table(["block", "requests", "verified", "denied", "verified denied"]);
    for block in &report.by_block {
        let cells = [block.requests, block.verified, block.denied, block.denied_verified];
        table.add_row(std::iter::once(block.block.clone()).chain(cells.map(|cell| cell.to_string())));
    }
    output::print(table);
}

fn print_cases(report: &Report) {
    if report.worst.is_empty() {
        return;
    }
    output::line("\nPeople who verified and would have been turned away, the worst cases first:\n");
    let mut table =
        output::table(["reference", "at", "number", "country", "method", "rule", "denied", "allowed"]);
    for case in &report.worst {
        table.add_row([
            case.reference.clone(),
            output::time(case.at),
            case.number.clone(),
            case.country.clone(),
            case.method.clone(),
            case.rule.clone().unwrap_or_else(|| "default".to_owned()),
            case.denied.to_string(),
            case.allowed.to_string(),
        ]);
    }
    output::print(table);
}
