//! `devices`: one row a tracker that reports for a driver.

pub mod alerts;
pub mod geofences;
pub mod incidents;
mod reads;
pub mod trips;
pub mod ways;

use crate::agents::DeviceEvent;
use kernel::{DeviceId, DriverId, OrganisationId, TenantId, Timestamp};
use reads::{Part, page};
use runtime::{Recorded, View};
use std::str::FromStr;
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub static DEVICES: View = View {
    schema: ViewSchema { name: "devices", version: 2, ddl: DDL, tables: &["devices"] },
    statements: &[&BOUND, &UNBOUND, &FIND, &LIST, &COUNT],
    project,
};

const DDL: &str = "
CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    driver_id TEXT NOT NULL,
    protocol TEXT NOT NULL,
    identifier TEXT NOT NULL,
    secret_hash TEXT,
    bound_at BIGINT NOT NULL,
    utc_offset_minutes BIGINT
);
CREATE INDEX idx_devices_protocol_identifier ON devices (protocol, identifier);
CREATE INDEX idx_devices_tenant_id_bound_at ON devices (tenant_id, bound_at)";

static BOUND: Statement = Statement {
    name: "movement.devices.bound",
    sql: "INSERT INTO devices (id, tenant_id, carrier_id, driver_id, protocol, identifier, secret_hash, bound_at, \
          utc_offset_minutes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET bound_at = excluded.bound_at",
};
static UNBOUND: Statement =
    Statement { name: "movement.devices.unbound", sql: "DELETE FROM devices WHERE id = $1" };
static FIND: Statement = Statement {
    name: "movement.devices.find",
    sql: "SELECT id, tenant_id, carrier_id, driver_id, protocol, identifier, secret_hash, bound_at, utc_offset_minutes \
          FROM devices \
          WHERE protocol = $1 AND identifier = $2",
};
static LIST: Statement = Statement {
    name: "movement.devices.list",
    sql: "SELECT id, tenant_id, carrier_id, driver_id, protocol, identifier, secret_hash, bound_at, utc_offset_minutes \
          FROM devices \
          WHERE tenant_id = $1 AND ($2 = '' OR carrier_id = $2) AND ($3 = '' OR driver_id = $3) \
          ORDER BY bound_at DESC, id DESC LIMIT $4 OFFSET $5",
};
static COUNT: Statement = Statement {
    name: "movement.devices.count",
    sql: "SELECT COUNT(*) FROM devices WHERE tenant_id = $1 AND ($2 = '' OR carrier_id = $2) \
          AND ($3 = '' OR driver_id = $3)",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let (Some(happened), Some(device)) = (event.of::<DeviceEvent>(), event.id::<DeviceId>()) else { return };
    let id = Value::from(device.to_string());
    writes.push(match happened {
        DeviceEvent::Bound(bound) => {
            let terms = &bound.terms;
            let params = vec![
                id,
                terms.tenant.to_string().into(),
                terms.carrier.to_string().into(),
                terms.driver.to_string().into(),
                terms.protocol.as_str().into(),
                terms.identifier.as_str().into(),
                terms.secret_hash.as_deref().map_or(Value::Null, Value::from),
                event.time().into(),
                terms.utc_offset_minutes.map_or(Value::Null, |minutes| i64::from(minutes).into()),
            ];
            Write::new(&BOUND, params)
        }
        DeviceEvent::Unbound(_) => Write::new(&UNBOUND, vec![id]),
    });
}

/// A row of `devices`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// The device.
    pub id: DeviceId,
    /// Its tenant.
    pub tenant: TenantId,
    /// The carrier it was bound for.
    pub carrier: OrganisationId,
    /// Whose positions it reports.
    pub driver: DriverId,
    /// What it speaks.
    pub protocol: String,
    /// What it calls itself.
    pub identifier: String,
    /// The hash of its secret, if it has one.
    pub secret_hash: Option<String>,
    /// Since when.
    pub bound_at: Timestamp,
    /// Minutes by which its clock is ahead of UTC, unless it is set to UTC.
    pub utc_offset_minutes: Option<i16>,
}

impl DeviceRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(row, 0)?,
            tenant: parsed(row, 1)?,
            carrier: parsed(row, 2)?,
            driver: parsed(row, 3)?,
            protocol: row.text(4)?.to_owned(),
            identifier: row.text(5)?.to_owned(),
            secret_hash: if row.is_null(6) { None } else { Some(row.text(6)?.to_owned()) },
            bound_at: Timestamp::from_micros(row.int(7)?),
            utc_offset_minutes: if row.is_null(8) { None } else { i16::try_from(row.int(8)?).ok() },
        })
    }
}

fn parsed<T: FromStr>(row: &Row, column: usize) -> Result<T, StoreError> {
    row.text(column)?
        .parse()
        .map_err(|_| StoreError::Defect(format!("devices: column {column} cannot be read")))
}

const MINUTE_US: i64 = 60_000_000;

impl DeviceRow {
    /// What its clock shows at an instant.
    #[must_use]
    pub fn its_time(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_micros(now.micros().saturating_add(self.ahead_us()))
    }

    /// The instant at which its clock shows this.
    #[must_use]
    pub fn true_time(&self, its: Timestamp) -> Timestamp {
        Timestamp::from_micros(its.micros().saturating_sub(self.ahead_us()))
    }

    fn ahead_us(&self) -> i64 {
        i64::from(self.utc_offset_minutes.unwrap_or(0)) * MINUTE_US
    }
}

/// Which devices a list shows.
#[derive(Debug, Clone, Copy)]
pub struct DeviceFilter {
    /// Of this tenant.
    pub tenant: TenantId,
    /// Only this carrier's.
    pub carrier: Option<OrganisationId>,
    /// Only this driver's.
    pub driver: Option<DriverId>,
}

/// The device that calls itself so.
///
/// # Errors
/// [`StoreError`].
pub async fn find(store: &Store, protocol: &str, identifier: &str) -> Result<Option<DeviceRow>, StoreError> {
    let rows = store.query(&FIND, vec![protocol.into(), identifier.into()], Reach::Point).await?;
    rows.first().map(DeviceRow::read).transpose()
}

/// A page of devices, newest first, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    filter: DeviceFilter,
    limit: i64,
    offset: i64,
) -> Result<(Vec<DeviceRow>, u64), StoreError> {
    let filter = vec![
        filter.tenant.to_string().into(),
        filter.carrier.map_or_else(String::new, |id| id.to_string()).into(),
        filter.driver.map_or_else(String::new, |id| id.to_string()).into(),
    ];
    page(store, (&LIST, &COUNT), filter, Part { limit, offset }, DeviceRow::read).await
}
