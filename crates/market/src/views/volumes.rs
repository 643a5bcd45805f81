//! How many shipments each shipper posted in each month, for its volume tier (annex, section 1).

use crate::rules::calendar::month_number;
use contracts::shipment::ShipmentEvent;
use kernel::{OrganisationId, Timestamp};
use runtime::{Recorded, View};
use store::{Reach, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "shipper_volumes",
        version: 1,
        ddl: "CREATE TABLE shipper_volumes (
                shipper TEXT NOT NULL,
                month_number BIGINT NOT NULL,
                posted BIGINT NOT NULL,
                PRIMARY KEY (shipper, month_number)
              )",
        tables: &["shipper_volumes"],
    },
    statements: &[&COUNT_ONE, &POSTED],
    project,
};

static COUNT_ONE: Statement = Statement {
    name: "market.shipper_volumes.count_one",
    sql: "INSERT INTO shipper_volumes (shipper, month_number, posted) VALUES ($1, $2, 1)
          ON CONFLICT (shipper, month_number) DO UPDATE SET posted = shipper_volumes.posted + 1",
};

static POSTED: Statement = Statement {
    name: "market.shipper_volumes.posted",
    sql: "SELECT posted FROM shipper_volumes WHERE shipper = $1 AND month_number = $2",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    if let Some(ShipmentEvent::Requested(request)) = event.of() {
        let params = vec![request.shipper.to_string().into(), month_number(event.time()).into()];
        writes.push(Write::new(&COUNT_ONE, params));
    }
}

/// How many shipments a shipper has posted in the month of an instant.
///
/// # Errors
/// [`StoreError`].
pub async fn posted(store: &Store, shipper: OrganisationId, at: Timestamp) -> Result<i64, StoreError> {
    let params = vec![shipper.to_string().into(), month_number(at).into()];
    let rows = store.query(&POSTED, params, Reach::Point).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}
