//! JSON objects as they came: member by member, each read only when it is asked for.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The members of a JSON object. Where a name comes twice the last one counts, as most readers have it.
pub(crate) struct JsonObject<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> JsonObject<'a> {
    /// Reads an object. Its members are looked at only as far as it takes to find where each of them ends,
    /// however deep or long it is.
    pub(crate) fn read(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(Self)
    }

    /// Reads an object that is a member itself; nothing where it is something else.
    pub(crate) fn of(value: &'a RawValue) -> Option<Self> {
        Self::read(value.get().as_bytes()).ok()
    }

    /// The member `name`; a member that is null counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied().filter(|value| value.get() != "null")
    }

    /// The members that are text, numbers or booleans.
    pub(crate) fn into_scalars(self) -> BTreeMap<String, String> {
        self.0.into_iter().filter_map(|(name, value)| Some((name, scalar(value)?))).collect()
    }
}

/// A text, number or boolean as text. A number keeps the very digits it was written with.
pub(crate) fn scalar(value: &RawValue) -> Option<String> {
    let json = value.get();
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(json.to_owned()),
    }
}
