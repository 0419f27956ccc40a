//! Values by number, so that lists of them are compared by whole words of bits.

use std::collections::HashMap;

use crate::policy::condition::{Value, Values};

/// All values of one kind that the rules of a policy list.
pub(super) struct Numbered<'r, T> {
    /// In order; a value's number is its place.
    all: Vec<&'r T>,
    /// What each part of the lists matches, by where it lies in memory: a set that many rules name is one part.
    parts: HashMap<*const T, Bits>,
}

/// A set of numbers.
#[derive(Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl<'r, T: Value> Numbered<'r, T> {
    /// Numbers the values of these lists.
    pub(super) fn of(lists: impl Iterator<Item = &'r Values<T>>) -> Self {
        let parts = lists.flat_map(Values::parts);
        let parts: HashMap<*const T, &'r [T]> = parts.map(|part| (part.as_ptr(), &**part)).collect();
        let mut all: Vec<&T> = parts.values().flat_map(|part| part.iter()).collect();
        all.sort_unstable();
        all.dedup();
        let parts = parts.into_iter().map(|(place, part)| (place, matched(part, &all))).collect();
        Self { all, parts }
    }

    /// The numbers of all that a list matches.
    pub(super) fn matched_by(&self, values: &Values<T>) -> Bits {
        let mut matched = Bits::of_size(self.all.len());
        for part in values.parts() {
            if let Some(bits) = self.parts.get(&part.as_ptr()) {
                matched.0.iter_mut().zip(&bits.0).for_each(|(word, more)| *word |= more);
            }
        }
        matched
    }
}

/// The numbers of all values that some of `part` match.
fn matched<T: Value>(part: &[T], all: &[&T]) -> Bits {
    let mut matched = Bits::of_size(all.len());
    for value in part {
        let start = all.partition_point(|known| *known < value);
        let within = all.iter().skip(start).take_while(|known| known.is_within(value)).count();
        (start..start + within).for_each(|number| matched.add(number));
    }
    matched
}

impl Bits {
    fn of_size(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    fn add(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    // No values at all are the rest of a mistake that is reported already, and say nothing.

    /// Whether all of these are among others.
    pub(super) fn is_within(&self, others: &Self) -> bool {
        !self.is_empty() && self.0.iter().zip(&others.0).all(|(word, other)| word & !other == 0)
    }

    /// Whether none of these is among others.
    pub(super) fn shares_nothing_with(&self, others: &Self) -> bool {
        !self.is_empty()
            && !others.is_empty()
            && self.0.iter().zip(&others.0).all(|(word, other)| word & other == 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, OnceCell};
    use std::cmp::Ordering;
    use std::sync::Arc;

    use super::*;
    use crate::policy::condition::{Condition, Readings, sorted};
    use crate::policy::node::Node;
    use crate::policy::{Policy, Problems};

    thread_local! {
        static COMPARISONS: Cell<usize> = const { Cell::new(0) };
    }

    /// A value that counts how often it is compared.
    #[derive(Clone, Copy)]
    struct Counted(usize);

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARISONS.set(COMPARISONS.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl PartialEq for Counted {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other) == Ordering::Equal
        }
    }

    impl Eq for Counted {}

    impl Value for Counted {
        fn read(_: &Node<'_>, _: &mut crate::policy::problem::ProblemReport) -> Option<Self> {
            None
        }

        fn of(_: &Readings) -> &OnceCell<Arc<[Self]>> {
            unreachable!("no set has such values")
        }

        fn listed(_: &Condition) -> Option<&Values<Self>> {
            None
        }
    }

    /// The comparisons of values that it takes to compare so many rules with each other, each on a set of so many
    /// values and one of its own.
    fn n_comparisons(n_rules: usize, n_values: usize) -> usize {
        let set: Arc<[Counted]> = sorted((0..n_values).map(Counted).collect());
        let list = |rule| Values::new(vec![Arc::clone(&set), sorted(vec![Counted(n_values + rule)])]);
        let lists: Vec<Values<Counted>> = (0..n_rules).map(list).collect();
        COMPARISONS.set(0);
        let numbered = Numbered::of(lists.iter());
        let matched: Vec<Bits> = lists.iter().map(|list| numbered.matched_by(list)).collect();
        for (one, other) in matched.iter().zip(matched.iter().skip(1)) {
            assert!(!one.is_within(other) && one.is_within(one) && !one.shares_nothing_with(other));
        }
        COMPARISONS.get()
    }

    #[test]
    fn values_are_compared_as_often_as_sorting_them_takes_however_many_rules_list_them() {
        for (n_rules, n_values) in [(2_usize, 1_000_usize), (200, 1_000), (200, 10_000)] {
            let n = n_rules + n_values;
            let most = 6 * n * (n.ilog2() as usize + 1);
            let found = n_comparisons(n_rules, n_values);
            assert!(
                found <= most,
                "{found} comparisons for {n_rules} rules on {n_values} values, not {most}"
            );
        }
    }

    #[test]
    fn a_set_is_read_once_however_many_rules_name_it() -> Result<(), Problems> {
        let source = "schema = 1\ndefault = \"allow\"\nsets.home = [\"SE\", \"NO\"]\n\
                      [[rules]]\nid = \"a\"\nverdict = \"deny\"\nwhen.country = \"@home\"\n\
                      [[rules]]\nid = \"b\"\nverdict = \"deny\"\nunless.country = [\"@home\", \"DE\"]\n";
        let policy = Policy::compile(source)?.policy;
        let conditions = policy.rules().iter().flat_map(|rule| rule.when.iter().chain(rule.unless.iter()));
        let parts: Vec<_> =
            conditions.filter_map(crate::phone::Country::listed).flat_map(Values::parts).collect();
        assert_eq!(parts.len(), 3);
        assert!(Arc::ptr_eq(parts[0], parts[1]));
        Ok(())
    }
}
