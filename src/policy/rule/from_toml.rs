//! Reading a rule, and what its parts must agree on.

use jiff::Timestamp;

use super::{Active, Mode, Question, Rule, Sample};
use crate::answer::Options;
use crate::event::Method;
use crate::policy::condition::{self, Condition, Conditions};
use crate::policy::name::{ListName, NameError, RuleId};
use crate::policy::problem::{ProblemReport, Span, error, missing, warning};
use crate::policy::respond;
use crate::policy::set::Sets;
use crate::policy::toml_value::{Fields, Node, choice, shown, text, wrong_kind};
use crate::policy::{VERDICTS, quota};
use crate::verdict::Verdict;

const KEYS: &[&str] =
    &["active", "id", "list", "mode", "quota", "respond", "sample", "unless", "verdict", "when"];

const MODES: [(&str, Mode); 2] = [("enforce", Mode::Enforce), ("monitor", Mode::Monitor)];

/// Reads one `[[rules]]`. Every part is read before any complaint about how they go together, so that all
/// mistakes are found at once.
pub(in crate::policy) fn read<'t, 'i>(
    node: &'t Node<'i>,
    sets: &Sets<'t, 'i>,
    report: &mut ProblemReport,
) -> Option<Rule> {
    let fields = Fields::of(node, "a rule", KEYS, report)?;
    let id = id(&fields, report);
    let verdict = fields.get("verdict").and_then(|node| choice(node, "`verdict`", &VERDICTS, report));
    let mode = fields.get("mode").and_then(|node| choice(node, "`mode`", &MODES, report));
    let mode = mode.unwrap_or_default();
    let mut conditions = |key| -> Conditions {
        fields.get(key).map(|node| condition::read(node, key, sets, report)).unwrap_or_default()
    };
    let when = conditions("when");
    let unless = conditions("unless");
    let sample = fields.get("sample").and_then(|node| sample(node, report));
    let active = fields.get("active").and_then(|node| active(node, report));
    let question = question(&fields, sets, report);
    let respond = fields.get("respond").map(|node| respond::read(node, report));

    check_effect(&fields, verdict, mode, report);
    check_question(&fields, verdict, report);
    if let Some(options) = &respond {
        check_codes(&fields, options, &when, report);
        check_methods(&fields, &when, &unless, report);
    }
    Some(Rule { id: id?, verdict, mode, when, unless, sample, active, question: question?, respond })
}

fn id(fields: &Fields<'_, '_>, report: &mut ProblemReport) -> Option<RuleId> {
    if fields.lacks("id") {
        let help = "decisions and counters carry it: id = \"per-number\"";
        report.push(missing(&fields.at, "a rule has no `id`").help(help));
    }
    fields.get("id").and_then(|node| name(node, "id", report))
}

/// What a rule asks the store. A rule whose question cannot be read is none: it would seem to decide
/// everything, and the rules below never to be reached.
fn question<'t, 'i>(
    fields: &Fields<'t, 'i>,
    sets: &Sets<'t, 'i>,
    report: &mut ProblemReport,
) -> Option<Question> {
    let list = fields.get("list").and_then(|node| name::<ListName>(node, "list", report));
    let quota = fields.get("quota").and_then(|node| quota::read(node, sets, report));
    let question = list.map(Question::List).or(quota.map(Question::Quota));
    if fields.has("list") || fields.has("quota") { question } else { Some(Question::Nothing) }
}

/// A rule decides, or shows what it would decide, or adds options; anything else is an oversight.
fn check_effect(fields: &Fields<'_, '_>, verdict: Option<Verdict>, mode: Mode, report: &mut ProblemReport) {
    let at = fields.place_of("respond");
    if !fields.has("verdict") {
        if mode == Mode::Monitor {
            let message = "a rule in monitor mode needs a `verdict`, the one it would give";
            report.push(missing(&fields.place_of("mode"), message));
        } else if fields.lacks("respond") && fields.lacks("verdict") {
            let help = "write verdict = \"deny\", verdict = \"allow\", or options under `respond`";
            report.push(
                missing(&fields.at, "a rule has neither `verdict` nor `respond`, so it does nothing")
                    .help(help),
            );
        }
        return;
    }
    if !fields.has("respond") {
        return;
    }
    if verdict == Some(Verdict::Deny) {
        let message = "`respond` on a rule that denies: an answer that denies carries no options";
        report.push(error(&at, message).help("remove `respond`, or move it to a rule that allows"));
    } else if mode == Mode::Monitor {
        let message = "`respond` on a rule in monitor mode: its options are not sent";
        report.push(warning(&at, message).help("they take effect with mode = \"enforce\""));
    }
}

/// A rule asks the store one thing, and a quota can only deny.
fn check_question(fields: &Fields<'_, '_>, verdict: Option<Verdict>, report: &mut ProblemReport) {
    if fields.has("list") && fields.has("quota") {
        let message = "a rule has `list` or `quota`, not both";
        report.push(error(&fields.place_of("quota"), message).help("write two rules, the list first"));
    }
    if !fields.has("quota") || verdict == Some(Verdict::Deny) {
        return;
    }
    let help = "write verdict = \"deny\"; to let some through whatever they use, put an allow rule above";
    match verdict {
        Some(Verdict::Allow) => {
            let message = "a quota rule fires once its limit is reached, so it would allow just the excess";
            report.push(error(&fields.place_of("verdict"), message).help(help));
        }
        None if fields.lacks("verdict") => {
            let message =
                "a quota rule fires once its limit is reached, and needs verdict = \"deny\" for that";
            report.push(missing(&fields.place_of("quota"), message).help(help));
        }
        Some(Verdict::Deny) | None => {}
    }
}

/// One code for everybody would be no secret.
fn check_codes(fields: &Fields<'_, '_>, options: &Options, when: &Conditions, report: &mut ProblemReport) {
    let sets_code = options.sms.as_ref().is_some_and(|sms| sms.code.is_some())
        || options.callout.as_ref().is_some_and(|callout| callout.code.is_some());
    let names_numbers = when.iter().any(|condition| matches!(condition, Condition::Prefix(_)));
    if sets_code && !fields.has("list") && !names_numbers {
        let message = "`code` gives everybody the same code, so anybody could guess it";
        let help = "set it for test numbers only: name them by `list` or `when.prefix`";
        report.push(error(&fields.place_of("respond"), message).help(help));
    }
}

/// Options that fit no method the rule can see would never be sent.
fn check_methods(
    fields: &Fields<'_, '_>,
    when: &Conditions,
    unless: &Conditions,
    report: &mut ProblemReport,
) {
    let blocks = [
        ("sms", Method::Sms),
        ("flashCall", Method::FlashCall),
        ("callout", Method::Callout),
        ("whatsapp", Method::WhatsApp),
    ];
    let Some(written) = fields.get("respond").and_then(|node| node.get_ref().as_table()) else { return };
    // With other keys beside it, `unless.method` leaves some verifications of the method over.
    let excluded = unless.methods().filter(|_| unless.iter().count() == 1);
    for (block, method) in blocks {
        let Some((key, _)) = written.get_key_value(block) else { continue };
        let is_named = when.methods().is_none_or(|methods| methods.is_empty() || methods.contains(&method));
        let is_excluded = excluded.is_some_and(|methods| methods.contains(&method));
        if !is_named || is_excluded {
            let message = format!("`{block}` fits no method that this rule sees");
            let help = format!("it is for `{method}`: see `when.method` and `unless.method` of the rule");
            report.push(error(&key.span(), message).help(help));
        }
    }
}

fn name<T: std::str::FromStr<Err = NameError>>(
    node: &Node<'_>,
    key: &str,
    report: &mut ProblemReport,
) -> Option<T> {
    let written = text(node, &format!("`{key}`"), report)?;
    match written.parse() {
        Ok(name) => Some(name),
        Err(wrong) => {
            let message = format!("`{}` cannot be used as `{key}`", shown(written));
            report.push(error(&node.span(), message).help(wrong.to_string()));
            None
        }
    }
}

fn sample(node: &Node<'_>, report: &mut ProblemReport) -> Option<Sample> {
    let value = node.get_ref();
    let number = value
        .as_float()
        .map(|float| float.as_str().to_owned())
        .or_else(|| value.as_integer().map(ToString::to_string));
    let sample = number.and_then(|number| number.replace('_', "").parse().ok()).and_then(Sample::new);
    if sample.is_none() {
        let message = "`sample` is a number above 0 and at most 1";
        report.push(error(&node.span(), message).help("sample = 0.1 looks at a tenth of the verifications"));
    }
    sample
}

fn active(node: &Node<'_>, report: &mut ProblemReport) -> Option<Active> {
    let fields = Fields::of(node, "`active`", &["from", "until"], report)?;
    if fields.is_empty() {
        report.push(error(&fields.at, "`active` needs `from` or `until`"));
    }
    let from = fields.get("from").and_then(|node| moment(node, "`from`", report));
    let until = fields.get("until").and_then(|node| moment(node, "`until`", report));
    if let (Some(start), Some(end)) = (from, until)
        && end <= start
    {
        let at: Span = fields.place_of("until");
        report.push(error(&at, "`until` is not after `from`, so the rule would never be in force"));
    }
    Some(Active { from, until })
}

/// A date with time and offset.
pub(in crate::policy) fn moment(
    node: &Node<'_>,
    what: &str,
    report: &mut ProblemReport,
) -> Option<Timestamp> {
    let help = "write date, time and offset without quotes, such as 2026-11-27T00:00:00+01:00";
    let Some(date) = node.get_ref().as_datetime() else {
        report.push(wrong_kind(node, what, "a date").help(help));
        return None;
    };
    let moment = date.offset.and_then(|_| date.to_string().parse().ok());
    if moment.is_none() {
        let message = format!("{what} must name one moment everywhere, so it needs a time and an offset");
        report.push(error(&node.span(), message).help(help));
    }
    moment
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn a_method_that_cannot_be_read_is_one_mistake_and_not_two() {
        let rule = |method: &str| {
            format!(
                "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"r\"\nwhen.method = \"{method}\"\n\
                 respond.sms.expiry = \"00:03:00\"\n"
            )
        };
        let n_problems =
            |method| Policy::compile(&rule(method)).map_or_else(|found| found.iter().count(), |_| 0);
        assert_eq!((n_problems("sms"), n_problems("smoke"), n_problems("callout")), (0, 1, 1));
    }
}
