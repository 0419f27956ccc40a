//! A few things by name. A key is counted under by a few rules at most, and a tree would take room for eleven
//! of them at each of a million keys.

/// Things by name, in the order of the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByName<T>(Vec<(String, T)>);

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByName<T> {
    fn place_of(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(of, _)| of.as_str().cmp(name))
    }

    /// The one of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        let place = self.place_of(name).ok()?;
        self.0.get(place).map(|(_, thing)| thing)
    }

    /// The one of a name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        let place = self.place_of(name).ok()?;
        self.0.get_mut(place).map(|(_, thing)| thing)
    }

    /// Puts one in the place of the one that has its name.
    pub fn insert(&mut self, name: String, thing: T) {
        match self.place_of(&name) {
            Ok(place) => {
                if let Some(slot) = self.0.get_mut(place) {
                    slot.1 = thing;
                }
            }
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(place, (name, thing));
            }
        }
    }

    /// All of them, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &T)> + Clone {
        self.0.iter().map(|(name, thing)| (name, thing))
    }

    /// All of them.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, thing)| thing)
    }

    /// Drops those that are not to be kept.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|(_, thing)| keep(thing));
    }
}

impl<T> FromIterator<(String, T)> for ByName<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(things: I) -> Self {
        let mut by_name = Self::default();
        things.into_iter().for_each(|(name, thing)| by_name.insert(name, thing));
        by_name
    }
}

impl<T> IntoIterator for ByName<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map(puts in prop::collection::vec(("[a-d]{0,2}", 0..9_u8), 0..20), asked in "[a-d]{0,2}") {
            let model: BTreeMap<String, u8> = puts.iter().cloned().collect();
            let mut found: ByName<u8> = puts.into_iter().collect();
            prop_assert_eq!(found.get(&asked), model.get(&asked));
            prop_assert!(found.iter().eq(model.iter()));
            prop_assert!(found.values().eq(model.values()));
            if let Some(thing) = found.get_mut(&asked) {
                *thing += 1;
            }
            prop_assert_eq!(found.get(&asked).copied(), model.get(&asked).map(|thing| thing + 1));
            found.retain(|thing| *thing < 5);
            prop_assert!(found.values().all(|thing| *thing < 5));
        }
    }
}
