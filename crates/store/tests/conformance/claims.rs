//! Claims, timers, effects, leases, sequences, idempotency.

use crate::{
    database::{Database, on_every_durable_store, on_every_store},
    samples::{answer, append, at, committed, correlation, rejected, stream, tenant},
};
use std::time::Duration;
use store::{Claim, EffectChange, IdempotencyRecord, Outcome, Rejection, Store, TimerChange, Unit};

on_every_store!(
    a_unique_key_has_one_owner,
    an_idempotency_key_is_used_once,
    the_first_answer_is_kept,
    answers_of_many_are_kept_beside_batches,
    timers_are_set_moved_cancelled_and_claimed,
    effects_go_from_pending_to_done_or_dead_and_back,
    a_lease_has_one_holder_until_it_ends,
    a_reactor_moves_by_compare_and_set,
    positions_chain_within_a_batch,
    numbers_count_from_one_without_repetition,
    what_a_batch_sets_can_be_claimed_in_it,
);

on_every_durable_store!(numbers_never_come_twice_after_a_restart, kept_answers_survive_a_restart);

fn claims(claims: Vec<Claim>) -> Unit {
    Unit { claims, ..Unit::default() }
}

fn login(key: &str, owner: &str) -> Claim {
    Claim::Unique { scope: "login", key: key.into(), owner: owner.into() }
}

async fn a_unique_key_has_one_owner(database: &Database) {
    let store = database.open().await;
    committed(&store, claims(vec![login("a", "usr_1")])).await;
    assert_eq!(
        rejected(&store, claims(vec![login("a", "usr_2")])).await,
        Rejection::Taken { scope: "login" }
    );
    committed(&store, claims(vec![login("a", "usr_1")])).await;
    let other_scope = Claim::Unique { scope: "phone", key: "a".into(), owner: "usr_2".into() };
    committed(&store, claims(vec![other_scope])).await;
    assert_eq!(store.claim_owner("login", "a").await.unwrap().as_deref(), Some("usr_1"));
    assert_eq!(store.claim_owner("login", "b").await.unwrap(), None);

    // In one batch the first wins, also when it takes what an earlier unit freed; the unit that loses frees nothing.
    let free = || Claim::Free { scope: "login", key: "a".into() };
    let batch = [
        claims(vec![login("b", "usr_1")]),
        claims(vec![free(), login("b", "usr_3")]),
        claims(vec![login("a", "usr_3")]),
        claims(vec![free(), login("a", "usr_4")]),
        claims(vec![login("a", "usr_5")]),
    ];
    let outcomes = store.commit(&batch).await.unwrap();
    let won: Vec<bool> =
        outcomes.iter().map(|outcome| matches!(outcome, Outcome::Committed { .. })).collect();
    assert_eq!(won, [true, false, false, true, false]);
    assert_eq!(store.claim_owner("login", "a").await.unwrap().as_deref(), Some("usr_4"));
    assert_eq!(store.claim_owner("login", "b").await.unwrap().as_deref(), Some("usr_1"));
}

fn keyed(key: &str, body: u8, number: u128) -> Unit {
    let claim =
        Claim::Idempotency { key: key.into(), body_hash: [body; 32], stream: stream(number), at: at(0) };
    Unit { claims: vec![claim], ..append(stream(number), 0, 1) }
}

async fn an_idempotency_key_is_used_once(database: &Database) {
    let store = database.open().await;
    let repeated = |same_body, number| Rejection::Repeated { same_body, stream: stream(number).to_string() };
    let batch = [keyed("k", 1, 1), keyed("k", 1, 2), keyed("k", 2, 3), keyed("l", 1, 4)];
    let outcomes = store.commit(&batch).await.unwrap();
    assert_eq!(outcomes[1..3], [Outcome::Rejected(repeated(true, 1)), Outcome::Rejected(repeated(false, 1))]);
    assert_eq!(rejected(&store, keyed("k", 1, 5)).await, repeated(true, 1));
    assert_eq!(rejected(&store, keyed("l", 3, 5)).await, repeated(false, 4));
    // A unit that lost has not used its key.
    assert_eq!(rejected(&store, keyed("m", 1, 1)).await, Rejection::Version { stream: stream(1), actual: 1 });
    committed(&store, keyed("m", 1, 6)).await;
    assert_eq!(store.forget_idempotency(at(1), 2).await.unwrap(), 2);
    assert_eq!(store.forget_idempotency(at(1), 100).await.unwrap(), 1);
    committed(&store, keyed("k", 2, 7)).await;
}

fn kept(number: u128, response: Option<(u16, &str)>) -> Option<IdempotencyRecord> {
    let response = response.map(|(status, body)| answer(status, body));
    Some(IdempotencyRecord { body_hash: [1; 32], stream: stream(number).to_string(), response })
}

async fn the_first_answer_is_kept(database: &Database) {
    let store = database.open().await;
    assert_eq!(store.idempotency("k").await.unwrap(), None);
    committed(&store, keyed("k", 1, 1)).await;
    assert_eq!(store.idempotency("k").await.unwrap(), kept(1, None));
    store.keep_response("k", &answer(201, "first")).await.unwrap();
    assert_eq!(store.idempotency("k").await.unwrap(), kept(1, Some((201, "first"))));
    store.keep_response("k", &answer(500, "second")).await.unwrap();
    committed(&store, keyed("l", 1, 2)).await;
    assert_eq!(store.idempotency("k").await.unwrap(), kept(1, Some((201, "first"))));
    store.keep_response("unknown", &answer(200, "")).await.unwrap();
    assert_eq!(store.idempotency("unknown").await.unwrap(), None);
}

async fn answers_of_many_are_kept_beside_batches(database: &Database) {
    let store = database.open().await;
    let units: Vec<Unit> = (0..64_u128).map(|number| keyed(&number.to_string(), 1, 100 + number)).collect();
    for outcome in store.commit(&units).await.unwrap() {
        assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
    }
    let keepers: Vec<_> = (0..64_u128)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let key = number.to_string();
                store.keep_response(&key, &answer(201, &key)).await.unwrap();
                let record = store.idempotency(&key).await.unwrap().unwrap();
                assert_eq!(record.response, Some(answer(201, &key)), "acknowledged, and not there");
                committed(&store, append(stream(200 + number), 0, 1)).await;
            })
        })
        .collect();
    for keeper in keepers {
        keeper.await.unwrap();
    }
}

async fn kept_answers_survive_a_restart(database: &Database) {
    let store = database.open().await;
    committed(&store, keyed("k", 1, 1)).await;
    store.keep_response("k", &answer(201, "first")).await.unwrap();
    drop(store);
    let store = database.open().await;
    assert_eq!(store.idempotency("k").await.unwrap(), kept(1, Some((201, "first"))));
}

fn set(number: u128, key: &str, seconds: i64) -> TimerChange {
    let (stream, tenant, correlation) = (stream(number), tenant(), correlation());
    TimerChange::Set { stream, tenant, name: "window", key: key.into(), due: at(seconds), correlation }
}

fn fire(number: u128, key: &str, seconds: i64) -> Claim {
    Claim::Timer { stream: stream(number), name: "window".into(), key: key.into(), due: at(seconds) }
}

async fn standing(store: &Store) -> Vec<(u128, String, i64)> {
    let timers = store.timers_due(at(1_000_000), 100).await.unwrap();
    let number = |timer: &store::TimerRecord| timer.stream.id.as_u128() - stream(0).id.as_u128();
    let seconds = |timer: &store::TimerRecord| (timer.due.micros() - at(0).micros()) / 1_000_000;
    timers.iter().map(|timer| (number(timer), timer.key.clone(), seconds(timer))).collect()
}

async fn timers_are_set_moved_cancelled_and_claimed(database: &Database) {
    let store = database.open().await;
    let timers = vec![set(2, "b", 10), set(1, "a", 10), set(1, "B", 10), set(1, "c", 5), set(1, "d", 20)];
    committed(&store, Unit { timers, ..Unit::default() }).await;
    let all = [(1, "c", 5), (1, "B", 10), (1, "a", 10), (2, "b", 10), (1, "d", 20)];
    assert_eq!(standing(&store).await, all.map(|(number, key, due)| (number, key.to_owned(), due)));
    assert_eq!(store.timers_due(at(10), 100).await.unwrap().len(), 4);
    assert_eq!(store.timers_due(at(9), 100).await.unwrap().len(), 1);
    let first = &store.timers_due(at(10), 1).await.unwrap()[0];
    assert_eq!((first.tenant, first.correlation, first.name.as_str()), (tenant(), correlation(), "window"));

    let cancel = TimerChange::Cancel { stream: stream(1), name: "window", key: "c".into() };
    committed(&store, Unit { timers: vec![cancel, set(1, "a", 30)], ..Unit::default() }).await;
    assert_eq!(rejected(&store, claims(vec![fire(1, "c", 5)])).await, Rejection::TimerGone);
    assert_eq!(rejected(&store, claims(vec![fire(1, "a", 10)])).await, Rejection::TimerGone);
    let outcomes =
        store.commit(&[claims(vec![fire(1, "a", 30)]), claims(vec![fire(1, "a", 30)])]).await.unwrap();
    assert_eq!(outcomes[1], Outcome::Rejected(Rejection::TimerGone));
    // A firing may set its own timer again.
    let again = Unit { timers: vec![set(1, "d", 40)], ..claims(vec![fire(1, "d", 20)]) };
    committed(&store, again).await;
    let rest = [(1, "B", 10), (2, "b", 10), (1, "d", 40)];
    assert_eq!(standing(&store).await, rest.map(|(number, key, due)| (number, key.to_owned(), due)));
}

fn request(id: &str, seconds: i64) -> EffectChange {
    EffectChange::Request {
        id: id.into(),
        kind: "payment.hold",
        tenant: tenant(),
        payload: "{}".into(),
        correlation: correlation(),
        causation: 7,
        due: at(seconds),
    }
}

fn effects(effects: Vec<EffectChange>) -> Unit {
    Unit { effects, ..Unit::default() }
}

async fn due(store: &Store, seconds: i64) -> Vec<String> {
    store.effects_due(at(seconds), 100).await.unwrap().into_iter().map(|effect| effect.id).collect()
}

async fn effects_go_from_pending_to_done_or_dead_and_back(database: &Database) {
    let store = database.open().await;
    let claim = |id: &str| Claim::Effect { id: id.into() };
    committed(&store, effects(vec![request("b", 10), request("a", 10), request("c", 20)])).await;
    assert_eq!(due(&store, 15).await, ["a", "b"]);
    let first = &store.effects_due(at(15), 1).await.unwrap()[0];
    assert_eq!(
        (first.kind.as_str(), first.causation, first.attempts, first.dead),
        ("payment.hold", 7, 0, false)
    );

    // Asked for again: once only.
    committed(&store, effects(vec![request("a", 1)])).await;
    assert_eq!(due(&store, 5).await, [""; 0]);
    committed(
        &store,
        Unit { claims: vec![claim("a")], ..effects(vec![EffectChange::Done { id: "a".into() }]) },
    )
    .await;
    assert_eq!(rejected(&store, claims(vec![claim("a")])).await, Rejection::EffectGone);
    assert_eq!(rejected(&store, claims(vec![claim("never")])).await, Rejection::EffectGone);
    committed(&store, effects(vec![request("a", 1)])).await;
    assert_eq!(due(&store, 15).await, ["b"]);

    let retry = EffectChange::Retry { id: "b".into(), attempts: 1, due: at(50), error: "timeout".into() };
    committed(&store, effects(vec![retry])).await;
    assert_eq!(due(&store, 49).await, ["c"]);
    let dead = EffectChange::Dead { id: "b".into(), attempts: 10, error: "gave up".into() };
    let outcomes = store.commit(&[effects(vec![dead]), claims(vec![claim("b")])]).await.unwrap();
    assert_eq!(outcomes[1], Outcome::Rejected(Rejection::EffectGone));
    let letters = store.dead_letters(tenant(), 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].id.as_str(), letters[0].attempts, letters[0].error.as_str()),
        ("b", 10, "gave up")
    );
    assert!(letters[0].dead);
    committed(&store, effects(vec![EffectChange::Replay { id: "b".into(), due: at(60) }])).await;
    assert_eq!(store.dead_letters(tenant(), 10).await.unwrap().len(), 0);
    assert_eq!(due(&store, 60).await, ["c", "b"]);
    committed(&store, claims(vec![claim("b")])).await;
}

async fn a_lease_has_one_holder_until_it_ends(database: &Database) {
    let store = database.open().await;
    let minute = Duration::from_secs(60);
    assert!(store.lease("timers", "one", at(0), minute).await.unwrap());
    assert!(!store.lease("timers", "two", at(59), minute).await.unwrap());
    assert!(store.lease("timers", "one", at(30), minute).await.unwrap());
    assert!(!store.lease("timers", "two", at(61), minute).await.unwrap());
    let held = |owner: &str, seconds| {
        claims(vec![Claim::Lease { name: "timers", owner: owner.into(), now: at(seconds) }])
    };
    committed(&store, held("one", 89)).await;
    assert_eq!(rejected(&store, held("one", 90)).await, Rejection::LeaseLost);
    assert_eq!(rejected(&store, held("two", 1)).await, Rejection::LeaseLost);
    assert!(store.lease("timers", "two", at(90), minute).await.unwrap());
    assert_eq!(rejected(&store, held("one", 89)).await, Rejection::LeaseLost);
    committed(&store, held("two", 91)).await;
}

fn moved(from: i64, to: i64) -> Claim {
    Claim::Position { reactor: "booking", from, to }
}

async fn a_reactor_moves_by_compare_and_set(database: &Database) {
    let store = database.open().await;
    assert_eq!(store.reactor_positions().await.unwrap(), []);
    committed(&store, claims(vec![moved(0, 5)])).await;
    let stale = Unit { claims: vec![moved(0, 6)], ..append(stream(1), 0, 1) };
    assert_eq!(rejected(&store, stale).await, Rejection::PositionLost);
    assert_eq!(store.head().await.unwrap().position, 0);
    committed(&store, claims(vec![moved(5, 6)])).await;
    assert_eq!(store.reactor_positions().await.unwrap(), [("booking".to_owned(), 6)]);
}

async fn positions_chain_within_a_batch(database: &Database) {
    let store = database.open().await;
    let mut batch: Vec<Unit> = (0..50).map(|n| claims(vec![moved(n, n + 1)])).collect();
    batch.insert(10, claims(vec![moved(3, 4)]));
    let outcomes = store.commit(&batch).await.unwrap();
    let lost: Vec<usize> = (0..51).filter(|n| matches!(outcomes[*n], Outcome::Rejected(_))).collect();
    assert_eq!(lost, [10]);
    assert_eq!(store.reactor_positions().await.unwrap(), [("booking".to_owned(), 50)]);
}

async fn numbers_count_from_one_without_repetition(database: &Database) {
    let store = database.open().await;
    for expected in 1..=200 {
        assert_eq!(store.next_number("SHM-MIL").await.unwrap(), expected);
    }
    assert_eq!(store.next_number("SHM-ROM").await.unwrap(), 1);
}

async fn numbers_never_come_twice_after_a_restart(database: &Database) {
    let store = database.open().await;
    let mut last = 0;
    for _ in 0..3 {
        last = store.next_number("SHM-MIL").await.unwrap();
    }
    drop(store);
    let store = database.open().await;
    assert!(store.next_number("SHM-MIL").await.unwrap() > last);
}

async fn what_a_batch_sets_can_be_claimed_in_it(database: &Database) {
    let store = database.open().await;
    let batch = [
        Unit { timers: vec![set(1, "", 5)], ..effects(vec![request("a", 1)]) },
        claims(vec![fire(1, "", 5), Claim::Effect { id: "a".into() }]),
        effects(vec![EffectChange::Done { id: "a".into() }]),
        claims(vec![Claim::Effect { id: "a".into() }]),
    ];
    let outcomes = store.commit(&batch).await.unwrap();
    assert!(outcomes[..3].iter().all(|outcome| matches!(outcome, Outcome::Committed { .. })));
    assert_eq!(outcomes[3], Outcome::Rejected(Rejection::EffectGone));
    assert_eq!(standing(&store).await, []);
    assert_eq!(due(&store, 100).await, [""; 0]);
}
