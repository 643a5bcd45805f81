//! Appending, reading, versions.

use crate::{
    database::{Database, on_every_durable_store, on_every_store},
    samples::{append, committed, event, rejected, stream},
};
use store::{LogHead, Outcome, Rejection, Snapshot, StoreError, Unit, Verification};

on_every_store!(
    events_are_read_as_they_were_written,
    a_stream_is_read_from_a_position_of_the_log_on,
    a_conflict_costs_the_others_of_its_batch_nothing,
    a_unit_sees_the_units_before_it_in_its_batch,
    a_unit_over_several_streams_is_whole_or_absent,
    a_unit_that_skips_its_own_versions_is_a_defect,
    long_streams_and_logs_are_read_in_pieces,
    a_snapshot_is_kept_by_format_and_never_goes_back,
    an_empty_batch_is_harmless,
);

on_every_durable_store!(the_log_is_there_after_a_restart, the_same_units_give_the_same_hash_in_any_batches);

async fn events_are_read_as_they_were_written(database: &Database) {
    let store = database.open().await;
    assert_eq!(store.head().await.unwrap(), LogHead { position: 0, hash: [0; 32] });
    assert_eq!(store.stream_version(stream(1)).await.unwrap(), 0);
    assert_eq!(committed(&store, append(stream(1), 0, 2)).await, 1);
    assert_eq!(committed(&store, append(stream(2), 0, 1)).await, 3);
    assert_eq!(committed(&store, append(stream(1), 2, 1)).await, 4);

    let read = store.read_stream(stream(1), 0).await.unwrap();
    assert_eq!(read.iter().map(|e| (e.position, e.version)).collect::<Vec<_>>(), [(1, 1), (2, 2), (4, 3)]);
    let written = event(stream(1), 2);
    assert_eq!(read[1].stream, written.stream);
    assert_eq!(read[1].tenant, written.tenant);
    assert_eq!(read[1].type_name, written.type_name);
    assert_eq!(read[1].schema, written.schema);
    assert_eq!(read[1].payload, written.payload);
    assert_eq!(read[1].meta, written.meta);
    assert_eq!(store.read_stream(stream(1), 2).await.unwrap().len(), 1);
    assert_eq!(store.read_stream(stream(9), 0).await.unwrap().len(), 0);

    let log = store.read_log(1, 2).await.unwrap();
    assert_eq!(log.iter().map(|e| e.position).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(store.stream_version(stream(1)).await.unwrap(), 3);
    let head = store.head().await.unwrap();
    assert_eq!(head.position, 4);
    assert_eq!(store.verify().await.unwrap(), Verification::Whole { events: 4, head });
}

async fn a_stream_is_read_from_a_position_of_the_log_on(database: &Database) {
    let store = database.open().await;
    committed(&store, append(stream(1), 0, 2)).await;
    committed(&store, append(stream(2), 0, 1)).await;
    committed(&store, append(stream(1), 2, 2)).await;
    let since = async |number, position, limit| {
        let read = store.read_stream_since(stream(number), position, limit).await.unwrap();
        read.iter().map(|event| event.position).collect::<Vec<_>>()
    };
    assert_eq!(since(1, 0, 10).await, [1, 2, 4, 5]);
    assert_eq!(since(1, 1, 10).await, [2, 4, 5]);
    assert_eq!((since(1, 2, 10).await, since(1, 3, 10).await), (vec![4, 5], vec![4, 5]));
    assert_eq!((since(1, 1, 2).await, since(1, 5, 10).await), (vec![2, 4], vec![]));
    assert_eq!((since(2, 2, 10).await, since(9, 0, 10).await), (vec![3], vec![]));
}

async fn a_conflict_costs_the_others_of_its_batch_nothing(database: &Database) {
    let store = database.open().await;
    committed(&store, append(stream(1), 0, 1)).await;
    let batch = [
        append(stream(2), 0, 1),
        append(stream(1), 0, 1),
        append(stream(3), 0, 1),
        append(stream(1), 1, 1),
        append(stream(4), 7, 1),
    ];
    let outcomes = store.commit(&batch).await.unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Committed { first: 2 },
            Outcome::Rejected(Rejection::Version { stream: stream(1), actual: 1 }),
            Outcome::Committed { first: 3 },
            Outcome::Committed { first: 4 },
            Outcome::Rejected(Rejection::Version { stream: stream(4), actual: 0 }),
        ]
    );
    let counters = store.counters();
    assert_eq!((counters.batches, counters.units, counters.rejected, counters.events), (2, 4, 2, 4));
    assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 4, .. }));
}

async fn a_unit_sees_the_units_before_it_in_its_batch(database: &Database) {
    let store = database.open().await;
    let batch =
        [append(stream(1), 0, 2), append(stream(1), 0, 1), append(stream(1), 2, 1), append(stream(1), 3, 1)];
    let outcomes = store.commit(&batch).await.unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Committed { first: 1 },
            Outcome::Rejected(Rejection::Version { stream: stream(1), actual: 2 }),
            Outcome::Committed { first: 3 },
            Outcome::Committed { first: 4 },
        ]
    );
}

async fn a_unit_over_several_streams_is_whole_or_absent(database: &Database) {
    let store = database.open().await;
    committed(&store, append(stream(2), 0, 1)).await;
    let mut both = append(stream(1), 0, 1);
    both.expected.push((stream(2), 0));
    both.events.push(event(stream(2), 1));
    assert_eq!(rejected(&store, both.clone()).await, Rejection::Version { stream: stream(2), actual: 1 });
    assert_eq!(store.stream_version(stream(1)).await.unwrap(), 0);
    // A stream that is only read decides as well.
    let reads = Unit { expected: vec![(stream(2), 1), (stream(1), 1)], ..Unit::default() };
    assert_eq!(rejected(&store, reads).await, Rejection::Version { stream: stream(1), actual: 0 });
    both.expected[1].1 = 1;
    both.events[1].version = 2;
    assert_eq!(committed(&store, both).await, 2);
}

async fn a_unit_that_skips_its_own_versions_is_a_defect(database: &Database) {
    let store = database.open().await;
    let mut skipping = append(stream(1), 0, 2);
    skipping.events[1].version = 3;
    let outcomes = store.commit(&[skipping]).await.unwrap();
    assert!(matches!(outcomes[..], [store::Outcome::Failed(StoreError::Defect(_))]), "{outcomes:?}");
    assert_eq!(store.head().await.unwrap().position, 0);
    // Without an expectation the event's own version is one.
    let unexpected = Unit { events: vec![event(stream(1), 2)], ..Unit::default() };
    assert_eq!(rejected(&store, unexpected).await, Rejection::Version { stream: stream(1), actual: 0 });
    assert_eq!(committed(&store, append(stream(1), 0, 1)).await, 1);
}

async fn long_streams_and_logs_are_read_in_pieces(database: &Database) {
    let store = database.open().await;
    for version in (0..3000).step_by(500) {
        committed(&store, append(stream(1), version, 500)).await;
    }
    let read = store.read_stream(stream(1), 0).await.unwrap();
    assert_eq!(read.len(), 3000);
    assert!(read.windows(2).all(|pair| pair[0].version + 1 == pair[1].version));
    assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 3000, .. }));
}

async fn a_snapshot_is_kept_by_format_and_never_goes_back(database: &Database) {
    let store = database.open().await;
    let snapshot =
        |version, format, state: &str| Snapshot { stream: stream(1), version, format, state: state.into() };
    store.save_snapshots(&[snapshot(5, 1, "five")]).await.unwrap();
    store.save_snapshots(&[snapshot(3, 1, "three")]).await.unwrap();
    assert_eq!(store.snapshot(stream(1), 1).await.unwrap(), Some(snapshot(5, 1, "five")));
    assert_eq!(store.snapshot(stream(1), 2).await.unwrap(), None);
    store.save_snapshots(&[snapshot(4, 2, "other format")]).await.unwrap();
    assert_eq!(store.snapshot(stream(1), 2).await.unwrap(), Some(snapshot(4, 2, "other format")));
    assert_eq!(store.snapshot(stream(1), 1).await.unwrap(), None);
}

async fn an_empty_batch_is_harmless(database: &Database) {
    let store = database.open().await;
    assert_eq!(store.commit(&[]).await.unwrap(), []);
    assert_eq!(committed(&store, Unit::default()).await, 0);
    assert_eq!(store.head().await.unwrap().position, 0);
}

async fn the_log_is_there_after_a_restart(database: &Database) {
    let store = database.open().await;
    committed(&store, append(stream(1), 0, 3)).await;
    let head = store.head().await.unwrap();
    drop(store);
    let store = database.open().await;
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.read_stream(stream(1), 0).await.unwrap().len(), 3);
    assert_eq!(committed(&store, append(stream(1), 3, 1)).await, 4);
    assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 4, .. }));
}

async fn the_same_units_give_the_same_hash_in_any_batches(database: &Database) {
    let units: Vec<Unit> = (0..20).map(|n| append(stream(n % 5), i64::try_from(n / 5).unwrap(), 1)).collect();
    let one_by_one = Database::memory().open().await;
    for unit in &units {
        committed(&one_by_one, unit.clone()).await;
    }
    let store = database.open().await;
    for batch in units.chunks(7) {
        store.commit(batch).await.unwrap();
    }
    assert_eq!(store.head().await.unwrap(), one_by_one.head().await.unwrap());
}
