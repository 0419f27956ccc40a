//! The part of IAM's language that the template uses, evaluated as AWS does. Anything else in a statement
//! fails the test, since it would have to be understood first.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// What is asked of AWS, as IAM sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Request {
    /// Such as `dynamodb:GetItem`.
    pub(super) action: String,
    /// In the words of `Fn::Sub`, such as `${Table.Arn}`.
    pub(super) resource: String,
    /// The partition key of every item that it names: `dynamodb:LeadingKeys`, which is absent where it names
    /// none.
    pub(super) leading_keys: BTreeSet<String>,
}

/// A policy document, of which every statement allows something.
#[derive(Debug)]
pub(super) struct Policy(Vec<Statement>);

#[derive(Debug)]
struct Statement {
    sid: String,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

/// What must hold of `dynamodb:LeadingKeys`.
#[derive(Debug)]
enum Condition {
    /// `ForAllValues:StringLike`: every value is like one of these. It holds where there is no value.
    AllLike(Vec<String>),
    /// `Null`: whether there must be none.
    IsNull(bool),
}

impl Policy {
    #[track_caller]
    pub(super) fn read(document: &Value) -> Self {
        let statements =
            document["Statement"].as_array().unwrap_or_else(|| panic!("no statements: {document}"));
        Self(statements.iter().map(Statement::read).collect())
    }

    pub(super) fn allows(&self, request: &Request) -> bool {
        self.0.iter().any(|statement| statement.allows(request))
    }

    /// Every action that it allows, on any resource.
    pub(super) fn actions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|statement| &statement.actions).map(String::as_str)
    }

    /// What it allows and none of the requests needs, down to single actions on single kinds of keys.
    pub(super) fn unused(&self, requests: &BTreeSet<Request>) -> Vec<String> {
        let grants = self.0.iter().flat_map(Statement::grants);
        let grants = grants.filter(|grant| !requests.iter().any(|request| grant.is_used_by(request)));
        grants.map(|grant| grant.to_string()).collect()
    }
}

impl Statement {
    #[track_caller]
    fn read(statement: &Value) -> Self {
        let mut read =
            Self { sid: String::new(), actions: Vec::new(), resources: Vec::new(), conditions: Vec::new() };
        for (element, value) in statement.as_object().unwrap() {
            match element.as_str() {
                "Sid" => value.as_str().unwrap().clone_into(&mut read.sid),
                "Effect" => assert_eq!(value, "Allow", "in {statement}"),
                "Action" => read.actions = each(value).map(text).collect(),
                "Resource" => read.resources = each(value).map(resource).collect(),
                "Condition" => read.conditions = conditions(value),
                other => panic!("`{other}` is not understood, in {statement}"),
            }
        }
        let wild = read.actions.iter().chain(&read.resources).find(|name| name.contains(['*', '?']));
        assert_eq!(wild, None, "wildcards are not understood, in {statement}");
        read
    }

    fn allows(&self, request: &Request) -> bool {
        self.actions.contains(&request.action)
            && self.resources.contains(&request.resource)
            && self.conditions.iter().all(|condition| condition.holds(&request.leading_keys))
    }

    /// All that it allows, one by one.
    fn grants(&self) -> Vec<Grant<'_>> {
        let mut grants = Vec::new();
        for action in &self.actions {
            for resource in &self.resources {
                let patterns: Vec<&String> = self.conditions.iter().flat_map(Condition::patterns).collect();
                let some = patterns.iter().copied().map(|pattern| Grant {
                    of: self,
                    action,
                    resource,
                    pattern: Some(pattern),
                });
                grants.extend(some);
                if patterns.is_empty() {
                    grants.push(Grant { of: self, action, resource, pattern: None });
                }
            }
        }
        grants
    }
}

/// One action on one resource, and on one kind of keys.
struct Grant<'s> {
    of: &'s Statement,
    action: &'s str,
    resource: &'s str,
    pattern: Option<&'s String>,
}

impl Grant<'_> {
    fn is_used_by(&self, request: &Request) -> bool {
        let is_of_this_kind = |pattern: &String| request.leading_keys.iter().any(|key| is_like(key, pattern));
        self.action == request.action
            && self.resource == request.resource
            && self.of.allows(request)
            && self.pattern.is_none_or(is_of_this_kind)
    }
}

impl fmt::Display for Grant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} on {}", self.of.sid, self.action, self.resource)?;
        self.pattern.map_or(Ok(()), |pattern| write!(f, ", {pattern}"))
    }
}

impl Condition {
    fn holds(&self, values: &BTreeSet<String>) -> bool {
        match self {
            Self::AllLike(patterns) => {
                values.iter().all(|value| patterns.iter().any(|pattern| is_like(value, pattern)))
            }
            Self::IsNull(is_null) => values.is_empty() == *is_null,
        }
    }

    fn patterns(&self) -> &[String] {
        match self {
            Self::AllLike(patterns) => patterns,
            Self::IsNull(_) => &[],
        }
    }
}

#[track_caller]
fn conditions(block: &Value) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for (operator, keys) in block.as_object().unwrap() {
        for (key, values) in keys.as_object().unwrap() {
            assert_eq!(key, "dynamodb:LeadingKeys", "no other condition key is understood");
            conditions.push(match operator.as_str() {
                "ForAllValues:StringLike" => Condition::AllLike(each(values).map(text).collect()),
                "Null" => Condition::IsNull(text(values).parse().unwrap()),
                other => panic!("the condition operator `{other}` is not understood"),
            });
        }
    }
    conditions
}

/// `StringLike`: `*` stands for any text, `?` for any one character.
fn is_like(value: &str, pattern: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return value.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '*' => {
            value.char_indices().map(|(at, _)| at).chain([value.len()]).any(|at| is_like(&value[at..], rest))
        }
        _ => value
            .chars()
            .next()
            .is_some_and(|c| (first == '?' || first == c) && is_like(&value[c.len_utf8()..], rest)),
    }
}

/// One value, or each of several.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice).iter()
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A resource, in the words of `Fn::Sub`.
#[track_caller]
fn resource(value: &Value) -> String {
    let parts = value["Fn::GetAtt"].as_array().map(Vec::as_slice);
    match (parts, value["Fn::Sub"].as_str()) {
        (Some([name, attribute]), None) => format!("${{{}.{}}}", text(name), text(attribute)),
        (None, Some(template)) => template.to_owned(),
        _ => panic!("the resource {value} is not understood"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn statement(condition: Value) -> Value {
        json!({ "Statement": [{
            "Sid": "Test", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Scan"],
            "Resource": { "Fn::GetAtt": ["Table", "Arn"] }, "Condition": condition,
        }] })
    }

    fn request(action: &str, keys: &[&str]) -> Request {
        Request {
            action: format!("dynamodb:{action}"),
            resource: "${Table.Arn}".to_owned(),
            leading_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    #[test]
    fn every_key_of_a_request_must_fit() {
        let like = json!({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["REF#*", "LIST#?"] } });
        let policy = Policy::read(&statement(like));
        for (keys, is_allowed) in [
            (&["REF#a"][..], true),
            (&["REF#", "LIST#b"], true),
            (&["REF#a", "POLICY#b"], false),
            (&["LIST#"], false),
            (&["LIST#ab"], false),
            (&["a REF#"], false),
        ] {
            assert_eq!(policy.allows(&request("GetItem", keys)), is_allowed, "{keys:?}");
        }
        assert!(!policy.allows(&request("PutItem", &["REF#a"])));
        assert!(
            !policy
                .allows(&Request { resource: "${Other.Arn}".to_owned(), ..request("GetItem", &["REF#a"]) })
        );
    }

    #[test]
    fn a_request_without_keys_is_refused_only_where_null_says_so() {
        let like = json!({ "dynamodb:LeadingKeys": "REF#*" });
        let alone = Policy::read(&statement(json!({ "ForAllValues:StringLike": like })));
        assert!(alone.allows(&request("Scan", &[])), "as AWS has it");
        let present = json!({ "dynamodb:LeadingKeys": "false" });
        let both = Policy::read(&statement(json!({ "ForAllValues:StringLike": like, "Null": present })));
        assert!(!both.allows(&request("Scan", &[])));
        assert!(both.allows(&request("GetItem", &["REF#a"])));
    }

    #[test]
    fn what_no_request_needs_is_named() {
        let like = json!({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["REF#*", "LIST#*"] } });
        let policy = Policy::read(&statement(like));
        let requests = [request("GetItem", &["REF#a"]), request("Scan", &["LIST#a", "REF#a"])].into();
        assert_eq!(policy.unused(&requests), ["Test: dynamodb:GetItem on ${Table.Arn}, LIST#*"]);
    }

    #[test]
    #[should_panic(expected = "the condition operator `StringEqualsIfExists` is not understood")]
    fn an_operator_that_is_not_known_fails() {
        Policy::read(&statement(json!({ "StringEqualsIfExists": { "dynamodb:LeadingKeys": "x" } })));
    }

    #[test]
    #[should_panic(expected = "`NotAction` is not understood")]
    fn an_element_that_is_not_known_fails() {
        Policy::read(&json!({ "Statement": [{ "Effect": "Allow", "NotAction": "dynamodb:Scan" }] }));
    }

    #[test]
    #[should_panic(expected = "wildcards are not understood")]
    fn a_wildcard_fails() {
        Policy::read(&json!({ "Statement": [{ "Effect": "Allow", "Action": "dynamodb:*" }] }));
    }
}
