//! `POST /api/v1/devices`: a tracker reports for a driver agent.
//!
//! Errors: 404 for an unknown or foreign driver, 403 for a role that changes no agents, 409 `device.taken` when the
//! identifier is bound, 422 for a bad field.

use super::device_wire::{WireDevice, WireProtocol};
use crate::{
    Movement,
    agents::{Device, DeviceCommand, DeviceTerms},
    movement::resource_of,
    trackers::{DEVICE_CLAIM, claim_key, secret_hash},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, Problem, Session};
use kernel::{DeviceId, DriverId};
use runtime::{CommandError, Order};
use serde::Deserialize;
use store::Claim;
use utoipa::ToSchema;

const IDENTIFIER_CHARACTERS_MAX: usize = 64;
/// A secret is hashed without stretching, because it is checked with every report: it must not be one to guess.
const SECRET_CHARACTERS: std::ops::RangeInclusive<usize> = 16..=128;
/// From twelve hours behind UTC to fourteen ahead: there are no others on earth.
const UTC_OFFSETS: std::ops::RangeInclusive<i16> = -720..=840;

/// A device to bind.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// What it speaks.
    protocol: WireProtocol,
    /// What it calls itself: its IMEI or serial number; for `osmand` the `id` that the client is set to.
    #[schema(min_length = 1, max_length = 64, example = "353376110023196")]
    identifier: String,
    /// The driver agent whose positions it reports.
    #[schema(pattern = "^drv_[0-9a-f]{32}$")]
    agent_id: String,
    /// A random text that the device must send with every report; `osmand` only, the others have no place for one.
    #[schema(min_length = 16, max_length = 128)]
    secret: Option<String>,
    /// Minutes by which its clock is ahead of UTC, for a `gt06` that is set to local time; its protocol asks for UTC, and
    /// says nothing of what it is set to. It has no summer time.
    #[schema(minimum = -720, maximum = 840, example = 480)]
    utc_offset_minutes: Option<i16>,
}

/// Bind a device.
///
/// For the driver itself and its carrier. One identifier reports for one driver.
#[utoipa::path(
    post,
    path = "/api/v1/devices",
    tag = "devices",
    request_body = DeviceRequest,
    responses((status = 201, description = "the device", body = edge::Enveloped<WireDevice>)),
)]
pub async fn bind_device(
    State(movement): State<Movement>,
    session: Session,
    Body(body): Body<DeviceRequest>,
) -> Result<Answer<WireDevice>, Problem> {
    let mut fields = Fields::new();
    let driver = fields.take("agent_id", "invalid_id", body.agent_id.parse::<DriverId>());
    check(&body, &mut fields);
    fields.finish()?;
    let Some(driver) = driver else { return Err(Problem::not_found()) };
    let owner = movement.owner(driver).await?;
    session.authorise(&movement.platform, permissions::AGENT_UPDATE, &resource_of(driver, &owner))?;
    let runtime = &movement.platform.runtime;
    let id = DeviceId::generate(runtime.now(), &**runtime.entropy());
    let terms = DeviceTerms {
        tenant: owner.tenant,
        carrier: owner.carrier,
        driver,
        protocol: body.protocol.name().to_owned(),
        identifier: body.identifier,
        secret_hash: body.secret.map(|secret| secret_hash(id, &secret)),
        utc_offset_minutes: body.utc_offset_minutes.filter(|minutes| *minutes != 0),
    };
    let claim = Claim::Unique {
        scope: DEVICE_CLAIM,
        key: claim_key(&terms.protocol, &terms.identifier),
        owner: id.to_string(),
    };
    let order = Order::new::<Device>(id, DeviceCommand::Bind(Box::new(terms))).claim(claim);
    let receipt = match runtime.submit(&session.origin, order).await {
        Err(CommandError::Taken { scope: DEVICE_CLAIM }) => {
            return Err(Problem::conflict("device.taken", "this identifier is bound already"));
        }
        other => other?,
    };
    let id = receipt.id().unwrap_or(id);
    movement.registry.forget();
    let device = runtime.state::<Device>(id).await?;
    let terms = device.and_then(|device| device.terms.clone()).ok_or_else(Problem::not_found)?;
    Ok(Answer::created(WireDevice::of(id, &terms)))
}

fn check(body: &DeviceRequest, fields: &mut Fields) {
    let identifier = &body.identifier;
    let fits = (1..=IDENTIFIER_CHARACTERS_MAX).contains(&identifier.len())
        && identifier.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        fields.refuse("identifier", "invalid", "1 to 64 printable ASCII characters without spaces");
    }
    match &body.secret {
        Some(_) if body.protocol != WireProtocol::Osmand => {
            fields.refuse("secret", "not_supported", "this protocol has no place for a secret");
        }
        Some(secret) if !SECRET_CHARACTERS.contains(&secret.chars().count()) => {
            fields.refuse("secret", "out_of_range", "16 to 128 characters");
        }
        _ => {}
    }
    match body.utc_offset_minutes {
        Some(_) if body.protocol != WireProtocol::Gt06 => {
            fields.refuse("utc_offset_minutes", "not_supported", "this protocol says its time in UTC");
        }
        Some(minutes) if !UTC_OFFSETS.contains(&minutes) => {
            fields.refuse("utc_offset_minutes", "out_of_range", "-720 to 840 minutes");
        }
        _ => {}
    }
}
