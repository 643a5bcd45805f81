//! Many writers and readers at once; on PostgreSQL through two handles, which is what two processes have.

use crate::{
    database::{Database, on_every_store},
    samples::{append, at, stream},
};
use std::{collections::HashSet, time::Duration};
use store::{Claim, Outcome, Rejection, Store, Unit, Verification};

on_every_store!(
    sixty_four_writers_lose_no_update,
    a_reader_sees_no_gap_while_writers_append,
    one_of_many_wins_a_key_a_position_and_a_lease,
    numbers_are_given_once_to_whoever_asks,
);

const WRITERS: u128 = 64;
const APPENDS: i64 = 8;
const STREAMS: u128 = 8;
/// Appends of all writers.
const ALL: u64 = 512;

/// Two handles where several processes may write, else the same one twice.
async fn two_handles(database: &Database) -> [Store; 2] {
    let first = database.open().await;
    let second = if first.is_shared() { database.open().await } else { first.clone() };
    [first, second]
}

/// Appends to a stream until it holds, as the runtime does; the number of times it lost.
async fn append_until_it_holds(store: &Store, number: u128) -> u64 {
    let mut lost = 0;
    let mut version = store.stream_version(stream(number)).await.unwrap();
    loop {
        let other = append(stream(1000 + number), 0, 0);
        match &store.commit(&[append(stream(number), version, 1), other]).await.unwrap()[..] {
            [Outcome::Committed { .. }, Outcome::Committed { .. }] => return lost,
            [Outcome::Rejected(Rejection::Version { actual, .. }), Outcome::Committed { .. }] => {
                assert_ne!(*actual, version);
                version = *actual;
                lost += 1;
                assert!(lost < ALL, "every loss is somebody's win, and there are not so many");
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn sixty_four_writers_lose_no_update(database: &Database) {
    let stores = two_handles(database).await;
    let tasks: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = stores[(writer % 2) as usize].clone();
            tokio::spawn(async move {
                let mut lost = 0;
                for _ in 0..APPENDS {
                    lost += append_until_it_holds(&store, writer % STREAMS).await;
                }
                lost
            })
        })
        .collect();
    let mut lost = 0;
    for task in tasks {
        lost += task.await.unwrap();
    }
    let all = u64::try_from(WRITERS).unwrap() * u64::try_from(APPENDS).unwrap();
    assert_eq!(all, ALL);
    let counters =
        stores.iter().map(Store::counters).fold((0, 0), |sum, c| (sum.0 + c.events, sum.1 + c.rejected));
    let handles = if stores[0].is_shared() { 1 } else { 2 };
    assert_eq!(counters, (all * handles, lost * handles));
    for number in 0..STREAMS {
        let events = stores[0].read_stream(stream(number), 0).await.unwrap();
        assert_eq!(events.len() as u128, WRITERS / STREAMS * APPENDS as u128);
        assert!(events.windows(2).all(|pair| pair[0].version + 1 == pair[1].version));
    }
    assert!(matches!(stores[1].verify().await.unwrap(), Verification::Whole { events, .. } if events == all));
}

async fn a_reader_sees_no_gap_while_writers_append(database: &Database) {
    let stores = two_handles(database).await;
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let store = stores[(writer % 2) as usize].clone();
            tokio::spawn(async move {
                for version in 0..20 {
                    let outcomes = store.commit(&[append(stream(writer), version * 3, 3)]).await.unwrap();
                    assert!(matches!(outcomes[0], Outcome::Committed { .. }));
                }
            })
        })
        .collect();
    let mut position = 0;
    while position < 16 * 20 * 3 {
        // Looked at first: what they wrote is there by the time of the read.
        let over = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let events = stores[0].read_log(position, 7).await.unwrap();
        for event in &events {
            position += 1;
            assert_eq!(event.position, position, "an event was skipped");
        }
        if events.is_empty() {
            assert!(!over, "the log ends after {position} events");
            tokio::task::yield_now().await;
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn one_of_many_wins_a_key_a_position_and_a_lease(database: &Database) {
    let stores = two_handles(database).await;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = stores[n % 2].clone();
            tokio::spawn(async move {
                let owner = format!("usr_{n}");
                let unique = Claim::Unique { scope: "login", key: "a".into(), owner: owner.clone() };
                let position = Claim::Position { reactor: "booking", from: 0, to: 1 };
                let key =
                    Claim::Idempotency { key: "k".into(), body_hash: [0; 32], stream: stream(1), at: at(0) };
                let one = |claim| Unit { claims: vec![claim], ..Unit::default() };
                let outcomes = store.commit(&[one(unique), one(position), one(key)]).await.unwrap();
                let won = |n: usize| u32::from(matches!(outcomes[n], Outcome::Committed { .. }));
                let lease = store.lease("timers", &owner, at(0), Duration::from_secs(60)).await.unwrap();
                [won(0), won(1), won(2), u32::from(lease)]
            })
        })
        .collect();
    let mut won = [0; 4];
    for task in tasks {
        for (sum, one) in won.iter_mut().zip(task.await.unwrap()) {
            *sum += one;
        }
    }
    assert_eq!(won, [1, 1, 1, 1]);
}

async fn numbers_are_given_once_to_whoever_asks(database: &Database) {
    let stores = two_handles(database).await;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = stores[n % 2].clone();
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for _ in 0..20 {
                    numbers.push(store.next_number("SHM").await.unwrap());
                }
                numbers
            })
        })
        .collect();
    let mut seen = HashSet::new();
    for task in tasks {
        for number in task.await.unwrap() {
            assert!(number > 0 && seen.insert(number), "{number} came twice");
        }
    }
}
