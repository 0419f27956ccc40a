//! How the questions of one application fare, and what follows for its next ones.

use crate::api::{ApiError, Refusal};

/// This number of failures in a row is hardly caused by single verifications.
const MANY: usize = 5;

/// The questions of one application.
///
/// After many failures in a row it leaps over records, over more each time, until one is answered or none is
/// left. So whatever fails, the records behind it are reached, and where nothing is answered few questions
/// are asked.
#[derive(Debug, Default)]
pub(super) struct Lane {
    failures_in_a_row: usize,
    /// How many records were leapt over at last.
    leap: usize,
    /// How many records are still to be passed over.
    to_pass: usize,
    /// Why nothing more is asked in this run.
    refusal: Option<String>,
    last_failure: String,
}

impl Lane {
    /// Whether the next record is asked about, rather than left for the next run.
    pub(super) fn is_open(&mut self) -> bool {
        let is_open = self.refusal.is_none() && self.to_pass == 0;
        self.to_pass = self.to_pass.saturating_sub(1);
        is_open
    }

    /// A question was answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// A question failed.
    pub(super) fn failed(&mut self, error: &ApiError) {
        self.last_failure = error.to_string();
        self.failures_in_a_row += 1;
        if self.failures_in_a_row >= MANY {
            self.leap = self.leap.saturating_mul(2).max(1);
            self.to_pass = self.leap;
        }
        if error.refusal().is_some_and(Refusal::is_about_credentials) {
            self.refusal = Some(error.to_string());
        }
    }

    /// What somebody must see to before the questions of this application are answered.
    pub(super) fn trouble(&self) -> Option<String> {
        let n_failed = self.failures_in_a_row;
        let many = (n_failed >= MANY)
            .then(|| format!("the last {n_failed} questions failed, at last so: {}", self.last_failure));
        self.refusal.clone().or(many)
    }
}

/// Whether it may be for this one verification that the question failed, so that it is not asked again in
/// every run.
pub(super) fn is_about_record(error: &ApiError) -> bool {
    match error {
        ApiError::NoConnection { .. } => false,
        // A 404 without Sinch's code is that of another URL.
        ApiError::Refused { refusal, .. } => {
            let is_elsewhere = refusal.is_not_found() && refusal.code.is_none();
            refusal.http_status != 401 && !refusal.is_capacity() && !is_elsewhere
        }
        _ => true,
    }
}

/// A failure in short, without anything that Sinch says in its own words.
pub(super) fn in_short(error: &ApiError) -> String {
    let Some(refusal) = error.refusal() else { return "no answer, or none that makes sense".to_owned() };
    let code = refusal.code.map(|code| format!(", code {code}")).unwrap_or_default();
    format!("HTTP {}{code}", refusal.http_status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Purpose;

    fn refused(http_status: u16, code: u32) -> ApiError {
        let refusal = Refusal::read(http_status, format!("{{\"errorCode\":{code}}}").as_bytes(), None);
        ApiError::Refused { purpose: Purpose::Status, refusal }
    }

    /// Which of a number of records are asked about, where those that fail are given by their place.
    fn asked(n_records: usize, fails: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut lane = Lane::default();
        let mut asked = Vec::new();
        for record in 1..=n_records {
            if lane.is_open() {
                asked.push(record);
                if fails(record) { lane.failed(&refused(500, 50000)) } else { lane.answered() }
            }
        }
        asked
    }

    #[test]
    fn failures_are_leapt_over_further_each_time_until_something_is_answered() {
        assert_eq!(asked(30, |_| true), [1, 2, 3, 4, 5, 7, 10, 15, 24]);
        assert_eq!(asked(12, |record| record <= 8), [1, 2, 3, 4, 5, 7, 10, 11, 12]);
        assert_eq!(asked(9, |record| record % 5 != 0).len(), 9, "no five in a row");
    }

    #[test]
    fn an_application_that_is_refused_is_asked_for_nothing_more() {
        for (http_status, code, is_refused) in
            [(401, 40102, true), (403, 40303, true), (403, 40300, false), (500, 50000, false)]
        {
            let mut lane = Lane::default();
            assert!(lane.is_open());
            lane.failed(&refused(http_status, code));
            assert_eq!((lane.is_open(), lane.trouble().is_some()), (!is_refused, is_refused), "{code}");
        }
    }

    #[test]
    fn only_what_may_be_for_one_record_is_held_against_it() {
        for (http_status, code, expected) in [
            (403, 40300, true),
            (403, 40303, true),
            (500, 50000, true),
            (401, 40102, false),
            (429, 42900, false),
        ] {
            assert_eq!(is_about_record(&refused(http_status, code)), expected, "{code}");
        }
        let refusal = Refusal::read(404, b"<html>", None);
        assert!(!is_about_record(&ApiError::Refused { purpose: Purpose::Status, refusal }));
    }
}
