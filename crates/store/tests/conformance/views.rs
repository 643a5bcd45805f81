//! Views: made, written in the unit, rebuilt, compared; statements and values.

use crate::{
    database::{Database, on_every_store},
    samples::{append, committed, event, stream},
};
use store::{Reach, Row, Statement, Store, StoreError, StoredEvent, Unit, Value, ViewSchema, Write};

on_every_store!(
    view_rows_commit_with_their_unit,
    a_changed_view_is_rebuilt_from_the_log,
    a_new_view_on_an_old_log_is_rebuilt,
    a_rebuild_catches_up_while_units_commit,
    a_comparison_names_the_first_difference,
    values_of_every_type_come_back_as_they_went,
    texts_are_ordered_by_their_bytes,
    sums_are_integers,
    every_statement_can_be_prepared,
    a_bad_write_fails_its_unit_and_nothing_else,
    a_schema_that_could_not_be_rebuilt_is_refused,
);

static COUNT: Statement = Statement {
    name: "test.loads.count",
    sql: "INSERT INTO loads (id, events, last_kind) VALUES ($1, 1, $2) \
          ON CONFLICT (id) DO UPDATE SET events = loads.events + 1, last_kind = excluded.last_kind",
};
static TOTAL: Statement =
    Statement { name: "test.totals.add", sql: "UPDATE load_totals SET events = events + $1" };
static FIRST_TOTAL: Statement = Statement {
    name: "test.totals.first",
    sql: "INSERT INTO load_totals (id, events) VALUES (1, 0) ON CONFLICT (id) DO NOTHING",
};
static LOADS: Statement =
    Statement { name: "test.loads.all", sql: "SELECT id, events, last_kind FROM loads ORDER BY id" };
static BY_KIND: Statement =
    Statement { name: "test.loads.by_kind", sql: "SELECT COUNT(*) FROM loads WHERE last_kind = $1" };
static TOTALS: Statement = Statement { name: "test.totals.all", sql: "SELECT events FROM load_totals" };

const VIEW: ViewSchema = ViewSchema {
    name: "loads",
    version: 1,
    ddl: "-- How many events each load has; the semicolon here; ends nothing.
          CREATE TABLE loads (id TEXT NOT NULL PRIMARY KEY, events BIGINT NOT NULL, last_kind TEXT);
          CREATE INDEX idx_loads_last_kind ON loads (last_kind);
          CREATE TABLE load_totals (id BIGINT NOT NULL PRIMARY KEY, events BIGINT NOT NULL);",
    tables: &["loads", "load_totals"],
};

fn writes(stream: &str, kind: &str) -> Vec<Write> {
    vec![
        Write::new(&COUNT, vec![Value::from(stream), Value::from(kind)]),
        Write::new(&FIRST_TOTAL, vec![]),
        Write::new(&TOTAL, vec![Value::Int(1)]),
    ]
}

fn project(event: &StoredEvent) -> Result<Vec<Write>, StoreError> {
    Ok(writes(&event.stream.to_string(), event.type_name))
}

/// An append with its projection, as the runtime commits it.
fn projected(number: u128, version: i64) -> Unit {
    Unit {
        writes: writes(&stream(number).to_string(), "shipment.requested"),
        ..append(stream(number), version, 1)
    }
}

async fn rows(store: &Store, statement: &'static Statement) -> Vec<Row> {
    store.query(statement, Vec::new(), Reach::Long).await.unwrap()
}

fn load(number: u128, events: i64) -> Row {
    Row(vec![Value::from(stream(number).to_string()), Value::Int(events), Value::from("shipment.requested")])
}

async fn view_rows_commit_with_their_unit(database: &Database) {
    let store = database.open().await;
    assert_eq!(store.prepare_views(&[VIEW]).await.unwrap(), [""; 0]);
    committed(&store, projected(1, 0)).await;
    let outcomes = store.commit(&[projected(1, 1), projected(1, 1), projected(2, 0)]).await.unwrap();
    assert!(matches!(outcomes[1], store::Outcome::Rejected(_)));
    assert_eq!(rows(&store, &LOADS).await, [load(1, 2), load(2, 1)]);
    assert_eq!(rows(&store, &TOTALS).await, [Row(vec![Value::Int(3)])]);
    let by_kind = store.query(&BY_KIND, vec![Value::from("shipment.requested")], Reach::Point).await.unwrap();
    assert_eq!(by_kind, [Row(vec![Value::Int(2)])]);
    // Known and unchanged: nothing to do.
    assert_eq!(store.prepare_views(&[VIEW]).await.unwrap(), [""; 0]);
}

async fn a_changed_view_is_rebuilt_from_the_log(database: &Database) {
    let store = database.open().await;
    store.prepare_views(&[VIEW]).await.unwrap();
    for version in 0..5 {
        committed(&store, projected(1, version)).await;
    }
    let changed = ViewSchema {
        version: 2,
        ddl: "CREATE TABLE loads (id TEXT NOT NULL PRIMARY KEY, events BIGINT NOT NULL, last_kind TEXT, spare BIGINT);
              CREATE INDEX idx_loads_last_kind ON loads (last_kind);
              CREATE INDEX idx_loads_spare ON loads (spare);
              CREATE TABLE load_totals (id BIGINT NOT NULL PRIMARY KEY, events BIGINT NOT NULL)",
        ..VIEW
    };
    assert_eq!(store.prepare_views(&[changed]).await.unwrap(), ["loads"]);
    for _ in 0..2 {
        // Twice, because the second one finds the tables and indexes of the first.
        store.rebuild_view(&changed, &project).await.unwrap();
        assert_eq!(store.prepare_views(&[changed]).await.unwrap(), [""; 0]);
        assert_eq!(rows(&store, &LOADS).await, [load(1, 5)]);
        assert_eq!(rows(&store, &TOTALS).await, [Row(vec![Value::Int(5)])]);
    }
    // The new tables take the place of the old ones for the statements in use, too.
    committed(&store, projected(2, 0)).await;
    assert_eq!(rows(&store, &LOADS).await, [load(1, 5), load(2, 1)]);
    assert_eq!(store.compare_view(&changed, &project).await.unwrap(), None);
}

async fn a_new_view_on_an_old_log_is_rebuilt(database: &Database) {
    let store = database.open().await;
    committed(&store, append(stream(1), 0, 2500)).await;
    assert_eq!(store.prepare_views(&[VIEW]).await.unwrap(), ["loads"]);
    store.rebuild_view(&VIEW, &project).await.unwrap();
    assert_eq!(rows(&store, &LOADS).await, [load(1, 2500)]);
    assert_eq!(store.prepare_views(&[VIEW]).await.unwrap(), [""; 0]);
}

async fn a_rebuild_catches_up_while_units_commit(database: &Database) {
    let store = database.open().await;
    store.prepare_views(&[VIEW]).await.unwrap();
    let mut seed = append(stream(1), 0, 3000);
    for event in &seed.events {
        seed.writes.extend(writes(&event.stream.to_string(), event.type_name));
    }
    committed(&store, seed).await;
    let writer = store.clone();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let writing = tokio::spawn(async move {
        let mut version = 0;
        while stopped.try_recv().is_err() {
            committed(&writer, projected(2, version)).await;
            version += 1;
        }
        version
    });
    let changed = ViewSchema { version: 2, ..VIEW };
    for _ in 0..3 {
        store.rebuild_view(&changed, &project).await.unwrap();
    }
    stop.send(()).unwrap();
    let written = writing.await.unwrap();
    assert_eq!(rows(&store, &TOTALS).await, [Row(vec![Value::Int(3000 + written)])]);
    assert_eq!(store.compare_view(&changed, &project).await.unwrap(), None);
}

async fn a_comparison_names_the_first_difference(database: &Database) {
    let store = database.open().await;
    store.prepare_views(&[VIEW]).await.unwrap();
    committed(&store, projected(1, 0)).await;
    assert_eq!(store.compare_view(&VIEW, &project).await.unwrap(), None);
    let wrong = Unit { writes: writes("shp_wrong", "x"), ..Unit::default() };
    committed(&store, wrong).await;
    let difference = store.compare_view(&VIEW, &project).await.unwrap().unwrap();
    assert!(difference.starts_with("loads: the row ('shp_wrong', 1, 'x')"), "{difference}");
    // An event whose projection was never written.
    store.rebuild_view(&VIEW, &project).await.unwrap();
    committed(&store, append(stream(3), 0, 1)).await;
    let difference = store.compare_view(&VIEW, &project).await.unwrap().unwrap();
    assert!(difference.contains("of the rebuild is missing"), "{difference}");
    // What was built for the comparison is gone, and a failing projection leaves the view as it was.
    let fails = |_: &StoredEvent| Err(StoreError::Defect("cannot be decoded".into()));
    assert!(store.rebuild_view(&VIEW, &fails).await.is_err());
    assert_eq!(rows(&store, &LOADS).await, [load(1, 1)]);
}

static KEEP: Statement = Statement {
    name: "test.values.keep",
    sql: "INSERT INTO samples (id, t, i, r, b) VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (id) DO UPDATE SET t = excluded.t, i = excluded.i, r = excluded.r, b = excluded.b",
};
static KEPT: Statement =
    Statement { name: "test.values.kept", sql: "SELECT t, i, r, b FROM samples WHERE id = $1" };
static OUT_OF_ORDER: Statement =
    Statement { name: "test.values.swapped", sql: "SELECT id FROM samples WHERE i = $2 AND t = $1" };
static BY_TEXT: Statement =
    Statement { name: "test.values.by_text", sql: "SELECT t FROM samples ORDER BY t" };
static SUMS: Statement = Statement {
    name: "test.values.sums",
    sql: "SELECT SUM(i), COUNT(*), AVG(r), SUM(r), MAX(t), i = 7, AVG(i) FROM samples GROUP BY i ORDER BY i",
};

const SAMPLES: ViewSchema = ViewSchema {
    name: "samples",
    version: 1,
    ddl: "CREATE TABLE samples (id TEXT NOT NULL PRIMARY KEY, t TEXT, i BIGINT, r DOUBLE PRECISION, b BYTEA)",
    tables: &["samples"],
};

async fn keep(store: &Store, id: &str, values: [Value; 4]) {
    let params = std::iter::once(Value::from(id)).chain(values).collect();
    committed(store, Unit { writes: vec![Write::new(&KEEP, params)], ..Unit::default() }).await;
}

async fn values_of_every_type_come_back_as_they_went(database: &Database) {
    let store = database.open().await;
    store.prepare_views(&[SAMPLES]).await.unwrap();
    let samples = [
        [
            Value::from("Zürich '; DROP"),
            Value::Int(i64::MIN),
            Value::Real(0.1 + 0.2),
            Value::Bytes(vec![0, 255]),
        ],
        [Value::from(""), Value::Int(i64::MAX), Value::Real(-0.0), Value::Bytes(Vec::new())],
        [Value::Null, Value::Null, Value::Null, Value::Null],
        [Value::from("7"), Value::Int(7), Value::Real(5.0), Value::Bytes(vec![7])],
    ];
    for (n, sample) in samples.iter().enumerate() {
        let id = n.to_string();
        keep(&store, &id, sample.clone()).await;
        for reach in [Reach::Point, Reach::Long] {
            let rows = store.query(&KEPT, vec![Value::from(id.as_str())], reach).await.unwrap();
            assert_eq!(rows, [Row(sample.to_vec())]);
        }
    }
    let rows = store.query(&OUT_OF_ORDER, vec![Value::from("7"), Value::Int(7)], Reach::Point).await.unwrap();
    assert_eq!(rows, [Row(vec![Value::from("3")])]);
    assert!(matches!(rows[0].int(0), Err(StoreError::Defect(_))));
    assert!(rows[0].is_null(1) && matches!(rows[0].text(1), Err(StoreError::Defect(_))));
}

async fn texts_are_ordered_by_their_bytes(database: &Database) {
    let store = database.open().await;
    store.prepare_views(&[SAMPLES]).await.unwrap();
    for text in ["b", "A", "a", "ä", "B", "_", "1"] {
        keep(&store, text, [Value::from(text), Value::Null, Value::Null, Value::Null]).await;
    }
    let ordered: Vec<String> =
        rows(&store, &BY_TEXT).await.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
    assert_eq!(ordered, ["1", "A", "B", "_", "a", "b", "ä"]);
}

async fn sums_are_integers(database: &Database) {
    let store = database.open().await;
    store.prepare_views(&[SAMPLES]).await.unwrap();
    keep(&store, "a", [Value::from("x"), Value::Int(7), Value::Real(1.5), Value::Null]).await;
    keep(&store, "b", [Value::from("y"), Value::Int(7), Value::Real(2.5), Value::Null]).await;
    let row = &rows(&store, &SUMS).await[0];
    assert_eq!((row.int(0), row.int(1)), (Ok(14), Ok(2)));
    assert_eq!((row.real(2), row.real(3)), (Ok(2.0), Ok(4.0)));
    assert_eq!((row.text(4), row.int(5), row.real(6)), (Ok("y"), Ok(1), Ok(7.0)));
}

async fn every_statement_can_be_prepared(database: &Database) {
    static BAD: Statement = Statement { name: "test.bad", sql: "SELECT nothing FROM nowhere" };
    let store = database.open().await;
    store.prepare_views(&[VIEW, SAMPLES]).await.unwrap();
    let own = store.own_statements();
    assert!(own.len() > 40);
    assert_eq!(store.statements_prepare(own).await, []);
    let here = [
        &COUNT,
        &TOTAL,
        &FIRST_TOTAL,
        &LOADS,
        &BY_KIND,
        &TOTALS,
        &KEEP,
        &KEPT,
        &OUT_OF_ORDER,
        &BY_TEXT,
        &SUMS,
    ];
    assert_eq!(store.statements_prepare(here).await, []);
    let refused = store.statements_prepare([&LOADS, &BAD]).await;
    assert_eq!(refused.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["test.bad"]);
}

async fn a_bad_write_fails_its_unit_and_nothing_else(database: &Database) {
    let store = database.open().await;
    store.prepare_views(&[SAMPLES]).await.unwrap();
    committed(&store, append(stream(1), 0, 1)).await;
    let key_is_null = Write::new(&KEEP, vec![Value::Null; 5]);
    let bad = Unit { writes: vec![key_is_null], ..append(stream(2), 0, 1) };
    let behind = append(stream(2), 1, 1);
    let outcomes = store.commit(&[append(stream(1), 1, 1), bad, behind]).await.unwrap();
    let [
        store::Outcome::Committed { first: 2 },
        store::Outcome::Failed(StoreError::Defect(_)),
        store::Outcome::Rejected(_),
    ] = &outcomes[..]
    else {
        panic!("{outcomes:?}");
    };
    assert_eq!(store.head().await.unwrap().position, 2);
    assert_eq!(store.health(), store::StoreHealth::Connected);
    let good = Unit { events: vec![event(stream(1), 3)], ..Unit::default() };
    assert_eq!(committed(&store, good).await, 3);
    assert!(matches!(store.verify().await.unwrap(), store::Verification::Whole { events: 3, .. }));
}

async fn a_schema_that_could_not_be_rebuilt_is_refused(database: &Database) {
    let store = database.open().await;
    let loads = "CREATE TABLE loads (id TEXT PRIMARY KEY)";
    let totals = "CREATE TABLE load_totals (id TEXT PRIMARY KEY)";
    let bad: [&'static str; 4] = [
        "CREATE TABLE loads (id TEXT PRIMARY KEY)",
        "CREATE TABLE loads (id TEXT PRIMARY KEY); CREATE TABLE load_totals (id TEXT); CREATE TABLE other (id TEXT)",
        "CREATE TABLE loads (id TEXT PRIMARY KEY); CREATE TABLE load_totals (id TEXT); CREATE INDEX by_id ON loads (id)",
        "CREATE TABLE loads (id TEXT, n BIGINT); CREATE TABLE load_totals (id TEXT);
         CREATE UNIQUE INDEX idx_loads_n ON loads (n)",
    ];
    for ddl in bad {
        let prepared = store.prepare_views(&[ViewSchema { ddl, ..VIEW }]).await;
        assert!(matches!(prepared, Err(StoreError::Defect(_))), "{ddl}: {prepared:?}");
    }
    let good: &'static str = Box::leak(format!("{loads};{totals}").into_boxed_str());
    assert_eq!(store.prepare_views(&[ViewSchema { ddl: good, ..VIEW }]).await.unwrap(), [""; 0]);
}
