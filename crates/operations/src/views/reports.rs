//! Questions over the tables of the contexts below.

use super::{id, optional_text, optional_time};
use kernel::{DriverId, OrganisationId, ShipmentId, TenantId, Timestamp};
use store::{Reach, Row, Statement, Store, StoreError, Value};

macro_rules! statements {
    ($($name:ident = $label:literal, $sql:literal;)+) => {
        $(static $name: Statement = Statement { name: concat!("operations.reports.", $label), sql: $sql };)+
        /// All of them, for the test that prepares them.
        pub const STATEMENTS: &[&Statement] = &[$(&$name),+];
    };
}

statements! {
    SHIPMENTS = "shipments_waiting",
        "SELECT shipment, reference, status, requested_at, pickup_from, delivered_at FROM shipments
         WHERE tenant = $1 AND ((handed_over = 1 AND status IN ('requested', 'bidding')) OR status = 'disputed')
         ORDER BY requested_at LIMIT $2";
    PAYMENTS = "payments_waiting",
        "SELECT p.id, p.shipment_id, s.reference, p.reason, p.updated_at FROM payments p
         LEFT JOIN shipments s ON s.shipment = p.shipment_id
         WHERE p.tenant_id = $1 AND p.reason IS NOT NULL AND p.status <> 'released' AND p.status <> 'refunded'
         ORDER BY p.updated_at LIMIT $2";
    SUSPENDED = "drivers_suspended",
        "SELECT driver, reference, carrier, registered_at FROM drivers WHERE tenant = $1 AND suspended = 1
         ORDER BY driver LIMIT $2";
    PAPERS = "papers_ending",
        "SELECT profile, organisation, papers_until, written_at FROM profiles
         WHERE tenant = $1 AND kind = 'carrier' AND papers_until IS NOT NULL AND papers_until < $2
         ORDER BY papers_until LIMIT $3";
    REFERENCE = "reference_of", "SELECT reference FROM shipments WHERE shipment = $1";
    CARRIERS = "carriers",
        "SELECT d.carrier, COUNT(*), CAST(SUM(d.online) AS BIGINT), CAST(SUM(d.suspended) AS BIGINT),
           CAST(SUM(d.deliveries) AS BIGINT), CAST(SUM(d.on_time) AS BIGINT), CAST(SUM(d.ratings) AS BIGINT),
           CAST(SUM(d.stars) AS BIGINT),
           (SELECT COUNT(*) FROM bids b WHERE b.carrier = d.carrier),
           (SELECT COUNT(*) FROM bids b WHERE b.carrier = d.carrier AND b.status = 'booked'),
           (SELECT COUNT(*) FROM bids b WHERE b.carrier = d.carrier AND b.status = 'lapsed'),
           (SELECT COUNT(*) FROM shipments s WHERE s.carrier = d.carrier AND s.status = 'cancelled'),
           (SELECT MIN(p.papers_until) FROM profiles p WHERE p.kind = 'carrier' AND p.organisation = d.carrier)
         FROM drivers d WHERE d.tenant = $1 GROUP BY d.carrier ORDER BY 5 DESC, d.carrier LIMIT $2 OFFSET $3";
    CARRIERS_COUNT = "carriers_count", "SELECT COUNT(DISTINCT carrier) FROM drivers WHERE tenant = $1";
    FLEET = "fleet",
        "SELECT d.driver, d.carrier, d.reference, d.online, s.shipment, s.reference, s.status, s.delivery_to,
           s.pickup_latitude, s.pickup_longitude, s.delivery_latitude, s.delivery_longitude FROM drivers d
         LEFT JOIN shipments s ON s.shipment = d.shipment WHERE d.tenant = $1 LIMIT $2";
    STATEMENT = "statement",
        "SELECT p.id, p.shipment_id, s.reference, p.status, p.currency, p.amount_minor, p.commission_minor,
           p.carrier_amount_minor, p.refunded_minor, p.fee_minor, p.requested_at, p.updated_at
         FROM payments p LEFT JOIN shipments s ON s.shipment = p.shipment_id
         WHERE p.tenant_id = $1 AND p.carrier_id = $2 AND p.requested_at >= $3 AND p.requested_at < $4
         ORDER BY p.requested_at, p.id LIMIT $5";
    DRIVER = "driver_record",
        "SELECT reference, deliveries, on_time, ratings, stars, gold, suspended FROM drivers WHERE driver = $1";
    EARNINGS = "driver_earnings",
        "SELECT p.currency, CAST(SUM(CASE WHEN p.purpose = 'booking' THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(p.carrier_amount_minor) AS BIGINT),
           SUM(CASE WHEN p.purpose = 'booking' THEN s.road_km ELSE 0 END)
         FROM shipments s JOIN payments p ON p.shipment_id = s.shipment AND p.carrier_id = s.carrier
         WHERE s.driver = $1 AND p.status = $2 AND p.requested_at >= $3 AND p.requested_at < $4
         GROUP BY p.currency ORDER BY p.currency";
    BIDS = "driver_bids",
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN status = 'booked' THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM bids WHERE driver = $1";
}

/// A shipment that waits for a person.
#[derive(Debug, Clone)]
pub struct WaitingShipment {
    /// Which.
    pub shipment: ShipmentId,
    /// For people.
    pub reference: String,
    /// Whether it is disputed; otherwise it was handed to a dispatcher.
    pub disputed: bool,
    /// When it was posted.
    pub requested_at: Timestamp,
    /// When its pickup window opens.
    pub pickup_from: Timestamp,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
}

/// Shipments handed to a dispatcher, and disputed ones.
///
/// # Errors
/// [`StoreError`].
pub async fn shipments_waiting(
    store: &Store,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<WaitingShipment>, StoreError> {
    let rows = store.query(&SHIPMENTS, vec![tenant.to_string().into(), limit.into()], Reach::Long).await?;
    let read = |row: &Row| {
        Ok(WaitingShipment {
            shipment: id(row, 0)?,
            reference: row.text(1)?.to_owned(),
            disputed: row.text(2)? == "disputed",
            requested_at: Timestamp::from_micros(row.int(3)?),
            pickup_from: Timestamp::from_micros(row.int(4)?),
            delivered_at: optional_time(row, 5)?,
        })
    };
    rows.iter().map(read).collect()
}

/// A payment that the gateway declined.
#[derive(Debug, Clone)]
pub struct WaitingPayment {
    /// Which.
    pub payment: String,
    /// Of which shipment.
    pub shipment: ShipmentId,
    /// For people.
    pub reference: Option<String>,
    /// Why, as a stable code.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// Payments that the gateway declined and that are not settled.
///
/// # Errors
/// [`StoreError`].
pub async fn payments_waiting(
    store: &Store,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<WaitingPayment>, StoreError> {
    let rows = store.query(&PAYMENTS, vec![tenant.to_string().into(), limit.into()], Reach::Long).await?;
    let read = |row: &Row| {
        Ok(WaitingPayment {
            payment: row.text(0)?.to_owned(),
            shipment: id(row, 1)?,
            reference: optional_text(row, 2)?,
            reason: row.text(3)?.to_owned(),
            since: Timestamp::from_micros(row.int(4)?),
        })
    };
    rows.iter().map(read).collect()
}

/// A driver that may not bid.
#[derive(Debug, Clone)]
pub struct SuspendedDriver {
    /// Which.
    pub driver: DriverId,
    /// For people.
    pub reference: String,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// Drivers that may not bid until somebody lifts their suspension.
///
/// # Errors
/// [`StoreError`].
pub async fn drivers_suspended(
    store: &Store,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<SuspendedDriver>, StoreError> {
    let rows = store.query(&SUSPENDED, vec![tenant.to_string().into(), limit.into()], Reach::Long).await?;
    let read = |row: &Row| {
        let registered_at = Timestamp::from_micros(row.int(3)?);
        Ok(SuspendedDriver { driver: id(row, 0)?, reference: row.text(1)?.to_owned(), registered_at })
    };
    rows.iter().map(read).collect()
}

/// A carrier whose papers end.
#[derive(Debug, Clone)]
pub struct EndingPapers {
    /// The carrier's profile.
    pub profile: String,
    /// The carrier.
    pub carrier: OrganisationId,
    /// When.
    pub until: Timestamp,
    /// When they were shown.
    pub shown_at: Timestamp,
}

/// Carriers whose papers end before an instant, the earliest first.
///
/// # Errors
/// [`StoreError`].
pub async fn papers_ending(
    store: &Store,
    tenant: TenantId,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<EndingPapers>, StoreError> {
    let params = vec![tenant.to_string().into(), before.into(), limit.into()];
    let rows = store.query(&PAPERS, params, Reach::Long).await?;
    let read = |row: &Row| {
        Ok(EndingPapers {
            profile: row.text(0)?.to_owned(),
            carrier: id(row, 1)?,
            until: Timestamp::from_micros(row.int(2)?),
            shown_at: Timestamp::from_micros(row.int(3)?),
        })
    };
    rows.iter().map(read).collect()
}

/// A shipment's short reference.
///
/// # Errors
/// [`StoreError`].
pub async fn reference_of(store: &Store, shipment: ShipmentId) -> Result<Option<String>, StoreError> {
    let rows = store.query(&REFERENCE, vec![shipment.to_string().into()], Reach::Point).await?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// What a carrier has done.
#[derive(Debug, Clone)]
pub struct CarrierRecord {
    /// Who.
    pub carrier: OrganisationId,
    /// Its drivers: all, online, suspended.
    pub drivers: [i64; 3],
    /// Deliveries, and those in time.
    pub deliveries: [i64; 2],
    /// Ratings, and the sum of their stars.
    pub ratings: [i64; 2],
    /// Bids, those booked, those that lapsed after a selection.
    pub bids: [i64; 3],
    /// Booked shipments that were cancelled.
    pub cancelled: i64,
    /// Until when its papers last.
    pub papers_until: Option<Timestamp>,
}

/// A page of carriers, those with the most deliveries first, and how many there are.
///
/// # Errors
/// [`StoreError`].
pub async fn carriers(
    store: &Store,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> Result<(Vec<CarrierRecord>, u64), StoreError> {
    let params: Vec<Value> = vec![tenant.to_string().into(), limit.into(), offset.into()];
    let rows = store.query(&CARRIERS, params, Reach::Long).await?;
    let total = store.query(&CARRIERS_COUNT, vec![tenant.to_string().into()], Reach::Long).await?;
    let read = |row: &Row| {
        Ok(CarrierRecord {
            carrier: id(row, 0)?,
            drivers: [row.int(1)?, row.int(2)?, row.int(3)?],
            deliveries: [row.int(4)?, row.int(5)?],
            ratings: [row.int(6)?, row.int(7)?],
            bids: [row.int(8)?, row.int(9)?, row.int(10)?],
            cancelled: row.int(11)?,
            papers_until: optional_time(row, 12)?,
        })
    };
    let total = total.first().map_or(Ok(0), |row| row.int(0))?;
    let records: Result<Vec<CarrierRecord>, StoreError> = rows.iter().map(read).collect();
    Ok((records?, u64::try_from(total).unwrap_or(0)))
}

/// What a truck is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct TruckState {
    /// Which.
    pub driver: DriverId,
    /// Whose.
    pub carrier: OrganisationId,
    /// The driver, for people.
    pub reference: String,
    /// Whether it takes offers.
    pub online: bool,
    /// What it carries or is on its way to.
    pub load: Option<TruckLoad>,
}

/// The shipment of a truck.
#[derive(Debug, Clone, PartialEq)]
pub struct TruckLoad {
    /// Which.
    pub shipment: ShipmentId,
    /// For people.
    pub reference: String,
    /// Where it stands.
    pub status: String,
    /// Until when it is to be delivered.
    pub due: Timestamp,
    /// Degrees north and east of the pickup, then of the delivery.
    pub ends: [f64; 4],
}

/// What the trucks of a tenant are doing.
///
/// # Errors
/// [`StoreError`].
pub async fn fleet(store: &Store, tenant: TenantId, limit: i64) -> Result<Vec<TruckState>, StoreError> {
    let rows = store.query(&FLEET, vec![tenant.to_string().into(), limit.into()], Reach::Long).await?;
    let load = |row: &Row| {
        Ok::<_, StoreError>(TruckLoad {
            shipment: id(row, 4)?,
            reference: row.text(5)?.to_owned(),
            status: row.text(6)?.to_owned(),
            due: Timestamp::from_micros(row.int(7)?),
            ends: [row.real(8)?, row.real(9)?, row.real(10)?, row.real(11)?],
        })
    };
    let read = |row: &Row| {
        Ok(TruckState {
            driver: id(row, 0)?,
            carrier: id(row, 1)?,
            reference: row.text(2)?.to_owned(),
            online: row.int(3)? != 0,
            load: if row.is_null(4) { None } else { Some(load(row)?) },
        })
    };
    rows.iter().map(read).collect()
}

/// A line of a carrier's statement.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// The payment.
    pub payment: String,
    /// The shipment.
    pub shipment: String,
    /// For people.
    pub reference: Option<String>,
    /// Where the money stands.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// Price, commission, the carrier's part, refunded, cancellation fee; minor units.
    pub minor: [i64; 5],
    /// When it was booked.
    pub booked_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The payments of a carrier that were booked in a span, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn statement(
    store: &Store,
    tenant: TenantId,
    carrier: OrganisationId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<StatementLine>, StoreError> {
    let params =
        vec![tenant.to_string().into(), carrier.to_string().into(), from.into(), to.into(), limit.into()];
    let rows = store.query(&STATEMENT, params, Reach::Long).await?;
    let read = |row: &Row| {
        Ok(StatementLine {
            payment: row.text(0)?.to_owned(),
            shipment: row.text(1)?.to_owned(),
            reference: optional_text(row, 2)?,
            status: row.text(3)?.to_owned(),
            currency: row.text(4)?.to_owned(),
            minor: [row.int(5)?, row.int(6)?, row.int(7)?, row.int(8)?, row.int(9)?],
            booked_at: Timestamp::from_micros(row.int(10)?),
            updated_at: Timestamp::from_micros(row.int(11)?),
        })
    };
    rows.iter().map(read).collect()
}

/// What a driver has done.
#[derive(Debug, Clone)]
pub struct DriverRecord {
    /// For people.
    pub reference: String,
    /// Deliveries, and those in time.
    pub deliveries: [i64; 2],
    /// Ratings, and the sum of their stars.
    pub ratings: [i64; 2],
    /// Whether it is of the gold tier.
    pub gold: bool,
    /// Whether it may not bid.
    pub suspended: bool,
    /// Bids, and those booked.
    pub bids: [i64; 2],
}

/// A driver's record.
///
/// # Errors
/// [`StoreError`].
pub async fn driver(store: &Store, driver: DriverId) -> Result<Option<DriverRecord>, StoreError> {
    let key = || vec![Value::from(driver.to_string())];
    let (rows, bids) =
        (store.query(&DRIVER, key(), Reach::Point).await?, store.query(&BIDS, key(), Reach::Long).await?);
    let bids = bids.first().map_or(Ok([0, 0]), |row| Ok::<_, StoreError>([row.int(0)?, row.int(1)?]))?;
    let read = |row: &Row| {
        Ok(DriverRecord {
            reference: row.text(0)?.to_owned(),
            deliveries: [row.int(1)?, row.int(2)?],
            ratings: [row.int(3)?, row.int(4)?],
            gold: row.int(5)? != 0,
            suspended: row.int(6)? != 0,
            bids,
        })
    };
    rows.first().map(read).transpose()
}

/// What a driver's trips earned its carrier, in one currency.
#[derive(Debug, Clone)]
pub struct Earned {
    /// ISO 4217.
    pub currency: String,
    /// Trips.
    pub trips: i64,
    /// The carrier's parts in minor units.
    pub minor: i64,
    /// The trips' road distances.
    pub road_km: f64,
}

/// What the trips of a driver that were booked in a span earned, of payments that stand somewhere.
///
/// # Errors
/// [`StoreError`].
pub async fn earned(
    store: &Store,
    driver: DriverId,
    status: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Earned>, StoreError> {
    let params = vec![driver.to_string().into(), status.into(), from.into(), to.into()];
    let rows = store.query(&EARNINGS, params, Reach::Long).await?;
    let read = |row: &Row| {
        Ok(Earned {
            currency: row.text(0)?.to_owned(),
            trips: row.int(1)?,
            minor: row.int(2)?,
            road_km: row.real(3)?,
        })
    };
    rows.iter().map(read).collect()
}
