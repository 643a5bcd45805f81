//! Every shipment as lists and reports see it.

use crate::rules::geometry;
use contracts::shipment::{
    Amended, BidLapsed, BookingConfirmed, Requested, Retendered, ShipmentEvent, ShipmentStatus,
    StatusChanged, Stop, Tender,
};
use edge::Page;
use kernel::{OrganisationId, Position, ShipmentId, TenantId, Timestamp};
use runtime::{Recorded, View};
use store::{Reach, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "shipments",
        version: 1,
        ddl: "CREATE TABLE shipments (
                shipment TEXT PRIMARY KEY,
                tenant TEXT NOT NULL,
                reference TEXT NOT NULL,
                shipper TEXT NOT NULL,
                carrier TEXT,
                driver TEXT,
                status TEXT NOT NULL,
                service_level TEXT NOT NULL,
                tender_mode TEXT NOT NULL,
                cargo_kind TEXT NOT NULL,
                weight_kg DOUBLE PRECISION NOT NULL,
                volume_m3 DOUBLE PRECISION NOT NULL,
                pickup_latitude DOUBLE PRECISION NOT NULL,
                pickup_longitude DOUBLE PRECISION NOT NULL,
                pickup_x DOUBLE PRECISION NOT NULL,
                pickup_y DOUBLE PRECISION NOT NULL,
                pickup_z DOUBLE PRECISION NOT NULL,
                pickup_from BIGINT NOT NULL,
                pickup_to BIGINT NOT NULL,
                delivery_latitude DOUBLE PRECISION NOT NULL,
                delivery_longitude DOUBLE PRECISION NOT NULL,
                delivery_from BIGINT NOT NULL,
                delivery_to BIGINT NOT NULL,
                road_km DOUBLE PRECISION NOT NULL,
                bids_received BIGINT NOT NULL,
                bids_open BIGINT NOT NULL,
                handed_over BIGINT NOT NULL,
                price_minor BIGINT,
                currency TEXT,
                requested_at BIGINT NOT NULL,
                booked_at BIGINT,
                delivered_at BIGINT,
                on_time BIGINT,
                stars BIGINT
              );
              CREATE INDEX idx_shipments_tenant_requested_at ON shipments (tenant, requested_at);
              CREATE INDEX idx_shipments_shipper_requested_at ON shipments (shipper, requested_at)",
        tables: &["shipments"],
    },
    statements: &[
        &INSERT,
        &SET_STOPS,
        &SET_CARGO,
        &SET_TENDER,
        &SET_SERVICE,
        &BID_IN,
        &BID_OUT,
        &SELECTED,
        &LAPSED,
        &BOOKED,
        &SET_STATUS,
        &DELIVERED,
        &HANDED_OVER,
        &RETENDERED,
        &RATED,
        &lists::TENANT_NEWEST,
        &lists::TENANT_OLDEST,
        &lists::TENANT_PICKUP,
        &lists::TENANT_COUNT,
        &lists::SHIPPER_NEWEST,
        &lists::SHIPPER_OLDEST,
        &lists::SHIPPER_PICKUP,
        &lists::SHIPPER_COUNT,
        &lists::CARRIER_NEWEST,
        &lists::CARRIER_OLDEST,
        &lists::CARRIER_PICKUP,
        &lists::CARRIER_COUNT,
    ],
    project,
};

static INSERT: Statement = Statement {
    name: "market.shipments.insert",
    sql: "INSERT INTO shipments (shipment, tenant, reference, shipper, status, service_level, tender_mode, cargo_kind,
            weight_kg, volume_m3, pickup_latitude, pickup_longitude, pickup_x, pickup_y, pickup_z, pickup_from,
            pickup_to, delivery_latitude, delivery_longitude, delivery_from, delivery_to, road_km, bids_received,
            bids_open, handed_over, requested_at)
          VALUES ($1, $2, $3, $4, 'requested', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, 0, 0, 0, $22) ON CONFLICT (shipment) DO NOTHING",
};

static SET_STOPS: Statement = Statement {
    name: "market.shipments.set_stops",
    sql: "UPDATE shipments SET
            pickup_latitude = COALESCE($2, pickup_latitude), pickup_longitude = COALESCE($3, pickup_longitude),
            pickup_x = COALESCE($4, pickup_x), pickup_y = COALESCE($5, pickup_y), pickup_z = COALESCE($6, pickup_z),
            pickup_from = COALESCE($7, pickup_from), pickup_to = COALESCE($8, pickup_to),
            delivery_latitude = COALESCE($9, delivery_latitude),
            delivery_longitude = COALESCE($10, delivery_longitude),
            delivery_from = COALESCE($11, delivery_from), delivery_to = COALESCE($12, delivery_to),
            road_km = COALESCE($13, road_km) WHERE shipment = $1",
};

static SET_CARGO: Statement = Statement {
    name: "market.shipments.set_cargo",
    sql: "UPDATE shipments SET cargo_kind = $2, weight_kg = $3, volume_m3 = $4 WHERE shipment = $1",
};

static SET_TENDER: Statement = Statement {
    name: "market.shipments.set_tender",
    sql: "UPDATE shipments SET tender_mode = $2 WHERE shipment = $1",
};

static SET_SERVICE: Statement = Statement {
    name: "market.shipments.set_service",
    sql: "UPDATE shipments SET service_level = $2 WHERE shipment = $1",
};

static BID_IN: Statement = Statement {
    name: "market.shipments.bid_in",
    sql:
        "UPDATE shipments SET status = 'bidding', bids_received = bids_received + 1, bids_open = bids_open + 1
          WHERE shipment = $1",
};

static BID_OUT: Statement = Statement {
    name: "market.shipments.bid_out",
    sql: "UPDATE shipments SET bids_open = bids_open - 1,
            handed_over = CASE WHEN status = 'bidding' AND bids_open <= 1 THEN 0 ELSE handed_over END,
            status = CASE WHEN status = 'bidding' AND bids_open <= 1 THEN 'requested' ELSE status END
          WHERE shipment = $1",
};

static SELECTED: Statement = Statement {
    name: "market.shipments.selected",
    sql: "UPDATE shipments SET status = 'selected', bids_open = bids_open - 1 WHERE shipment = $1",
};

static LAPSED: Statement = Statement {
    name: "market.shipments.lapsed",
    sql: "UPDATE shipments SET status = CASE WHEN bids_open > 0 THEN 'bidding' ELSE 'requested' END,
            handed_over = CASE WHEN bids_open > 0 THEN handed_over ELSE 0 END,
            carrier = NULL, driver = NULL, price_minor = NULL, currency = NULL, booked_at = NULL WHERE shipment = $1",
};

static BOOKED: Statement = Statement {
    name: "market.shipments.booked",
    sql: "UPDATE shipments SET status = 'booked', carrier = $2, driver = $3, price_minor = $4, currency = $5,
            booked_at = $6 WHERE shipment = $1",
};

static SET_STATUS: Statement = Statement {
    name: "market.shipments.set_status",
    sql: "UPDATE shipments SET status = $2 WHERE shipment = $1",
};

static DELIVERED: Statement = Statement {
    name: "market.shipments.delivered",
    sql: "UPDATE shipments SET status = 'delivered', delivered_at = $2, on_time = $3 WHERE shipment = $1",
};

static HANDED_OVER: Statement = Statement {
    name: "market.shipments.handed_over",
    sql: "UPDATE shipments SET handed_over = 1 WHERE shipment = $1",
};

static RETENDERED: Statement = Statement {
    name: "market.shipments.retendered",
    sql: "UPDATE shipments SET handed_over = 0, tender_mode = COALESCE($2, tender_mode) WHERE shipment = $1",
};

static RATED: Statement =
    Statement { name: "market.shipments.rated", sql: "UPDATE shipments SET stars = $2 WHERE shipment = $1" };

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<ShipmentEvent>() else { return };
    let key = event.stream.to_string();
    let one = |statement| Write::new(statement, vec![key.as_str().into()]);
    match typed {
        ShipmentEvent::Requested(request) => writes.push(insert(event, request)),
        ShipmentEvent::Amended(amended) => amend(&key, amended, writes),
        ShipmentEvent::BidSubmitted(_) => writes.push(one(&BID_IN)),
        ShipmentEvent::BidWithdrawn(_) => writes.push(one(&BID_OUT)),
        ShipmentEvent::BidSelected(_) => writes.push(one(&SELECTED)),
        ShipmentEvent::BidLapsed(BidLapsed { .. }) => writes.push(one(&LAPSED)),
        ShipmentEvent::BookingConfirmed(booking) => writes.push(booked(&key, event.time(), booking)),
        ShipmentEvent::MatchFailed(_) => writes.push(set_status(&key, ShipmentStatus::Expired)),
        ShipmentEvent::HandedOver(_) | ShipmentEvent::TakenOver(_) => writes.push(one(&HANDED_OVER)),
        ShipmentEvent::Retendered(again) => writes.push(retendered(&key, again)),
        ShipmentEvent::StatusChanged(changed) => writes.push(status_changed(&key, event.time(), changed)),
        ShipmentEvent::Cancelled(_) => writes.push(set_status(&key, ShipmentStatus::Cancelled)),
        ShipmentEvent::RatingSubmitted(rating) => {
            writes.push(Write::new(&RATED, vec![key.into(), i64::from(rating.stars).into()]));
        }
        ShipmentEvent::Broadcast(_) | ShipmentEvent::RoundDue(_) | ShipmentEvent::BidsRanked(_) => {}
    }
}

fn insert(event: &Recorded, request: &Requested) -> Write {
    let mut params: Vec<Value> = vec![
        event.stream.to_string().into(),
        event.tenant.to_string().into(),
        request.reference.as_str().into(),
        request.shipper.to_string().into(),
        request.service_level.name().into(),
        mode(&request.tender).into(),
        request.cargo.kind.as_str().into(),
        request.cargo.weight_kg.into(),
        request.cargo.volume_m3.into(),
    ];
    params.extend(pickup_values(Some(&request.pickup)));
    params.extend(delivery_values(Some(&request.delivery)));
    params.extend([request.road_km.into(), event.time().into()]);
    Write::new(&INSERT, params)
}

fn pickup_values(stop: Option<&Stop>) -> [Value; 7] {
    let at = stop.map(|stop| stop.position);
    let unit = at.map(geometry::unit_vector);
    [
        at.map(|at| at.latitude).into(),
        at.map(|at| at.longitude).into(),
        unit.map(|unit| unit[0]).into(),
        unit.map(|unit| unit[1]).into(),
        unit.map(|unit| unit[2]).into(),
        stop.map(|stop| stop.window.from).into(),
        stop.map(|stop| stop.window.to).into(),
    ]
}

fn delivery_values(stop: Option<&Stop>) -> [Value; 4] {
    [
        stop.map(|stop| stop.position.latitude).into(),
        stop.map(|stop| stop.position.longitude).into(),
        stop.map(|stop| stop.window.from).into(),
        stop.map(|stop| stop.window.to).into(),
    ]
}

fn amend(key: &str, amended: &Amended, writes: &mut Vec<Write>) {
    if amended.pickup.is_some() || amended.delivery.is_some() || amended.road_km.is_some() {
        let mut params: Vec<Value> = vec![key.into()];
        params.extend(pickup_values(amended.pickup.as_ref()));
        params.extend(delivery_values(amended.delivery.as_ref()));
        params.push(amended.road_km.into());
        writes.push(Write::new(&SET_STOPS, params));
    }
    if let Some(cargo) = &amended.cargo {
        let params =
            vec![key.into(), cargo.kind.as_str().into(), cargo.weight_kg.into(), cargo.volume_m3.into()];
        writes.push(Write::new(&SET_CARGO, params));
    }
    if let Some(tender) = &amended.tender {
        writes.push(Write::new(&SET_TENDER, vec![key.into(), mode(tender).into()]));
    }
    if let Some(level) = amended.service_level {
        writes.push(Write::new(&SET_SERVICE, vec![key.into(), level.name().into()]));
    }
}

fn booked(key: &str, at: Timestamp, booking: &BookingConfirmed) -> Write {
    let params = vec![
        key.into(),
        booking.carrier.to_string().into(),
        booking.driver.to_string().into(),
        booking.price.minor.into(),
        booking.price.currency.code().into(),
        at.into(),
    ];
    Write::new(&BOOKED, params)
}

fn retendered(key: &str, again: &Retendered) -> Write {
    Write::new(&RETENDERED, vec![key.into(), again.tender.as_ref().map(mode).into()])
}

fn status_changed(key: &str, at: Timestamp, changed: &StatusChanged) -> Write {
    if changed.to == ShipmentStatus::Delivered {
        return Write::new(&DELIVERED, vec![key.into(), at.into(), changed.on_time.into()]);
    }
    set_status(key, changed.to)
}

fn set_status(key: &str, status: ShipmentStatus) -> Write {
    Write::new(&SET_STATUS, vec![key.into(), status.name().into()])
}

/// The wire and view name of a tender's mode.
#[must_use]
pub const fn mode(tender: &Tender) -> &'static str {
    match tender {
        Tender::Broadcast => "broadcast",
        Tender::Waterfall { .. } => "waterfall",
        Tender::Direct { .. } => "direct",
    }
}

/// Whose shipments a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// All of the tenant's.
    Tenant,
    /// Those that an organisation posted.
    Shipper(OrganisationId),
    /// Those that an organisation bid on, the booked ones included.
    Carrier(OrganisationId),
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Posted last first.
    #[default]
    Newest,
    /// Posted first first.
    Oldest,
    /// Earliest pickup first.
    Pickup,
}

/// What a list of shipments is narrowed to.
#[derive(Debug, Clone)]
pub struct ShipmentFilter {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose.
    pub side: Side,
    /// Only with this status.
    pub status: Option<ShipmentStatus>,
    /// Only with a pickup window that starts at this instant or later.
    pub from: Option<Timestamp>,
    /// Only with a pickup window that starts at this instant or earlier.
    pub to: Option<Timestamp>,
    /// Only with a pickup within so many km of a place.
    pub near: Option<(Position, f64)>,
    /// The order.
    pub sort: Sort,
}

/// The largest squared chord on the unit sphere, with room for rounding: everywhere.
const ANYWHERE: f64 = 5.0;

impl ShipmentFilter {
    fn params(&self) -> Vec<Value> {
        let organisation = match self.side {
            Side::Tenant => None,
            Side::Shipper(organisation) | Side::Carrier(organisation) => Some(organisation),
        };
        let unit = self.near.map_or([0.0, 0.0, 1.0], |(place, _)| geometry::unit_vector(place));
        let chord2 = self.near.map_or(ANYWHERE, |(_, km)| geometry::chord2_of_km(km));
        let mut params: Vec<Value> = vec![
            self.tenant.to_string().into(),
            self.status.map(ShipmentStatus::name).into(),
            self.from.map_or(i64::MIN, Timestamp::micros).into(),
            self.to.map_or(i64::MAX, Timestamp::micros).into(),
            unit[0].into(),
            unit[1].into(),
            unit[2].into(),
            chord2.into(),
        ];
        if let Some(organisation) = organisation {
            params.push(organisation.to_string().into());
        }
        params
    }

    const fn statements(&self) -> (&'static Statement, &'static Statement) {
        match (self.side, self.sort) {
            (Side::Tenant, Sort::Newest) => (&lists::TENANT_NEWEST, &lists::TENANT_COUNT),
            (Side::Tenant, Sort::Oldest) => (&lists::TENANT_OLDEST, &lists::TENANT_COUNT),
            (Side::Tenant, Sort::Pickup) => (&lists::TENANT_PICKUP, &lists::TENANT_COUNT),
            (Side::Shipper(_), Sort::Newest) => (&lists::SHIPPER_NEWEST, &lists::SHIPPER_COUNT),
            (Side::Shipper(_), Sort::Oldest) => (&lists::SHIPPER_OLDEST, &lists::SHIPPER_COUNT),
            (Side::Shipper(_), Sort::Pickup) => (&lists::SHIPPER_PICKUP, &lists::SHIPPER_COUNT),
            (Side::Carrier(_), Sort::Newest) => (&lists::CARRIER_NEWEST, &lists::CARRIER_COUNT),
            (Side::Carrier(_), Sort::Oldest) => (&lists::CARRIER_OLDEST, &lists::CARRIER_COUNT),
            (Side::Carrier(_), Sort::Pickup) => (&lists::CARRIER_PICKUP, &lists::CARRIER_COUNT),
        }
    }
}

/// One page of shipments and how many there are in all. Only the ids: what is shown comes from the agents.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    filter: &ShipmentFilter,
    page: Page,
) -> Result<(Vec<ShipmentId>, u64), StoreError> {
    let (list, count) = filter.statements();
    let mut params = filter.params();
    let total = store.query(count, params.clone(), Reach::Long).await?;
    params.extend([page.limit().into(), page.offset().into()]);
    let rows = store.query(list, params, Reach::Long).await?;
    let ids: Result<Vec<ShipmentId>, StoreError> = rows.iter().map(|row| super::id(row, 0)).collect();
    Ok((ids?, super::count(&total)?))
}

/// The list statements: three sides in three orders, and their counts. Written out by a macro, so that every one is a
/// static text that the databases prepare once.
mod lists {
    use super::Statement;

    macro_rules! filtered {
        ($head:literal, $side:literal, $tail:literal) => {
            concat!(
                $head,
                " FROM shipments WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR status = $2)
                  AND pickup_from >= $3 AND pickup_from <= $4
                  AND (pickup_x - $5) * (pickup_x - $5) + (pickup_y - $6) * (pickup_y - $6)
                    + (pickup_z - $7) * (pickup_z - $7) <= $8 ",
                $side,
                $tail
            )
        };
    }

    macro_rules! lists {
        ($($name:ident = $text:literal, $head:literal, $side:literal, $tail:literal;)+) => {
            $(pub static $name: Statement = Statement {
                name: concat!("market.shipments.list.", $text),
                sql: filtered!($head, $side, $tail),
            };)+
        };
    }

    lists! {
        TENANT_NEWEST = "tenant_newest", "SELECT shipment", "",
            "ORDER BY requested_at DESC, shipment DESC LIMIT $9 OFFSET $10";
        TENANT_OLDEST = "tenant_oldest", "SELECT shipment", "",
            "ORDER BY requested_at, shipment LIMIT $9 OFFSET $10";
        TENANT_PICKUP = "tenant_pickup", "SELECT shipment", "",
            "ORDER BY pickup_from, shipment LIMIT $9 OFFSET $10";
        TENANT_COUNT = "tenant_count", "SELECT COUNT(*)", "", "";
        SHIPPER_NEWEST = "shipper_newest", "SELECT shipment", "AND shipper = $9 ",
            "ORDER BY requested_at DESC, shipment DESC LIMIT $10 OFFSET $11";
        SHIPPER_OLDEST = "shipper_oldest", "SELECT shipment", "AND shipper = $9 ",
            "ORDER BY requested_at, shipment LIMIT $10 OFFSET $11";
        SHIPPER_PICKUP = "shipper_pickup", "SELECT shipment", "AND shipper = $9 ",
            "ORDER BY pickup_from, shipment LIMIT $10 OFFSET $11";
        SHIPPER_COUNT = "shipper_count", "SELECT COUNT(*)", "AND shipper = $9 ", "";
        CARRIER_NEWEST = "carrier_newest", "SELECT shipment",
            "AND shipment IN (SELECT shipment FROM bids WHERE carrier = $9) ",
            "ORDER BY requested_at DESC, shipment DESC LIMIT $10 OFFSET $11";
        CARRIER_OLDEST = "carrier_oldest", "SELECT shipment",
            "AND shipment IN (SELECT shipment FROM bids WHERE carrier = $9) ",
            "ORDER BY requested_at, shipment LIMIT $10 OFFSET $11";
        CARRIER_PICKUP = "carrier_pickup", "SELECT shipment",
            "AND shipment IN (SELECT shipment FROM bids WHERE carrier = $9) ",
            "ORDER BY pickup_from, shipment LIMIT $10 OFFSET $11";
        CARRIER_COUNT = "carrier_count", "SELECT COUNT(*)",
            "AND shipment IN (SELECT shipment FROM bids WHERE carrier = $9) ", "";
    }
}
