//! The items of a table, piece by piece, and what may stand where.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use super::needles::{Kind, Needles, Shown};
use crate::world::engine::TestTable;

/// A piece of an item: its partition key, where in the item it stands, and what stands there.
struct Piece {
    pk: String,
    path: String,
    bytes: Vec<u8>,
}

/// What is private and where it was found: the kind of item and the place in it, with what varies left out.
pub(super) type Place = (Kind, String);

/// Everything private in the table.
pub(super) async fn places(table: &TestTable, needles: &Needles, shown: Shown) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    for piece in pieces(table).await {
        for (kind, _) in needles.find(&piece.bytes, shown) {
            places.insert((kind, piece.place()));
        }
    }
    places
}

async fn pieces(table: &TestTable) -> Vec<Piece> {
    let (client, mut pieces, mut from) = (table.client(), Vec::new(), None);
    loop {
        let scan = client.scan().table_name(table.name()).consistent_read(true);
        let page = scan.set_exclusive_start_key(from).send().await.unwrap();
        for item in page.items.unwrap_or_default() {
            let pk = item["pk"].as_s().unwrap().clone();
            for (name, value) in item {
                take_apart(&pk, &name, &value, &mut pieces);
            }
        }
        from = page.last_evaluated_key.filter(|key| !key.is_empty());
        if from.is_none() {
            return pieces;
        }
    }
}

fn take_apart(pk: &str, path: &str, value: &AttributeValue, pieces: &mut Vec<Piece>) {
    let piece = |bytes: &[u8]| Piece { pk: pk.to_owned(), path: path.to_owned(), bytes: bytes.to_vec() };
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => pieces.push(piece(text.as_bytes())),
        AttributeValue::B(blob) => pieces.push(piece(blob.as_ref())),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => {
            pieces.extend(texts.iter().map(|text| piece(text.as_bytes())));
        }
        AttributeValue::L(values) => {
            values.iter().for_each(|value| take_apart(pk, &format!("{path}[]"), value, pieces));
        }
        AttributeValue::M(members) => {
            for (name, value) in members {
                // The name is text too.
                pieces.push(piece(name.as_bytes()));
                take_apart(pk, &format!("{path}.{name}"), value, pieces);
            }
        }
        AttributeValue::Bool(_) | AttributeValue::Null(_) => {}
        other => panic!("{pk} {path}: {other:?}"),
    }
}

impl Piece {
    /// Such as `QUOTA number: a#….q[].i`.
    fn place(&self) -> String {
        let mut parts = self.pk.split('#');
        let kind = match (parts.next().unwrap(), parts.nth(1)) {
            ("QUOTA", Some(dimension)) => format!("QUOTA {dimension}"),
            ("LIST", Some(_)) => "LIST CHANGES".to_owned(),
            (kind, _) => kind.to_owned(),
        };
        let of_hash = self.path.split_once('#').map(|(name, rest)| {
            let rest = rest.split_once('.').map(|(_, rest)| format!(".{rest}")).unwrap_or_default();
            format!("{name}#…{rest}")
        });
        format!("{kind}: {}", of_hash.unwrap_or_else(|| self.path.clone()))
    }
}
