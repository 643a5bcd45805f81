//! Somebody edits the database behind the store's back.

use crate::{
    database::{Database, on_every_durable_store},
    samples::{append, committed, event, stream},
};
use store::{LogHead, Store, StoreError, Unit, Verification};

on_every_durable_store!(
    every_altered_column_is_found,
    missing_events_are_found,
    a_cut_tail_is_found,
    swapped_events_are_found,
    forged_events_are_found,
    an_altered_head_is_found,
    a_log_that_was_made_anew_differs_from_its_anchor,
);

/// Streams 0, 1, 2 take turns: position 1 is stream 0 version 1, position 4 is stream 0 version 2, ...
async fn twelve_events(database: &Database) -> LogHead {
    let store = database.open().await;
    for n in 0..12_u128 {
        committed(&store, append(stream(n % 3), i64::try_from(n / 3).unwrap(), 1)).await;
    }
    let head = store.head().await.unwrap();
    assert_eq!(store.verify().await.unwrap(), Verification::Whole { events: 12, head: head.clone() });
    head
}

/// Undoes an edit by another, so that one log serves many edits.
async fn verdict(database: &Database, edit: &str, undo: &str) -> Verification {
    database.edit(edit);
    let verdict = database.open().await.verify().await.unwrap();
    database.edit(undo);
    verdict
}

fn broken(position: i64, what: &'static str, stream_number: Option<u128>) -> Verification {
    Verification::Broken { position, what, stream: stream_number.map(|number| stream(number).to_string()) }
}

async fn every_altered_column_is_found(database: &Database) {
    twelve_events(database).await;
    // Position 5 is stream 1, version 2.
    let hash = if database.is_postgres() { "decode(repeat('ab', 32), 'hex')" } else { "unhex('ab')" };
    let edits = [
        ("kind", "'shipmenT'"),
        ("tenant", "'ten_00000000000000000000000000000009'"),
        ("type", "'shipment.cancelled'"),
        ("schema", "schema + 1"),
        ("payload", "payload || ' '"),
        ("actor", "'usr_2'"),
        ("correlation", "'req_00000000000000000000000000000009'"),
        ("causation", "3"),
        ("time", "time + 1"),
        ("stream_hash", hash),
        ("log_hash", hash),
    ];
    database.edit("CREATE TABLE spare AS SELECT * FROM events WHERE position = 5");
    for (column, value) in edits {
        let edit = format!("UPDATE events SET {column} = {value} WHERE position = 5");
        let undo = format!("UPDATE events SET {column} = (SELECT {column} FROM spare) WHERE position = 5");
        assert_eq!(verdict(database, &edit, &undo).await, broken(5, "altered", Some(1)), "{column}");
    }
    // Under another name or number it no longer follows anything.
    for (column, value) in [("stream", "'shp_01980000000070008000000000000777'"), ("version", "99")] {
        let edit = format!("UPDATE events SET {column} = {value} WHERE position = 5");
        let undo = format!("UPDATE events SET {column} = (SELECT {column} FROM spare) WHERE position = 5");
        let found = verdict(database, &edit, &undo).await;
        assert!(matches!(found, Verification::Broken { position: 5, .. }), "{column}: {found:?}");
    }
    assert!(matches!(database.open().await.verify().await.unwrap(), Verification::Whole { .. }));
}

async fn missing_events_are_found(database: &Database) {
    twelve_events(database).await;
    database.edit("CREATE TABLE spare AS SELECT * FROM events WHERE position = 5");
    let restore = "INSERT INTO events SELECT * FROM spare";
    assert_eq!(
        verdict(database, "DELETE FROM events WHERE position = 5", restore).await,
        broken(5, "missing", None)
    );
    // The hole is closed by moving everything down, the head included.
    let close = "DELETE FROM events WHERE position = 5; \
                 UPDATE events SET position = -position WHERE position > 5; \
                 UPDATE events SET position = -position - 1 WHERE position < 0; \
                 UPDATE log_head SET position = 11";
    database.edit(close);
    // What was the sixth event stands fifth now, with a link to another place.
    assert_eq!(database.open().await.verify().await.unwrap(), broken(5, "altered", Some(2)));
}

async fn a_cut_tail_is_found(database: &Database) {
    let head = twelve_events(database).await;
    database.edit("DELETE FROM events WHERE position > 9");
    assert_eq!(database.open().await.verify().await.unwrap(), broken(10, "truncated", None));
    // With the head turned back as well, the log is whole in itself; the anchor outside still tells.
    let hash = "(SELECT log_hash FROM events WHERE position = 9)";
    database.edit(&format!("UPDATE log_head SET position = 9, hash = {hash}"));
    let store = database.open().await;
    assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 9, .. }));
    assert_eq!(store.verify_against(&head).await.unwrap(), broken(10, "truncated", None));
    drop(store);
    database.edit("DELETE FROM events; DELETE FROM log_head");
    // Without a head nothing can be appended and nothing is taken for whole.
    match Store::open(&database.url()).await {
        Ok(store) => assert_eq!(store.verify().await.unwrap(), broken(1, "truncated", None)),
        Err(error) => assert!(matches!(error, StoreError::Defect(_)), "{error}"),
    }
}

async fn swapped_events_are_found(database: &Database) {
    twelve_events(database).await;
    let swap = "UPDATE events SET position = -5 WHERE position = 5; \
                UPDATE events SET position = 5 WHERE position = 7; \
                UPDATE events SET position = 7 WHERE position = -5";
    let found = verdict(database, swap, swap).await;
    assert!(matches!(found, Verification::Broken { position: 5, .. }), "{found:?}");
    // Two events of one stream: the later one now stands before its predecessor.
    let swap = swap.replace('5', "4");
    let found = verdict(database, &swap, &swap).await;
    assert_eq!(found, broken(4, "missing", Some(0)));
    assert!(matches!(database.open().await.verify().await.unwrap(), Verification::Whole { .. }));
}

async fn forged_events_are_found(database: &Database) {
    twelve_events(database).await;
    let forged = "INSERT INTO events SELECT 13, stream, version + 1, kind, tenant, type, schema, payload, actor, \
                  correlation, causation, time, stream_hash, log_hash FROM events WHERE position = 12";
    let undo = "DELETE FROM events WHERE position = 13";
    assert_eq!(verdict(database, forged, undo).await, broken(13, "altered", Some(2)));
}

async fn an_altered_head_is_found(database: &Database) {
    twelve_events(database).await;
    let hash = "(SELECT hash FROM log_head)";
    let other = "UPDATE log_head SET hash = (SELECT log_hash FROM events WHERE position = 11)";
    let undo = "UPDATE log_head SET position = 12, hash = (SELECT log_hash FROM events WHERE position = 12)";
    assert_eq!(verdict(database, other, undo).await, broken(12, "altered", None));
    let back = format!("UPDATE log_head SET position = 11, hash = {hash}");
    assert_eq!(verdict(database, &back, undo).await, broken(12, "altered", None));
    let ahead = "UPDATE log_head SET position = 14";
    assert_eq!(verdict(database, ahead, undo).await, broken(13, "truncated", None));
    // What cannot be a hash at all; nobody could write after it, but it can be looked at.
    let short = if database.is_postgres() { "decode('ab', 'hex')" } else { "unhex('ab')" };
    database.edit(&format!("UPDATE log_head SET hash = {short}"));
    let seen = Store::open_reading(&database.url()).await.unwrap().verify().await.unwrap();
    assert_eq!(seen, broken(12, "altered", None));
    database.edit(undo);
}

async fn a_log_that_was_made_anew_differs_from_its_anchor(database: &Database) {
    let head = twelve_events(database).await;
    let anchor = LogHead { position: 5, hash: database.open().await.read_hash(5).await };
    // Somebody empties the log and writes another one with correct hashes.
    let zeros = if database.is_postgres() { "decode(repeat('00', 32), 'hex')" } else { "zeroblob(32)" };
    database.edit(&format!("DELETE FROM events; UPDATE log_head SET position = 0, hash = {zeros}"));
    let store = database.open().await;
    for n in 0..12_u128 {
        let version = i64::try_from(n / 3).unwrap();
        let mut other = event(stream(n % 3), version + 1);
        other.payload = "{}".into();
        committed(&store, Unit { events: vec![other], ..Unit::default() }).await;
    }
    assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 12, .. }));
    assert_eq!(store.verify_against(&anchor).await.unwrap(), broken(5, "altered", None));
    assert_eq!(store.verify_against(&head).await.unwrap(), broken(12, "altered", None));
    let now = store.head().await.unwrap();
    assert!(matches!(store.verify_against(&now).await.unwrap(), Verification::Whole { .. }));
    let start = LogHead { position: 0, hash: [0; 32] };
    assert!(matches!(store.verify_against(&start).await.unwrap(), Verification::Whole { .. }));
}

/// Reads a link, as an operator who notes an anchor does.
trait ReadHash {
    async fn read_hash(&self, position: i64) -> [u8; 32];
}

impl ReadHash for Store {
    async fn read_hash(&self, position: i64) -> [u8; 32] {
        static LINK: store::Statement =
            store::Statement { name: "test.link", sql: "SELECT log_hash FROM events WHERE position = $1" };
        let rows = self.query(&LINK, vec![position.into()], store::Reach::Point).await.unwrap();
        rows[0].bytes(0).unwrap().try_into().unwrap()
    }
}
