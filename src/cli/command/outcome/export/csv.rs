//! Verifications as rows of CSV, for spreadsheets.

use std::borrow::Cow;

use crate::event::{Method, Status};
use crate::privacy::StoredNumber;
use crate::record::{Happening, Region, Story};
use crate::verdict::Verdict;

/// The names of the columns, as in JSON.
pub(super) const COLUMNS: &str = "at,app,id,reference,number,country,number_type,method,verdict,rule,reason,\
                                  policy,price,monitors,delivery,status,status_reason,source,ended_at";

/// A verification as one row.
pub(super) fn row(story: &Story) -> String {
    let (subject, decision) = (&story.subject, story.decision.as_ref());
    let ended = story.heard.iter().rev().find(|heard| heard.status() == story.status());
    let (status_reason, source) = match ended.map(|heard| &heard.happening) {
        Some(Happening::Result { reason, source, .. }) => (reason.as_deref(), source.as_deref()),
        _ => (None, None),
    };
    let delivery = story.heard.iter().rev().find_map(|heard| match &heard.happening {
        Happening::Delivery { result } => Some(result.as_str()),
        Happening::Result { .. } => None,
    });
    let at = decision.map(|decided| decided.at).or_else(|| story.heard.first().map(|heard| heard.at));
    let (at, ended_at) = (at.map(|at| at.to_string()), ended.map(|heard| heard.at.to_string()));
    let would_deny = decision.iter().flat_map(|decided| &decided.monitors);
    let would_deny = would_deny.filter(|monitor| monitor.verdict == Verdict::Deny);
    let monitors = would_deny.map(|monitor| monitor.rule.as_str()).collect::<Vec<_>>().join(" ");
    let cells = [
        at.as_deref(),
        Some(subject.app.as_str()),
        Some(subject.id.as_str()),
        subject.reference.as_deref(),
        subject.number.as_ref().map(StoredNumber::as_str),
        subject.country.as_ref().map(Region::as_str),
        subject.number_type.as_deref(),
        subject.method.as_ref().map(Method::as_str),
        decision.map(|decided| decided.verdict.name()),
        decision.and_then(|decided| decided.rule.as_deref()),
        decision.map(|decided| decided.reason.as_str()),
        decision.map(|decided| decided.policy.as_str()),
        decision.and_then(|decided| decided.price.as_deref()),
        Some(monitors.as_str()),
        delivery,
        story.status().map(Status::as_str),
        status_reason,
        source,
        ended_at.as_deref(),
    ];
    cells.map(|text| cell(text.unwrap_or_default()).into_owned()).join(",")
}

/// A value as RFC 4180 writes it, and so that no spreadsheet takes it for a formula. A number such as
/// `+46701740605` begins like one and is harmless, so it stays what programs know it by.
fn cell(text: &str) -> Cow<'_, str> {
    let is_number = text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let mark = if is_formula { "'" } else { "" };
    if text.contains(['"', ',', '\n', '\r']) {
        Cow::Owned(format!("\"{mark}{}\"", text.replace('"', "\"\"")))
    } else if is_formula {
        Cow::Owned(format!("{mark}{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    #[test]
    fn a_cell_reads_back_and_is_never_a_formula() {
        for (text, written) in [
            ("", ""),
            ("no rule decided", "no rule decided"),
            ("+46701740605", "+46701740605"),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("-2", "'-2"),
            ("@SUM(A1,A2)", "\"'@SUM(A1,A2)\""),
            ("\t=1", "'\t=1"),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let row = row(&sample::story(Verdict::Allow));
        assert_eq!(row.split(',').count(), COLUMNS.split(',').count(), "{row}");
    }
}
