//! Every bid with its last known place in a ranking: which shipment a bid belongs to, and what a carrier bid on.

use contracts::shipment::{BidSubmitted, LapseReason, RankedBid, ShipmentEvent};
use kernel::{BidId, ShipmentId};
use runtime::{Recorded, View};
use store::{Reach, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "bids",
        version: 1,
        ddl: "CREATE TABLE bids (
                bid TEXT PRIMARY KEY,
                tenant TEXT NOT NULL,
                shipment TEXT NOT NULL,
                driver TEXT NOT NULL,
                carrier TEXT NOT NULL,
                price_minor BIGINT NOT NULL,
                currency TEXT NOT NULL,
                pickup_at BIGINT NOT NULL,
                delivery_at BIGINT NOT NULL,
                automatic BIGINT NOT NULL,
                submitted_at BIGINT NOT NULL,
                status TEXT NOT NULL,
                score_rank BIGINT,
                score DOUBLE PRECISION
              );
              CREATE INDEX idx_bids_carrier_shipment ON bids (carrier, shipment)",
        tables: &["bids"],
    },
    statements: &[&INSERT, &SET_STATUS, &SET_RANK, &SHIPMENT_OF],
    project,
};

static INSERT: Statement = Statement {
    name: "market.bids.insert",
    sql: "INSERT INTO bids (bid, tenant, shipment, driver, carrier, price_minor, currency, pickup_at, delivery_at,
                            automatic, submitted_at, status)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open') ON CONFLICT (bid) DO NOTHING",
};

static SET_STATUS: Statement =
    Statement { name: "market.bids.set_status", sql: "UPDATE bids SET status = $2 WHERE bid = $1" };

static SET_RANK: Statement = Statement {
    name: "market.bids.set_rank",
    sql: "UPDATE bids SET score_rank = $2, score = $3 WHERE bid = $1",
};

static SHIPMENT_OF: Statement =
    Statement { name: "market.bids.shipment_of", sql: "SELECT shipment FROM bids WHERE bid = $1" };

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    match event.of() {
        Some(ShipmentEvent::BidSubmitted(bid)) => writes.push(insert(event, bid)),
        Some(ShipmentEvent::BidWithdrawn(withdrawn)) => writes.push(set_status(withdrawn.bid, "withdrawn")),
        Some(ShipmentEvent::BidSelected(selected)) => writes.push(set_status(selected.bid, "selected")),
        Some(ShipmentEvent::BookingConfirmed(booking)) => writes.push(set_status(booking.bid, "booked")),
        Some(ShipmentEvent::BidLapsed(lapsed)) => {
            let status = if lapsed.reason == LapseReason::Withdrawn { "withdrawn" } else { "lapsed" };
            writes.push(set_status(lapsed.bid, status));
        }
        Some(ShipmentEvent::BidsRanked(ranked)) => writes.extend(ranked.ranking.iter().map(set_rank)),
        _ => {}
    }
}

fn insert(event: &Recorded, bid: &BidSubmitted) -> Write {
    let params: Vec<Value> = vec![
        bid.bid.to_string().into(),
        event.tenant.to_string().into(),
        event.stream.to_string().into(),
        bid.driver.to_string().into(),
        bid.carrier.to_string().into(),
        bid.price.minor.into(),
        bid.price.currency.code().into(),
        bid.pickup_at.into(),
        bid.delivery_at.into(),
        bid.automatic.into(),
        event.time().into(),
    ];
    Write::new(&INSERT, params)
}

fn set_status(bid: BidId, status: &'static str) -> Write {
    Write::new(&SET_STATUS, vec![bid.to_string().into(), status.into()])
}

fn set_rank(line: &RankedBid) -> Write {
    Write::new(&SET_RANK, vec![line.bid.to_string().into(), i64::from(line.rank).into(), line.score.into()])
}

/// The shipment that a bid was made on.
///
/// # Errors
/// [`StoreError`].
pub async fn shipment_of(store: &Store, bid: BidId) -> Result<Option<ShipmentId>, StoreError> {
    let rows = store.query(&SHIPMENT_OF, vec![bid.to_string().into()], Reach::Point).await?;
    rows.first().map(|row| super::id(row, 0)).transpose()
}
