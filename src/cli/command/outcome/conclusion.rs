//! What a story comes down to, for the person whom a customer asks: what happened and why, what it means for
//! the customer, and what to do now. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::background::Background;
use crate::cli::output::time;
use crate::event::{Method, SmsResult, Status};
use crate::phone::PhoneNumber;
use crate::policy::Question;
use crate::privacy::StoredNumber;
use crate::record::{Decided, Happening, Heard, Said, Story};
use crate::verdict::Verdict;

/// How long a code may take to arrive and to be typed in, before silence says anything.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// What a story comes down to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Conclusion {
    /// What happened, why, and what it means for the customer.
    #[serde(rename = "conclusion")]
    pub(super) text: String,
    /// What to do now, in the order of what is best; nothing where nothing is left to do.
    pub(super) hints: Vec<String>,
}

/// Draws the conclusion, as of `now`.
pub(super) fn conclude(story: &Story, background: &Background, now: Timestamp) -> Conclusion {
    let case = Case { story, background, now };
    let (mut text, hints) = match &story.decision {
        Some(decided) if decided.verdict == Verdict::Deny => case.denied(decided),
        Some(_) => case.allowed(),
        None => case.unseen(),
    };
    let Some(success) = case.later_success() else { return Conclusion { text, hints } };
    text += &format!(" The number verified in another attempt, at {success}.");
    Conclusion { text, hints: Vec::new() }
}

struct Case<'a> {
    story: &'a Story,
    background: &'a Background,
    now: Timestamp,
}

impl Case<'_> {
    /// When another attempt of the number succeeded after this one began.
    fn later_success(&self) -> Option<String> {
        let begun = self.story.begun()?;
        let others =
            self.background.others.iter().filter(|_| self.story.status() != Some(&Status::Successful));
        let heard = others.flat_map(|other| &other.heard).filter(|heard| heard.at >= begun);
        let success = heard.filter(|heard| heard.status() == Some(&Status::Successful)).map(|heard| heard.at);
        success.min().map(time)
    }

    fn denied(&self, decided: &Decided) -> (String, Vec<String>) {
        let no_code = "So no code was sent to the customer, and nothing was charged.";
        let why = self.why_denied(decided);
        (format!("The gate denied it: {why}. {no_code}"), self.after_denial(decided))
    }

    fn why_denied(&self, decided: &Decided) -> String {
        let reason = &decided.reason;
        let Some(rule) = &decided.rule else {
            return if decided.on_store_failure {
                reason.clone()
            } else {
                "no rule of the policy allowed it, and its default is to deny".to_owned()
            };
        };
        match self.question() {
            Some(Question::List(list)) => {
                let whose = match &self.background.entry {
                    Some(entry) if entry.added_at <= decided.at => {
                        format!("; {} put {} there at {}", entry.author, entry.entry, time(entry.added_at))
                    }
                    Some(entry) => format!(
                        "; the entry there now, {}, came later, at {} from {}",
                        entry.entry,
                        time(entry.added_at),
                        entry.author
                    ),
                    None if self.is_number_known() => format!("; it is not on {list} any more"),
                    None => format!(
                        "; whether it is on {list} now cannot be seen, since the record does not have the \
                         whole number"
                    ),
                };
                format!("the number was {reason} (rule {rule}){whose}")
            }
            Some(Question::Quota(quota)) => {
                let whose = if quota.per.to_string().contains("number") {
                    "which this number had used up by itself"
                } else {
                    "which the customer shares with others, and others had used up"
                };
                format!("there was no room in the limit of rule {rule}, {whose} ({reason})")
            }
            Some(Question::Nothing) | None => format!("rule {rule} does not let it through ({reason})"),
        }
    }

    fn after_denial(&self, decided: &Decided) -> Vec<String> {
        let mut hints = Vec::new();
        let reading = decided.quotas.iter().find(|reading| decided.rule.as_ref() == Some(&reading.rule));
        let room = reading.and_then(|reading| reading.retry_at);
        if decided.on_store_failure {
            hints.push("let the customer try again; the table may answer now".to_owned());
        } else if decided.rule.is_some()
            && self.background.rule.is_some()
            && !self.background.is_rule_in_force
        {
            hints.push("let the customer try again; that rule is not in force any more".to_owned());
        } else if let (Some(Question::List(_)), None) = (self.question(), &self.background.entry) {
            hints.push(if self.is_number_known() {
                "let the customer try again".to_owned()
            } else {
                let explain = format!("policy explain --app {} --number THE-NUMBER", self.story.subject.app);
                format!("see what the gate would say now: `sinch-gate {explain}`")
            });
        } else if let Some(room) = room {
            hints.push(match room > self.now {
                true => format!("wait until {}, then let the customer try again", time(room)),
                false => format!("let the customer try again; there was to be room from {} on", time(room)),
            });
        }
        if !hints.iter().any(|hint| hint.starts_with("let ")) {
            hints.extend(self.let_through());
        }
        if hints.is_empty() {
            hints
                .push("if such customers are wanted, change the policy: `sinch-gate policy show`".to_owned());
        }
        hints
    }

    /// How to let the number through at once.
    fn let_through(&self) -> Option<String> {
        let number = self.number();
        if let Some(list) = &self.background.safelist {
            let add = format!("list add {list} {number} --for 1h --reason \"asked support\"");
            return Some(format!("to let it through now: `sinch-gate {add}`"));
        }
        let entry = self.background.entry.as_ref().filter(|entry| !entry.is_prefix())?;
        Some(format!("to let it through: `sinch-gate list remove {} {}`", entry.list, entry.entry))
    }

    fn allowed(&self) -> (String, Vec<String>) {
        let ended = self.story.heard.iter().rev().find(|heard| heard.status() == self.story.status());
        let at = ended.map(|heard| time(heard.at)).unwrap_or_default();
        let reason = ended.and_then(reason).map(|reason| format!(", with the reason “{reason}”"));
        let reason = reason.unwrap_or_default();
        let again = "let the customer ask for a new code";
        match self.story.status() {
            Some(Status::Successful) => {
                (format!("The gate allowed it, and the number verified at {at}. All is well."), Vec::new())
            }
            Some(Status::Fail) if ended.is_some_and(Heard::is_wrong_code) => (
                format!("The gate allowed it, but what was entered was not the code ({at}{reason})."),
                vec![again.to_owned()],
            ),
            Some(Status::Fail) => (
                format!(
                    "The gate allowed it, but the number was not verified in time or the code was wrong: it \
                     failed at {at}{reason}.{}",
                    self.delivered()
                ),
                vec![self.other_way(again)],
            ),
            Some(Status::Denied) => (
                format!("The gate allowed it, but Sinch refused it at {at}{reason}. No code was sent."),
                vec![format!("ask Sinch for the reason: {}", self.question_to_sinch())],
            ),
            Some(Status::Aborted) => (
                format!(
                    "The gate allowed it, but a newer attempt of the number took its place at {at}; only the \
                     newest code counts."
                ),
                vec!["look at the newer attempt, and let the customer enter its code".to_owned()],
            ),
            Some(Status::Error) => (
                format!(
                    "The gate allowed it, but Sinch could not carry it out ({at}{reason}), and charges \
                     nothing. No code arrived."
                ),
                vec![self.other_way("check the number, then let the customer try again")],
            ),
            Some(Status::Pending | Status::Other(_)) | None => self.open(),
        }
    }

    /// No result came so far.
    fn open(&self) -> (String, Vec<String>) {
        let age = self.story.begun().map_or(SignedDuration::ZERO, |begun| self.now.duration_since(begun));
        match (self.delivery(), age < PATIENCE) {
            (Some((SmsResult::Failed, at)), _) => {
                let lost = format!("but the SMS could not be delivered ({at}), so the customer got no code");
                let check = self.other_way("check the number, then let the customer try again");
                (format!("The gate allowed it, {lost}."), vec![check])
            }
            (Some((SmsResult::Successful, at)), true) => {
                let waits = format!("and the SMS was delivered at {at}. The code has not been entered yet");
                let look = "let the customer look at the messages on the phone";
                (format!("The gate allowed it, {waits}."), vec![look.to_owned()])
            }
            (Some((SmsResult::Successful, at)), false) => self.silent(&format!(
                "The gate allowed it, and the SMS was delivered at {at}, but no result came: the code was \
                 never entered, or the result was lost."
            )),
            (_, true) => {
                let age = age.as_secs().max(0);
                let text = format!("The gate allowed it {age} s ago, and nothing was heard of it since.");
                (text, vec!["wait a minute, then look again".to_owned()])
            }
            (_, false) => self.silent(
                "The gate allowed it, and nothing was heard of it since: neither a delivery nor a result.",
            ),
        }
    }

    /// Nothing will be heard any more, so that only Sinch may know how it ended.
    fn silent(&self, text: &str) -> (String, Vec<String>) {
        let again = self.other_way("let the customer ask for a new code");
        if self.story.asked.as_ref().is_some_and(|asked| asked.said == Said::NotFound) {
            return (format!("{text} Sinch does not know it any more."), vec![again]);
        }
        let ask = format!("ask Sinch how it ended: {}", self.question_to_sinch());
        (text.to_owned(), vec![ask, again])
    }

    /// No request was seen.
    fn unseen(&self) -> (String, Vec<String>) {
        let end = match self.story.status() {
            Some(status) => format!("Sinch reported {status}"),
            None => "Sinch reported a delivery".to_owned(),
        };
        let text = format!(
            "{end}, but the gate never saw the request: its callback was lost or refused, and Sinch decided \
             without the gate."
        );
        let doctor = "check that callbacks arrive: `sinch-gate doctor --url YOUR-CALLBACK-URL`";
        (text, vec![doctor.to_owned()])
    }

    fn question(&self) -> Option<&Question> {
        self.background.rule.as_ref()?.question.as_ref()
    }

    fn number(&self) -> &str {
        self.plain_number().map_or("THE-NUMBER", PhoneNumber::as_str)
    }

    fn plain_number(&self) -> Option<&PhoneNumber> {
        self.story.subject.number.as_ref().and_then(StoredNumber::plain)
    }

    /// Whether the number can be looked up on a list: a hash or a masked number cannot.
    fn is_number_known(&self) -> bool {
        self.plain_number().is_some()
    }

    fn question_to_sinch(&self) -> String {
        format!("`sinch-gate verification status --id {}`", self.story.subject.id)
    }

    /// The last that was heard of an SMS, and when.
    fn delivery(&self) -> Option<(&SmsResult, String)> {
        self.story.heard.iter().rev().find_map(|heard| match &heard.happening {
            Happening::Delivery { result } => Some((result, time(heard.at))),
            Happening::Result { .. } => None,
        })
    }

    /// What the delivery adds to a failure.
    fn delivered(&self) -> String {
        match self.delivery() {
            Some((SmsResult::Failed, at)) => format!(" The SMS could not be delivered ({at})."),
            Some((SmsResult::Successful, at)) => format!(" The SMS was delivered at {at}."),
            _ => String::new(),
        }
    }

    /// Some advice, and another way where the SMS did not arrive.
    fn other_way(&self, advice: &str) -> String {
        let by_sms = self.story.subject.method == Some(Method::Sms);
        let arrived = matches!(self.delivery(), Some((SmsResult::Successful, _)));
        match by_sms && !arrived {
            true => format!("{advice}, by another method if SMS do not arrive there"),
            false => advice.to_owned(),
        }
    }
}

fn reason(heard: &Heard) -> Option<&str> {
    match &heard.happening {
        Happening::Result { reason, .. } => reason.as_deref(),
        Happening::Delivery { .. } => None,
    }
}
