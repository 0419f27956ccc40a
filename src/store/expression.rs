//! Update and condition expressions with their placeholders.

use std::collections::HashMap;

use serde::Serialize;

/// The texts of one conditional write, as the table gets them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expressions {
    /// What changes.
    pub update: String,
    /// What must hold for that.
    pub condition: String,
    /// The attribute names that the placeholders in both stand for.
    pub names: HashMap<String, String>,
}

/// Collects the placeholders of one request. Every name goes through one, so that no attribute can collide
/// with DynamoDB's reserved words.
#[derive(Default)]
pub(super) struct Placeholders {
    /// The names that `#0`, `#1` and so on stand for.
    pub(super) names: Vec<String>,
    /// What `:0`, `:1` and so on stand for.
    pub(super) values: Values,
}

/// Values under their placeholders: the members of a JSON object, each written when it is given.
#[derive(Default)]
pub(super) struct Values {
    members: Vec<u8>,
    count: usize,
    /// Why one of them could not be written.
    problem: Option<serde_json::Error>,
}

impl Values {
    fn add(&mut self, value: &impl Serialize) -> usize {
        let index = self.count;
        self.count += 1;
        self.members.extend_from_slice(if index == 0 { b"\":" } else { b",\":" });
        self.members.extend_from_slice(index.to_string().as_bytes());
        self.members.extend_from_slice(b"\":");
        if let Err(problem) = serde_json::to_writer(&mut self.members, value) {
            self.problem = Some(problem);
        }
        index
    }

    /// The members of the object; none where there are no values.
    pub(super) fn into_members(self) -> Result<Vec<u8>, serde_json::Error> {
        self.problem.map_or(Ok(self.members), Err)
    }
}

impl Placeholders {
    /// The placeholder of one attribute name.
    pub(super) fn name(&mut self, name: &str) -> String {
        let known = self.names.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        format!("#{index}")
    }

    /// The placeholder of a nested attribute.
    pub(super) fn path<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) -> String {
        names.into_iter().map(|name| self.name(name)).collect::<Vec<_>>().join(".")
    }

    /// The placeholder of one value.
    pub(super) fn value(&mut self, value: impl Serialize) -> String {
        format!(":{}", self.values.add(&value))
    }

    /// The names by their placeholders.
    pub(super) fn named(names: Vec<String>) -> HashMap<String, String> {
        names.into_iter().enumerate().map(|(index, name)| (format!("#{index}"), name)).collect()
    }
}

/// The parts of one `UpdateItem`.
#[derive(Default)]
pub(super) struct Update {
    pub(super) placeholders: Placeholders,
    /// Assignments.
    pub(super) sets: Vec<String>,
    /// What is removed.
    pub(super) removes: Vec<String>,
    /// What is added to sets.
    adds: Vec<String>,
    /// What must hold, all of it.
    pub(super) conditions: Vec<String>,
}

impl Update {
    /// Sets an attribute.
    pub(super) fn set(&mut self, name: &str, value: impl Serialize) {
        let (name, value) = (self.placeholders.name(name), self.placeholders.value(value));
        self.sets.push(format!("{name} = {value}"));
    }

    /// Sets an attribute that is not there.
    pub(super) fn set_once(&mut self, name: &str, value: impl Serialize) {
        let (name, value) = (self.placeholders.name(name), self.placeholders.value(value));
        self.sets.push(format!("{name} = if_not_exists({name}, {value})"));
    }

    /// Removes an attribute.
    pub(super) fn remove(&mut self, name: &str) {
        let name = self.placeholders.name(name);
        self.removes.push(name);
    }

    /// Adds members to a set, which is made where it is missing.
    pub(super) fn add(&mut self, name: &str, members: impl Serialize) {
        let (name, members) = (self.placeholders.name(name), self.placeholders.value(members));
        self.adds.push(format!("{name} {members}"));
    }

    /// Adds to, or with `-` takes from, a nested number.
    pub(super) fn change<'a>(&mut self, path: impl IntoIterator<Item = &'a str>, sign: char, by: &str) {
        let path = self.placeholders.path(path);
        self.sets.push(format!("{path} = {path} {sign} {by}"));
    }

    /// Requires a relation, such as `=`, between a nested attribute and a value.
    pub(super) fn require<'a>(
        &mut self,
        path: impl IntoIterator<Item = &'a str>,
        relation: &str,
        value: impl Serialize,
    ) {
        let (path, value) = (self.placeholders.path(path), self.placeholders.value(value));
        self.conditions.push(format!("{path} {relation} {value}"));
    }

    /// The texts that the table gets of it.
    pub(super) fn into_expressions(self) -> Expressions {
        let (update, condition) = (self.expression(), self.condition());
        Expressions { update, condition, names: Placeholders::named(self.placeholders.names) }
    }

    /// What must hold.
    pub(super) fn condition(&self) -> String {
        self.conditions.join(" AND ")
    }

    /// What changes.
    pub(super) fn expression(&self) -> String {
        let clause = |verb: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{verb} {} ", parts.join(", ")) }
        };
        let clauses = [clause("SET", &self.sets), clause("REMOVE", &self.removes), clause("ADD", &self.adds)];
        clauses.concat().trim_end().to_owned()
    }
}
