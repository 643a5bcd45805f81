//! `POST /api/v1/shipments/{id}/status`: the trip moves on by one step.
//!
//! Errors: 403 for a role that moves no trips, 404 for an unknown or foreign shipment, 409 for a step that is not the
//! next one, a driver that is on another trip or has another stop first, 422 for a delivery without its recipient.

use super::state::{Found, MarketState, RECIPIENT};
use crate::{
    access::next_stop,
    agents::{Driver, Shipment, ShipmentCommand},
    views,
    wire::{
        shipment::WireShipment,
        shipment_request::{NextStatus, TripStatus, WireProof},
    },
};
use axum::extract::State;
use contracts::{
    document::DocumentKind,
    ports::{Resource, permissions},
    shipment::{ProofDocuments, ShipmentStatus},
    tracking::TripStop,
};
use edge::{Answer, Body, Fields, PathId, Problem, Session, answer_secret};
use kernel::{DocumentId, PersonId, Refusal, ShipmentId};
use runtime::Order;
use store::{Store, StoreError};

const RECIPIENT_MAX: usize = 200;
const PHOTOS_MAX: usize = 20;

impl From<TripStatus> for ShipmentStatus {
    fn from(status: TripStatus) -> Self {
        match status {
            TripStatus::EnRoutePickup => Self::EnRoutePickup,
            TripStatus::Loading => Self::Loading,
            TripStatus::InTransit => Self::InTransit,
            TripStatus::Unloading => Self::Unloading,
            TripStatus::Delivered => Self::Delivered,
        }
    }
}

/// Move a trip on.
///
/// One step at a time, by the booked driver, its carrier or support. `delivered` names who took the cargo; the name is
/// kept encrypted. A driver that carries several shipments goes to their stops in the order of its `stops`. A signature and photos are uploaded first, and named here by their ids. A step that is already done
/// changes nothing and is answered like the first time.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/status",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    request_body = NextStatus,
    responses((status = 200, description = "the shipment as it is now", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn advance_shipment(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    Body(body): Body<NextStatus>,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    session.authorise(
        &state.platform,
        permissions::SHIPMENT_ADVANCE,
        &trip_resource(&state, &found).await?,
    )?;
    if matches!(body.status, TripStatus::EnRoutePickup | TripStatus::Unloading) {
        check_turn(&state, &found, body.status).await?;
    }
    let recipient = checked_recipient(&body)?;
    let documents = checked_documents(state.platform.runtime.store(), id, body.proof.as_ref()).await?;
    let to = body.status.into();
    // A repeated delivery keeps the first recipient.
    let recipient = recipient.filter(|_| found.shipment.status != to);
    let runtime = &state.platform.runtime;
    let proof = recipient.map(|_| PersonId::generate(runtime.now(), &**runtime.entropy()));
    let command = match documents {
        Some(documents) => ShipmentCommand::Deliver { proof, documents },
        None => ShipmentCommand::Advance { to, proof },
    };
    let mut order = Order::new::<Shipment>(id, command);
    if let (Some(person), Some(name)) = (proof, recipient) {
        let (field, secret) = answer_secret(&**runtime.entropy());
        let fields = [(RECIPIENT, name), (field, secret.as_str())];
        order = order.write(state.platform.vault.seal_new(found.request.tenant, person, &fields));
    }
    let _ = runtime.submit(&session.origin, order).await?;
    state.changed(id, &session).await
}

/// Nobody sets out for what comes after the trip that it is on, and who carries several shipments drives to their stops in
/// order. A step that is done is only repeated.
async fn check_turn(state: &MarketState, found: &Found, status: TripStatus) -> Result<(), Problem> {
    let Some(booking) = &found.shipment.booking else { return Ok(()) };
    let driver = state.driver(booking.driver).await?;
    if driver.driver.follows(found.id) {
        let detail = "the driver has another shipment to deliver first";
        return Err(Refusal::conflict("driver.on_another_trip", detail).into());
    }
    if found.shipment.status == status.into() {
        return Ok(());
    }
    match next_stop(&state.platform.runtime, &driver.driver).await? {
        Some(next) if next.shipment != found.id => {
            let TripStop { shipment, stop } = next;
            let detail = format!("the driver's next stop is the {} of {shipment}", stop.name());
            Err(Refusal::conflict("driver.other_stop_first", detail).into())
        }
        _ => Ok(()),
    }
}

/// The booked driver and its carrier move the trip; the shipper may know of it.
async fn trip_resource(state: &MarketState, found: &Found) -> Result<Resource, Problem> {
    let mut resource = found.shipper_resource(found.shipment.booking.map(|booking| booking.carrier));
    if let Some(booking) = &found.shipment.booking {
        let driver = state.platform.runtime.state::<Driver>(booking.driver).await?;
        resource.users.extend(driver.and_then(|driver| driver.user()));
        resource.driver = Some(booking.driver);
    }
    Ok(resource)
}

/// The documents of a proof: each must be one of this shipment, and a signature must be one.
async fn checked_documents(
    store: &Store,
    shipment: ShipmentId,
    proof: Option<&WireProof>,
) -> Result<Option<ProofDocuments>, Problem> {
    let Some(proof) = proof else { return Ok(None) };
    let mut fields = Fields::new();
    let enough = proof.photo_document_ids.len() <= PHOTOS_MAX;
    fields.require(enough, "proof.photo_document_ids", "too_many", "at most 20 photos");
    let mut documents = ProofDocuments::default();
    if let Some(text) = &proof.signature_document_id {
        let field = "proof.signature_document_id";
        let (id, kind) = document(store, shipment, text).await?.unzip();
        fields.require(
            kind == Some(DocumentKind::Signature),
            field,
            "unknown_document",
            "is no signature of this shipment",
        );
        documents.signature = id;
    }
    for (place, text) in proof.photo_document_ids.iter().enumerate().take(PHOTOS_MAX) {
        let field = format!("proof.photo_document_ids[{place}]");
        let (id, kind) = document(store, shipment, text).await?.unzip();
        let photo = kind.is_some_and(|kind| kind != DocumentKind::Signature);
        fields.require(photo, field, "unknown_document", "is no photo of this shipment");
        documents.photos.extend(id);
    }
    fields.finish()?;
    Ok((documents != ProofDocuments::default()).then_some(documents))
}

async fn document(
    store: &Store,
    shipment: ShipmentId,
    text: &str,
) -> Result<Option<(DocumentId, DocumentKind)>, StoreError> {
    let Ok(id) = text.parse::<DocumentId>() else { return Ok(None) };
    Ok(views::documents::kind_of(store, id, shipment).await?.map(|kind| (id, kind)))
}

/// Who took the cargo: with `delivered`, and only then.
fn checked_recipient(body: &NextStatus) -> Result<Option<&str>, Problem> {
    let mut fields = Fields::new();
    let recipient = body.proof.as_ref().map(|proof| proof.recipient.trim());
    if let Some(name) = recipient {
        let delivered = body.status == TripStatus::Delivered;
        fields.require(delivered, "proof", "not_for_this_status", "only a delivery has a proof");
        let holds = (1..=RECIPIENT_MAX).contains(&name.chars().count());
        fields.require(holds, "proof.recipient", "invalid_length", "must have 1 to 200 characters");
        let plain = !name.chars().any(char::is_control);
        fields.require(plain, "proof.recipient", "invalid_text", "must have no control characters");
    }
    fields.finish()?;
    Ok(recipient)
}

#[cfg(test)]
mod tests {
    use super::*;
    fn proof(recipient: &str) -> WireProof {
        WireProof {
            recipient: recipient.to_owned(),
            signature_document_id: None,
            photo_document_ids: Vec::new(),
        }
    }

    fn body(status: TripStatus, recipient: &str) -> NextStatus {
        NextStatus { status, proof: Some(proof(recipient)) }
    }

    #[test]
    fn a_recipient_comes_with_the_delivery_only() {
        assert_eq!(
            checked_recipient(&body(TripStatus::Delivered, " Front desk ")).unwrap(),
            Some("Front desk")
        );
        let early = checked_recipient(&body(TripStatus::Loading, "Front desk")).unwrap_err();
        assert_eq!(early.errors[0].field, "proof");
        for bad in ["", "   ", "Ada\u{0}Rossi", &"x".repeat(201)] {
            let problem = checked_recipient(&body(TripStatus::Delivered, bad)).unwrap_err();
            assert_eq!(problem.errors[0].field, "proof.recipient");
        }
        let none = NextStatus { status: TripStatus::Delivered, proof: None };
        assert_eq!(checked_recipient(&none).unwrap(), None, "the agent refuses it, once it is due");
    }

    #[test]
    fn a_recipient_is_not_printed() {
        assert!(!format!("{:?}", body(TripStatus::Delivered, "Ada Rossi")).contains("Ada"));
    }
}
