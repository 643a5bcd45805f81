//! `POST /api/v1/shipments`: a shipper posts a shipment.
//!
//! Errors: 403 for a role that posts none, 422 for a bad field.

use super::state::{DELIVERY_ADDRESS, MarketState, PICKUP_ADDRESS};
use crate::{
    agents::{Shipment, ShipmentCommand, ShipperProfile},
    rules::reference,
    wire::{
        shipment::{Contact, WireShipment},
        shipment_request::{Asked, NewShipment, WireStop},
    },
};
use axum::extract::State;
use contracts::{
    ports::{Resource, permissions},
    shipment::{Preferences, Requested, Tender},
};
use edge::{Answer, Body, Fields, Problem, Session, answer_secret};
use kernel::{OrganisationId, PersonId, ShipmentId};
use runtime::Order;
use store::Write;

/// Post a shipment.
///
/// It is offered to the nearest eligible drivers, or as the tender says. Addresses are kept encrypted. The shipper's
/// profile adds its preferences as they are now.
#[utoipa::path(
    post,
    path = "/api/v1/shipments",
    tag = "shipments",
    request_body = NewShipment,
    responses((status = 201, description = "the shipment", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn create_shipment(
    State(state): State<MarketState>,
    session: Session,
    Body(body): Body<NewShipment>,
) -> Result<Answer<WireShipment>, Problem> {
    session.authorise(&state.platform, permissions::SHIPMENT_CREATE, &Resource::default())?;
    let runtime = &state.platform.runtime;
    let now = runtime.now();
    let asked = body.check(now)?;
    let preferences = preferences_of(&state, session.caller.organisation).await?;
    let draft = drafted(&state, &session, &body, asked, preferences).await?;
    let id = ShipmentId::generate(now, &**runtime.entropy());
    let order = Order::new::<Shipment>(id, draft.command).write(draft.writes);
    let receipt = runtime.submit(&session.origin, order).await?;
    let found = state.shipment(receipt.id().unwrap_or(id)).await?;
    if found.id != id {
        return Ok(Answer::created(state.show(&found, &session).await?).about(found.persons()));
    }
    // Of a new shipment nothing is in the vault that is not in the request.
    let contact = Contact::at(body.pickup.address.as_deref(), body.delivery.address.as_deref());
    let shown = WireShipment::of(id, &found.shipment, &found.request, &contact);
    Ok(Answer::created(shown).about(found.persons()))
}

/// A shipment that is about to be posted.
pub(super) struct Drafted {
    /// What its agent is asked.
    pub(super) command: ShipmentCommand,
    /// Its encrypted rows.
    pub(super) writes: Vec<Write>,
}

/// Gives a shipment its reference, its distance and its place in the vault.
pub(super) async fn drafted(
    state: &MarketState,
    session: &Session,
    body: &NewShipment,
    asked: Asked,
    mut preferences: Preferences,
) -> Result<Drafted, Problem> {
    check_invited(state, session, &asked.tender).await?;
    let runtime = &state.platform.runtime;
    preferences.auto_accept = body.auto_accept.unwrap_or(preferences.auto_accept);
    let place = reference::place_code(asked.pickup.position);
    let number = runtime.store().next_number(&reference::sequence("SHM", place)).await?;
    let contact = PersonId::generate(runtime.now(), &**runtime.entropy());
    let road_km = state.market.roads.distance_km(asked.pickup.position, asked.delivery.position);
    let requested = Requested {
        tenant: session.caller.tenant,
        reference: reference::of("SHM", place, number),
        shipper: session.caller.organisation,
        requested_by: session.caller.user,
        contact,
        pickup: asked.pickup,
        delivery: asked.delivery,
        cargo: asked.cargo,
        service_level: asked.service_level,
        tender: asked.tender,
        preferences,
        road_km,
    };
    let addresses = addresses(Some(&body.pickup), Some(&body.delivery));
    let writes = if addresses.is_empty() {
        Vec::new()
    } else {
        let (name, secret) = answer_secret(&**runtime.entropy());
        let fields = [addresses.as_slice(), &[(name, secret.as_str())]].concat();
        state.platform.vault.seal_new(session.caller.tenant, contact, &fields)
    };
    Ok(Drafted { command: ShipmentCommand::Request(Box::new(requested)), writes })
}

/// Whoever a tender names must be a carrier of this tenant: nobody else could ever bid.
pub(super) async fn check_invited(
    state: &MarketState,
    session: &Session,
    tender: &Tender,
) -> Result<(), Problem> {
    let mut fields = Fields::new();
    for (place, carrier) in tender.carriers().iter().enumerate() {
        let known = session.knows_carrier(&state.platform, *carrier).await?;
        let field = match tender {
            Tender::Waterfall { .. } => format!("tender.carriers[{place}]"),
            Tender::Broadcast | Tender::Direct { .. } => "tender.carrier".to_owned(),
        };
        fields.require(known, field, "unknown_carrier", "there is no such carrier");
    }
    Ok(fields.finish()?)
}

/// The vault's fields of the addresses that were given.
pub(super) fn addresses<'a>(
    pickup: Option<&'a WireStop>,
    delivery: Option<&'a WireStop>,
) -> Vec<(&'static str, &'a str)> {
    let stops = [(PICKUP_ADDRESS, pickup), (DELIVERY_ADDRESS, delivery)];
    stops.into_iter().filter_map(|(name, stop)| Some((name, stop?.address.as_deref()?))).collect()
}

/// What the shipper's profile says now, and the discount of its volume this month.
pub(super) async fn preferences_of(
    state: &MarketState,
    shipper: OrganisationId,
) -> Result<Preferences, Problem> {
    let runtime = &state.platform.runtime;
    let profile = runtime.state::<ShipperProfile>(ShipperProfile::id_of(shipper)).await?;
    let written = profile.as_ref().and_then(|profile| profile.written.as_ref());
    let mut preferences = written.map(|written| written.preferences.clone()).unwrap_or_default();
    let discounts = &state.market.full_discounts;
    preferences.volume_discount_permille =
        discounts.discount_permille(runtime.store(), shipper, runtime.now()).await?;
    Ok(preferences)
}
