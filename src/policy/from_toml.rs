//! Reading a whole policy.

use toml::Spanned;
use toml::de::DeTable;

use super::check::{self, Placed};
use super::limits::{LONGEST_POLICY, MOST_RULES};
use super::name::RuleId;
use super::policy_test::{self, Tests};
use super::problem::{ProblemReport, Span, error, missing};
use super::rule::{self, Rule};
use super::set::Sets;
use super::toml_value::{Fields, Node, choice, shown, table, whole_number, wrong_kind};
use super::{Policy, VERDICTS};
use crate::verdict::Verdict;

const KEYS: &[&str] = &["default", "on_store_failure", "rules", "schema", "sets", "tests"];

/// The language's number. A later one may mean something else by the same words.
const SCHEMA: u64 = 1;

/// How much of a policy is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What decides, and what keeps it from being used.
    Rules,
    /// That, the tests beside the rules, and what is probably not meant.
    Everything,
}

/// Reads a policy, and reports what is wrong with it. Gives `None` where it could not even be put together.
pub(super) fn read(source: &str, depth: Depth, report: &mut ProblemReport) -> Option<(Policy, Tests)> {
    if is_too_long(source, report) {
        return None;
    }
    let document = parse(source, report);
    let table = document.get_ref();
    if !is_of_this_schema(table, report) {
        return None;
    }
    let fields = Fields::new(table, 0..0, "a policy", KEYS, report);
    let default = default(&fields, report);
    let on_store_failure = match fields.get("on_store_failure") {
        Some(node) => choice(node, "`on_store_failure`", &VERDICTS, report),
        None => Some(Verdict::Allow),
    };
    let rules = rules(&fields, default, depth, report);
    let tests = match depth {
        Depth::Rules => Some(Tests::default()),
        // Where a rule could not be read, whether a test names it is not known.
        Depth::Everything => tests(&fields, rules.as_deref(), source, report),
    };
    let policy = Policy { default: default?, on_store_failure: on_store_failure?, rules: rules? };
    Some((policy, tests?))
}

fn is_too_long(source: &str, report: &mut ProblemReport) -> bool {
    let is_too_long = source.len() > LONGEST_POLICY;
    if is_too_long {
        let message = format!("a policy has at most {LONGEST_POLICY} bytes, this one has {}", source.len());
        report.push(error(&(0..0), message).help("keep numbers and prefixes in lists, outside the policy"));
    }
    is_too_long
}

/// Reads the text as TOML, as far as that goes.
fn parse<'i>(source: &'i str, report: &mut ProblemReport) -> Spanned<DeTable<'i>> {
    let (document, broken) = DeTable::parse_recoverable(source);
    for problem in broken {
        let at = problem.span().unwrap_or(0..0);
        let message = match source.get(at.clone()) {
            Some(key) if problem.message() == "duplicate key" => format!("`{}` is set twice", shown(key)),
            _ => problem.message().to_owned(),
        };
        report.push_syntax(error(&at, message));
    }
    document
}

/// Nothing else is worth checking in a policy for another version.
fn is_of_this_schema(table: &DeTable<'_>, report: &mut ProblemReport) -> bool {
    let Some(node) = table.get("schema") else {
        let message = "a policy has no `schema`";
        report.push(missing(&(0..0), message).help(format!("begin it with schema = {SCHEMA}")));
        return true;
    };
    let Some(written) = whole_number(node, "`schema`", report) else { return true };
    if written != SCHEMA {
        let message = format!("this policy was made for another version of the tool: schema {written}");
        report.push(error(&node.span(), message).help(format!("this version reads schema {SCHEMA}")));
    }
    written == SCHEMA
}

fn default(fields: &Fields<'_, '_>, report: &mut ProblemReport) -> Option<Verdict> {
    if fields.lacks("default") {
        let help = "write the verdict where no rule decides: default = \"allow\"";
        report.push(missing(&fields.at, "a policy has no `default`").help(help));
    }
    fields.get("default").and_then(|node| choice(node, "`default`", &VERDICTS, report))
}

/// Reads the rules, and checks what they must agree on; `None` where one of them cannot be read.
fn rules(
    fields: &Fields<'_, '_>,
    default: Option<Verdict>,
    depth: Depth,
    report: &mut ProblemReport,
) -> Option<Vec<Rule>> {
    let sets = Sets::read(fields.get("sets"), report);
    let nodes = fields.get("rules").map(|node| elements_of_rules(node, report)).unwrap_or_default();
    let rules: Vec<Option<Rule>> = nodes.iter().map(|node| rule::read(node, &sets, report)).collect();
    sets.report_unused(report);
    let placed = nodes.iter().zip(&rules);
    let placed = placed.filter_map(|(node, rule)| Some(Placed { rule: rule.as_ref()?, at: id_place(node) }));
    let placed: Vec<Placed<'_>> = placed.collect();
    let ids: Vec<(RuleId, Span)> = nodes.iter().filter_map(id_of).collect();
    check::report_duplicate_ids(&ids, report);
    check::report_releases(&placed, report);
    check::report_distinct(&placed, report);
    if depth == Depth::Everything {
        check::report_unreachable(&placed, report);
        // A condition that cannot be read seems not to be there.
        if let (Some(default), false) = (default, report.has_errors()) {
            let at = fields.place_of("default");
            check::report_nothing_allowed(&placed, (default, &at), report);
        }
    }
    rules.into_iter().collect()
}

fn elements_of_rules<'t, 'i>(node: &'t Node<'i>, report: &mut ProblemReport) -> &'t [Node<'i>] {
    let Some(rules) = node.get_ref().as_array() else {
        report.push(wrong_kind(node, "`rules`", "an array").help("each rule begins with [[rules]]"));
        return &[];
    };
    if let Some(surplus) = rules.get(MOST_RULES) {
        let message = format!("a policy has at most {MOST_RULES} rules, this one has {}", rules.len());
        report.push(error(&surplus.span(), message).help("keep numbers and prefixes in lists"));
    }
    rules.get(..MOST_RULES).unwrap_or(rules)
}

/// Reads the tests beside the rules; `None` where one of them cannot be read.
fn tests(
    fields: &Fields<'_, '_>,
    rules: Option<&[Rule]>,
    source: &str,
    report: &mut ProblemReport,
) -> Option<Tests> {
    let mut tests = Tests::default();
    let Some(node) = fields.get("tests") else { return Some(tests) };
    let Some(nodes) = node.get_ref().as_array() else {
        report.push(wrong_kind(node, "`tests`", "an array").help("each test begins with [[tests]]"));
        return Some(tests);
    };
    let read: Vec<Option<()>> =
        nodes.iter().map(|node| policy_test::read(node, rules, source, &mut tests, report)).collect();
    read.into_iter().all(|read| read.is_some()).then_some(tests)
}

/// How a rule is called, where that can be read, and where it says so.
fn id_of(node: &Node<'_>) -> Option<(RuleId, Span)> {
    let id = node.get_ref().as_table()?.get("id")?;
    Some((id.get_ref().as_str()?.parse().ok()?, id.span()))
}

/// Where a rule is named, or else where it begins.
fn id_place(node: &Node<'_>) -> Span {
    let id = table(node, "a rule", &mut ProblemReport::default()).and_then(|table| table.get("id"));
    id.unwrap_or(node).span()
}
