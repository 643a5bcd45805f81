//! `POST /api/v1/shipments/import`: many shipments from a table, all or none.
//!
//! Errors: 403 for a role that posts none, 415 unless it is `text/csv`, 422 for what is no table, and, unless it is a dry
//! run, for every bad cell as `rows[<row>].<column>`.

use super::{
    shipment_create::{Drafted, drafted, preferences_of},
    state::MarketState,
};
use crate::wire::shipment_table::{COLUMNS, CellError, ROWS_MAX, read};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Problem, Search, Session};
use kernel::{ShipmentId, TypedId as _, Uuid};
use runtime::{Order, Wait};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// Only says what is wrong; nothing is posted.
    #[param(default = false)]
    dry_run: Option<bool>,
}

/// A shipment that was posted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportedRow {
    /// The row, from 1 for the first below the head.
    row: usize,
    /// The shipment.
    id: String,
    /// The short reference for people.
    reference: String,
}

/// What became of a table.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportReport {
    /// How many rows there are.
    rows: usize,
    /// How many of them can be posted.
    valid: usize,
    /// Every bad cell, by row.
    errors: Vec<CellError>,
    /// What was posted; nothing by a dry run.
    created: Vec<ImportedRow>,
}

/// Import shipments.
///
/// A table with a head, at most 1,000 rows, delimited by commas or semicolons. Columns: `pickup_place` or
/// `pickup_latitude` and `pickup_longitude`, `pickup_address`, `pickup_from`, `pickup_to`, the same for `delivery_`,
/// `weight_kg`, `volume_m3`, `cargo_kind`, `requires` (features with `|` between them). All rows are posted, or none: a
/// dry run lists every bad cell, and without it they are a 422.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/import",
    tag = "shipments",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "the table"),
    responses(
        (status = 200, description = "what a dry run found", body = edge::Enveloped<ImportReport>),
        (status = 201, description = "what was posted", body = edge::Enveloped<ImportReport>),
    ),
)]
pub(super) async fn import_shipments(
    State(state): State<MarketState>,
    session: Session,
    Search(query): Search<ImportQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer<ImportReport>, Problem> {
    session.authorise(&state.platform, permissions::SHIPMENT_CREATE, &Resource::default())?;
    if !is_csv(&headers) {
        let detail = "send the table as `Content-Type: text/csv`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "body.not_csv", detail));
    }
    let runtime = &state.platform.runtime;
    let text = std::str::from_utf8(&body).map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "body.malformed", "the table is not text in UTF-8")
    })?;
    let (rows, errors) = read(text, runtime.now())?;
    let bad: std::collections::BTreeSet<usize> = errors.iter().map(|error| error.row).collect();
    let report =
        ImportReport { rows: rows.len() + bad.len(), valid: rows.len(), errors, created: Vec::new() };
    if query.dry_run.unwrap_or(false) {
        return Ok(Answer::ok(report));
    }
    refuse(&report.errors)?;
    let preferences = preferences_of(&state, session.caller.organisation).await?;
    let first = ShipmentId::generate(runtime.now(), &**runtime.entropy());
    let mut order: Option<Order> = None;
    for (place, row) in rows.into_iter().enumerate() {
        let draft = drafted(&state, &session, &row.asked, row.checked, preferences.clone()).await?;
        order = Some(added(order, follower(first, place), draft));
    }
    let Some(order) = order else { return Ok(Answer::ok(report)) };
    let receipt = runtime.submit(&session.origin, order.wait(Wait::Durable)).await?;
    // A repeated key made its shipments before: they follow from the first one's id.
    let first = receipt.id().unwrap_or(first);
    let mut created = Vec::with_capacity(report.rows);
    for place in 0..report.rows {
        let found = state.shipment(follower(first, place)).await?;
        let (id, reference) = (found.id.to_string(), found.request.reference.clone());
        created.push(ImportedRow { row: place + 1, id, reference });
    }
    Ok(Answer::created(ImportReport { created, ..report }))
}

/// The id of a row's shipment: the first one's, counted on.
fn follower(first: ShipmentId, place: usize) -> ShipmentId {
    ShipmentId::from_uuid(Uuid::from_u128(first.uuid().as_u128().wrapping_add(place as u128)))
}

fn added(order: Option<Order>, id: ShipmentId, draft: Drafted) -> Order {
    use crate::agents::Shipment;
    let order = match order {
        None => Order::new::<Shipment>(id, draft.command),
        Some(order) => order.and::<Shipment>(id, draft.command),
    };
    order.write(draft.writes)
}

fn refuse(errors: &[CellError]) -> Result<(), Problem> {
    let mut fields = Fields::new();
    for error in errors {
        let code = store::intern(&error.code);
        fields.refuse(format!("rows[{}].{}", error.row, error.column), code, error.detail.clone());
    }
    Ok(fields.finish()?)
}

fn is_csv(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("text/csv"))
}

// What the documentation above promises.
const _: () = assert!(COLUMNS.len() == 16 && ROWS_MAX == 1_000);
