//! `sinch-gate outcome find`: the verifications of a number, for who has no reference.

use std::collections::BTreeMap;

use anyhow::bail;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::locate::{Looked, REACH, look_between, with_id};
use super::shown::{Other, Shown};
use crate::cli::Exit;
use crate::cli::app::OneApp;
use crate::cli::applications::is_same;
use crate::cli::local_time::{Local, Times};
use crate::cli::moment::Moment;
use crate::cli::number_meant::hint_for;
use crate::cli::output::{self, Format, count};
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::cli::stored_form::privacy_for;
use crate::clock;
use crate::phone::PhoneNumber;
use crate::privacy::{NumberPrivacy, StoredNumber};
use crate::record::Story;
use crate::signature::AppKey;
use crate::store::{RecordKey, Store};

/// How far back records are looked at where no time is given.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// Find the verifications of a number, newest first.
///
/// A number's attempts lead to the last of its verifications that took shares of quotas, that succeeded, or
/// that a quota denied: up to 16 attempts, and 8 denials. What was denied by a list or a condition alone
/// leaves no attempt, so the records of the last 24 hours, or those between --from and --to, are looked at
/// too, at most about 20,000 of them, the latest first. The messages say how far back either reaches.
/// An id is looked for in the last 90 days.
///
/// Where the function runs with NUMBER_PRIVACY=hashed, set it and NUMBER_HASH_KEY here too. JSON has a line
/// for each verification, as `outcome show` gives it. Exit code 2 means that none was found.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate outcome find --number +46701740605 --data gate.db")]
pub(in crate::cli) struct Find {
    #[command(flatten)]
    sought: Sought,
    /// Only from then on: a time, a day, or how long ago
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    from: Option<When>,
    /// Only before then: a time, a day, or how long ago
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    to: Option<When>,
    #[command(flatten)]
    of: OneApp,
    #[command(flatten)]
    local: Local,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is looked for.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Sought {
    /// The number, in E.164 as callbacks name it
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    number: Option<String>,
    /// Sinch's id of a verification
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

/// A moment, and how it was written: a day is another one in local time.
#[derive(Clone, Debug)]
struct When {
    text: String,
    moment: Moment,
}

/// When the verifications began that are wanted.
struct Span {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
}

impl When {
    fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(Self { text: text.to_owned(), moment: Moment::parse(text)? })
    }

    fn before(&self, now: Timestamp, times: &Times) -> Timestamp {
        times.beginning_of(&self.text).unwrap_or_else(|| self.moment.before(now))
    }
}

impl Span {
    fn has(&self, story: &Story) -> bool {
        let at = story.begun();
        let is_after = self.from.is_none_or(|from| at.is_some_and(|at| at >= from));
        is_after && self.to.is_none_or(|to| at.is_some_and(|at| at < to))
    }

    /// Where the search through records begins and ends, if nothing else is said that far back.
    fn back(&self, reach: SignedDuration) -> (Timestamp, Timestamp) {
        let to = self.to.unwrap_or(self.now).min(self.now);
        (self.from.unwrap_or_else(|| to.checked_sub(reach).unwrap_or(Timestamp::MIN)), to)
    }
}

impl Find {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        self.place.with_existing_store(async |store| self.find(store).await).await
    }

    async fn find(&self, store: &Store) -> anyhow::Result<Exit> {
        let (now, times) = (clock::now(), self.local.times());
        let at = |when: &Option<When>| when.as_ref().map(|when| when.before(now, &times));
        let span = Span { from: at(&self.from), to: at(&self.to), now };
        let to = span.to.unwrap_or(now);
        if let Some(from) = span.from.filter(|from| *from >= to) {
            let ends = times.within(&format!("--from {from:.0} is not before --to {to:.0}"));
            bail!("{ends}\nhint: --from is the earlier of the two");
        }
        let apps = self.of.each_of(store, &self.place).await?;
        let mut stories = match (&self.sought.number, &self.sought.id) {
            (Some(number), _) => {
                self.by_number(store, &apps, &PhoneNumber::new(number.trim()), &span).await?
            }
            (None, id) => {
                let (from, to) = span.back(REACH);
                with_id(store, &apps, id.as_deref().unwrap_or_default(), from, to).await?
            }
        };
        if stories.is_empty() {
            let hint = self.of.why_unknown(store).await?;
            let hint = hint.unwrap_or_else(|| "hint: look further back with --from".to_owned());
            output::message(&format!("no verification was found\n{hint}"));
            return Ok(Exit::Found);
        }
        stories.sort_by_key(|story| (story.subject.app.clone(), std::cmp::Reverse(story.begun())));
        match self.format {
            Format::Json => {
                for story in &stories {
                    output::json(&Shown::of(store, story, now).await?)?;
                }
            }
            Format::Table => print(&stories, &times),
        }
        Ok(Exit::Done)
    }

    /// The verifications of a number: those that its attempts lead to, and those among the records of a time.
    async fn by_number(
        &self,
        store: &Store,
        apps: &[AppKey],
        number: &PhoneNumber,
        span: &Span,
    ) -> anyhow::Result<Vec<Story>> {
        if number.digits().is_none() {
            output::message(&format!(
                "this is not E.164, such as +46701740605, so it is looked for just as it stands{}",
                hint_for(number.as_str())
            ));
        }
        let privacy = privacy_for(store).await?;
        let times = self.local.times();
        let (mut stories, since) = by_attempts(store, apps, number, &privacy, span.now).await?;
        stories.retain(|story| span.has(story));
        let reach = since.map(|since| format!(", which reach back to {}", output::time(since)));
        let n = count(stories.len(), "verification");
        output::message(&times.within(&format!("{n} by the number's attempts{}", reach.unwrap_or_default())));
        let (from, to) = span.back(LATELY);
        let progress = Progress::unknown("verifications");
        let looked = look_between(
            store,
            from,
            to,
            |n| progress.add(n),
            |story| {
                let stored = story.subject.number.as_ref();
                let is_it = stored.is_some_and(|stored| stored.may_be(number, &privacy));
                is_it && apps.iter().any(|app| is_same(app, &story.subject.app))
            },
        );
        let Looked { found, n_read, since } = looked.await?;
        drop(progress);
        let known: Vec<RecordKey> = stories.iter().map(key_of).collect();
        let new: Vec<Story> = found.into_iter().filter(|story| !known.contains(&key_of(story))).collect();
        let cut = if since > from { "; there were too many to look further back" } else { "" };
        output::message(&times.within(&format!(
            "{} more among the {} from {} to {}{cut}",
            new.len(),
            count(n_read, "record"),
            output::time(since),
            output::time(to)
        )));
        if new.iter().any(|story| matches!(story.subject.number, Some(StoredNumber::Masked(_)))) {
            output::message(
                "some were made from a log, where numbers are masked: they may be of another one",
            );
        }
        stories.extend(new);
        Ok(stories)
    }
}

/// The records that a number's attempts lead to, and how far back these reach.
async fn by_attempts(
    store: &Store,
    apps: &[AppKey],
    number: &PhoneNumber,
    privacy: &NumberPrivacy,
    now: Timestamp,
) -> anyhow::Result<(Vec<Story>, Option<Timestamp>)> {
    let mut keys = vec![privacy.key(number)];
    if matches!(privacy, NumberPrivacy::Hashed(_)) {
        // A table that stores hashes may have stored numbers before.
        keys.push(NumberPrivacy::Plain.key(number));
    }
    let (mut records, mut earliest) = (BTreeMap::new(), None);
    for (app, key) in apps.iter().flat_map(|app| keys.iter().map(move |key| (app, key))) {
        let trail = store.attempts().trail(app, key, now).await?;
        records.extend(trail.records);
        earliest = [earliest, trail.since].into_iter().flatten().min();
    }
    Ok((store.records().of(records.into_keys(), now).await?, earliest))
}

fn key_of(story: &Story) -> RecordKey {
    let subject = &story.subject;
    RecordKey::new(&subject.app, subject.reference.as_deref(), &subject.id)
}

/// A table for each application, under its name.
fn print(stories: &[Story], times: &Times) {
    for (n, of_app) in stories.chunk_by(|one, other| one.subject.app == other.subject.app).enumerate() {
        let Some(first) = of_app.first() else { continue };
        let gap = if n == 0 { "" } else { "\n" };
        output::line(&format!("{gap}application {}", first.subject.app));
        let mut table = output::table(["when", "method", "reference or id", "what became of it"]);
        for story in of_app {
            let at = story.begun().map(output::time).unwrap_or_default();
            let method = story.subject.method.as_ref().map_or("-", |method| method.as_str());
            let name = story.subject.reference.as_ref().unwrap_or(&story.subject.id);
            table.add_row([
                &times.within(&at),
                method,
                &output::one_line(name),
                &Other::of(story).in_words(),
            ]);
        }
        output::print(table);
    }
}
