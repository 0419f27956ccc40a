//! A verification followed to its end: what the gate recorded beside what Sinch says.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::shown::{self, Shown};
use crate::api::{ApiError, Client, Refusal, State, StatusBy};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::progress::Progress;
use crate::clock;
use crate::event::{Reference, Status};
use crate::record::{Happening, Story};
use crate::signature::AppKey;
use crate::span;
use crate::store::Store;

/// The pause between two questions at first; it grows.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How much later than Sinch's status the result event may come.
const GRACE: Duration = Duration::from_secs(8);

/// A verification, and where to look for it.
pub(super) struct Follow<'a> {
    pub(super) client: &'a Client,
    pub(super) store: Option<&'a Store>,
    pub(super) app: &'a AppKey,
    pub(super) reference: &'a Reference,
    pub(super) by: StatusBy,
}

/// What was found in the end.
#[derive(Default)]
pub(super) struct Followed {
    /// What Sinch said last; none where it never said anything.
    state: Option<State>,
    /// Why the last question to Sinch was not answered.
    trouble: Option<ApiError>,
    /// What the gate recorded; the outer none where no table was named.
    story: Option<Option<Story>>,
}

#[derive(Serialize)]
struct Both<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Story>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<Shown>,
    agree: bool,
}

impl Follow<'_> {
    /// Asks both sides until both have ended, or time is over.
    ///
    /// # Errors
    /// Where one of them cannot be asked.
    pub(super) async fn run(&self, lasting: Duration) -> anyhow::Result<Followed> {
        let progress = Progress::unknown("questions");
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut followed = Followed::default();
        let mut ended_at = None;
        loop {
            match self.client.status(&self.by).await {
                Ok(state) => (followed.state, followed.trouble) = (Some(state), None),
                Err(error) if is_passing(&error) => followed.trouble = Some(error),
                Err(error) => return Err(error.into()),
            }
            followed.story = self.story().await?;
            progress.add(1);
            progress.at(followed.state.as_ref().map(|state| state.status.to_string()).unwrap_or_default());
            if followed.state.as_ref().is_some_and(State::is_final) {
                ended_at.get_or_insert_with(Instant::now);
            }
            let is_late = ended_at.is_some_and(|at| at.elapsed() >= GRACE);
            if is_late || followed.has_ended() || begun.elapsed() >= lasting {
                return Ok(followed);
            }
            tokio::time::sleep(pause.min(lasting.saturating_sub(begun.elapsed()))).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    async fn story(&self) -> anyhow::Result<Option<Option<Story>>> {
        let Some(store) = self.store else { return Ok(None) };
        let mut stories = store.records().stories(self.app, self.reference.as_str(), clock::now()).await?;
        if let StatusBy::Id(id) = &self.by {
            stories.retain(|story| story.subject.id == id.as_str());
        }
        Ok(Some(stories.pop()))
    }
}

/// Whether to ask again: one that fails may recover, and another of Sinch's servers may not know of it yet.
fn is_passing(error: &ApiError) -> bool {
    error.may_pass() || error.refusal().is_some_and(Refusal::is_not_found)
}

impl Followed {
    /// Whether Sinch has said the last word, and the gate, where it was asked, has heard it.
    fn has_ended(&self) -> bool {
        let is_final = self.state.as_ref().is_some_and(State::is_final);
        is_final && self.story.as_ref().is_none_or(|_| self.agrees())
    }

    /// Whether the record says what Sinch says.
    fn agrees(&self) -> bool {
        let said = self.state.as_ref().map(|state| &state.status);
        let recorded = self.story.iter().flatten().find_map(Story::status);
        said.is_some() && said == recorded
    }

    /// What is not as it should be, and what to do.
    fn findings(&self, lasting: Duration) -> Vec<String> {
        let mut findings = Vec::new();
        match &self.state {
            // What kept it from answering follows.
            None => {}
            Some(state) if !state.is_final() => {
                findings.push(format!(
                    "still {} after {}",
                    shown::plain(&state.status.to_string()),
                    span::show(lasting)
                ));
            }
            Some(_) => {}
        }
        findings.extend(self.trouble.as_ref().map(|error| format!("the last question to Sinch: {error}")));
        match &self.story {
            None => {}
            Some(None) => findings.push(
                "the gate recorded no callback of it\n\
                 hint: check the callback URL in the Sinch dashboard, key and table here, and the way to the \
                 gate by `sinch-gate doctor --url`"
                    .to_owned(),
            ),
            Some(Some(story)) => {
                if story.decision.is_none() {
                    findings.push("the gate was not asked: its request event did not arrive".to_owned());
                }
                if self.state.as_ref().is_some_and(State::is_final) && !self.agrees() {
                    findings.push(match story.status() {
                        None => "no result event has arrived, though Sinch says how it ended\n\
                                 hint: if none comes, record it by `sinch-gate outcome reconcile`"
                            .to_owned(),
                        Some(_) => "the record says something other than Sinch does".to_owned(),
                    });
                }
            }
        }
        findings
    }
}

/// Prints both sides, and what is not as it should be.
///
/// # Errors
/// Where they have no JSON form.
pub(super) fn show(followed: &Followed, lasting: Duration, format: Format) -> anyhow::Result<Exit> {
    let findings = followed.findings(lasting);
    let story = followed.story.as_ref().and_then(Option::as_ref);
    let api = followed.state.as_ref().map(Shown::of);
    match format {
        Format::Json => output::json(&Both { record: story, api, agree: followed.agrees() })?,
        Format::Table => side_by_side(story, api.unwrap_or_default()),
    }
    for finding in &findings {
        output::message(finding);
    }
    let is_successful = followed.state.as_ref().is_some_and(|state| state.status == Status::Successful);
    Ok(if findings.is_empty() && is_successful { Exit::Done } else { Exit::Found })
}

fn side_by_side(story: Option<&Story>, api: Shown) {
    let decision = story.and_then(|story| story.decision.as_ref());
    let decided = decision.map(|decided| {
        let rule = decided.rule.as_deref().map(|rule| format!(" by rule {rule}")).unwrap_or_default();
        format!("{}{rule}", decided.verdict)
    });
    let ending = story.and_then(ending);
    let (status, reason, source) = ending.unwrap_or_default();
    let rows = [
        ("decision", decided, None),
        ("status", status, Some(api.status).filter(|status| !status.is_empty())),
        ("reason", reason, api.reason),
        ("source", source, api.source),
        ("price", decision.and_then(|decided| decided.price.clone()), api.price),
    ];
    let mut table = output::table(["", "recorded by the gate", "said by Sinch"]);
    let cell = |text: Option<String>| text.map_or_else(|| "–".to_owned(), |text| shown::plain(&text));
    for (name, recorded, said) in rows {
        table.add_row([name.to_owned(), cell(recorded), cell(said)]);
    }
    output::print(table);
}

/// Status, reason and source of the result that counts.
fn ending(story: &Story) -> Option<(Option<String>, Option<String>, Option<String>)> {
    let counts = story.status()?;
    story.heard.iter().rev().find_map(|heard| match &heard.happening {
        Happening::Result { status, reason, source } if status == counts => {
            Some((Some(status.to_string()), reason.clone(), source.clone()))
        }
        _ => None,
    })
}
