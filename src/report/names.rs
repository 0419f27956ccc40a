//! Texts that many verifications have in common, each held once.

use std::collections::HashMap;

use crate::money::Money;

/// A text that is held elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Name(u16);

/// A price that is held elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Price(u32);

/// The most texts that are held: what comes after them has the name of none. Methods and countries are few,
/// but hostile traffic may make them up.
const MOST: usize = 10_000;

/// Texts by their names.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: HashMap<Box<str>, Name>,
    texts: Vec<Box<str>>,
}

/// Prices by their names.
#[derive(Debug, Default)]
pub(super) struct Prices {
    names: HashMap<Money, Price>,
    prices: Vec<Money>,
}

impl Name {
    /// That of nothing.
    pub(super) const NONE: Self = Self(0);

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

impl Price {
    /// That of what has no price.
    pub(super) const NONE: Self = Self(0);
}

impl Names {
    /// The name of a text.
    pub(super) fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return *name;
        }
        let next = self.texts.len() + 1;
        let Some(name) = u16::try_from(next).ok().filter(|_| next <= MOST).map(Name) else {
            return Name::NONE;
        };
        self.texts.push(text.into());
        self.names.insert(text.into(), name);
        name
    }

    /// The name of a text that was seen; `None` of one that was not.
    pub(super) fn find(&self, text: &str) -> Option<Name> {
        self.names.get(text).copied()
    }

    /// The text of a name; `none` of that of nothing.
    pub(super) fn text(&self, name: Name) -> &str {
        let index = usize::from(name.0).checked_sub(1);
        index.and_then(|index| self.texts.get(index)).map_or("none", |text| text)
    }
}

impl Prices {
    /// The name of a price.
    pub(super) fn name(&mut self, price: Option<Money>) -> Price {
        let Some(price) = price else { return Price::NONE };
        if let Some(name) = self.names.get(&price) {
            return *name;
        }
        let name = u32::try_from(self.prices.len() + 1).map_or(Price::NONE, Price);
        self.prices.push(price);
        self.names.insert(price, name);
        name
    }

    /// The price of a name.
    pub(super) fn price(&self, name: Price) -> Option<Money> {
        let index = usize::try_from(name.0).ok()?.checked_sub(1)?;
        self.prices.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_held_once_and_hostile_ones_do_not_fill_memory() {
        let mut names = Names::default();
        assert_eq!(names.name("SE"), names.name("SE"));
        assert_ne!(names.name("SE"), names.name("NO"));
        (0..2 * MOST).for_each(|n| {
            names.name(&n.to_string());
        });
        assert_eq!(names.texts.len(), MOST);
        assert_eq!(names.text(Name::NONE), "none");
        let sweden = names.name("SE");
        assert_eq!(names.text(sweden), "SE");
    }

    #[test]
    fn a_price_keeps_its_digits() {
        let mut prices = Prices::default();
        let price = "0.0453 EUR".parse().unwrap();
        let name = prices.name(Some(price));
        assert_eq!((prices.price(name), prices.price(Price::NONE)), (Some(price), None));
    }
}
