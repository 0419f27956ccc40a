//! What stands around a story in the table: the rule that decided, the entry of its list, and what became of
//! the number otherwise.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::command::policy::rule_text;
use crate::list::ListEntry;
use crate::policy::{Effect, Policy, Question, Rule};
use crate::privacy::StoredNumber;
use crate::record::{Decided, Story};
use crate::signature::{AppKey, AppScope};
use crate::store::{Lookup, PrefixLengths, Store, StoreError, StoredPolicies};
use crate::verdict::Verdict;

/// What stands around a story in the table at this moment.
#[derive(Debug, Default)]
pub(super) struct Background {
    /// The rule that decided, as it stood then.
    pub(super) rule: Option<RuleThen>,
    /// Whether a rule of that name is in the policy that is in force now.
    pub(super) is_rule_in_force: bool,
    /// The entry that matches the number on the rule's list now.
    pub(super) entry: Option<ListEntry>,
    /// A list whose numbers are let through above the rule that decided, in the policy in force now.
    pub(super) safelist: Option<String>,
    /// Other verifications of the number, newest first.
    pub(super) others: Vec<Story>,
}

/// A rule as it stood when it decided.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RuleThen {
    /// Whose policy it was: that of the application, or `*`; absent for the starter policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy_app: Option<String>,
    /// The policy's name, such as `v12`.
    pub(super) policy: String,
    /// Its keys and values.
    pub(super) text: String,
    /// What it asked the table.
    #[serde(skip)]
    pub(super) question: Option<Question>,
}

impl RuleThen {
    /// The rule of this name in a text; `None` where there is none.
    fn read(policy: &str, policy_app: Option<String>, source: &str, id: &str) -> Option<Self> {
        let compiled = Policy::compile(source).ok();
        let mut rules = compiled.iter().flat_map(|compiled| compiled.policy.rules());
        let question = rules.find(|rule| rule.id.as_str() == id).map(|rule| rule.question.clone());
        Some(Self { policy_app, policy: policy.to_owned(), text: rule_text(source, id)?, question })
    }
}

impl Background {
    /// Asks a table.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn of(store: &Store, story: &Story, now: Timestamp) -> Result<Self, StoreError> {
        let mut background = Self { others: others(store, story, now).await?, ..Self::default() };
        let Some(decided) = &story.decision else { return Ok(background) };
        let app = &story.subject.app;
        background.rule = rule_then(store, app, decided).await?;
        if decided.verdict == Verdict::Deny {
            let stored = store.policies().load(std::slice::from_ref(app)).await?;
            let in_force = rules_in_force(&stored, app);
            let deciding = in_force.iter().position(|rule| decided.rule.as_deref() == Some(rule.id.as_str()));
            background.is_rule_in_force = deciding.is_some();
            let above = in_force.iter().take(deciding.unwrap_or(in_force.len()));
            background.safelist = above.filter_map(lets_through).next();
            background.entry = entry_now(store, story, &background.rule, &stored.lengths, now).await?;
        }
        Ok(background)
    }
}

/// The other verifications that the number's item leads to, newest first.
async fn others(store: &Store, story: &Story, now: Timestamp) -> Result<Vec<Story>, StoreError> {
    let subject = &story.subject;
    let Some(number) = subject.number.as_ref().and_then(StoredNumber::key) else { return Ok(Vec::new()) };
    let trail = store.attempts().trail(&subject.app, &number, now).await?;
    let mut others = store.records().of(trail.records.into_keys(), now).await?;
    others.retain(|other| other.subject.id != subject.id);
    others.sort_by_key(|other| std::cmp::Reverse(other.begun()));
    Ok(others)
}

async fn rule_then(store: &Store, app: &AppKey, decided: &Decided) -> Result<Option<RuleThen>, StoreError> {
    let Some(id) = decided.rule.as_deref() else { return Ok(None) };
    let policy = &decided.policy;
    if policy == "starter" {
        return Ok(RuleThen::read(policy, None, Policy::starter_source(), id));
    }
    let Some(version) = policy.strip_prefix('v').and_then(|version| version.parse().ok()) else {
        return Ok(None);
    };
    // The record does not say whose version it was. An application with a policy of its own follows that
    // from its first version on.
    for (scope, stored) in store.policies().versions(app, version).await? {
        let rule = RuleThen::read(policy, Some(scope.to_string()), &stored.source, id);
        if rule.is_some() && stored.applied_at <= decided.at {
            return Ok(rule);
        }
    }
    Ok(None)
}

/// The rules that an application follows now; none where they cannot be read.
fn rules_in_force(stored: &StoredPolicies, app: &AppKey) -> Vec<Rule> {
    let policy = match stored.for_app(app) {
        Ok(Some(active)) => Policy::compile(&active.source).ok().map(|compiled| compiled.policy),
        Ok(None) => Some(Policy::starter()),
        Err(_) => None,
    };
    policy.map(|policy| policy.rules().to_vec()).unwrap_or_default()
}

/// The list of a rule that lets its numbers through, whatever else they are.
fn lets_through(rule: &Rule) -> Option<String> {
    let is_plain = rule.when.is_empty() && rule.unless.is_empty() && rule.sample.is_none();
    match &rule.question {
        Question::List(list) if is_plain && rule.effect() == Effect::Decide(Verdict::Allow) => {
            Some(list.to_string())
        }
        _ => None,
    }
}

/// The entry that matches the number on the list of the rule that decided, where that has a list. A table of
/// hashes does not know the number, but the record says by which prefix it was listed.
async fn entry_now(
    store: &Store,
    story: &Story,
    rule: &Option<RuleThen>,
    lengths: &PrefixLengths,
    now: Timestamp,
) -> Result<Option<ListEntry>, StoreError> {
    let question = rule.as_ref().and_then(|rule| rule.question.as_ref());
    let (Some(Question::List(list)), Some(decided)) = (question, &story.decision) else { return Ok(None) };
    let lookup = match story.subject.number.as_ref().and_then(StoredNumber::plain) {
        Some(number) => Lookup::new(list.as_str(), number, lengths),
        None => {
            let candidates = decided.prefix().into_iter().map(str::to_owned).collect();
            Lookup { list: list.to_string(), candidates }
        }
    };
    Ok(store.lists().find(&[lookup], now).await?.into_iter().flatten().next())
}

/// Whose policy it was, in words.
pub(super) fn whose(rule: &RuleThen) -> String {
    match rule.policy_app.as_deref().map(str::parse::<AppScope>) {
        Some(Ok(AppScope::All)) => format!("{} for all applications", rule.policy),
        Some(_) => format!("{} of the application", rule.policy),
        None => "the starter policy".to_owned(),
    }
}
