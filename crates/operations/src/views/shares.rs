//! `shares`: one row a link, found by the hash of its token.

use super::id;
use crate::agents::ShareEvent;
use kernel::{ShareId, ShipmentId, Timestamp, UserId};
use runtime::{Recorded, View};
use store::{Reach, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "shares",
        version: 1,
        ddl: "CREATE TABLE shares (
                id TEXT PRIMARY KEY,
                tenant_id TEXT NOT NULL,
                shipment_id TEXT NOT NULL,
                token_hash TEXT NOT NULL,
                created_by TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                revoked BIGINT NOT NULL
              );
              CREATE INDEX idx_shares_token_hash ON shares (token_hash);
              CREATE INDEX idx_shares_shipment_id ON shares (shipment_id, created_at)",
        tables: &["shares"],
    },
    statements: &[&INSERT, &REVOKED, &BY_TOKEN, &OF_SHIPMENT],
    project,
};

static INSERT: Statement = Statement {
    name: "operations.shares.insert",
    sql: "INSERT INTO shares (id, tenant_id, shipment_id, token_hash, created_by, created_at, expires_at, revoked)
          VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (id) DO NOTHING",
};
static REVOKED: Statement =
    Statement { name: "operations.shares.revoked", sql: "UPDATE shares SET revoked = 1 WHERE id = $1" };
static BY_TOKEN: Statement =
    Statement { name: "operations.shares.by_token", sql: "SELECT id FROM shares WHERE token_hash = $1" };
static OF_SHIPMENT: Statement = Statement {
    name: "operations.shares.of_shipment",
    sql: "SELECT id, created_by, created_at, expires_at, revoked FROM shares WHERE shipment_id = $1
          ORDER BY created_at DESC, id DESC LIMIT 1000",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<ShareEvent>() else { return };
    let key = event.stream.to_string();
    writes.push(match typed {
        ShareEvent::Created(created) => Write::new(
            &INSERT,
            vec![
                key.into(),
                event.tenant.to_string().into(),
                created.shipment.to_string().into(),
                created.token_hash.as_str().into(),
                created.created_by.to_string().into(),
                event.time().into(),
                created.expires_at.into(),
            ],
        ),
        ShareEvent::Revoked(_) => Write::new(&REVOKED, vec![key.into()]),
    });
}

/// A row of `shares`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRow {
    /// Which.
    pub id: ShareId,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Whether it was taken back.
    pub revoked: bool,
}

/// The link of a token, by the token's hash.
///
/// # Errors
/// [`StoreError`].
pub async fn by_token(store: &Store, token_hash: &str) -> Result<Option<ShareId>, StoreError> {
    let rows = store.query(&BY_TOKEN, vec![token_hash.into()], Reach::Point).await?;
    rows.first().map(|row| id(row, 0)).transpose()
}

/// The links of a shipment, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_shipment(store: &Store, shipment: ShipmentId) -> Result<Vec<ShareRow>, StoreError> {
    let rows = store.query(&OF_SHIPMENT, vec![shipment.to_string().into()], Reach::Long).await?;
    let read = |row: &store::Row| {
        Ok(ShareRow {
            id: id(row, 0)?,
            created_by: id(row, 1)?,
            created_at: Timestamp::from_micros(row.int(2)?),
            expires_at: Timestamp::from_micros(row.int(3)?),
            revoked: row.int(4)? != 0,
        })
    };
    rows.iter().map(read).collect()
}
