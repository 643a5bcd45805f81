//! `alerts`: one row an alert of a trip.

use super::{
    parsed,
    reads::{Part, page},
};
use contracts::tracking::TripEvent;
use kernel::{AlertId, DriverId, OrganisationId, Position, ShipmentId, TenantId, Timestamp, TripId, UserId};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub static ALERTS: View = View {
    schema: ViewSchema { name: "alerts", version: 1, ddl: DDL, tables: &["alerts"] },
    statements: &[&RAISED, &CLEARED, &ACKNOWLEDGED, &CLOSED, &OVER, &FIND, &LIST, &COUNT],
    project,
};

const DDL: &str = "
CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    trip_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    driver_id TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    ended_at BIGINT,
    seen_by TEXT,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    figure DOUBLE PRECISION NOT NULL
);
CREATE INDEX idx_alerts_tenant_id_raised_at ON alerts (tenant_id, raised_at);
CREATE INDEX idx_alerts_tenant_id_state ON alerts (tenant_id, state, raised_at);
CREATE INDEX idx_alerts_shipment_id ON alerts (shipment_id, raised_at);
CREATE INDEX idx_alerts_trip_id ON alerts (trip_id)";

static RAISED: Statement = Statement {
    name: "movement.alerts.raised",
    sql: "INSERT INTO alerts (id, tenant_id, trip_id, shipment_id, driver_id, carrier_id, kind, state, since, \
          raised_at, latitude, longitude, figure) \
          VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING",
};
static CLEARED: Statement = Statement {
    name: "movement.alerts.cleared",
    sql: "UPDATE alerts SET state = 'cleared', ended_at = $2 WHERE id = $1 AND state <> 'closed'",
};
static ACKNOWLEDGED: Statement = Statement {
    name: "movement.alerts.acknowledged",
    sql: "UPDATE alerts SET state = 'acknowledged', seen_by = $2 WHERE id = $1 AND state = 'open'",
};
static CLOSED: Statement = Statement {
    name: "movement.alerts.closed",
    sql: "UPDATE alerts SET state = 'closed', seen_by = $2, ended_at = $3 WHERE id = $1",
};
static OVER: Statement = Statement {
    name: "movement.alerts.over",
    sql: "UPDATE alerts SET state = 'cleared', ended_at = $2 WHERE trip_id = $1 AND state IN ('open', 'acknowledged')",
};

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, trip_id, shipment_id, driver_id, carrier_id, kind, state, since, raised_at, ended_at, seen_by, \
             latitude, longitude, figure FROM alerts ",
            $rest
        )
    };
}

static FIND: Statement =
    Statement { name: "movement.alerts.find", sql: columns!("WHERE tenant_id = $1 AND id = $2") };
static LIST: Statement = Statement {
    name: "movement.alerts.list",
    sql: columns!(
        "WHERE tenant_id = $1 AND ($2 = '' OR shipment_id = $2) AND ($3 = '' OR state = $3) \
         AND ($4 = '' OR kind = $4) ORDER BY raised_at DESC, id DESC LIMIT $5 OFFSET $6"
    ),
};
static COUNT: Statement = Statement {
    name: "movement.alerts.count",
    sql: "SELECT COUNT(*) FROM alerts WHERE tenant_id = $1 AND ($2 = '' OR shipment_id = $2) \
          AND ($3 = '' OR state = $3) AND ($4 = '' OR kind = $4)",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(happened) = event.of::<TripEvent>() else { return };
    let at = Value::from(event.time());
    match happened {
        TripEvent::AlertRaised(raised) => {
            let degrees = |value: Option<f64>| value.map_or(Value::Null, Value::from);
            writes.push(Write::new(
                &RAISED,
                vec![
                    raised.alert.to_string().into(),
                    event.tenant.to_string().into(),
                    event.stream.to_string().into(),
                    raised.shipment.to_string().into(),
                    raised.driver.to_string().into(),
                    raised.carrier.to_string().into(),
                    raised.kind.name().into(),
                    raised.since.into(),
                    at,
                    degrees(raised.place.map(|place| place.latitude)),
                    degrees(raised.place.map(|place| place.longitude)),
                    raised.figure.into(),
                ],
            ));
        }
        TripEvent::AlertCleared(cleared) => {
            writes.push(Write::new(&CLEARED, vec![cleared.alert.to_string().into(), at]));
        }
        TripEvent::AlertAcknowledged(seen) => {
            writes.push(Write::new(
                &ACKNOWLEDGED,
                vec![seen.alert.to_string().into(), seen.by.to_string().into()],
            ));
        }
        TripEvent::AlertClosed(closed) => {
            writes.push(Write::new(
                &CLOSED,
                vec![closed.alert.to_string().into(), closed.by.to_string().into(), at],
            ));
        }
        TripEvent::Ended(_) => writes.push(Write::new(&OVER, vec![event.stream.to_string().into(), at])),
        _ => {}
    }
}

/// A row of `alerts`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    /// The alert.
    pub id: AlertId,
    /// Its trip.
    pub trip: TripId,
    /// The trip's shipment.
    pub shipment: ShipmentId,
    /// Who drives.
    pub driver: DriverId,
    /// The driver's organisation.
    pub carrier: OrganisationId,
    /// What is wrong, by its name.
    pub kind: String,
    /// `open`, `acknowledged`, `cleared` or `closed`.
    pub state: String,
    /// Since when it was so.
    pub since: Timestamp,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it was cleared or closed.
    pub ended_at: Option<Timestamp>,
    /// Who acknowledged or closed it last.
    pub seen_by: Option<UserId>,
    /// Where.
    pub place: Option<Position>,
    /// Minutes, km or km/h.
    pub figure: f64,
}

impl AlertRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let place = if row.is_null(11) {
            None
        } else {
            Some(Position { latitude: row.real(11)?, longitude: row.real(12)? })
        };
        Ok(Self {
            id: parsed(row, 0)?,
            trip: parsed(row, 1)?,
            shipment: parsed(row, 2)?,
            driver: parsed(row, 3)?,
            carrier: parsed(row, 4)?,
            kind: row.text(5)?.to_owned(),
            state: row.text(6)?.to_owned(),
            since: Timestamp::from_micros(row.int(7)?),
            raised_at: Timestamp::from_micros(row.int(8)?),
            ended_at: if row.is_null(9) { None } else { Some(Timestamp::from_micros(row.int(9)?)) },
            seen_by: if row.is_null(10) { None } else { Some(parsed(row, 10)?) },
            place,
            figure: row.real(13)?,
        })
    }
}

/// Which alerts a list shows.
#[derive(Debug, Clone, Copy)]
pub struct AlertFilter<'a> {
    /// Of this tenant.
    pub tenant: TenantId,
    /// Only of this shipment.
    pub shipment: Option<ShipmentId>,
    /// Only in this state.
    pub state: Option<&'a str>,
    /// Only of this kind.
    pub kind: Option<&'a str>,
}

/// An alert of a tenant.
///
/// # Errors
/// [`StoreError`].
pub async fn find(store: &Store, tenant: TenantId, id: AlertId) -> Result<Option<AlertRow>, StoreError> {
    let rows =
        store.query(&FIND, vec![tenant.to_string().into(), id.to_string().into()], Reach::Point).await?;
    rows.first().map(AlertRow::read).transpose()
}

/// A page of alerts, newest first, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    filter: AlertFilter<'_>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<AlertRow>, u64), StoreError> {
    let filter = vec![
        filter.tenant.to_string().into(),
        filter.shipment.map_or_else(String::new, |id| id.to_string()).into(),
        filter.state.unwrap_or_default().into(),
        filter.kind.unwrap_or_default().into(),
    ];
    page(store, (&LIST, &COUNT), filter, Part { limit, offset }, AlertRow::read).await
}
