//! `trips`: one row a booking that is or was watched.

use super::{parsed, reads::following};
use contracts::{
    shipment::{ShipmentEvent, ShipmentStatus},
    tracking::TripEvent,
};
use kernel::{DriverId, OrganisationId, ShipmentId, TenantId, Timestamp, TripId};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub static TRIPS: View = View {
    schema: ViewSchema { name: "trips", version: 1, ddl: DDL, tables: &["trips"] },
    statements: &[&BEGUN, &MOVED, &LOADED, &ENDED, &RUNNING, &OF_SHIPMENT, &IN_SPAN, &OVER],
    project,
};

const DDL: &str = "
CREATE TABLE trips (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    driver_id TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    status TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    loaded_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX idx_trips_shipment_id ON trips (shipment_id, begun_at);
CREATE INDEX idx_trips_ended_at ON trips (ended_at);
CREATE INDEX idx_trips_tenant_id_begun_at ON trips (tenant_id, begun_at)";

static BEGUN: Statement = Statement {
    name: "movement.trips.begun",
    sql: "INSERT INTO trips (id, tenant_id, shipment_id, driver_id, carrier_id, status, begun_at) \
          VALUES ($1, $2, $3, $4, $5, 'booked', $6) ON CONFLICT (id) DO NOTHING",
};
static MOVED: Statement = Statement {
    name: "movement.trips.moved",
    sql: "UPDATE trips SET status = $2 WHERE shipment_id = $1 AND ended_at IS NULL",
};
static LOADED: Statement = Statement {
    name: "movement.trips.loaded",
    sql: "UPDATE trips SET loaded_at = $2 WHERE shipment_id = $1 AND ended_at IS NULL",
};
static ENDED: Statement = Statement {
    name: "movement.trips.ended",
    sql: "UPDATE trips SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
};
static RUNNING: Statement = Statement {
    name: "movement.trips.running",
    sql: "SELECT id, tenant_id, shipment_id, driver_id, carrier_id, status, begun_at, loaded_at, ended_at FROM trips \
          WHERE ended_at IS NULL AND id > $1 ORDER BY id LIMIT $2",
};
static OF_SHIPMENT: Statement = Statement {
    name: "movement.trips.of_shipment",
    sql: "SELECT id, tenant_id, shipment_id, driver_id, carrier_id, status, begun_at, loaded_at, ended_at FROM trips \
          WHERE shipment_id = $1 ORDER BY begun_at DESC, id DESC LIMIT 1",
};
static OVER: Statement = Statement {
    name: "movement.trips.over",
    sql: "SELECT id, tenant_id, shipment_id, driver_id, carrier_id, status, begun_at, loaded_at, ended_at FROM trips \
          WHERE ended_at >= $1 AND id > $2 ORDER BY id LIMIT $3",
};
static IN_SPAN: Statement = Statement {
    name: "movement.trips.in_span",
    sql: "SELECT id, tenant_id, shipment_id, driver_id, carrier_id, status, begun_at, loaded_at, ended_at FROM trips \
          WHERE tenant_id = $1 AND ($2 = '' OR carrier_id = $2) AND begun_at < $4 \
          AND (ended_at IS NULL OR ended_at >= $3) ORDER BY driver_id, begun_at LIMIT $5",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    if let Some(happened) = event.of::<TripEvent>() {
        let id = Value::from(event.stream.to_string());
        match happened {
            TripEvent::Begun(begun) => writes.push(Write::new(
                &BEGUN,
                vec![
                    id,
                    event.tenant.to_string().into(),
                    begun.shipment.to_string().into(),
                    begun.driver.to_string().into(),
                    begun.carrier.to_string().into(),
                    event.time().into(),
                ],
            )),
            TripEvent::Ended(_) => writes.push(Write::new(&ENDED, vec![id, event.time().into()])),
            _ => {}
        }
    } else if let Some(ShipmentEvent::StatusChanged(changed)) = event.of::<ShipmentEvent>() {
        let shipment = Value::from(event.stream.to_string());
        writes.push(Write::new(&MOVED, vec![shipment.clone(), changed.to.name().into()]));
        if changed.to == ShipmentStatus::InTransit {
            writes.push(Write::new(&LOADED, vec![shipment, event.time().into()]));
        }
    }
}

/// A row of `trips`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TripRow {
    /// The trip.
    pub id: TripId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its shipment.
    pub shipment: ShipmentId,
    /// Who drives.
    pub driver: DriverId,
    /// The driver's organisation.
    pub carrier: OrganisationId,
    /// Where the shipment stood last while it was watched.
    pub status: ShipmentStatus,
    /// When it was booked.
    pub begun_at: Timestamp,
    /// When it left the pickup with the freight.
    pub loaded_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl TripRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let status = serde_json::from_value(serde_json::Value::String(row.text(5)?.to_owned()))
            .map_err(|error| StoreError::Defect(format!("trips: {error}")))?;
        Ok(Self {
            id: parsed(row, 0)?,
            tenant: parsed(row, 1)?,
            shipment: parsed(row, 2)?,
            driver: parsed(row, 3)?,
            carrier: parsed(row, 4)?,
            status,
            begun_at: Timestamp::from_micros(row.int(6)?),
            loaded_at: optional_time(row, 7)?,
            ended_at: optional_time(row, 8)?,
        })
    }
}

fn optional_time(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    Ok(if row.is_null(column) { None } else { Some(Timestamp::from_micros(row.int(column)?)) })
}

/// The trips that run, after an id, at most so many.
///
/// # Errors
/// [`StoreError`].
pub async fn running(store: &Store, after: Option<TripId>, limit: i64) -> Result<Vec<TripRow>, StoreError> {
    following(store, &RUNNING, after, limit, TripRow::read).await
}

/// The trips of all tenants that ended since an instant, after an id, at most so many.
///
/// # Errors
/// [`StoreError`].
pub async fn ended(
    store: &Store,
    since: Timestamp,
    after: Option<TripId>,
    limit: i64,
) -> Result<Vec<TripRow>, StoreError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let rows = store.query(&OVER, vec![since.into(), after.into(), limit.into()], Reach::Long).await?;
    rows.iter().map(TripRow::read).collect()
}

/// The last trip of a shipment.
///
/// # Errors
/// [`StoreError`].
pub async fn of_shipment(store: &Store, shipment: ShipmentId) -> Result<Option<TripRow>, StoreError> {
    let rows = store.query(&OF_SHIPMENT, vec![shipment.to_string().into()], Reach::Point).await?;
    rows.first().map(TripRow::read).transpose()
}

/// The trips of a tenant, or of one carrier, that ran in a span, by driver; at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn in_span(
    store: &Store,
    tenant: TenantId,
    carrier: Option<OrganisationId>,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<TripRow>, StoreError> {
    let params = vec![
        tenant.to_string().into(),
        carrier.map_or_else(String::new, |id| id.to_string()).into(),
        from.into(),
        to.into(),
        limit.into(),
    ];
    let rows = store.query(&IN_SPAN, params, Reach::Long).await?;
    rows.iter().map(TripRow::read).collect()
}
