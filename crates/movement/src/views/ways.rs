//! `ways`: what the ways to stops add up to, one row a tenant: the history that estimates rest on.

use super::parsed;
use crate::eta::{History, sample};
use contracts::tracking::TripEvent;
use kernel::TenantId;
use runtime::{Recorded, View};
use std::time::Duration;
use store::{Reach, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub static WAYS: View = View {
    schema: ViewSchema { name: "ways", version: 1, ddl: DDL, tables: &["ways"] },
    statements: &[&ADD, &ALL],
    project,
};

const DDL: &str = "
CREATE TABLE ways (
    tenant_id TEXT PRIMARY KEY,
    driven BIGINT NOT NULL,
    logarithms DOUBLE PRECISION NOT NULL,
    squares DOUBLE PRECISION NOT NULL
)";

static ADD: Statement = Statement {
    name: "movement.ways.add",
    sql: "INSERT INTO ways (tenant_id, driven, logarithms, squares) VALUES ($1, 1, $2, $3) \
          ON CONFLICT (tenant_id) DO UPDATE SET driven = ways.driven + 1, \
          logarithms = ways.logarithms + excluded.logarithms, squares = ways.squares + excluded.squares",
};
static ALL: Statement = Statement {
    name: "movement.ways.all",
    sql: "SELECT tenant_id, driven, logarithms, squares FROM ways ORDER BY tenant_id",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(TripEvent::Arrived(arrived)) = event.of::<TripEvent>() else { return };
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    let logarithm = arrived.planned_s.and_then(|planned| sample(seconds(arrived.driven_s), seconds(planned)));
    if let Some(logarithm) = logarithm {
        let params = vec![event.tenant.to_string().into(), logarithm.into(), (logarithm * logarithm).into()];
        writes.push(Write::new(&ADD, params));
    }
}

/// Every tenant's history.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store) -> Result<Vec<(TenantId, History)>, StoreError> {
    let rows = store.query(&ALL, Vec::new(), Reach::Long).await?;
    let read = |row: &store::Row| {
        let history = History { count: row.int(1)? as f64, sum: row.real(2)?, squares: row.real(3)? };
        Ok((parsed(row, 0)?, history))
    };
    rows.iter().map(read).collect()
}
