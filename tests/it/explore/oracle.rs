//! What must hold at the end of every schedule, by the answers and the table alone: nothing here knows how
//! the gate reckons.

use std::collections::BTreeMap;

use super::actor::Event;
use super::network::{Fault, RequestId};
use super::scenario::{Does, Limit, Rule, Scenario, Step};
use super::world::Ran;
use crate::world::sinch::reference;

/// How sure it is that something happened, where others acted at the same time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
enum Sure {
    No,
    Maybe,
    Yes,
}

/// One handling of a request.
struct Asked<'r> {
    step: &'r Step,
    begun: usize,
    ended: usize,
    answer: &'r str,
}

/// One result that was taken in.
struct Told<'r> {
    step: &'r Step,
    begun: usize,
    ended: usize,
}

struct Judge<'r> {
    scenario: &'r Scenario,
    ran: &'r Ran,
    asked: Vec<Asked<'r>>,
    told: Vec<Told<'r>>,
    fault: Option<&'r (RequestId, Fault)>,
    wrong: Vec<String>,
}

/// What is wrong with the outcome of a schedule.
pub(super) fn judge(scenario: &Scenario, ran: &Ran, fault: Option<&(RequestId, Fault)>) -> Vec<String> {
    let mut judge = Judge { scenario, ran, asked: Vec::new(), told: Vec::new(), fault, wrong: Vec::new() };
    judge.read_events();
    judge.one_answer_each();
    judge.no_limit_is_passed();
    judge.what_is_counted_is_open();
    judge.no_denial_without_reason();
    judge.wrong
}

impl<'r> Judge<'r> {
    fn read_events(&mut self) {
        let mut begun: BTreeMap<(&str, usize, Option<&str>), Vec<usize>> = BTreeMap::new();
        for (now, event) in self.ran.events.iter().enumerate() {
            match event {
                Event::Begun(step) => {
                    begun.entry((step.id, step.container, step.status)).or_default().push(now);
                }
                Event::Ended(step, answer) => {
                    let begun = begun.get_mut(&(step.id, step.container, step.status)).unwrap().remove(0);
                    match step.status {
                        None => self.asked.push(Asked { step, begun, ended: now, answer }),
                        Some(_) if answer == "200" => self.told.push(Told { step, begun, ended: now }),
                        Some(_) => self.wrong.push(format!("{step:?} was answered {answer}")),
                    }
                }
            }
        }
    }

    /// The first handling of each verification, by when it began.
    fn first(&self) -> Vec<&Asked<'r>> {
        let mut first: BTreeMap<&str, &Asked<'r>> = BTreeMap::new();
        for asked in &self.asked {
            let known = first.entry(asked.step.id).or_insert(asked);
            if asked.begun < known.begun {
                *known = asked;
            }
        }
        first.into_values().collect()
    }

    /// Copies and late repeats are answered alike, and the record says the same. Where the record could not
    /// be written for good, this holds for the process that knows.
    fn one_answer_each(&mut self) {
        let mut wrong = Vec::new();
        for one in self.first() {
            let id = one.step.id;
            let is_unrecorded = self.is_unrecorded(id);
            for other in self.asked.iter().filter(|other| other.step.id == id) {
                let is_known = !is_unrecorded || other.step.container == one.step.container;
                if is_known && other.answer != one.answer {
                    wrong.push(format!("{id} was answered {} and {}", one.answer, other.answer));
                }
            }
            if is_unrecorded {
                continue;
            }
            for (what, said) in [("recorded", &self.ran.recorded), ("answered much later", &self.ran.late)] {
                if said.get(id).is_none_or(|said| said != one.answer) {
                    wrong.push(format!("{id} was answered {}, and {what} {:?}", one.answer, said.get(id)));
                }
            }
        }
        self.wrong.append(&mut wrong);
    }

    /// Whether the record of a verification could not be written, so that a copy elsewhere may be answered
    /// otherwise.
    fn is_unrecorded(&self, id: &str) -> bool {
        self.fault
            .is_some_and(|(request, fault)| fault.is_for_good() && request.what.contains(&reference(id)))
    }

    fn limits(&self) -> Vec<(&'r Rule, &'r Limit)> {
        let limits = self.scenario.rules.iter().filter_map(|rule| match &rule.does {
            Does::Limit(limit) => Some((rule, limit)),
            _ => None,
        });
        limits.collect()
    }

    /// Whether the number had verified when it was asked about.
    fn was_verified(&self, of: &Asked<'_>) -> Sure {
        let successes = self
            .told
            .iter()
            .filter(|told| told.step.status == Some("SUCCESSFUL") && told.step.number == of.step.number);
        successes.fold(Sure::No, |sure, told| match sure {
            Sure::Yes => sure,
            _ if told.ended < of.begun => Sure::Yes,
            _ if told.begun < of.ended => Sure::Maybe,
            _ => sure,
        })
    }

    /// Whether the first rule that matches stands at `rule` or below, leaving quotas aside; and `rule` looks
    /// at it.
    fn is_reached(&self, rule: &Rule, of: &Asked<'_>) -> Sure {
        let verified = self.was_verified(of);
        let is_met = |rule: &Rule| match (rule.verified, verified) {
            (None, _) => Sure::Yes,
            (Some(_), Sure::Maybe) => Sure::Maybe,
            (Some(wanted), sure) if wanted == (sure == Sure::Yes) => Sure::Yes,
            _ => Sure::No,
        };
        let mut reached = is_met(rule);
        for above in self.scenario.rules.iter().take_while(|above| above.id != rule.id) {
            let fires = match above.does {
                Does::Allow => true,
                Does::AllowListed => self.scenario.is_listed("safelist", of.step.number),
                Does::DenyListed => self.scenario.is_listed("blocklist", of.step.number),
                Does::Limit(_) => false,
            };
            match is_met(above) {
                Sure::Yes if fires => return Sure::No,
                Sure::Maybe if fires && reached == Sure::Yes => reached = Sure::Maybe,
                _ => {}
            }
        }
        reached
    }

    /// Results that free the share of a verification.
    fn freeing(&self, of: &Asked<'_>) -> impl Iterator<Item = &Told<'r>> {
        let (id, number, at) = (of.step.id, of.step.number, of.step.at);
        self.told.iter().filter(move |told| {
            let is_own = told.step.id == id && matches!(told.step.status, Some("SUCCESSFUL" | "ERROR"));
            let ended = self.asked.iter().find(|asked| asked.step.id == told.step.id);
            let is_of_later = told.step.status == Some("SUCCESSFUL")
                && told.step.number == number
                && ended.is_some_and(|ended| ended.answer == "allow" && at <= ended.step.at);
            is_own || is_of_later
        })
    }

    /// Another verification of the number frees only what was decided for sure before it ended: what was
    /// asked for some seconds earlier, by the budget of these gates.
    fn is_freed(&self, of: &Asked<'_>) -> Sure {
        const SETTLING: i64 = 6;
        self.freeing(of).fold(Sure::No, |sure, told| match sure {
            Sure::Yes => sure,
            _ if told.step.id != of.step.id && told.step.at - of.step.at < SETTLING => Sure::Maybe,
            // Whichever of the two comes last does it.
            _ if told.step.id == of.step.id || told.begun > of.ended => Sure::Yes,
            _ if told.ended > of.begun => Sure::Maybe,
            _ => sure,
        })
    }

    fn allowed(&self, rule: &Rule, limit: &Limit, key: &str, least: Sure) -> Vec<&Asked<'r>> {
        let mut first = self.first();
        first.retain(|asked| {
            let has_copy = self
                .asked
                .iter()
                .any(|other| other.step.id == asked.step.id && other.step.container != asked.step.container);
            asked.answer == "allow"
                && (least != Sure::Yes || !has_copy || !self.is_unrecorded(asked.step.id))
                && limit.key(asked.step.number) == key
                && self.is_reached(rule, asked) >= least
        });
        first
    }

    /// In no span is more allowed than a limit says, counting what is not freed yet.
    fn no_limit_is_passed(&mut self) {
        let mut wrong = Vec::new();
        for (rule, limit) in self.limits().into_iter().filter(|(_, limit)| !limit.is_monitor) {
            for last in self.first() {
                let key = limit.key(last.step.number);
                let allowed = self.allowed(rule, limit, &key, Sure::Yes);
                let is_open = |of: &&&Asked<'_>| {
                    let age = last.step.at - of.step.at;
                    let is_freed = limit.releases && self.freeing(of).any(|told| told.begun < last.ended);
                    of.ended <= last.ended && (0..limit.window).contains(&age) && !is_freed
                };
                let n_open = allowed.iter().filter(is_open).count();
                let n_verified = self
                    .told
                    .iter()
                    .filter(|told| told.step.status == Some("SUCCESSFUL") && told.begun < last.ended);
                let grown = limit.grows.map_or(0, |percent| n_verified.count() * percent as usize / 100);
                if n_open > grown.max(limit.most as usize) {
                    wrong.push(format!("{n_open} are open for {} of {key}, of {}", rule.id, limit.most));
                }
            }
        }
        self.wrong.append(&mut wrong);
    }

    /// How many handlings had another one of the same verification beside them.
    fn n_overlapping(&self) -> usize {
        let first = self.first();
        let copies = self.asked.iter().filter(|copy| {
            let beside = |one: &&Asked<'_>| {
                one.step.id == copy.step.id && one.begun < copy.begun && copy.begun < one.ended
            };
            first.iter().any(beside)
        });
        copies.count()
    }

    /// How many were still being decided when a result came that frees them.
    fn n_freed_early(&self) -> usize {
        let first = self.first();
        let early = first
            .iter()
            .filter(|one| self.freeing(one).any(|told| told.begun < one.ended && one.begun < told.ended));
        early.count()
    }

    /// What the table counts is what was allowed and is not freed: never less, and not more either but for a
    /// share for each copy that came at the same moment, for each that was freed too early, and for a fault
    /// those of one request.
    fn what_is_counted_is_open(&mut self) {
        let mut wrong = Vec::new();
        // A request gives back no more than a number has.
        let asked = self.scenario.steps().filter(|step| step.status.is_none());
        let numbers: Vec<&str> = asked.map(|step| step.number).collect();
        let most_of_one =
            numbers.iter().map(|number| numbers.iter().filter(|other| *other == number).count());
        let faulty = self.fault.map_or(0, |_| most_of_one.max().unwrap_or(1));
        let spare = faulty + self.n_overlapping() + self.n_freed_early();
        for (rule, limit) in self.limits() {
            for ((key, of), counted) in self.ran.counted.iter().filter(|((_, of), _)| *of == rule.id) {
                let held = |least: Sure, is_open: fn(Sure) -> bool| {
                    let allowed = self.allowed(rule, limit, key, least);
                    allowed.iter().filter(|one| !limit.releases || is_open(self.is_freed(one))).count()
                };
                let least = if limit.is_monitor { 0 } else { held(Sure::Yes, |freed| freed == Sure::No) };
                let most = held(Sure::Maybe, |freed| freed != Sure::Yes) + spare;
                let counted = *counted as usize;
                // Of attempts far apart in time, not all are in the window.
                let is_within = self.first().iter().all(|one| one.step.at < limit.window);
                if is_within && counted < least || counted > most {
                    wrong.push(format!("{of} of {key} counts {counted}, but {least} to {most} are open"));
                }
                let late = self.ran.counted_late[&(key.clone(), *of)] as usize;
                if spare == 0 && late > counted {
                    wrong.push(format!(
                        "late repeats took shares: {of} of {key} counts {counted}, then {late}"
                    ));
                }
            }
        }
        self.wrong.append(&mut wrong);
    }

    /// A denial has a rule that may deny, and a quota denies only where that many were asked about.
    fn no_denial_without_reason(&mut self) {
        if self.fault.is_some() {
            return;
        }
        let mut wrong = Vec::new();
        let first = self.first();
        for denied in first.iter().filter(|one| one.answer == "deny") {
            let has_reason = self.scenario.rules.iter().any(|rule| match &rule.does {
                Does::DenyListed => self.scenario.is_listed("blocklist", denied.step.number),
                Does::Limit(limit) if !limit.is_monitor => {
                    let key = limit.key(denied.step.number);
                    let others = first.iter().filter(|other| {
                        // A process may not know yet that a share has come back.
                        other.step.id != denied.step.id
                            && limit.key(other.step.number) == key
                            && other.begun < denied.ended
                    });
                    self.is_reached(rule, denied) != Sure::No
                        && others.count() + self.n_overlapping() >= limit.most as usize
                }
                _ => false,
            });
            if !has_reason {
                wrong.push(format!("{} was denied without any reason", denied.step.id));
            }
        }
        self.wrong.append(&mut wrong);
    }
}
