//! `policy apply`: put a policy file in force.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::at_stake::at_stake;
use super::base_version::{self, BaseVersion};
use super::changes::{Change, changes};
use super::lists::lists_of;
use super::put_in_force::put_in_force;
use super::stored::{Version, version_number};
use super::{For, compile, print_problems, read, traffic_tests};
use crate::cli::Exit;
use crate::cli::app::whose;
use crate::cli::applications::scope_in;
use crate::cli::author::Author;
use crate::cli::confirm::Confirm;
use crate::cli::output::{self, Format};
use crate::cli::place::{Place, Whereabouts};
use crate::clock;
use crate::list::parse_reason;
use crate::policy::Policy;
use crate::signature::AppScope;
use crate::store::{ActivePolicy, NewVersion, Store};

/// Put a policy file in force.
///
/// It is checked first, and its tests are run. Then it says what changes, and who of those that verified in
/// the last hour would be denied, and asks, unless --yes is given. Where another version came into force
/// since the file was taken by `policy show`, nothing is changed. Functions that are running take the policy
/// up within POLICY_TTL seconds, 15 if not set.
///
/// JSON is one object: `app`, `version`, `applied_at`, `applied_by`, `reason`, `from` (the version before, 0
/// for the starter policy) and `place`; with --dry-run, the changes as `policy diff` has them.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate policy apply policy.toml -m "stop the attack on +998" \
    --data gate.db"#)]
pub(in crate::cli) struct Apply {
    /// The policy, TOML
    file: PathBuf,
    /// Why, for those who read the history
    #[arg(short, long, value_name = "TEXT", value_parser = parse_reason)]
    message: String,
    /// The version that must be in force, whatever the file says of where it was taken from
    #[arg(long, value_name = "VERSION", value_parser = version_number)]
    from: Option<u64>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Go on where a list that is asked, or the application, seems to be misspelt
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    whose: For,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is in force, and what is to come.
struct Before<'a> {
    /// The application's own policy, whose place the new one takes.
    own: Option<&'a ActivePolicy>,
    /// What the application follows: its own policy, the one for all, or the built-in one.
    followed: Version<'a>,
    /// Whose that is.
    of: AppScope,
}

impl Apply {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let text = read(&self.file)?;
        let Some(compiled) = compile(&self.file, &text) else {
            output::message("nothing changed\nhint: fix the mistakes, then apply again");
            return Ok(Exit::Found);
        };
        let failures = traffic_tests::failures(&self.file, &compiled);
        if !failures.is_empty() {
            print_problems(&self.file, &failures, output::message);
            output::message("nothing changed\nhint: fix the policy or its tests, then apply again");
            return Ok(Exit::Found);
        }
        let apply = async |store: &Store| self.apply(store, &compiled.policy, &text).await;
        // Looking at what would change makes no file.
        if self.dry_run {
            self.place.with_existing_store(apply).await
        } else {
            self.place.with_store(apply).await
        }
    }

    async fn apply(&self, store: &Store, policy: &Policy, text: &str) -> anyhow::Result<Exit> {
        let app = &scope_in(store, &self.whose.app, self.anyway).await?;
        let (base, source) = base_version::split(text);
        let own = store.policies().active(app).await?;
        let of_all = match app {
            AppScope::One(_) if own.is_none() => store.policies().active(&AppScope::All).await?,
            _ => None,
        };
        let before = Before {
            own: own.as_ref(),
            followed: Version::or_starter(own.as_ref().or(of_all.as_ref())),
            of: if own.is_some() { app.clone() } else { AppScope::All },
        };
        if let Some(same) = before.own.filter(|active| active.source == source) {
            output::message(&format!(
                "already in force: version {} for {} is this very text",
                same.version,
                whose(app)
            ));
            return Ok(Exit::Done);
        }
        let at = self.place.whereabouts(store).await;
        self.check_base(&before, base.as_ref(), &at)?;
        let changes = changes(before.followed.source(), source);
        let lists = lists_of(store, app, policy).await?;
        let old = Policy::compile(before.followed.source()).map(|compiled| compiled.policy);
        let stake = at_stake(store, app, [old.as_ref().unwrap_or(policy), policy], clock::now()).await?;
        let heading = format!(
            "for {} in {at}, {} comes into force in place of {}:",
            whose(app),
            self.file.display(),
            before.followed.about()
        );
        lists.say();
        stake.in_words().iter().for_each(|words| output::message(&format!("{}: {words}", stake.severity())));
        if self.dry_run {
            return self.show_only(&heading, &changes);
        }
        if !lists.misspelt.is_empty() && !self.anyway {
            output::message("nothing changed\nhint: correct the name, or go on with --anyway");
            return Ok(Exit::Found);
        }
        self.confirm.ask(&in_words(&heading, &changes))?;
        let new = NewVersion {
            app,
            replaces: before.own.map(|active| active.version),
            restores: None,
            source,
            author: &self.author.name(&self.place).await?,
            message: &self.message,
        };
        put_in_force(store, &new, &at, self.format).await?;
        Ok(Exit::Done)
    }

    /// Nothing may have come into force since the file was taken: its author does not know of it, and would
    /// take it back without a word.
    fn check_base(
        &self,
        before: &Before<'_>,
        base: Option<&BaseVersion>,
        at: &Whereabouts,
    ) -> anyhow::Result<()> {
        let base = base.filter(|base| base.is_of(&before.of));
        let found = before.followed.number();
        let file = self.file.display();
        if let (None, Some(base), Some(other)) =
            (self.from, base, base.and_then(|base| base.other_place(&at.to_string())))
        {
            bail!(
                "nothing changed: {file} was taken from {} of {other}, and this is {at}, where {} is in \
                 force\n\
                 hint: look at it with `sinch-gate policy diff {file}`, then apply it with --from {found}",
                super::stored::name(base.version),
                before.followed.about()
            );
        }
        match (self.from, base.map(|base| base.version)) {
            (Some(from), _) if from != found => bail!(
                "nothing changed: {} is in force, and not {}",
                before.followed.about(),
                super::stored::name(from)
            ),
            (None, Some(taken)) if taken != found => bail!(
                "nothing changed: {} is in force, and {file} was taken from {}\n\
                 hint: look at it with `sinch-gate policy diff {file}`, then apply it with --from {found}",
                before.followed.about(),
                super::stored::name(taken)
            ),
            _ => Ok(()),
        }
    }

    fn show_only(&self, heading: &str, changes: &[Change]) -> anyhow::Result<Exit> {
        match self.format {
            Format::Json => changes.iter().try_for_each(output::json)?,
            Format::Table => output::line(&in_words(heading, changes)),
        }
        output::message("nothing changed, since this is a dry run");
        Ok(Exit::Done)
    }
}

/// What changes, under a heading.
pub(super) fn in_words(heading: &str, changes: &[Change]) -> String {
    if changes.is_empty() {
        return format!("{heading}\n  the rules are the same; only comments, layout or spelling differ");
    }
    changes.iter().fold(heading.to_owned(), |words, change| format!("{words}\n  {change}"))
}
