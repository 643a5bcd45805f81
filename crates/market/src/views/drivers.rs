//! Every driver agent: its declaration, presence and record. The index of live drivers is warmed from it.

use crate::live_drivers::WarmDriver;
use contracts::{
    driver::{DriverEvent, DriverProfile, Registered},
    shipment::ShipmentStatus,
};
use edge::Page;
use kernel::{DriverId, OrganisationId, Position, TenantId};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "drivers",
        version: 1,
        ddl: "CREATE TABLE drivers (
                driver TEXT PRIMARY KEY,
                tenant TEXT NOT NULL,
                reference TEXT NOT NULL,
                carrier TEXT NOT NULL,
                account TEXT,
                vehicle_type TEXT NOT NULL,
                capacity_kg DOUBLE PRECISION NOT NULL,
                base_latitude DOUBLE PRECISION NOT NULL,
                base_longitude DOUBLE PRECISION NOT NULL,
                profile TEXT NOT NULL,
                online BIGINT NOT NULL,
                shipment TEXT,
                suspended BIGINT NOT NULL,
                gold BIGINT NOT NULL,
                deliveries BIGINT NOT NULL,
                on_time BIGINT NOT NULL,
                ratings BIGINT NOT NULL,
                stars BIGINT NOT NULL,
                registered_at BIGINT NOT NULL,
                stream_version BIGINT NOT NULL
              );
              CREATE INDEX idx_drivers_tenant_registered_at ON drivers (tenant, registered_at);
              CREATE INDEX idx_drivers_carrier_registered_at ON drivers (carrier, registered_at)",
        tables: &["drivers"],
    },
    statements: &[
        &INSERT,
        &SET_PROFILE,
        &SET_ONLINE,
        &SET_SHIPMENT,
        &FREE,
        &RATE,
        &SET_SUSPENDED,
        &SET_GOLD,
        &WARM,
        &LIST,
        &COUNT,
    ],
    project,
};

static INSERT: Statement = Statement {
    name: "market.drivers.insert",
    sql: "INSERT INTO drivers (driver, tenant, reference, carrier, account, vehicle_type, capacity_kg, base_latitude,
                               base_longitude, profile, online, suspended, gold, deliveries, on_time, ratings, stars,
                               registered_at, stream_version)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, 0, 0, $11, $12)
          ON CONFLICT (driver) DO NOTHING",
};

static SET_PROFILE: Statement = Statement {
    name: "market.drivers.set_profile",
    sql: "UPDATE drivers SET vehicle_type = $3, capacity_kg = $4, base_latitude = $5, base_longitude = $6,
            profile = $7, stream_version = $2 WHERE driver = $1",
};

static SET_ONLINE: Statement = Statement {
    name: "market.drivers.set_online",
    sql: "UPDATE drivers SET online = $3, stream_version = $2 WHERE driver = $1",
};

static SET_SHIPMENT: Statement = Statement {
    name: "market.drivers.set_shipment",
    sql: "UPDATE drivers SET shipment = $3, stream_version = $2 WHERE driver = $1",
};

static FREE: Statement = Statement {
    name: "market.drivers.free",
    sql: "UPDATE drivers SET shipment = $5, deliveries = deliveries + $3, on_time = on_time + $4,
            stream_version = $2 WHERE driver = $1",
};

static RATE: Statement = Statement {
    name: "market.drivers.rate",
    sql: "UPDATE drivers SET ratings = ratings + 1, stars = stars + $3, stream_version = $2 WHERE driver = $1",
};

static SET_SUSPENDED: Statement = Statement {
    name: "market.drivers.set_suspended",
    sql: "UPDATE drivers SET suspended = $3, stream_version = $2 WHERE driver = $1",
};

static SET_GOLD: Statement = Statement {
    name: "market.drivers.set_gold",
    sql: "UPDATE drivers SET gold = 1, stream_version = $2 WHERE driver = $1",
};

static WARM: Statement = Statement {
    name: "market.drivers.warm",
    sql: "SELECT d.driver, d.stream_version, d.tenant, d.reference, d.carrier, d.account, d.profile, d.online, d.shipment,
            d.suspended, s.status, s.delivery_latitude, s.delivery_longitude
          FROM drivers d LEFT JOIN shipments s ON s.shipment = d.shipment",
};

static LIST: Statement = Statement {
    name: "market.drivers.list",
    sql: "SELECT driver FROM drivers
          WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR carrier = $2) AND online >= $3 AND online <= $4
          ORDER BY registered_at, driver LIMIT $5 OFFSET $6",
};

static COUNT: Statement = Statement {
    name: "market.drivers.count",
    sql: "SELECT COUNT(*) FROM drivers
          WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR carrier = $2) AND online >= $3 AND online <= $4",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<DriverEvent>() else { return };
    let key = || vec![Value::from(event.stream.to_string()), event.version.into()];
    let with = |values: Vec<Value>| {
        let mut params = key();
        params.extend(values);
        params
    };
    let write = match typed {
        DriverEvent::Registered(registered) => insert(event, registered),
        DriverEvent::ProfileChanged(changed) => Write::new(&SET_PROFILE, with(declared(&changed.profile))),
        DriverEvent::PresenceChanged(changed) => Write::new(&SET_ONLINE, with(vec![changed.online.into()])),
        // It drives another one first, or with another one.
        DriverEvent::Committed(committed) if committed.after.is_some() || !committed.stops.is_empty() => {
            return;
        }
        DriverEvent::Committed(committed) => {
            Write::new(&SET_SHIPMENT, with(vec![committed.shipment.to_string().into()]))
        }
        DriverEvent::Freed(freed) => {
            let on_time = freed.delivered && freed.on_time == Some(true);
            let goes_on = freed.goes_on.map(|shipment| shipment.to_string());
            Write::new(&FREE, with(vec![freed.delivered.into(), on_time.into(), goes_on.into()]))
        }
        DriverEvent::Rated(rated) => Write::new(&RATE, with(vec![i64::from(rated.stars).into()])),
        DriverEvent::Suspended(_) => Write::new(&SET_SUSPENDED, with(vec![true.into()])),
        DriverEvent::Reinstated(_) => Write::new(&SET_SUSPENDED, with(vec![false.into()])),
        DriverEvent::TierRaised(_) => Write::new(&SET_GOLD, key()),
        // They come by the dozen for every shipment and change no column; the version may lag behind them.
        DriverEvent::Offered(_) | DriverEvent::BidDue(_) | DriverEvent::BidMade(_) => return,
    };
    writes.push(write);
}

fn insert(event: &Recorded, registered: &Registered) -> Write {
    let mut params: Vec<Value> = vec![
        event.stream.to_string().into(),
        event.tenant.to_string().into(),
        registered.reference.as_str().into(),
        registered.carrier.to_string().into(),
        registered.user.map(|user| user.to_string()).into(),
    ];
    params.extend(declared(&registered.profile));
    params.push(event.time().into());
    params.push(event.version.into());
    Write::new(&INSERT, params)
}

/// Vehicle type, payload, base and the whole declaration as JSON.
fn declared(profile: &DriverProfile) -> Vec<Value> {
    vec![
        profile.vehicle.kind.name().into(),
        profile.vehicle.capacity_kg.into(),
        profile.base.latitude.into(),
        profile.base.longitude.into(),
        serde_json::to_string(profile).unwrap_or_default().into(),
    ]
}

/// What a list of drivers is narrowed to.
#[derive(Debug, Clone, Copy)]
pub struct DriverFilter {
    /// The tenant.
    pub tenant: TenantId,
    /// Only this carrier's.
    pub carrier: Option<OrganisationId>,
    /// Only those online or offline.
    pub online: Option<bool>,
}

impl DriverFilter {
    fn params(&self) -> Vec<Value> {
        let (least, most) = self.online.map_or((false, true), |online| (online, online));
        vec![
            self.tenant.to_string().into(),
            self.carrier.map(|carrier| carrier.to_string()).into(),
            least.into(),
            most.into(),
        ]
    }
}

/// One page of drivers, oldest first, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    filter: &DriverFilter,
    page: Page,
) -> Result<(Vec<DriverId>, u64), StoreError> {
    let mut params = filter.params();
    let total = store.query(&COUNT, params.clone(), Reach::Long).await?;
    params.extend([page.limit().into(), page.offset().into()]);
    let rows = store.query(&LIST, params, Reach::Long).await?;
    let ids: Result<Vec<DriverId>, StoreError> = rows.iter().map(|row| super::id(row, 0)).collect();
    Ok((ids?, super::count(&total)?))
}

/// Every driver, to warm the index of live drivers.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store) -> Result<Vec<WarmDriver>, StoreError> {
    store.query(&WARM, Vec::new(), Reach::Long).await?.iter().map(warm_driver).collect()
}

fn warm_driver(row: &Row) -> Result<WarmDriver, StoreError> {
    let profile = serde_json::from_str(row.text(6)?);
    let registered = Registered {
        tenant: super::id(row, 2)?,
        reference: row.text(3)?.to_owned(),
        carrier: super::id(row, 4)?,
        user: super::optional_id(row, 5)?,
        profile: profile.map_err(|error| StoreError::Defect(format!("a driver's declaration: {error}")))?,
    };
    Ok(WarmDriver {
        driver: super::id(row, 0)?,
        version: row.int(1)?,
        registered,
        online: row.int(7)? != 0,
        on: super::optional_id(row, 8)?,
        ends_at: delivery_of(row)?,
        loaded: !row.is_null(10) && LOADED.contains(&row.text(10)?),
        suspended: row.int(9)? != 0,
    })
}

/// Where a shipment stands that is aboard.
const LOADED: [&str; 2] = [ShipmentStatus::InTransit.name(), ShipmentStatus::Unloading.name()];

/// Where the trip ends that a driver is on.
fn delivery_of(row: &Row) -> Result<Option<Position>, StoreError> {
    if row.is_null(11) || row.is_null(12) {
        return Ok(None);
    }
    Ok(Some(Position { latitude: row.real(11)?, longitude: row.real(12)? }))
}
