//! Money that is spent in a currency that no limit counts.

use std::collections::BTreeMap;

use super::{advice, backtest, evidence};
use crate::backtest::Share;
use crate::figures::{Figures, Spend};
use crate::money::{Currency, Money};
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::question::Question;
use crate::report::span::Spanned;

/// A finding for each currency in which money was spent and no limit counts.
///
/// Where a policy is known it has the currencies of its limits. Else the records say of a price which limit
/// did not count it.
pub(super) fn all(spanned: &Spanned<'_>, question: &Question, totals: &Figures) -> Vec<Finding> {
    let currencies = totals.spend.currencies().into_iter();
    let spent = currencies.filter(|currency| !totals.spend.of(*currency).is_zero());
    spent.filter_map(|currency| finding(spanned, question, totals, currency)).collect()
}

fn finding(
    spanned: &Spanned<'_>,
    question: &Question,
    totals: &Figures,
    currency: Currency,
) -> Option<Finding> {
    let names_it = format!("in {currency},");
    let notes = spanned.gathered.uncounted.iter().filter(|((_, why), _)| why.contains(&names_it));
    let uncounted: u64 = notes.clone().map(|(_, count)| count * spanned.scale).sum();
    let counts_it = match &question.known {
        Some(known) => known.currencies.contains(&currency),
        None => uncounted == 0,
    };
    if counts_it {
        return None;
    }
    let mut cost = Spend::default();
    cost.add(Money { amount: totals.spend.of(currency), currency });
    let counted: Vec<String> =
        question.known.iter().flat_map(|known| &known.currencies).map(Currency::to_string).collect();
    let mut found = vec![evidence("spent in it", &cost, None)];
    if question.known.is_some() {
        let counted = if counted.is_empty() { "none".to_owned() } else { counted.join(", ") };
        found.push(evidence("currencies that limits count", counted, None));
    }
    if uncounted > 0 {
        found.push(evidence("verifications that a limit counted as nothing", uncounted, None));
    }
    let rule = notes.map(|((rule, _), _)| rule.clone()).min();
    Some(Finding {
        kind: Kind::CurrencyUncounted,
        severity: Severity::Gap,
        title: format!("{cost} was spent, and no limit counts {currency}"),
        place: Place { currency: Some(currency.to_string()), rule, ..Place::default() },
        parts: Vec::new(),
        from: spanned.span.from,
        to: None,
        may_be_older: false,
        cost,
        without_price: 0,
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: None,
        evidence: found,
        rests_on: "any spend in a currency that no limit of the policy counts".to_owned(),
        act: vec![
            advice(format!(
                "Add a quota whose limit is an amount in {currency}, such as \"50.00 {currency}\""
            )),
            backtest(question, "See what the limit would have done"),
        ],
    })
}
