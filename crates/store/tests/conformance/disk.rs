//! The disk under SQLite: syncs, a full disk, a failing sync, two processes.

use crate::{
    database::Database,
    samples::{answer, append, committed, stream},
};
use store::{DiskFault, Store, StoreError, StoreHealth, StoreUrl, Unit, Verification};

fn on_files(body: impl AsyncFnOnce(&Database)) {
    let database = Database::sqlite();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(body(&database));
}

#[test]
fn a_sync_stands_behind_every_acknowledged_batch() {
    on_files(async |database| {
        let store = database.open().await;
        for version in 0..100 {
            let before = store.counters();
            let units = [append(stream(1), version, 1), append(stream(2), version, 1)];
            store.commit(&units).await.unwrap();
            let after = store.counters();
            assert_eq!(after.batches, before.batches + 1);
            assert!(after.syncs > before.syncs, "batch {version} was acknowledged without a sync");
        }
        let before = store.counters().syncs;
        store.next_number("SHM").await.unwrap();
        store.lease("timers", "one", crate::samples::at(0), std::time::Duration::from_secs(1)).await.unwrap();
        assert!(store.counters().syncs >= before + 2);
    });
}

async fn nothing_is_acknowledged(store: &Store, version: i64) {
    let head = store.head().await.unwrap();
    let failed = store.commit(&[append(stream(1), version, 1)]).await;
    assert!(matches!(failed, Err(StoreError::ReadOnly(_))), "{failed:?}");
    assert!(matches!(store.health(), StoreHealth::ReadOnly(_)));
    assert!(matches!(store.probe().await, StoreHealth::ReadOnly(_)));
    // Reads go on, and show nothing of it.
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.stream_version(stream(1)).await.unwrap(), version);
    assert_eq!(store.read_stream(stream(1), 0).await.unwrap().len() as i64, version);
}

fn a_fault_makes_it_read_only_until_it_is_over(fault: DiskFault) {
    on_files(async |database| {
        let store = database.open().await;
        let mut version = 0;
        for _ in 0..3 {
            committed(&store, append(stream(1), version, 5)).await;
            version += 5;
            assert!(store.set_disk_fault(fault));
            nothing_is_acknowledged(&store, version).await;
            nothing_is_acknowledged(&store, version).await;
            store.set_disk_fault(DiskFault::None);
            assert_eq!(store.probe().await, StoreHealth::Connected);
        }
        // Without a probe the next batch goes through; but a small one says nothing about a larger one.
        store.set_disk_fault(fault);
        nothing_is_acknowledged(&store, version).await;
        store.set_disk_fault(DiskFault::None);
        committed(&store, append(stream(1), version, 1)).await;
        assert!(matches!(store.health(), StoreHealth::ReadOnly(_)));
        let StoreUrl::Sqlite(folder) = database.url() else { panic!("only files fill a disk") };
        let room = folder.join("store.room");
        std::fs::create_dir(&room).unwrap();
        assert!(
            matches!(store.probe().await, StoreHealth::ReadOnly(_)),
            "no room, although small writes go through"
        );
        std::fs::remove_dir(&room).unwrap();
        assert_eq!(store.probe().await, StoreHealth::Connected);
        assert!(!room.exists());
        let head = store.head().await.unwrap();
        let whole = Verification::Whole { events: 16, head: head.clone() };
        assert_eq!(store.verify().await.unwrap(), whole);
        drop(store);
        let store = database.open().await;
        assert_eq!(store.head().await.unwrap(), head);
        assert_eq!(store.verify().await.unwrap(), whole);
    });
}

#[test]
fn a_full_disk_makes_it_read_only_until_there_is_space() {
    a_fault_makes_it_read_only_until_it_is_over(DiskFault::Full);
}

#[test]
fn a_failed_sync_makes_it_read_only_until_it_syncs_again() {
    a_fault_makes_it_read_only_until_it_is_over(DiskFault::SyncFails);
}

/// A batch that is larger than the page cache writes before its commit; none of it may stay.
#[test]
fn a_disk_that_fills_in_the_middle_of_a_batch_leaves_nothing_of_it() {
    on_files(async |database| {
        let store = database.open().await;
        committed(&store, append(stream(1), 0, 1)).await;
        let mut large = append(stream(2), 0, 3000);
        for event in &mut large.events {
            event.payload = "x".repeat(16_000).into();
        }
        store.set_disk_fault(DiskFault::Full);
        let failed = store.commit(&[append(stream(1), 1, 1), large.clone()]).await;
        assert!(matches!(failed, Err(StoreError::ReadOnly(_))), "{failed:?}");
        store.set_disk_fault(DiskFault::None);
        assert_eq!(store.stream_version(stream(2)).await.unwrap(), 0);
        assert_eq!(committed(&store, append(stream(1), 1, 1)).await, 2);
        assert_eq!(committed(&store, large).await, 3);
        assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 3002, .. }));
    });
}

#[test]
fn an_answer_is_kept_with_a_sync_or_not_at_all() {
    on_files(async |database| {
        let store = database.open().await;
        let claim = store::Claim::Idempotency {
            key: "k".into(),
            body_hash: [1; 32],
            stream: stream(1),
            at: crate::samples::at(0),
        };
        committed(&store, Unit { claims: vec![claim], ..append(stream(1), 0, 1) }).await;
        let kept =
            async |store: &Store| store.idempotency("k").await.unwrap().and_then(|record| record.response);
        store.set_disk_fault(DiskFault::Full);
        let failed = store.keep_response("k", &answer(201, "made")).await;
        assert!(matches!(failed, Err(StoreError::ReadOnly(_))), "{failed:?}");
        store.set_disk_fault(DiskFault::None);
        assert_eq!(kept(&store).await, None);
        let before = store.counters().syncs;
        store.keep_response("k", &answer(201, "made again")).await.unwrap();
        assert!(store.counters().syncs > before, "the answer was kept without a sync");
        assert_eq!(kept(&store).await, Some(answer(201, "made again")));
    });
}

#[test]
fn a_folder_has_one_owner_at_a_time() {
    on_files(async |database| {
        let store = database.open().await;
        let folder = database.folder().unwrap().display().to_string();
        match Store::open(&database.url()).await {
            Err(StoreError::Open(text)) => assert!(text.contains(&folder), "{text}"),
            other => panic!("{:?}", other.map(|_| "opened twice")),
        }
        drop(store);
        database.open().await;
    });
}

#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreUrl::Sqlite(folder.path().to_owned())).await.unwrap();
        committed(&store, append(stream(1), 0, 1)).await;
        for name in ["log.db", "log.db-wal"] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
        }
    });
}

#[test]
fn the_write_ahead_log_stays_bounded() {
    on_files(async |database| {
        let store = database.open().await;
        let wal = database.folder().unwrap().join("log.db-wal");
        let mut longest = 0;
        for version in 0..120 {
            let mut unit = append(stream(1), version * 40, 40);
            for event in &mut unit.events {
                event.payload = "x".repeat(40_000).into();
            }
            committed(&store, unit).await;
            longest = longest.max(std::fs::metadata(&wal).unwrap().len());
        }
        // 190 MB were written; twice the hard limit of 64 MB is never reached.
        let total = std::fs::metadata(database.folder().unwrap().join("log.db")).unwrap().len();
        assert!(total > 100_000_000, "{total} bytes in the database");
        assert!(longest < 128_000_000, "{longest} bytes in the write-ahead log");
    });
}

#[test]
fn memory_has_no_disk_to_fail() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = Database::memory().open().await;
        assert!(!store.set_disk_fault(DiskFault::Full));
        assert!(!store.is_shared());
    });
}
