//! An indexed view of the parcels that `bench` measures with, of the shape that real views have.

use crate::commands::bench::parcel::ParcelEvent;
use runtime::{Recorded, View};
use store::{Statement, ViewSchema, Write};

static UPSERT: Statement = Statement {
    name: "bench.parcels.upsert",
    sql: "INSERT INTO bench_parcels (id, tenant, sender, weight_kg, posted_at) VALUES ($1, $2, $3, $4, $5) \
          ON CONFLICT (id) DO UPDATE SET weight_kg = excluded.weight_kg",
};

/// The view.
pub const PARCELS: View = View {
    schema: ViewSchema {
        name: "bench_parcels",
        version: 1,
        ddl: "CREATE TABLE bench_parcels (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, sender TEXT NOT NULL, \
              weight_kg BIGINT NOT NULL, posted_at BIGINT NOT NULL); \
              CREATE INDEX idx_bench_parcels_tenant_sender ON bench_parcels (tenant, sender, posted_at)",
        tables: &["bench_parcels"],
    },
    statements: &[&UPSERT],
    project,
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    if let Some(ParcelEvent::Posted(posted)) = event.of::<ParcelEvent>() {
        let row = vec![
            event.stream.to_string().into(),
            event.tenant.to_string().into(),
            posted.sender.clone().into(),
            posted.weight_kg.into(),
            event.time().into(),
        ];
        writes.push(Write::new(&UPSERT, row));
    }
}
