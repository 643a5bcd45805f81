//! `lane_trips`: one row a booked shipment with its cities, for the history of lanes.

use contracts::{
    gazetteer,
    shipment::{Amended, ShipmentEvent, ShipmentStatus},
};
use kernel::{TenantId, Timestamp};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "lane_trips",
        version: 1,
        ddl: "CREATE TABLE lane_trips (
                shipment_id TEXT PRIMARY KEY,
                tenant_id TEXT NOT NULL,
                from_code TEXT NOT NULL,
                to_code TEXT NOT NULL,
                road_km DOUBLE PRECISION NOT NULL,
                price_minor BIGINT,
                currency TEXT,
                on_time BIGINT,
                completed_at BIGINT
              );
              CREATE INDEX idx_lane_trips_tenant_id ON lane_trips (tenant_id, from_code, to_code)",
        tables: &["lane_trips"],
    },
    statements: &[&INSERT, &AMENDED, &BOOKED, &DELIVERED, &COMPLETED, &LANES],
    project,
};

static INSERT: Statement = Statement {
    name: "operations.lane_trips.insert",
    sql: "INSERT INTO lane_trips (shipment_id, tenant_id, from_code, to_code, road_km) VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (shipment_id) DO NOTHING",
};
static AMENDED: Statement = Statement {
    name: "operations.lane_trips.amended",
    sql: "UPDATE lane_trips SET from_code = COALESCE($2, from_code), to_code = COALESCE($3, to_code),
            road_km = COALESCE($4, road_km) WHERE shipment_id = $1",
};
static BOOKED: Statement = Statement {
    name: "operations.lane_trips.booked",
    sql: "UPDATE lane_trips SET price_minor = $2, currency = $3 WHERE shipment_id = $1",
};
static DELIVERED: Statement = Statement {
    name: "operations.lane_trips.delivered",
    sql: "UPDATE lane_trips SET on_time = $2 WHERE shipment_id = $1",
};
static COMPLETED: Statement = Statement {
    name: "operations.lane_trips.completed",
    sql: "UPDATE lane_trips SET completed_at = $2 WHERE shipment_id = $1",
};
static LANES: Statement = Statement {
    name: "operations.lane_trips.lanes",
    sql: "SELECT from_code, to_code, currency, COUNT(*), CAST(SUM(price_minor) AS BIGINT), SUM(road_km),
            CAST(SUM(COALESCE(on_time, 0)) AS BIGINT), MAX(completed_at), MIN(price_minor), MAX(price_minor)
          FROM lane_trips
          WHERE tenant_id = $1 AND completed_at IS NOT NULL AND price_minor IS NOT NULL
            AND ($2 = '' OR from_code = $2) AND ($3 = '' OR to_code = $3)
          GROUP BY from_code, to_code, currency ORDER BY 4 DESC, from_code, to_code, currency LIMIT $4",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<ShipmentEvent>() else { return };
    let key: Value = event.stream.to_string().into();
    match typed {
        ShipmentEvent::Requested(request) => writes.push(Write::new(
            &INSERT,
            vec![
                key,
                event.tenant.to_string().into(),
                gazetteer::nearest(request.pickup.position).code.into(),
                gazetteer::nearest(request.delivery.position).code.into(),
                request.road_km.into(),
            ],
        )),
        ShipmentEvent::Amended(amended) => writes.push(amend(key, amended)),
        ShipmentEvent::BookingConfirmed(booking) => {
            let (minor, currency) = (booking.price.minor, booking.price.currency.code());
            writes.push(Write::new(&BOOKED, vec![key, minor.into(), currency.into()]));
        }
        ShipmentEvent::StatusChanged(changed) if changed.to == ShipmentStatus::Delivered => {
            writes.push(Write::new(&DELIVERED, vec![key, changed.on_time.into()]));
        }
        ShipmentEvent::StatusChanged(changed) if changed.to == ShipmentStatus::Completed => {
            writes.push(Write::new(&COMPLETED, vec![key, event.time().into()]));
        }
        _ => {}
    }
}

fn amend(key: Value, amended: &Amended) -> Write {
    let code = |stop: &contracts::shipment::Stop| gazetteer::nearest(stop.position).code;
    let from = amended.pickup.as_ref().map(code);
    let to = amended.delivery.as_ref().map(code);
    Write::new(&AMENDED, vec![key, from.into(), to.into(), amended.road_km.into()])
}

/// What was driven from one city to another, in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The code of the city of the pickups.
    pub from_code: String,
    /// The code of the city of the deliveries.
    pub to_code: String,
    /// ISO 4217.
    pub currency: String,
    /// Completed shipments.
    pub shipments: i64,
    /// The sum of their prices in minor units.
    pub price_minor: i64,
    /// The sum of their road distances.
    pub road_km: f64,
    /// How many kept their delivery window.
    pub on_time: i64,
    /// When the last one was completed.
    pub last_at: Timestamp,
    /// The lowest and the highest price in minor units.
    pub price_range_minor: (i64, i64),
}

impl Lane {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            from_code: row.text(0)?.to_owned(),
            to_code: row.text(1)?.to_owned(),
            currency: row.text(2)?.to_owned(),
            shipments: row.int(3)?,
            price_minor: row.int(4)?,
            road_km: row.real(5)?,
            on_time: row.int(6)?,
            last_at: Timestamp::from_micros(row.int(7)?),
            price_range_minor: (row.int(8)?, row.int(9)?),
        })
    }
}

/// The lanes of a tenant with the most completed shipments first; a code narrows to a city, an empty one to none.
///
/// # Errors
/// [`StoreError`].
pub async fn lanes(
    store: &Store,
    tenant: TenantId,
    from_code: &str,
    to_code: &str,
    limit: i64,
) -> Result<Vec<Lane>, StoreError> {
    let params = vec![tenant.to_string().into(), from_code.into(), to_code.into(), limit.into()];
    let rows = store.query(&LANES, params, Reach::Long).await?;
    rows.iter().map(Lane::read).collect()
}
