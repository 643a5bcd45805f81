//! `GET /api/v1/shipments`: the shipments that the caller may see.
//!
//! Errors: 403 for a role that sees none, 422 for a bad filter or page.

use super::state::MarketState;
use crate::{
    views::shipments::{ShipmentFilter, Side, Sort, list},
    wire::shipment::{Contact, WireShipment},
};
use axum::extract::State;
use contracts::{
    ports::{Caller, Resource, Role, Scope, permissions},
    shipment::ShipmentStatus,
};
use edge::{
    Answer, Fields, Page, Paged, Pagination, Problem, Search, Session,
    wire::{check_position, check_time},
};
use kernel::{Position, Refusal};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

const WITHIN_KM: f64 = 50.0;
const WITHIN_KM_MAX: f64 = 2_000.0;

/// Where a shipment may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireStatus {
    Requested,
    Bidding,
    Selected,
    Booked,
    EnRoutePickup,
    Loading,
    InTransit,
    Unloading,
    Delivered,
    Completed,
    Cancelled,
    Expired,
    Disputed,
}

impl From<WireStatus> for ShipmentStatus {
    fn from(status: WireStatus) -> Self {
        match status {
            WireStatus::Requested => Self::Requested,
            WireStatus::Bidding => Self::Bidding,
            WireStatus::Selected => Self::Selected,
            WireStatus::Booked => Self::Booked,
            WireStatus::EnRoutePickup => Self::EnRoutePickup,
            WireStatus::Loading => Self::Loading,
            WireStatus::InTransit => Self::InTransit,
            WireStatus::Unloading => Self::Unloading,
            WireStatus::Delivered => Self::Delivered,
            WireStatus::Completed => Self::Completed,
            WireStatus::Cancelled => Self::Cancelled,
            WireStatus::Expired => Self::Expired,
            WireStatus::Disputed => Self::Disputed,
        }
    }
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub(super) enum WireSort {
    /// Posted last first.
    #[default]
    #[serde(rename = "-created_at")]
    Newest,
    /// Posted first first.
    #[serde(rename = "created_at")]
    Oldest,
    /// Earliest pickup first.
    #[serde(rename = "pickup")]
    Pickup,
}

/// Which shipments.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ShipmentsQuery {
    /// Only those that stand here.
    #[param(inline)]
    status: Option<WireStatus>,
    /// Only those whose pickup window starts at this time or later.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only those whose pickup window starts at this time or earlier.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Only those that are loaded near here: degrees north, together with `longitude`.
    #[param(minimum = -90, maximum = 90)]
    latitude: Option<f64>,
    /// Degrees east, together with `latitude`.
    #[param(minimum = -180, maximum = 180)]
    longitude: Option<f64>,
    /// How near, in km.
    #[param(minimum = 1, maximum = 2_000, default = 50)]
    within_km: Option<f64>,
    /// The order.
    #[param(inline)]
    sort: Option<WireSort>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

impl ShipmentsQuery {
    /// The page, when one was asked for.
    pub(super) fn page_asked(&self) -> Result<Option<Page>, Problem> {
        let asked = self.page.is_some() || self.per_page.is_some();
        asked.then(|| Page::of(self.page, self.per_page)).transpose()
    }

    pub(super) fn filter(&self, caller: &Caller) -> Result<ShipmentFilter, Refusal> {
        let mut fields = Fields::new();
        let from = self.from.as_deref().and_then(|text| check_time(text, "from", &mut fields));
        let to = self.to.as_deref().and_then(|text| check_time(text, "to", &mut fields));
        let near = self.near(&mut fields);
        fields.finish()?;
        let sort = match self.sort.unwrap_or_default() {
            WireSort::Newest => Sort::Newest,
            WireSort::Oldest => Sort::Oldest,
            WireSort::Pickup => Sort::Pickup,
        };
        let status = self.status.map(Into::into);
        Ok(ShipmentFilter { tenant: caller.tenant, side: side_of(caller), status, from, to, near, sort })
    }

    fn near(&self, fields: &mut Fields) -> Option<(Position, f64)> {
        let within_km = self.within_km.unwrap_or(WITHIN_KM);
        let holds = (1.0..=WITHIN_KM_MAX).contains(&within_km);
        fields.require(holds, "within_km", "out_of_range", "must be 1 to 2000");
        match (self.latitude, self.longitude) {
            (Some(latitude), Some(longitude)) => {
                check_position(latitude, longitude, "", fields).map(|place| (place, within_km))
            }
            (Some(_), None) => {
                fields.refuse("longitude", "missing", "`latitude` comes with `longitude`");
                None
            }
            (None, Some(_)) => {
                fields.refuse("latitude", "missing", "`longitude` comes with `latitude`");
                None
            }
            (None, None) => None,
        }
    }
}

/// A shipper sees what it posted, carriers and drivers what their organisation bid on, the tenant's staff everything.
fn side_of(caller: &Caller) -> Side {
    match (caller.role.scope(), caller.role) {
        (Scope::Tenant, _) => Side::Tenant,
        (Scope::Organisation, Role::Carrier | Role::Driver) => Side::Carrier(caller.organisation),
        (Scope::Organisation, _) => Side::Shipper(caller.organisation),
    }
}

/// List shipments.
///
/// Shippers see what they posted, carriers and drivers what their organisation bid on, the tenant's staff everything.
#[utoipa::path(
    get,
    path = "/api/v1/shipments",
    tag = "shipments",
    params(ShipmentsQuery),
    responses((status = 200, description = "a page of shipments", body = edge::Enveloped<Vec<WireShipment>>)),
)]
pub(super) async fn list_shipments(
    State(state): State<MarketState>,
    session: Session,
    Search(query): Search<ShipmentsQuery>,
) -> Result<Paged<WireShipment>, Problem> {
    session.authorise(&state.platform, permissions::SHIPMENT_READ, &Resource::default())?;
    let filter = query.filter(&session.caller)?;
    let page = Page::of(query.page, query.per_page)?;
    let (ids, total) = list(state.platform.runtime.store(), &filter, page).await?;
    let mut shipments = Vec::with_capacity(ids.len());
    for id in ids {
        let found = state.shipment(id).await?;
        // Addresses are opened one shipment at a time, by whoever asks for it.
        shipments.push(WireShipment::of(id, &found.shipment, &found.request, &Contact::default()));
    }
    Ok(Answer::paged(shipments, Pagination { page: page.page, per_page: page.per_page, total }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Actor, OrganisationId, TenantId, TypedId, UserId, Uuid};

    fn caller(role: Role) -> Caller {
        Caller {
            actor: Actor::User(UserId::from_uuid(Uuid::from_u128(1))),
            user: UserId::from_uuid(Uuid::from_u128(1)),
            tenant: TenantId::from_uuid(Uuid::from_u128(2)),
            organisation: OrganisationId::from_uuid(Uuid::from_u128(3)),
            role,
        }
    }

    #[test]
    fn only_the_tenants_staff_sees_everything() {
        for role in Role::ALL {
            let side = ShipmentsQuery::default().filter(&caller(role)).unwrap().side;
            let organisation = caller(role).organisation;
            let expected = match role {
                Role::Carrier | Role::Driver => Side::Carrier(organisation),
                Role::Shipper | Role::Facility => Side::Shipper(organisation),
                _ => Side::Tenant,
            };
            assert_eq!(side, expected, "{role:?}");
        }
    }

    #[test]
    fn bad_filters_are_named() {
        let query = ShipmentsQuery {
            from: Some("yesterday".to_owned()),
            latitude: Some(91.0),
            longitude: Some(9.0),
            within_km: Some(0.5),
            ..ShipmentsQuery::default()
        };
        let refusal = query.filter(&caller(Role::Admin)).unwrap_err();
        let named: Vec<_> = refusal.fields.iter().map(|bad| bad.field.as_ref()).collect();
        assert_eq!(named, ["from", "within_km", "latitude"]);
        let half = ShipmentsQuery { latitude: Some(45.0), ..ShipmentsQuery::default() };
        assert_eq!(half.filter(&caller(Role::Admin)).unwrap_err().fields[0].field, "longitude");
    }
}
