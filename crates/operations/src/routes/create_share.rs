//! `POST /api/v1/shipments/{id}/shares`: a link for the consignee.
//!
//! Errors: 403 for a role that shares none, 404 for an unknown or foreign shipment, 409 `share.too_many`, 422 for a bad
//! time.

use crate::{
    Operations,
    agents::{Share, ShareCommand, ShareCreated},
    operations::resource_of,
    views::shares,
    wire::WireShare,
};
use axum::extract::State;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::{ShareId, ShipmentId};
use runtime::{Order, Wait};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use store::Vault;
use utoipa::ToSchema;

const HOURS_DEFAULT: u32 = 72;
const HOURS_MAX: u32 = 30 * 24;
/// Good links of one shipment.
const SHARES_MAX: usize = 50;

/// The token of a link: nobody can tell it without the master key, and it need not be kept to be shown again.
fn token_of(vault: &Vault, share: ShareId) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(vault.blind_index("share token", &share.to_string())))
}

/// What is kept of a token.
pub(super) fn hash_of(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// For how long.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// Hours until it expires, 72 unless told.
    #[schema(minimum = 1, maximum = 720, nullable = false, example = 72)]
    expires_in_hours: Option<u32>,
}

/// A link with its token, which is shown in this answer alone.
#[derive(Serialize, ToSchema)]
pub struct CreatedShare {
    /// The link.
    #[serde(flatten)]
    share: WireShare,
    /// The secret that follows the shipment.
    token: String,
    /// Where it is followed, without an account.
    #[schema(example = "/api/v1/public/tracking/...")]
    path: String,
}

/// Share a shipment.
///
/// For the shipper and the tenant's staff. Whoever has the token sees where the shipment is, and nothing about people or
/// prices, until it expires or is revoked. The token is shown in this answer alone.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/shares",
    tag = "sharing",
    params(("id" = String, Path, description = "the shipment")),
    request_body = NewShare,
    responses((status = 201, description = "the link with its token", body = CreatedShare)),
)]
pub async fn create_share(
    State(operations): State<Operations>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
    Body(new): Body<NewShare>,
) -> Result<Answer<CreatedShare>, Problem> {
    let parties = operations.parties(shipment).await?;
    session.authorise(&operations.platform, permissions::SHARE_CREATE, &resource_of(&parties))?;
    let hours = new.expires_in_hours.unwrap_or(HOURS_DEFAULT);
    let mut fields = Fields::new();
    fields.require((1..=HOURS_MAX).contains(&hours), "expires_in_hours", "out_of_range", "must be 1 to 720");
    fields.finish()?;
    let runtime = &operations.platform.runtime;
    let now = runtime.now();
    let known = shares::of_shipment(runtime.store(), shipment).await?;
    if known.iter().filter(|share| !share.revoked && now < share.expires_at).count() >= SHARES_MAX {
        return Err(Problem::conflict("share.too_many", "a shipment has at most 50 links at once"));
    }
    let id = ShareId::generate(now, &**runtime.entropy());
    let created = ShareCreated {
        tenant: parties.tenant,
        shipment,
        token_hash: hash_of(&token_of(&operations.platform.vault, id)),
        expires_at: now.after(Duration::from_secs(u64::from(hours) * 3600)),
        created_by: session.caller.user,
    };
    let order = Order::new::<Share>(id, ShareCommand::Create(Box::new(created))).wait(Wait::Durable);
    let receipt = runtime.submit(&session.origin, order).await?;
    // A repeated idempotency key names the link that the first request made.
    let id = receipt.id().unwrap_or(id);
    let rows = shares::of_shipment(runtime.store(), shipment).await?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(Problem::not_found)?;
    let token = token_of(&operations.platform.vault, id);
    let path = format!("/api/v1/public/tracking/{token}");
    let created = CreatedShare { share: WireShare::of(shipment, row, now), token, path };
    Ok(Answer::created(created).secret())
}
