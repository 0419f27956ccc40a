//! Policies against a model of them that is too simple to be wrong: first match wins.

use proptest::prelude::*;
use serde_json::json;
use sinch_gate::policy::{By, Policy, StepOutcome};
use sinch_gate::verdict::Verdict;

use StepOutcome::{Fired, NotFired, Unknown};

use crate::decision::{compile, decide, in_words, request};

const METHODS: [&str; 2] = ["sms", "callout"];
const PLANS: [&str; 3] = ["a", "b", "c"];
const CODE_TYPES: [&str; 3] = ["Numeric", "Alpha", "Alphanumeric"];
const LOCALES: [&str; 3] = ["en-US", "sv-SE", "fr"];

#[derive(Clone, Debug)]
enum Does {
    Decide(Verdict),
    Observe(Verdict),
    Respond,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Asks {
    Nothing,
    List,
    QuotaPerNumber,
    QuotaPerPlan,
}

/// A rule as the model sees it. Methods, plans and options are positions in the arrays above.
#[derive(Clone, Debug)]
struct ModelRule {
    does: Does,
    asks: Asks,
    methods: Vec<usize>,
    when_plans: Vec<usize>,
    unless_plans: Vec<usize>,
    option: Option<usize>,
    reply: StepOutcome,
}

impl ModelRule {
    fn to_toml(&self, index: usize) -> String {
        let mut text = format!("[[rules]]\nid = \"r{index}\"\n");
        match self.does {
            Does::Decide(verdict) => text += &format!("verdict = \"{verdict}\"\n"),
            Does::Observe(verdict) => text += &format!("verdict = \"{verdict}\"\nmode = \"monitor\"\n"),
            Does::Respond => {}
        }
        let named = |names: &[&str], chosen: &[usize]| -> String {
            format!("{:?}", chosen.iter().map(|position| names[*position]).collect::<Vec<_>>())
        };
        for (key, names, chosen) in [
            ("when.method", &METHODS[..], &self.methods),
            ("when.custom.plan", &PLANS[..], &self.when_plans),
            ("unless.custom.plan", &PLANS[..], &self.unless_plans),
        ] {
            if !chosen.is_empty() {
                text += &format!("{key} = {}\n", named(names, chosen));
            }
        }
        text += match self.asks {
            Asks::Nothing => "",
            Asks::List => "list = \"list\"\n",
            Asks::QuotaPerNumber => "quota = { per = \"number\", limit = 1, window = \"1d\" }\n",
            Asks::QuotaPerPlan => "quota = { per = \"custom.plan\", limit = 1, window = \"1d\" }\n",
        };
        let sees = |method| self.methods.is_empty() || self.methods.contains(&method);
        if let Some(option) = self.option.filter(|_| sees(0)) {
            text += &format!("respond.sms.codeType = \"{}\"\n", CODE_TYPES[option]);
        }
        if let Some(option) = self.option.filter(|_| sees(1)) {
            text += &format!("respond.callout.speech.locale = \"{}\"\n", LOCALES[option]);
        }
        text
    }

    fn reply(&self, plan: Option<usize>) -> StepOutcome {
        let is_seen = match plan {
            Some(plan) => {
                (self.when_plans.is_empty() || self.when_plans.contains(&plan))
                    && !self.unless_plans.contains(&plan)
            }
            None => self.when_plans.is_empty() && self.asks != Asks::QuotaPerPlan,
        };
        match self.asks {
            _ if !is_seen => NotFired,
            Asks::Nothing => Fired,
            _ => self.reply,
        }
    }
}

/// First match wins, said as plainly as possible.
fn model(
    rules: &[ModelRule],
    default: Verdict,
    on_failure: Verdict,
    method: usize,
    plan: Option<usize>,
) -> String {
    let mut observed = String::new();
    let mut option = None;
    let mut decision = None;
    let mut unanswered = None;
    for (index, rule) in rules.iter().enumerate() {
        if !rule.methods.is_empty() && !rule.methods.contains(&method) {
            continue;
        }
        match (rule.reply(plan), &rule.does) {
            (NotFired, _) => {}
            (Fired, Does::Observe(verdict)) => observed += &format!(", would {verdict}: r{index}"),
            (Fired, Does::Respond) => option = option.or(rule.option),
            (Fired, Does::Decide(verdict)) => {
                option = option.or(rule.option);
                decision = Some((*verdict, format!("r{index}")));
                break;
            }
            (Unknown, Does::Decide(_)) if on_failure == Verdict::Deny => {
                decision = Some((Verdict::Deny, format!("store failure at r{index}")));
                break;
            }
            (Unknown, Does::Decide(_)) => unanswered = unanswered.or(Some(index)),
            (Unknown, _) => {}
        }
    }
    let by_default = match unanswered {
        Some(index) if default == Verdict::Allow => format!("store failure at r{index}"),
        _ => "default".to_owned(),
    };
    let (verdict, by) = decision.unwrap_or((default, by_default));
    let options = match (verdict, option, method) {
        (Verdict::Allow, Some(option), 0) => format!(", sms:{{codeType:{}", CODE_TYPES[option]),
        (Verdict::Allow, Some(option), _) => format!(", callout:{{speech:{{locale:{}", LOCALES[option]),
        _ => String::new(),
    };
    format!("{verdict} by {by}{observed}{options}")
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(Verdict::Allow), Just(Verdict::Deny)]
}

fn any_rule() -> impl Strategy<Value = ModelRule> {
    let does = prop_oneof![
        any_verdict().prop_map(Does::Decide),
        any_verdict().prop_map(Does::Observe),
        Just(Does::Respond)
    ];
    let asks = prop_oneof![
        Just(Asks::Nothing),
        Just(Asks::List),
        Just(Asks::QuotaPerNumber),
        Just(Asks::QuotaPerPlan)
    ];
    let some_of = |n: usize| {
        prop::collection::btree_set(0..n, 0..n).prop_map(|set| set.into_iter().collect::<Vec<_>>())
    };
    let reply = prop_oneof![Just(Fired), Just(NotFired), Just(Unknown)];
    (does, asks, some_of(2), some_of(3), some_of(3), prop::option::of(0..3_usize), reply).prop_map(
        |(does, asks, methods, when_plans, unless_plans, option, reply)| {
            let is_quota = matches!(asks, Asks::QuotaPerNumber | Asks::QuotaPerPlan);
            // Only what the language allows: quotas deny, and options go with what lets through.
            let does = match does {
                Does::Decide(_) | Does::Respond if is_quota => Does::Decide(Verdict::Deny),
                Does::Observe(_) if is_quota => Does::Observe(Verdict::Deny),
                does => does,
            };
            let option = match does {
                Does::Respond => Some(option.unwrap_or(0)),
                Does::Decide(Verdict::Allow) => option,
                _ => None,
            };
            ModelRule { does, asks, methods, when_plans, unless_plans, option, reply }
        },
    )
}

proptest! {
    #[test]
    fn policies_decide_as_the_model_does(
        rules in prop::collection::vec(any_rule(), 0..6),
        default in any_verdict(),
        on_failure in any_verdict(),
        method in 0..2_usize,
        plan in prop::option::of(0..3_usize),
    ) {
        let mut source = format!(
            "schema = 1\ndefault = \"{default}\"\non_store_failure = \"{on_failure}\"\n"
        );
        for (index, rule) in rules.iter().enumerate() {
            source += &rule.to_toml(index);
        }
        let policy = compile(&source);
        let custom = plan.map(|plan| json!({ "plan": PLANS[plan] }).to_string());
        let request = request(&json!({ "method": METHODS[method], "custom": custom }));
        let names: Vec<String> = (0..rules.len()).map(|index| format!("r{index}")).collect();
        let replies: Vec<(&str, StepOutcome)> =
            names.iter().map(String::as_str).zip(rules.iter().map(|rule| rule.reply)).collect();
        let conclusion = decide(&policy, &request, &replies);
        prop_assert_eq!(
            in_words(&conclusion, &request),
            model(&rules, default, on_failure, method, plan),
            "{}", source
        );
    }

    #[test]
    fn a_rule_that_is_said_never_to_fire_never_does(
        rules in prop::collection::vec(any_rule(), 2..6),
        listed in any::<bool>(),
        full in any::<bool>(),
    ) {
        let mut source = "schema = 1\ndefault = \"allow\"\n".to_owned();
        for (index, rule) in rules.iter().enumerate() {
            source += &rule.to_toml(index);
        }
        let compiled = Policy::check(&source).unwrap();
        let warned = |name: &str| {
            let beginning = format!("`{name}` can never fire");
            compiled.warnings.iter().any(|warning| warning.message.starts_with(&beginning))
        };
        let names: Vec<String> = (0..rules.len()).map(|index| format!("r{index}")).collect();
        // One list, and equal quotas: what is full for fewer is full for all.
        let reply = |rule: &ModelRule| match rule.asks {
            Asks::List if listed => Fired,
            Asks::QuotaPerNumber | Asks::QuotaPerPlan if full => Fired,
            _ => NotFired,
        };
        let replies: Vec<(&str, StepOutcome)> =
            names.iter().map(String::as_str).zip(rules.iter().map(reply)).collect();
        for method in METHODS {
            for plan in [None, Some("a"), Some("b"), Some("c")] {
                let custom = plan.map(|plan| json!({ "plan": plan }).to_string());
                let request = request(&json!({ "method": method, "custom": custom }));
                let conclusion = decide(&compiled.policy, &request, &replies);
                let decided = match conclusion.by {
                    By::Rule(rule) => Some(rule.id.as_str()),
                    _ => None,
                };
                let fired = conclusion.monitors.iter().map(|hit| hit.rule.as_str()).chain(decided);
                for name in fired {
                    prop_assert!(
                        !warned(name),
                        "{} fires all the same for {:?} and {:?}\n{}", name, method, plan, source
                    );
                }
            }
        }
    }
}
