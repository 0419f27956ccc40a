//! Quotas as policies write them: `{ per = "number", limit = 5, window = "1d" }`.

use std::fmt;
use std::num::NonZeroU64;

use super::dimension::{Dimension, Per};
use super::node::{Fields, Node, elements, shown, text, whole_number};
use super::problem::{Report, error, missing};
use super::suggest::nearest;
use crate::money::Money;
use crate::quota::Window;
use crate::span;

/// How much is admitted per key in any span of the window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quota {
    /// What is counted by.
    pub per: Per,
    /// The most that is admitted.
    pub limit: Limit,
    /// The span of time in which the limit holds.
    pub window: Window,
}

/// The most that a quota admits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// That many verifications.
    Count(NonZeroU64),
}

impl Limit {
    /// The highest count accepted: beyond it, a limit limits nothing.
    pub const HIGHEST_COUNT: u64 = 1_000_000_000_000;
}

/// What every quota says, and how.
const REQUIRED: [(&str, &str); 3] = [
    ("per", "write what to count by, such as per = \"number\""),
    ("limit", "write the most to admit in the window, such as limit = 5"),
    ("window", "write a span of time, such as window = \"1d\""),
];

/// Every form of `per`, for help.
const DIMENSIONS: [&str; 8] =
    ["number", "block:3", "country", "calling_code", "method", "app", "all", "custom.<key>"];

/// More dimensions in one key count nothing twice.
const MOST_DIMENSIONS: usize = 4;

/// Reads a quota.
pub(super) fn read(node: &Node<'_>, report: &mut Report) -> Option<Quota> {
    let fields = Fields::of(node, "`quota`", &["limit", "per", "window"], report)?;
    for (key, help) in REQUIRED {
        if fields.lacks(key) {
            report.push(missing(&fields.at, format!("`quota` has no `{key}`")).help(help));
        }
    }
    let per = fields.get("per").and_then(|node| per(node, report));
    let limit = fields.get("limit").and_then(|node| limit(node, report));
    let window = fields.get("window").and_then(|node| window(node, report));
    Some(Quota { per: per?, limit: limit?, window: window? })
}

fn per(node: &Node<'_>, report: &mut Report) -> Option<Per> {
    let nodes = elements(node);
    if nodes.is_empty() || nodes.len() > MOST_DIMENSIONS {
        let message = format!("`per` has 1 to {MOST_DIMENSIONS} entries, not {}", nodes.len());
        report.push(error(&node.span(), message));
    }
    let mut dimensions = Vec::new();
    for node in nodes.iter().take(MOST_DIMENSIONS) {
        let Some(dimension) = dimension(node, report) else { continue };
        if dimensions.contains(&dimension) {
            report.push(error(&node.span(), format!("`per` names `{dimension}` twice")));
        }
        if dimension == Dimension::All && nodes.len() > 1 {
            let message = "`all` counts everything in one, so it cannot be combined";
            report.push(error(&node.span(), message).help("remove `all`, or the other entries"));
        }
        dimensions.push(dimension);
    }
    Some(Per::new(dimensions))
}

fn dimension(node: &Node<'_>, report: &mut Report) -> Option<Dimension> {
    let written = text(node, "`per`", report)?;
    let help = match written.split_once([':', '.']) {
        Some(("block", digits)) => {
            let digits = digits.parse().ok().filter(|digits| (1..=Dimension::LARGEST_BLOCK).contains(digits));
            if let Some(digits) = digits.filter(|digits| written == format!("block:{digits}")) {
                return Some(Dimension::Block(digits));
            }
            format!("a block is `block:1` to `block:{}`: the digits to leave out", Dimension::LARGEST_BLOCK)
        }
        Some(("custom", key)) if written.starts_with("custom.") => match key.parse() {
            Ok(key) => return Some(Dimension::Custom(key)),
            Err(wrong) => wrong.to_string(),
        },
        _ => match written {
            "number" => return Some(Dimension::Number),
            "country" => return Some(Dimension::Country),
            "calling_code" => return Some(Dimension::CallingCode),
            "method" => return Some(Dimension::Method),
            "app" => return Some(Dimension::App),
            "all" => return Some(Dimension::All),
            _ => match nearest(written, DIMENSIONS) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", DIMENSIONS.map(|name| format!("`{name}`")).join(", ")),
            },
        },
    };
    report.push(error(&node.span(), format!("`per` does not know `{}`", shown(written))).help(help));
    None
}

fn limit(node: &Node<'_>, report: &mut Report) -> Option<Limit> {
    if let Some(written) = node.get_ref().as_str()
        && written.parse::<Money>().is_ok()
    {
        let message = "money limits are not supported yet";
        report.push(error(&node.span(), message).help("count verifications: limit = 5"));
        return None;
    }
    let count = whole_number(node, "`limit`", report)?;
    let limit = NonZeroU64::new(count).filter(|limit| limit.get() <= Limit::HIGHEST_COUNT).map(Limit::Count);
    if limit.is_none() {
        let message = format!("`limit` is 1 to {}, not {count}", Limit::HIGHEST_COUNT);
        let help = (count == 0)
            .then(|| "to admit nothing, leave the quota out: the rule then always denies".to_owned());
        report.push(error(&node.span(), message).maybe_help(help));
    }
    limit
}

fn window(node: &Node<'_>, report: &mut Report) -> Option<Window> {
    let written = text(node, "`window`", report)?;
    let window = span::parse(written).and_then(Window::new);
    if window.is_none() {
        let message = format!("`{}` is no window", shown(written));
        let help = "a window is a whole number of `s`, `m`, `h` or `d`, from \"1s\" to \"31d\"";
        report.push(error(&node.span(), message).help(help));
    }
    window
}

/// As people say it: `5 per number in 1d`.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {} in {}", self.limit, self.per, span::show(self.window.length()))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}
