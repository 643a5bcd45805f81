//! Units to commit.

use kernel::{RequestId, StreamRef, TenantId, Timestamp, TypedId, Uuid};
use store::{EventMeta, KeptAnswer, NewEvent, Outcome, Rejection, Store, Unit};

/// 2026-03-01T08:00:00Z.
pub const START: Timestamp = Timestamp::from_micros(1_772_352_000_000_000);

pub fn tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(1))
}

pub fn correlation() -> RequestId {
    RequestId::from_uuid(Uuid::from_u128(2))
}

pub fn stream(number: u128) -> StreamRef {
    StreamRef { prefix: "shp", id: Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + number) }
}

/// A first answer, under the rights of nobody in particular.
pub fn answer(status: u16, body: &str) -> KeptAnswer {
    KeptAnswer { status, body: body.to_owned(), rights: "shipper".to_owned() }
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(START.micros() + seconds * 1_000_000)
}

pub fn event(stream: StreamRef, version: i64) -> NewEvent {
    NewEvent {
        stream,
        kind: "shipment",
        version,
        tenant: tenant(),
        type_name: "shipment.requested",
        schema: 1,
        payload: format!("{{\"weight_kg\":{version},\"note\":\"peso — ünïcode\"}}").into(),
        meta: EventMeta { actor: "usr_1".into(), correlation: correlation(), causation: 0, time: START },
    }
}

/// A unit that appends `count` events to a stream after `version`.
pub fn append(stream: StreamRef, version: i64, count: i64) -> Unit {
    let events = (1..=count).map(|n| event(stream, version + n)).collect();
    Unit { expected: vec![(stream, version)], events, ..Unit::default() }
}

/// Commits one unit; its first position.
pub async fn committed(store: &Store, unit: Unit) -> i64 {
    match store.commit(&[unit]).await.unwrap().as_slice() {
        [Outcome::Committed { first }] => *first,
        other => panic!("expected a commit, got {other:?}"),
    }
}

/// Commits one unit that must lose; why.
pub async fn rejected(store: &Store, unit: Unit) -> Rejection {
    match store.commit(&[unit]).await.unwrap().as_slice() {
        [Outcome::Rejected(rejection)] => rejection.clone(),
        other => panic!("expected a rejection, got {other:?}"),
    }
}
