//! The answer for people.

use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;

use super::lists;
use super::report::{InForce, Report};
use crate::cli::bars::bars;
use crate::cli::built_in::BUILT_IN;
use crate::cli::output::{self, colour, count};
use crate::cli::sample::Sampled;
use crate::figures::{Count, Figures, FullKey, Group, Monitored, NearKey, Summary, Uncounted};
use crate::span;

/// How much of an answer is shown.
pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    pub(super) top: usize,
}

impl View<'_> {
    pub(super) fn print(&self, monitors: bool) {
        self.print_heading();
        if monitors {
            self.print_monitors();
            return;
        }
        self.print_totals();
        self.print_rest();
        self.print_steps();
        let (now, before) = (&self.report.period.summary, &self.report.before.summary);
        self.print_groups("country", &now.countries, &before.countries);
        self.print_groups("block", &now.blocks, &before.blocks);
        self.print_groups("rule", &now.rules, &before.rules);
        self.print_groups("method", &now.methods, &before.methods);
        self.print_denied_keys(&now.denied_keys);
        self.print_near_limit(&now.near_limit);
    }

    fn print_heading(&self) {
        let Report { only_app, country, period, before, .. } = self.report;
        let whose =
            only_app.as_ref().map_or("all applications".to_owned(), |app| format!("application {app}"));
        let country = country.map(|country| format!(", only {country}")).unwrap_or_default();
        output::line(&format!("{whose}{country}"));
        output::line(&format!("{} to {}", output::time(period.from), output::time(period.to)));
        if let Some(Sampled { scale, read }) = period.sampled {
            output::line(&format!(
                "sampled: {read} verifications were read, about 1 in {scale}; every number is scaled, and \
                 small ones are uncertain"
            ));
        }
        if let Some(Sampled { scale, .. }) = before.sampled {
            output::line(&format!("sampled: of the span before, about 1 in {scale} was read"));
        }
    }

    fn print_totals(&self) {
        let (now, before) = (&self.report.period.summary.figures, &self.report.before.summary.figures);
        output::line("");
        let mut table = output::table(["", "this span", "the span before"]);
        let mut row = |name: &str, value: fn(&Figures) -> String| {
            table.add_row([name.to_owned(), value(now), value(before)]);
        };
        row("requests", |figures| figures.requests.to_string());
        row("allowed", |figures| figures.allowed.to_string());
        row("denied", |figures| figures.denied.to_string());
        row("unverified", |figures| figures.unverified.to_string());
        row("conversion", conversion);
        row("undelivered", |figures| figures.failed_deliveries.to_string());
        row("spend", |figures| figures.spend.to_string());
        row("of it unverified", |figures| figures.unverified_spend.to_string());
        row("per verified", |figures| figures.spend_per_verified().to_string());
        output::print(table);
        output::line("");
    }

    /// What has nothing to compare with.
    fn print_rest(&self) {
        let Summary { monitors, policies, uncounted, without_request, rules, .. } =
            &self.report.period.summary;
        let mut table = output::columns();
        let mut row = |name: &str, value: String| {
            table.add_row([name.to_owned(), value]);
        };
        let denied = rules.iter().filter(|rule| rule.figures.denied > 0);
        let denied = denied.map(|rule| format!("{} {}", rule.name, rule.figures.denied));
        row("denied by", self.listed(denied.collect()));
        let monitored = monitors.iter().map(|monitor| (&monitor.rule, monitor.figures.would_deny));
        let monitored =
            monitored.filter(|(_, count)| *count > 0).map(|(rule, count)| format!("{rule} {count}"));
        row("would deny", self.listed(monitored.collect()));
        for Uncounted { rule, why, count } in uncounted.iter().take(self.top) {
            row("uncounted", format!("{rule} {count}: {why}"));
        }
        row(
            "decided by",
            self.listed(policies.iter().map(|Count { name, count }| format!("{name} {count}")).collect()),
        );
        for (app, active) in &self.report.in_force {
            let InForce { version, applied_at, applied_by, reason } = active;
            let whose = if app == "*" { String::new() } else { format!(" for {app}") };
            let since = output::time(*applied_at);
            row("in force", format!("v{version}{whose} since {since}, by {applied_by}: {reason}"));
        }
        if self.report.is_built_in {
            let others = if self.report.in_force.is_empty() { "" } else { "; for all other applications" };
            row("in force", format!("{BUILT_IN}{others}"));
        }
        lists::idle(&self.report.lists).for_each(|idle| row("idle list", colour::bad(idle)));
        if let Some(empty) = lists::empty(&self.report.lists) {
            row("empty lists", empty);
        }
        if *without_request > 0 {
            let outcomes = usize::try_from(*without_request).unwrap_or(usize::MAX);
            row("unasked", count(outcomes, "outcome") + " without a request");
        }
        output::print(table);
    }

    fn print_steps(&self) {
        let Summary { steps, step_seconds, figures, .. } = &self.report.period.summary;
        let Some(first) = steps.first().filter(|_| figures.requests > 0) else { return };
        let length = span::show(Duration::from_secs(step_seconds.unsigned_abs()));
        output::line(&format!(
            "\na bar for each {length}, from {} on, and the most of one",
            output::time(first.from)
        ));
        let mut table = output::columns();
        let mut row = |name: &str, value: fn(&Figures) -> u64| {
            let counts: Vec<u64> = steps.iter().map(|step| value(&step.figures)).collect();
            let most = counts.iter().max().copied().unwrap_or(0);
            // One cell, since an hour's minutes must stand beside each other in a common terminal.
            table.add_row([format!("{name:<10} {most:>6} {}", bars(&counts))]);
        };
        row("requests", |figures| figures.requests);
        row("denied", |figures| figures.denied);
        row("unverified", |figures| figures.unverified);
        row("verified", |figures| figures.verified);
        output::print(table);
    }

    fn print_groups(&self, heading: &str, groups: &[Group], before: &[Group]) {
        if groups.is_empty() {
            return;
        }
        output::line("");
        let mut table = output::table([heading, "requests", "denied", "unverified", "cost", "conversion"]);
        let before: BTreeMap<&str, u64> =
            before.iter().map(|group| (group.name.as_str(), group.figures.unverified)).collect();
        for Group { name, figures } in groups.iter().take(self.top) {
            let before = before.get(name.as_str()).copied().unwrap_or(0);
            let cost = &figures.unverified_spend;
            table.add_row([
                name.clone(),
                figures.requests.to_string(),
                figures.denied.to_string(),
                format!("{} (was {before})", figures.unverified),
                if cost.is_empty() { "-".to_owned() } else { cost.to_string() },
                conversion(figures) + &undelivered(figures),
            ]);
        }
        output::print(table);
        self.print_more(groups.len());
    }

    fn print_denied_keys(&self, keys: &[FullKey]) {
        if keys.is_empty() {
            return;
        }
        output::line("");
        let mut table = output::table(["quota that denied", "key", "denied", "stood at"]);
        for key in keys.iter().take(self.top) {
            let again = key.retry_at.map(|at| format!(", room again at {}", output::time(at)));
            let stood = stood_at(key.total, key.limit, key.currency.as_deref()) + &again.unwrap_or_default();
            table.add_row([&key.rule, &key.key.shown, &key.denied.to_string(), &stood]);
        }
        output::print(table);
        self.print_more(keys.len());
    }

    fn print_near_limit(&self, keys: &[NearKey]) {
        if keys.is_empty() {
            return;
        }
        output::line("");
        let mut table = output::table(["quota near its limit", "key", "requests", "stood at"]);
        for key in keys.iter().take(self.top) {
            let stood = stood_at(key.total, key.limit, key.currency.as_deref());
            table.add_row([&key.rule, &key.key.shown, &key.requests.to_string(), &stood]);
        }
        output::print(table);
        self.print_more(keys.len());
    }

    fn print_monitors(&self) {
        let monitors = &self.report.period.summary.monitors;
        output::line("");
        if monitors.is_empty() {
            output::line("no rule is in monitor mode, and none was");
            return;
        }
        let mut table =
            output::table(["monitored rule", "would deny", "denied anyway", "verified", "would save"]);
        for Monitored { rule, figures, .. } in monitors {
            let counts = [figures.would_deny, figures.already_denied, figures.verified];
            let [would_deny, already_denied, verified] = counts.map(|count| count.to_string());
            table.add_row([rule, &would_deny, &already_denied, &verified, &figures.would_save.to_string()]);
        }
        output::print(table);
        for Monitored { rule, keys, .. } in monitors.iter().filter(|monitor| !monitor.keys.is_empty()) {
            output::line("");
            let mut table = output::table([&**rule, "would deny", "denied anyway", "verified", "would save"]);
            for key in keys.iter().take(self.top) {
                let counts = [key.figures.would_deny, key.figures.already_denied, key.figures.verified];
                let [would_deny, already_denied, verified] = counts.map(|count| count.to_string());
                let saved = key.figures.would_save.to_string();
                table.add_row([&key.key.shown, &would_deny, &already_denied, &verified, &saved]);
            }
            output::print(table);
            self.print_more(keys.len());
        }
    }

    /// Says what does not stand in a table.
    fn print_more(&self, rows: usize) {
        if rows > self.top {
            output::line(&format!("… and {} more: --top {rows}", rows - self.top));
        }
    }

    /// Some of a list, and how many more there are.
    fn listed(&self, mut parts: Vec<String>) -> String {
        let more = parts.len().saturating_sub(self.top);
        parts.truncate(self.top);
        if more > 0 {
            parts.push(format!("and {more} more"));
        }
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    }
}

/// `62.5 % of 8`, and `0.0 % of 8 !` where nobody was verified.
fn conversion(figures: &Figures) -> String {
    let Figures { verified, ended, .. } = figures;
    let Some(thousandths) = verified.saturating_mul(1_000).checked_div(*ended) else {
        return "none ended".to_owned();
    };
    let conversion = format!("{}.{} % of {ended}", thousandths / 10, thousandths % 10);
    if *verified == 0 { colour::bad(&format!("{conversion} !")) } else { conversion }
}

fn undelivered(figures: &Figures) -> String {
    match figures.failed_deliveries {
        0 => String::new(),
        messages => format!(", {messages} undelivered"),
    }
}

/// `2 of 5`, or `24.95 of 25 EUR`.
fn stood_at(total: Decimal, limit: Decimal, currency: Option<&str>) -> String {
    let currency = currency.map(|currency| format!(" {currency}")).unwrap_or_default();
    format!("{total} of {limit}{currency}")
}
