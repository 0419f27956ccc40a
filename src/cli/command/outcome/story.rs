//! A story in words: what was asked, decided and heard, in the order of time.

use jiff::Timestamp;

use crate::cli::local_time::Times;
use crate::cli::output::{self, colour};
use crate::event::{Method, Status};
use crate::privacy::StoredNumber;
use crate::record::{Cost, Decided, Happening, Region, Said, Story};

/// Prints a story: which verification it is, then what happened and when, then more lines about it.
pub(super) fn tell(story: &Story, more: Vec<String>, times: &Times) {
    let subject = &story.subject;
    let unknown = "unknown";
    output::line(&format!(
        "{}: {} to {} ({}, {})",
        subject.reference.as_deref().map_or_else(|| "no reference".to_owned(), output::one_line),
        subject.method.as_ref().map_or("verification", Method::as_str),
        subject.number.as_ref().map_or(unknown, StoredNumber::as_str),
        subject.country.as_ref().map_or("no country", Region::as_str),
        subject.number_type.as_deref().unwrap_or(unknown),
    ));
    output::line(&format!("  id {}", output::one_line(&subject.id)));
    let mut table = output::columns();
    let more = more.into_iter().map(|line| (None, line));
    for (at, what) in lines(story).into_iter().chain(more) {
        let at = at.map(|at| format!("  {}", output::time(at))).unwrap_or_default();
        table.add_row([times.within(&at), times.within(&what)]);
    }
    output::print(table);
}

/// What happened, in the order of time; a line without time belongs to the one above.
fn lines(story: &Story) -> Vec<(Option<Timestamp>, String)> {
    let mut lines = match &story.decision {
        Some(decided) => decision(decided),
        None => vec![(None, "no request was seen".to_owned())],
    };
    lines.extend(story.heard.iter().map(|heard| {
        let how = if heard.reconciled { " (said when Sinch was asked)" } else { "" };
        let what = match &heard.happening {
            Happening::Result { status, reason, source } => {
                let parts = [Some(status.as_str()), reason.as_deref(), source.as_deref()];
                let parts: Vec<&str> = parts.into_iter().flatten().collect();
                format!("result: {}{how}", parts.join(", "))
            }
            Happening::Delivery { result } => format!("SMS delivery: {result}"),
        };
        (Some(heard.at), what)
    }));
    let contradiction = story.contradiction();
    if !contradiction.is_empty() {
        let counts = story.status().map(Status::as_str).unwrap_or_default();
        let ends = Status::join(contradiction, " and ");
        lines.push((None, format!("contradiction: {ends}; {counts} counts")));
    }
    let is_over = story.heard.iter().any(|heard| heard.final_status().is_some());
    let asked = story.asked.iter().filter(|_| !is_over);
    lines.extend(asked.map(|asked| (Some(asked.at), answer(&asked.said))));
    let expected = story.decision.as_ref().and_then(|decided| decided.price.as_deref());
    lines.extend(match (&story.cost, expected) {
        (Some(cost), expected) => Some((None, price(cost, expected))),
        (None, expected) => {
            expected.map(|price| (None, format!("price: at most {price}, as the request said")))
        }
    });
    lines
}

/// What the last question has brought.
fn answer(said: &Said) -> String {
    match said {
        Said::Status { status } => format!("asked Sinch: {status}"),
        Said::NotFound => "asked Sinch, which does not know it; how it ended is unknown".to_owned(),
        Said::Failed { cause } => format!("asked Sinch, without an answer: {cause}"),
        Said::Mismatch { member } => {
            format!("asked Sinch, whose answer was about something else (`{member}` differs); not used")
        }
    }
}

/// `price: at most 0.0445 EUR, at most 0.01 EUR for the call of 34 s; 0.0453 EUR was expected`
fn price(cost: &Cost, expected: Option<&str>) -> String {
    let length = cost.billable_seconds.map(|seconds| format!(" of {seconds} s")).unwrap_or_default();
    let verification = cost.verification.as_ref().map(|price| format!("at most {price}"));
    let call = cost.termination.as_ref().map(|price| format!("at most {price} for the call{length}"));
    let parts: Vec<String> = verification.into_iter().chain(call).collect();
    let expected = expected.map(|price| format!("; {price} was expected")).unwrap_or_default();
    format!("price: {}{expected}", parts.join(", "))
}

fn decision(decided: &Decided) -> Vec<(Option<Timestamp>, String)> {
    let rule = decided.rule.as_deref().map(|rule| format!(" by rule {rule}")).unwrap_or_default();
    let verdict =
        format!("{}{rule}: {} (policy {})", colour::verdict(decided.verdict), decided.reason, decided.policy);
    let quotas = decided.quotas.iter().map(|quota| format!("quota {} stood at {quota}", quota.rule));
    let monitors = decided
        .monitors
        .iter()
        .map(|monitor| format!("rule {} only monitors; it would {}", monitor.rule, monitor.verdict));
    let notes = decided.notes.iter().map(|note| format!("note: {note}"));
    let custom = decided.custom.iter().map(|custom| format!("custom: {custom}"));
    let details = quotas.chain(monitors).chain(notes).chain(custom).map(|detail| (None, detail));
    std::iter::once((Some(decided.at), verdict)).chain(details).collect()
}
