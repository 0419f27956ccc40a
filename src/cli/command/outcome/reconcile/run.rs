//! One run over the records: who is asked about, and what becomes of the answers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use super::applications::Applications;
use super::compare::{is_comparable, mismatch};
use super::due::{Standing, standing};
use super::lane::{Lane, in_short, is_about_record};
use super::pace::Pace;
use super::tally::Tally;
use crate::api::{ApiError, Call, Refusal, State, StatusBy};
use crate::cli::progress::Progress;
use crate::cli::{hint, output};
use crate::clock;
use crate::event::{Reference, Status, VerificationId};
use crate::gate::Gate;
use crate::privacy::NumberPrivacy;
use crate::record::{Asked, Cost, Happening, Heard, Said, Story, Subject};
use crate::signature::AppKey;
use crate::store::{Answered, Indexed};

/// The age from which on Sinch certainly knows a verification, if it ever will. Without options it lives for
/// about five minutes.
const LIFETIME: Duration = Duration::from_secs(600);

/// Sinch's code for what it does not know. A 404 without it comes from something in between, or another URL.
const NOT_FOUND: u32 = 40400;

/// A run, as far as it has come.
pub(super) struct Run<'a> {
    pub(super) gate: &'a Gate,
    pub(super) applications: &'a Applications,
    pub(super) privacy: &'a NumberPrivacy,
    pub(super) progress: &'a Progress,
    pub(super) is_dry: bool,
    pub(super) began_at: Timestamp,
    pub(super) pace: Pace,
    /// By application.
    pub(super) lanes: BTreeMap<AppKey, Lane>,
    pub(super) tally: Tally,
}

/// A record that is asked about.
struct Case<'a> {
    indexed: &'a Indexed,
    story: &'a Story,
    begun: Timestamp,
}

impl Run<'_> {
    /// Looks at one record, and asks where there is something to ask.
    ///
    /// # Errors
    /// What ends the run: the table fails, or Sinch wants no questions for a while.
    pub(super) async fn look_at(&mut self, indexed: &Indexed, story: &Story) -> anyhow::Result<()> {
        let begun = indexed.at.parse().context("the index holds a time that is none")?;
        let case = Case { indexed, story, begun };
        let contradiction = story.contradiction();
        if !contradiction.is_empty() {
            self.tally.contradicted += 1;
            self.tell(
                &case,
                &format!("Sinch reported different ends: {}", Status::join(contradiction, ", ")),
            );
        }
        match standing(story, begun, self.began_at) {
            Standing::Complete => Ok(()),
            Standing::Waiting => {
                self.tally.waiting += 1;
                Ok(())
            }
            Standing::Denied => {
                self.tally.denied += 1;
                Ok(())
            }
            Standing::Open | Standing::Doubtful | Standing::Unpriced => self.ask(&case).await,
        }
    }

    async fn ask(&mut self, case: &Case<'_>) -> anyhow::Result<()> {
        let subject = &case.story.subject;
        let Some(client) = self.applications.client(&subject.app) else {
            *self.tally.without_secret.entry(subject.app.clone()).or_default() += 1;
            return Ok(());
        };
        if !is_comparable(subject, self.privacy) {
            self.tally.without_hash_key += 1;
            return Ok(());
        }
        let Some(by) = question(subject) else {
            self.tally.unaskable += 1;
            self.tell(case, "neither id nor reference can stand in the path of a question");
            return Ok(());
        };
        if !self.lane(subject).is_open() {
            self.tally.postponed += 1;
            return Ok(());
        }
        tokio::time::sleep(self.pace.wait(Instant::now())).await;
        self.tally.asked += 1;
        let answer = client.status_once(&by).await;
        let is_unknown =
            |error: &ApiError| error.refusal().is_some_and(|refusal| refusal.code == Some(NOT_FOUND));
        match &answer {
            Err(error) if !is_unknown(error) && !matches!(error, ApiError::Contradiction { .. }) => {
                self.lane(subject).failed(error);
            }
            _ => self.lane(subject).answered(),
        }
        match answer {
            Ok(state) => self.take(case, &state).await,
            Err(ApiError::Contradiction { member }) => self.refuse(case, member).await,
            Err(error) if is_unknown(&error) => self.miss(case).await,
            Err(error) => self.fail(case, &error).await,
        }
    }

    /// Takes in an answer, if it is about this verification.
    async fn take(&mut self, case: &Case<'_>, state: &State) -> anyhow::Result<()> {
        if let Some(member) = mismatch(&case.story.subject, state, self.privacy) {
            return self.refuse(case, member).await;
        }
        let status = &state.status;
        let (wrong_codes, heard): (Vec<&Heard>, Vec<&Heard>) =
            case.story.heard.iter().partition(|heard| heard.is_wrong_code());
        let known: Vec<&Status> = heard.into_iter().filter_map(Heard::final_status).collect();
        let is_confirmed = known.is_empty() && !wrong_codes.is_empty() && *status == Status::Fail;
        let cost = cost(state);
        if is_confirmed {
            self.tally.confirmed += 1;
        } else if known.is_empty() {
            if state.is_final() {
                *self.tally.settled.entry(status.to_string()).or_default() += 1;
            } else {
                self.tally.pending += 1;
            }
        } else if known.contains(&status) {
            self.tally.priced += usize::from(cost.is_some());
        } else {
            self.tally.contradicted += 1;
            self.tell(
                case,
                &format!(
                    "Sinch said {} before, and {} now",
                    Status::join(known.iter().copied(), ", "),
                    shown(status.as_str())
                ),
            );
        }
        if self.is_dry {
            self.tell(case, &shown(status.as_str()));
        }
        let is_new = state.is_final() && !is_confirmed && !known.contains(&status);
        let result = is_new.then(|| Happening::Result {
            status: status.clone(),
            reason: state.reason.clone(),
            source: state.source.clone(),
        });
        self.record(case, Said::Status { status: status.clone() }, result, cost).await
    }

    /// Passes over an answer that is about something else.
    async fn refuse(&mut self, case: &Case<'_>, member: &str) -> anyhow::Result<()> {
        self.tally.mismatched += 1;
        self.tell(
            case,
            &format!("the answer is about something else: its `{member}` differs; it is not used"),
        );
        self.record(case, Said::Mismatch { member: member.to_owned() }, None, None).await
    }

    /// Takes in that Sinch knows nothing of it. That does not end it: nobody was verified, and nobody failed.
    async fn miss(&mut self, case: &Case<'_>) -> anyhow::Result<()> {
        let lived = clock::now().duration_since(case.begun);
        if lived.unsigned_abs() < LIFETIME {
            // It may be known only where it began.
            self.tally.pending += 1;
            return Ok(());
        }
        if case.story.heard.iter().all(|heard| heard.final_status().is_none()) {
            self.tally.not_found += 1;
            self.tell(case, "Sinch does not know it; how it ended stays unknown");
        }
        self.record(case, Said::NotFound, None, None).await
    }

    /// Goes on after a failure, since others may be answered. Where it may be for this record that it failed,
    /// the record remembers that, and is not in the way of the next run.
    async fn fail(&mut self, case: &Case<'_>, error: &ApiError) -> anyhow::Result<()> {
        self.tally.failed += 1;
        if error.refusal().is_some_and(Refusal::is_capacity) {
            let Some(pause) = self.pace.slow_down(error.retry_after(), Instant::now()) else {
                bail!(hint::and(&error.to_string(), "Sinch wants a longer pause than this run should wait"));
            };
            let pause = crate::span::show(pause);
            let slower = format!("this run goes on in {pause} at half the rate");
            self.tell(case, &hint::and(&error.to_string(), &slower));
        } else {
            self.tell(case, &hint::and(&error.to_string(), "it is asked about again later"));
        }
        if is_about_record(error) {
            self.record(case, Said::Failed { cause: in_short(error) }, None, None).await?;
        }
        Ok(())
    }

    /// How the questions of a record's application fare.
    fn lane(&mut self, subject: &Subject) -> &mut Lane {
        self.lanes.entry(subject.app.clone()).or_default()
    }

    /// What kept questions of whole applications from being answered, if anything did.
    pub(super) fn trouble(&self) -> Option<String> {
        let told = self.lanes.iter().filter_map(|(app, lane)| {
            let trouble = lane.trouble()?;
            Some(format!("application {app}: {trouble}"))
        });
        Some(hint::join(&told.collect::<Vec<_>>(), "; ")).filter(|told| !told.is_empty())
    }

    async fn record(
        &mut self,
        case: &Case<'_>,
        said: Said,
        result: Option<Happening>,
        cost: Option<Cost>,
    ) -> anyhow::Result<()> {
        if self.is_dry {
            return Ok(());
        }
        let answered = Answered { asked: Asked { at: clock::now(), said }, result, cost };
        // Whether the record still exists does not matter: one that expired meanwhile needs no answer.
        self.gate.take_in_answer(&case.indexed.key, &case.story.subject, &answered).await?;
        Ok(())
    }

    /// Says something about a record, which is named by its reference: ids are Sinch's secrets.
    fn tell(&self, case: &Case<'_>, what: &str) {
        let name = match &case.story.subject.reference {
            Some(reference) => shown(reference),
            None => format!("without reference, of {}", output::time(case.begun)),
        };
        self.progress.pause(|| output::message(&format!("{name}: {what}")));
    }
}

/// By what to ask: the id, which every record has, or the reference where the id cannot be sent safely. By
/// number, another attempt might answer.
fn question(subject: &Subject) -> Option<StatusBy> {
    let id = VerificationId::new(&subject.id).map(StatusBy::Id);
    let reference = subject.reference.as_deref().and_then(Reference::new).map(StatusBy::Reference);
    id.into_iter().chain(reference).find(|by| Call::status(by).is_ok())
}

/// What a verification costs, where anything of that is known.
fn cost(state: &State) -> Option<Cost> {
    let text = |money: &Option<crate::money::Money>| money.as_ref().map(ToString::to_string);
    let cost = Cost {
        verification: text(&state.cost.verification),
        termination: text(&state.cost.termination),
        billable_seconds: state.cost.billable_seconds,
    };
    (cost.verification.is_some() || cost.termination.is_some()).then_some(cost)
}

/// Somebody else's text in a message: on one line, and not too long.
fn shown(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}
