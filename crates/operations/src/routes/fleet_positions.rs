//! `GET /api/v1/operations/live`: where all trucks are, in one compact answer.
//!
//! Errors: 403 for a role that sees no fleet.

use crate::{
    Operations,
    fleet::{Scoped, Snapshot, snapshot},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Problem, Session};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// All trucks.
#[derive(Serialize, ToSchema)]
pub struct LiveFleet {
    /// The instant of the answer.
    #[schema(format = DateTime)]
    at: String,
    /// One array a truck: driver's id, degrees north, degrees east, heading or null, km/h or null, status (`idle`,
    /// `offline` or its shipment's), shipment's id or null.
    #[schema(value_type = Vec<Vec<Value>>, max_items = 50_000)]
    positions: Vec<Value>,
    /// One array for each of these trucks: driver's id, its reference; with a shipment also that one's reference, until
    /// when it is to be delivered, and degrees north and east of its pickup, then of its delivery.
    #[schema(value_type = Vec<Vec<Value>>, max_items = 50_000)]
    labels: Vec<Value>,
}

/// Where all trucks are.
///
/// For the tenant's staff all of its trucks, for a carrier its own: the newest position of each, at most 50,000. What
/// changes comes once a second over the WebSocket, topic `fleet:<tenant id>` or `fleet:<organisation id>`.
#[utoipa::path(
    get,
    path = "/api/v1/operations/live",
    tag = "operations",
    responses((status = 200, description = "the newest position of each truck", body = LiveFleet)),
)]
pub async fn fleet_positions(
    State(operations): State<Operations>,
    session: Session,
) -> Result<Answer<LiveFleet>, Problem> {
    let scope = Scoped::of(&session.caller);
    session.authorise(&operations.platform, permissions::FLEET_READ, &scope.resource())?;
    let Snapshot { positions, labels } = snapshot(&operations, scope).await?;
    Ok(Answer::ok(LiveFleet { at: operations.platform.runtime.now().to_string(), positions, labels }))
}
