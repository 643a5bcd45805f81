//! `GET /api/v1/shipments/export`: the list of shipments as a table.
//!
//! Errors: 403 for a role that sees none, 422 for a bad filter.

use super::{shipment_list::ShipmentsQuery, state::MarketState};
use crate::views::shipments::list;
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use contracts::{
    gazetteer,
    ports::{Resource, permissions},
};
use edge::{Page, Problem, Search, Session, csv::CsvText, wire::WireMoney};

/// Rows of one table.
const ROWS_MAX: u32 = 5_000;

const HEAD: [&str; 17] = [
    "reference",
    "id",
    "status",
    "pickup_place",
    "pickup_latitude",
    "pickup_longitude",
    "pickup_from",
    "pickup_to",
    "delivery_place",
    "delivery_latitude",
    "delivery_longitude",
    "delivery_from",
    "delivery_to",
    "weight_kg",
    "road_km",
    "price",
    "currency",
];

/// Export shipments.
///
/// What the list shows under the same filters, as a table for spreadsheets: at most 5,000 rows, without `page` and
/// `per_page` all of them. Addresses and names are not in it.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/export",
    tag = "shipments",
    params(ShipmentsQuery),
    responses((status = 200, description = "a table with a head", content_type = "text/csv", body = String)),
)]
pub(super) async fn export_shipments(
    State(state): State<MarketState>,
    session: Session,
    Search(query): Search<ShipmentsQuery>,
) -> Result<Response, Problem> {
    session.authorise(&state.platform, permissions::SHIPMENT_READ, &Resource::default())?;
    let filter = query.filter(&session.caller)?;
    let page = query.page_asked()?.unwrap_or(Page { page: 1, per_page: ROWS_MAX });
    let (ids, _) = list(state.platform.runtime.store(), &filter, page).await?;
    let mut table = CsvText::new(&HEAD);
    for id in ids {
        let found = state.shipment(id).await?;
        let (request, price) =
            (&found.request, found.shipment.booking.map(|booking| WireMoney::from(booking.price)));
        let (pickup, delivery) = (&request.pickup, &request.delivery);
        table.row(&[
            &request.reference,
            &id.to_string(),
            found.shipment.status.name(),
            gazetteer::nearest(pickup.position).name,
            &pickup.position.latitude.to_string(),
            &pickup.position.longitude.to_string(),
            &pickup.window.from.to_string(),
            &pickup.window.to.to_string(),
            gazetteer::nearest(delivery.position).name,
            &delivery.position.latitude.to_string(),
            &delivery.position.longitude.to_string(),
            &delivery.window.from.to_string(),
            &delivery.window.to.to_string(),
            &request.cargo.weight_kg.to_string(),
            &request.road_km.to_string(),
            price.as_ref().map_or("", |price| price.amount.as_str()),
            price.as_ref().map_or("", |price| price.currency.as_str()),
        ]);
    }
    let disposition = HeaderValue::from_static("attachment; filename=\"shipments.csv\"");
    Ok(([(header::CONTENT_DISPOSITION, disposition)], table).into_response())
}
