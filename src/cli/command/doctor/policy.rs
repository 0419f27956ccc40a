//! The policies in force: whose they are, whether they still compile, and whether their tests pass.

use jiff::Timestamp;

use super::check::Check;
use super::table;
use crate::cli::app::whose;
use crate::cli::output;
use crate::policy::Policy;
use crate::signature::{AppKey, AppScope};
use crate::store::{ActivePolicy, Store, StoredPolicies};

/// Checks the policies of these applications, of all others that ever had one, and the one for all.
pub(super) async fn check(store: &Store, apps: &[AppKey], now: Timestamp) -> Vec<Check> {
    let loaded = async {
        let had_one = store.policies().applications().await?;
        let mut all: Vec<AppKey> = had_one.iter().filter_map(AppScope::app).chain(apps).cloned().collect();
        all.sort();
        all.dedup();
        Ok((store.policies().load(&all).await?, had_one))
    };
    match loaded.await {
        Ok((policies, had_one)) => report(&policies, apps, &had_one, now),
        Err(error) => vec![table::failure(
            "policy",
            store.table().name(),
            &error,
            "dynamodb:GetItem, dynamodb:BatchGetItem or dynamodb:Query",
        )],
    }
}

/// What to say of the policies of `apps`, and of those that ever had one (`had_one`).
fn report(policies: &StoredPolicies, apps: &[AppKey], had_one: &[AppScope], now: Timestamp) -> Vec<Check> {
    let mut checks = Vec::new();
    for (app, problem) in &policies.unreadable {
        checks.push(Check::found(
            "policy",
            format!("the policy for {} cannot be read: {problem}", whose(app)),
            "put one in force again with `sinch-gate policy apply`",
        ));
    }
    for (app, active) in &policies.active {
        checks.extend(of_one(app, active, now));
    }
    let has = |app: &AppScope| policies.active.contains_key(app) || policies.unreadable.contains_key(app);
    for app in had_one.iter().filter(|app| !has(app)) {
        checks.push(Check::found(
            "policy",
            format!("the policy for {} is gone from the table", whose(app)),
            "a gate that had loaded it goes on by it, one that starts now does not know it; put one in force \
             again with `sinch-gate policy apply`",
        ));
    }
    let apps = apps.iter().cloned().map(AppScope::One);
    let mut without: Vec<AppScope> = apps.filter(|app| !has(app)).collect();
    if without.is_empty() && policies.active.is_empty() && policies.unreadable.is_empty() {
        without.push(AppScope::All);
    }
    if !has(&AppScope::All) && !without.is_empty() {
        let whose: Vec<&str> = without.iter().map(whose).collect();
        checks.push(
            Check::ok(
                "policy",
                format!(
                    "the built-in starter policy is in force for {}, or what FALLBACK_POLICY says",
                    whose.join(", ")
                ),
            )
            .advise("`sinch-gate policy init` writes it down, to be changed and applied"),
        );
    }
    checks
}

fn of_one(app: &AppScope, active: &ActivePolicy, now: Timestamp) -> Vec<Check> {
    let ActivePolicy { version, author, message, .. } = active;
    let whose = whose(app);
    let named = format!("version {version} for {whose}");
    let compiled = match Policy::check(&active.source) {
        Ok(compiled) => compiled,
        Err(problems) => {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            return vec![Check::found(
                "policy",
                format!("{named} does not compile with this version: {first}"),
                "a gate that starts now decides by the starter policy; fix it with `sinch-gate policy show` \
                 and `policy check`, and apply it again",
            )];
        }
    };
    let at = output::time(active.applied_at);
    let policy = Check::ok("policy", format!("{named}, {at} by {author}: {message}"));
    let failures = compiled.failures(now);
    let count = output::count(compiled.tests.of_events.len(), "test");
    let tests = match failures.first() {
        None if compiled.tests.of_events.is_empty() => Check::note(
            "policy tests",
            format!("{named} has none"),
            "write `[[tests]]` into the policy, which keep a change from surprising you",
        ),
        None => Check::ok("policy tests", format!("{named}: {count} passed")),
        Some(first) => Check::found(
            "policy tests",
            format!("{named}: {} of {count} failed, first {first}", failures.len()),
            "fix policy or test, and apply it again",
        ),
    };
    vec![policy, tests]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(source: &str) -> StoredPolicies {
        let active = ActivePolicy {
            version: 3,
            source: source.to_owned(),
            author: "ann".to_owned(),
            message: "why".to_owned(),
            applied_at: Timestamp::UNIX_EPOCH,
            replaces: None,
            restores: None,
        };
        StoredPolicies { active: [(AppScope::All, active)].into(), ..StoredPolicies::default() }
    }

    #[track_caller]
    fn check(policies: &StoredPolicies, expected: &[&str]) {
        check_after(policies, &[], expected);
    }

    #[track_caller]
    fn check_after(policies: &StoredPolicies, had_one: &[&str], expected: &[&str]) {
        let had_one: Vec<AppScope> = had_one.iter().map(|app| app.parse().unwrap()).collect();
        let checks = report(policies, &["app".parse().unwrap()], &had_one, Timestamp::UNIX_EPOCH);
        let lines: Vec<String> = checks
            .iter()
            .map(|check| format!("{} {}: {}", check.check, check.state.name(), check.what))
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_policy_is_named_and_its_tests_are_run() {
        let policy = "schema = 1\ndefault = \"allow\"\non_store_failure = \"allow\"\n";
        let named = "policy ok: version 3 for all applications, 1970-01-01T00:00:00Z by ann: why";
        check(&policies(policy), &[named, "policy tests note: version 3 for all applications has none"]);
        let test = "[[tests]]\nname = \"x\"\nnumber = \"+46701740605\"\nexpect = ";
        check(
            &policies(&format!("{policy}{test}\"allow\"\n")),
            &[named, "policy tests ok: version 3 for all applications: 1 test passed"],
        );
        let failing =
            report(&policies(&format!("{policy}{test}\"deny\"\n")), &[], &[], Timestamp::UNIX_EPOCH);
        assert!(failing[1].what.contains("1 of 1 test failed, first 4:1: error:"), "{failing:?}");
    }

    #[test]
    fn one_that_does_not_compile_is_found() {
        let checks = report(&policies("schema = 99\n"), &[], &[], Timestamp::UNIX_EPOCH);
        let what = &checks[0].what;
        assert!(
            what.starts_with("version 3 for all applications does not compile with this version: 1:"),
            "{what}"
        );
    }

    #[test]
    fn without_any_the_starter_policy_decides() {
        let starter =
            "policy ok: the built-in starter policy is in force for app, or what FALLBACK_POLICY says";
        check(&StoredPolicies::default(), &[starter]);
    }

    #[test]
    fn one_that_has_vanished_is_found() {
        let one = policies("schema = 1\ndefault = \"allow\"\n");
        check_after(
            &one,
            &["*", "other"],
            &[
                "policy ok: version 3 for all applications, 1970-01-01T00:00:00Z by ann: why",
                "policy tests note: version 3 for all applications has none",
                "policy found: the policy for other is gone from the table",
            ],
        );
    }
}
