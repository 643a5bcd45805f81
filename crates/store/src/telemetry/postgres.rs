//! Telemetry in a PostgreSQL table that is partitioned by day; a partition is made when its first position comes.

use super::{
    PositionRow, newest,
    queue::{Job, Jobs, Queue, answer, queue},
};
use crate::{
    Row, Statement, StoreError, Value,
    id_text::IdText,
    postgres::{Connector, Failure, Pool, Session, migrate},
};
use kernel::{Timestamp, TypedId};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

const DAY_US: i64 = 86_400_000_000;

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
          JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname = 'positions' ORDER BY c.relname",
};

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

    /// Drops the partitions of the days that are wholly before an instant.
    pub async fn forget_before(&self, instant: Timestamp) -> Result<(), StoreError> {
        let first_kept = day_of(instant);
        for row in self.query(&PARTITIONS, &[]).await? {
            let name = row.text(0)?;
            let day = name.strip_prefix("positions_d").and_then(|day| day.parse::<i64>().ok());
            if day.is_some_and(|day| day < first_kept) {
                script(&self.pool, &format!("DROP TABLE IF EXISTS {name}")).await?;
            }
        }
        Ok(())
    }
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

fn day_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(DAY_US)
}

async fn write(pool: &Pool, days: &mut HashSet<i64>, group: &[Job]) -> Result<(), StoreError> {
    let rows = || group.iter().flat_map(|job| job.rows.iter().copied());
    let missing: BTreeSet<i64> = rows().map(|row| day_of(row.at)).filter(|day| !days.contains(day)).collect();
    if missing.len() > NEW_DAYS_AT_ONCE {
        return Err(StoreError::Defect(format!(
            "positions of more than {NEW_DAYS_AT_ONCE} new days at once"
        )));
    }
    if !missing.is_empty() {
        script(pool, &partitions_script(&missing)).await?;
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

fn partitions_script(days: &BTreeSet<i64>) -> String {
    let mut script = format!("BEGIN; SELECT pg_advisory_xact_lock({PARTITION_LOCK});");
    for day in days {
        let (from, to) = (day * DAY_US, (day + 1) * DAY_US);
        script.push_str(&format!(
            "CREATE TABLE IF NOT EXISTS positions_d{day} PARTITION OF positions FOR VALUES FROM ({from}) TO ({to});"
        ));
    }
    script.push_str("COMMIT");
    script
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
