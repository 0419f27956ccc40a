//! Values by number, so that lists of them are compared by whole words of bits.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::iter::repeat;

use super::value::Value;
use super::values::Values;

/// The values of a condition, whatever their kind.
pub(in crate::policy) trait Listed: Any {
    /// Where each part of them lies in memory. A set that many rules name is one part.
    fn places(&self) -> Vec<*const ()>;

    /// Numbers the values of those lists that are of this kind.
    fn number_alike(&self, lists: &[&dyn Listed], numbered: &mut Numbered);
}

impl<T: Value> Listed for Values<T> {
    fn places(&self) -> Vec<*const ()> {
        self.parts().iter().map(|part| part.as_ptr().cast()).collect()
    }

    fn number_alike(&self, lists: &[&dyn Listed], numbered: &mut Numbered) {
        let alike = lists.iter().filter_map(|list| {
            let list: &dyn Any = *list;
            list.downcast_ref::<Self>()
        });
        numbered.add(alike);
    }
}

/// All values that the rules of a policy list, each kind numbered in its order.
#[derive(Default)]
pub(in crate::policy) struct Numbered {
    /// What each part of the lists matches, by where it lies in memory.
    parts: HashMap<*const (), Bits>,
}

/// A set of numbers.
#[derive(Clone, Default)]
pub(in crate::policy) struct Bits(Vec<u64>);

impl Numbered {
    /// Numbers the values of these lists.
    pub(in crate::policy) fn of(lists: &[&dyn Listed]) -> Self {
        let mut numbered = Self::default();
        let mut kinds = HashSet::new();
        for list in lists {
            let kind: &dyn Any = *list;
            if kinds.insert(kind.type_id()) {
                list.number_alike(lists, &mut numbered);
            }
        }
        numbered
    }

    /// Numbers the values of one kind.
    fn add<'v, T: Value>(&mut self, lists: impl Iterator<Item = &'v Values<T>>) {
        let parts = lists.flat_map(Values::parts);
        let parts: HashMap<*const T, &[T]> = parts.map(|part| (part.as_ptr(), &**part)).collect();
        let mut all: Vec<&T> = parts.values().flat_map(|part| part.iter()).collect();
        all.sort_unstable();
        all.dedup();
        self.parts.extend(parts.into_iter().map(|(place, part)| (place.cast(), matched(part, &all))));
    }

    /// The numbers of all that a list matches.
    pub(in crate::policy) fn matched_by(&self, list: &dyn Listed) -> Bits {
        let mut matched = Bits::default();
        list.places().iter().filter_map(|place| self.parts.get(place)).for_each(|bits| matched.add_all(bits));
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

    fn add_all(&mut self, others: &Self) {
        self.0.resize(self.0.len().max(others.0.len()), 0);
        self.0.iter_mut().zip(&others.0).for_each(|(word, other)| *word |= other);
    }

    // An empty list is left over from a mistake that is already reported, and implies nothing.

    /// Whether all of these are among others.
    pub(in crate::policy) fn is_within(&self, others: &Self) -> bool {
        let others = others.0.iter().chain(repeat(&0));
        !self.is_empty() && self.0.iter().zip(others).all(|(word, other)| word & !other == 0)
    }

    /// Whether none of these is among others.
    pub(in crate::policy) fn shares_nothing_with(&self, others: &Self) -> bool {
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
    use crate::policy::condition::Condition;
    use crate::policy::condition::value::Readings;
    use crate::policy::condition::values::sorted;
    use crate::policy::toml_value::Node;
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
    }

    /// The comparisons of values that it takes to compare the rules with each other, each on a set of
    /// `n_values` values and one of its own.
    fn n_comparisons(n_rules: usize, n_values: usize) -> usize {
        let set: Arc<[Counted]> = sorted((0..n_values).map(Counted).collect());
        let list = |rule| Values::new(vec![Arc::clone(&set), sorted(vec![Counted(n_values + rule)])]);
        let lists: Vec<Values<Counted>> = (0..n_rules).map(list).collect();
        COMPARISONS.set(0);
        let lists: Vec<&dyn Listed> = lists.iter().map(|list| -> &dyn Listed { list }).collect();
        let numbered = Numbered::of(&lists);
        let matched: Vec<Bits> = lists.iter().map(|list| numbered.matched_by(*list)).collect();
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
        let countries = conditions.filter_map(|condition| match condition {
            Condition::Country(countries) => Some(countries),
            _ => None,
        });
        let parts: Vec<_> = countries.flat_map(Values::parts).collect();
        assert_eq!(parts.len(), 3);
        assert!(Arc::ptr_eq(parts[0], parts[1]));
        Ok(())
    }
}
