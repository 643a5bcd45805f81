//! Telemetry in a PostgreSQL table that is partitioned by day; a partition is made when its first position comes.

use super::{
    DAY_US, PositionRow, newest,
    queue::{Job, Jobs, Queue, answer, queue},
    statements,
    swap::Swap,
    text_of,
};
use crate::{
    Row, Statement, StoreError, Value, Write,
    id_text::IdText,
    postgres::{Connector, Failure, Pool, Session, migrate},
};
use kernel::{Timestamp, TypedId};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

/// Days of one partition of positions, and of chunks.
const ROW_DAYS: i64 = 1;
const CHUNK_DAYS: i64 = 30;

/// Days that one append may begin. Positions come as they happen; more means that a clock is wrong.
const NEW_DAYS_AT_ONCE: usize = 400;

/// One process makes partitions at a time ("position").
const PARTITION_LOCK: i64 = 0x706f_7369_7469_6f6e;

static APPEND: Statement = Statement {
    name: "telemetry.arrays.append",
    sql: "INSERT INTO positions (driver, at, tenant, latitude, longitude, speed_kmh, heading) \
          SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::float8[], $5::float8[], $6::float8[], \
          $7::float8[]) ON CONFLICT (driver, at) DO NOTHING",
};
static SET_LATEST: Statement = Statement {
    name: "telemetry.arrays.latest",
    sql: "INSERT INTO latest_positions (driver, at, tenant, latitude, longitude, speed_kmh, heading) \
          SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::float8[], $5::float8[], $6::float8[], \
          $7::float8[]) ON CONFLICT (driver) DO UPDATE SET at = excluded.at, tenant = excluded.tenant, \
          latitude = excluded.latitude, longitude = excluded.longitude, speed_kmh = excluded.speed_kmh, \
          heading = excluded.heading WHERE excluded.at > latest_positions.at",
};
static PARTITIONS: Statement = Statement {
    name: "telemetry.partitions",
    sql: "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
          JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname IN ('positions', 'track_chunks') \
          AND pg_table_is_visible(p.oid) ORDER BY c.relname",
};

/// How long dropping an empty partition may hold up those who write.
const DROP_WAIT_MS: u32 = 200;

/// A table that is partitioned by time.
struct Partitioned {
    table: &'static str,
    prefix: &'static str,
    days: i64,
}

const ROWS: Partitioned = Partitioned { table: "positions", prefix: "positions_d", days: ROW_DAYS };
const CHUNKS: Partitioned = Partitioned { table: "track_chunks", prefix: "track_chunks_b", days: CHUNK_DAYS };

/// Telemetry over PostgreSQL.
pub struct PostgresTelemetry {
    queue: Queue,
    pool: Arc<Pool>,
}

impl PostgresTelemetry {
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let connector = Arc::new(Connector::new(url)?);
        let opened = Self::over(&connector).await;
        opened.map_err(|error| StoreError::Open(error.to_string()))
    }

    async fn over(connector: &Arc<Connector>) -> Result<Self, StoreError> {
        migrate(connector.connect().await?, migrations::POSTGRES_TELEMETRY).await?;
        let pool = Arc::new(Pool::new(Arc::clone(connector)));
        let (queue, jobs) = queue();
        connector.driver().spawn(run(Arc::clone(&pool), jobs));
        Ok(Self { queue, pool })
    }

    pub async fn append(&self, rows: Vec<PositionRow>) -> Result<(), StoreError> {
        self.queue.append(rows).await
    }

    pub async fn query(
        &self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        loop {
            let mut loan = self.pool.take().await?;
            let outcome = loan.session.query(statement, params).await;
            if let Some(settled) = self.pool.settle(loan, outcome) {
                return settled;
            }
        }
    }

    /// `false`: something else is there than what should go; nothing happened.
    pub async fn swap(&self, swap: &Swap) -> Result<bool, StoreError> {
        let blocks = swap.new.iter().map(|chunk| CHUNKS.number(chunk.head.from)).collect();
        script(&self.pool, &CHUNKS.script(&blocks)).await?;
        loop {
            let mut loan = self.pool.take().await?;
            let outcome =
                in_transaction(&mut loan.session, async |session| swap_in(session, swap).await).await;
            if let Some(settled) = self.pool.settle(loan, outcome) {
                return settled;
            }
        }
    }

    /// Runs writes in one transaction.
    pub async fn write_all(&self, writes: &[Write]) -> Result<(), StoreError> {
        let run = async |session: &mut Session| {
            for write in writes {
                session.execute(write.statement, &write.params).await?;
            }
            Ok(true)
        };
        loop {
            let mut loan = self.pool.take().await?;
            let outcome = in_transaction(&mut loan.session, run).await;
            if let Some(settled) = self.pool.settle(loan, outcome) {
                return settled.map(drop);
            }
        }
    }

    /// Drops partitions that are wholly before an instant and empty. One that is in use just now is left for later.
    pub async fn drop_empty_partitions(&self, before: Timestamp) -> Result<(), StoreError> {
        for row in self.query(&PARTITIONS, &[]).await? {
            let name = row.text(0)?;
            let ends = [ROWS, CHUNKS].iter().find_map(|table| table.end_of(name));
            if ends.is_none_or(|ends| ends > before.micros()) {
                continue;
            }
            let drop = drop_script(name);
            if let Err(error) = script(&self.pool, &drop).await {
                tracing::debug!(%error, name, "a partition is kept for now");
            }
        }
        Ok(())
    }
}

impl Partitioned {
    fn number(&self, at: Timestamp) -> i64 {
        at.micros().div_euclid(DAY_US * self.days)
    }

    /// Where the partition of this name ends, in microseconds, if it is one of this table's.
    fn end_of(&self, name: &str) -> Option<i64> {
        let number: i64 = name.strip_prefix(self.prefix)?.parse().ok()?;
        Some((number + 1) * self.days * DAY_US)
    }

    /// Makes partitions that are missing.
    fn script(&self, numbers: &BTreeSet<i64>) -> String {
        let mut script = format!("BEGIN; SELECT pg_advisory_xact_lock({PARTITION_LOCK});");
        let Self { table, prefix, days } = self;
        for number in numbers {
            let (from, to) = (number * days * DAY_US, (number + 1) * days * DAY_US);
            script.push_str(&format!(
                "CREATE TABLE IF NOT EXISTS {prefix}{number} PARTITION OF {table} FOR VALUES FROM ({from}) TO ({to});"
            ));
        }
        script.push_str("COMMIT");
        script
    }
}

/// Whoever wants to write into it meanwhile finds it gone and makes it again.
fn drop_script(name: &str) -> String {
    format!(
        "DO $$ BEGIN SET LOCAL lock_timeout = {DROP_WAIT_MS}; LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE; \
         IF NOT EXISTS (SELECT 1 FROM {name}) THEN DROP TABLE {name}; END IF; END $$"
    )
}

/// A transaction that is undone unless its body answers `true`.
async fn in_transaction(
    session: &mut Session,
    body: impl AsyncFnOnce(&mut Session) -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    session.script("BEGIN").await?;
    let done = match body(session).await {
        Ok(true) => session.script("COMMIT").await.map(|()| true),
        Ok(false) => Ok(false),
        Err(failure) => Err(failure),
    };
    if !matches!(done, Ok(true)) {
        session.script("ROLLBACK").await?;
    }
    done
}

async fn swap_in(session: &mut Session, swap: &Swap) -> Result<bool, Failure> {
    if let Some(rows) = &swap.rows {
        let params = [text_of(rows.driver), rows.from.into(), rows.until.into()];
        if session.execute(&statements::ROWS_DELETE, &params).await? != rows.count {
            return Ok(false);
        }
    }
    for head in &swap.old {
        if session.execute(&statements::CHUNK_DELETE, &head.delete_params()).await? != 1 {
            return Ok(false);
        }
    }
    for chunk in &swap.new {
        session.execute(&statements::CHUNK_INSERT, &chunk.insert_params()).await?;
    }
    Ok(true)
}

async fn run(pool: Arc<Pool>, mut jobs: Jobs) {
    let mut days = HashSet::new();
    while let Some(group) = jobs.next().await {
        let mut outcome = write(&pool, &mut days, &group).await;
        if matches!(outcome, Err(StoreError::Defect(_))) && !days.is_empty() {
            // Another process may have dropped a day that is known here.
            days.clear();
            outcome = write(&pool, &mut days, &group).await;
        }
        answer(group, &outcome);
    }
}

async fn write(pool: &Pool, days: &mut HashSet<i64>, group: &[Job]) -> Result<(), StoreError> {
    let rows = || group.iter().flat_map(|job| job.rows.iter().copied());
    let missing: BTreeSet<i64> =
        rows().map(|row| ROWS.number(row.at)).filter(|day| !days.contains(day)).collect();
    if missing.len() > NEW_DAYS_AT_ONCE {
        return Err(StoreError::Defect(format!(
            "positions of more than {NEW_DAYS_AT_ONCE} new days at once"
        )));
    }
    if !missing.is_empty() {
        script(pool, &ROWS.script(&missing)).await?;
        days.extend(missing);
    }
    let (all, latest) = (Columns::of(rows()), Columns::of(newest(rows()).into_iter()));
    loop {
        let mut loan = pool.take().await?;
        let outcome = write_rows(&mut loan.session, &all, &latest).await;
        if let Some(settled) = pool.settle(loan, outcome) {
            return settled;
        }
    }
}

async fn script(pool: &Pool, sql: &str) -> Result<(), StoreError> {
    loop {
        let loan = pool.take().await?;
        let outcome = loan.session.script(sql).await;
        if let Some(settled) = pool.settle(loan, outcome) {
            return settled;
        }
    }
}

async fn write_rows(session: &mut Session, all: &Columns, latest: &Columns) -> Result<(), Failure> {
    session.prepare(&[&APPEND, &SET_LATEST]).await?;
    let mut pipeline = session.pipeline();
    pipeline.command("BEGIN");
    pipeline.native(&APPEND, all.params())?;
    pipeline.native(&SET_LATEST, latest.params())?;
    pipeline.command("COMMIT");
    pipeline.answers().await.map(drop)
}

/// Rows as one array a column.
#[derive(Default)]
struct Columns {
    drivers: Vec<String>,
    ats: Vec<i64>,
    tenants: Vec<String>,
    latitudes: Vec<f64>,
    longitudes: Vec<f64>,
    speeds: Vec<Option<f64>>,
    headings: Vec<Option<f64>>,
}

impl Columns {
    fn of(rows: impl Iterator<Item = PositionRow>) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.drivers.push(IdText::new(row.driver.stream()).as_str().to_owned());
            columns.ats.push(row.at.micros());
            columns.tenants.push(IdText::new(row.tenant.stream()).as_str().to_owned());
            columns.latitudes.push(row.position.latitude);
            columns.longitudes.push(row.position.longitude);
            columns.speeds.push(row.speed_kmh);
            columns.headings.push(row.heading);
        }
        columns
    }

    fn params(&self) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
        vec![
            &self.drivers,
            &self.ats,
            &self.tenants,
            &self.latitudes,
            &self.longitudes,
            &self.speeds,
            &self.headings,
        ]
    }
}
