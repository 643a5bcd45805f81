//! `GET /api/v1/statements`: what a carrier was paid, shipment by shipment.
//!
//! Errors: 403 for a role that sees no payments, 422 for a bad span, or for staff that names no carrier.

use crate::{Operations, views::reports};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use contracts::ports::{Resource, Role, Scope, permissions};
use edge::{
    Answer, Fields, Problem, Search, Session,
    csv::CsvText,
    wire::{WireMoney, check_time},
};
use kernel::{Currency, Money, OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use utoipa::{IntoParams, ToSchema};

/// Lines of one statement, at most.
const LINES_MAX: i64 = 10_000;
const SPAN_DEFAULT: Duration = Duration::from_secs(31 * 86_400);
const SPAN_MAX: Duration = Duration::from_secs(366 * 86_400);

/// As what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementFormat {
    /// For programs.
    #[default]
    Json,
    /// For spreadsheets.
    Csv,
}

/// Whose statement, and of when.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatementQuery {
    /// Bookings from this instant on; 31 days before `to` when absent.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Bookings before this instant; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
    /// The carrier; for staff only, a carrier's own otherwise.
    #[param(pattern = "^org_[0-9a-f]{32}$")]
    organisation_id: Option<String>,
    /// As JSON unless told.
    #[param(inline)]
    format: Option<StatementFormat>,
}

/// One booking's money.
#[derive(Debug, Serialize, ToSchema)]
pub struct WireLine {
    /// The payment.
    payment_id: String,
    /// The shipment.
    shipment_id: String,
    /// For people.
    reference: Option<String>,
    /// Where the money stands.
    status: String,
    /// What the shipper pays.
    price: WireMoney,
    /// What the platform keeps.
    commission: WireMoney,
    /// What the carrier gets for the trip.
    payout: WireMoney,
    /// What the carrier gets for a cancellation.
    cancellation_fee: WireMoney,
    /// When it was booked.
    #[schema(format = DateTime)]
    booked_at: String,
    /// When it last changed; for `released`, when it was paid out.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// The sums of one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementTotal {
    /// Payments that were paid out.
    paid: WireMoney,
    /// The commission on them.
    commission: WireMoney,
    /// Payments in escrow or under dispute.
    outstanding: WireMoney,
    /// How many bookings there are.
    bookings: u64,
}

/// A carrier's statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarrierStatement {
    /// The carrier.
    organisation_id: String,
    /// The first instant.
    #[schema(format = DateTime)]
    from: String,
    /// The instant after the last.
    #[schema(format = DateTime)]
    to: String,
    /// One a currency.
    totals: Vec<StatementTotal>,
    /// Oldest first.
    lines: Vec<WireLine>,
    /// Whether there are more lines than the 10,000 shown: ask for shorter spans.
    truncated: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    carrier: OrganisationId,
    from: Timestamp,
    to: Timestamp,
}

impl StatementQuery {
    fn check(&self, session: &Session, now: Timestamp) -> Result<Asked, Problem> {
        let mut fields = Fields::new();
        let to =
            self.to.as_deref().map_or(Some(now), |text| check_time(text, "to", &mut fields)).unwrap_or(now);
        let from = self.from.as_deref().and_then(|text| check_time(text, "from", &mut fields));
        let from = from.unwrap_or(to.before(SPAN_DEFAULT));
        fields.require(from <= to, "from", "reversed", "must not be after `to`");
        fields.require(to.since(from) <= SPAN_MAX, "from", "too_long", "a statement covers at most 366 days");
        let own = session.caller.role.scope() == Scope::Organisation;
        let named = self.organisation_id.as_ref();
        let named = named
            .and_then(|text| fields.take("organisation_id", "invalid_id", text.parse::<OrganisationId>()));
        if !own {
            let holds = self.organisation_id.is_some();
            fields.require(holds, "organisation_id", "missing", "say which carrier");
        }
        fields.finish()?;
        let carrier =
            if own { session.caller.organisation } else { named.unwrap_or(session.caller.organisation) };
        if own && named.is_some_and(|named| named != carrier) {
            return Err(Problem::not_found());
        }
        Ok(Asked { carrier, from, to })
    }
}

fn money(minor: i64, currency: &str) -> WireMoney {
    Money::new(minor, Currency::from_code(currency).unwrap_or(Currency::EUR)).into()
}

fn totals(lines: &[reports::StatementLine]) -> Vec<StatementTotal> {
    let mut sums: BTreeMap<&str, ([i64; 3], u64)> = BTreeMap::new();
    for line in lines {
        let (sum, bookings) = sums.entry(&line.currency).or_default();
        let [_, commission, payout, _, fee] = line.minor;
        match line.status.as_str() {
            "released" => {
                sum[0] = sum[0].saturating_add(payout);
                sum[1] = sum[1].saturating_add(commission);
            }
            "refunded" => sum[0] = sum[0].saturating_add(fee),
            "held" | "disputed" => sum[2] = sum[2].saturating_add(payout),
            _ => {}
        }
        *bookings += 1;
    }
    let total = |(currency, (sum, bookings)): (&str, ([i64; 3], u64))| StatementTotal {
        paid: money(sum[0], currency),
        commission: money(sum[1], currency),
        outstanding: money(sum[2], currency),
        bookings,
    };
    sums.into_iter().map(total).collect()
}

fn wire(line: reports::StatementLine) -> WireLine {
    let [price, commission, payout, _, fee] = line.minor.map(|minor| money(minor, &line.currency));
    WireLine {
        payment_id: line.payment,
        shipment_id: line.shipment,
        reference: line.reference,
        status: line.status,
        price,
        commission,
        payout,
        cancellation_fee: fee,
        booked_at: line.booked_at.to_string(),
        updated_at: line.updated_at.to_string(),
    }
}

fn as_csv(lines: Vec<WireLine>) -> Response {
    let mut text = CsvText::new(&[
        "reference",
        "shipment_id",
        "payment_id",
        "status",
        "booked_at",
        "updated_at",
        "currency",
        "price",
        "commission",
        "payout",
        "cancellation_fee",
    ]);
    for line in lines {
        text.row(&[
            line.reference.as_deref().unwrap_or_default(),
            &line.shipment_id,
            &line.payment_id,
            &line.status,
            &line.booked_at,
            &line.updated_at,
            &line.price.currency,
            &line.price.amount,
            &line.commission.amount,
            &line.payout.amount,
            &line.cancellation_fee.amount,
        ]);
    }
    let disposition = HeaderValue::from_static("attachment; filename=\"statement.csv\"");
    ([(header::CONTENT_DISPOSITION, disposition)], text).into_response()
}

/// Read a carrier's statement.
///
/// For a carrier its own; for the tenant's staff that of any carrier. With `format=csv` as a spreadsheet.
#[utoipa::path(
    get,
    path = "/api/v1/statements",
    tag = "payments",
    params(StatementQuery),
    responses((status = 200, description = "bookings, oldest first", content(
        (CarrierStatement = "application/json"),
        (String = "text/csv"),
    ))),
)]
pub async fn read_statement(
    State(operations): State<Operations>,
    session: Session,
    Search(query): Search<StatementQuery>,
) -> Result<Response, Problem> {
    session.authorise(&operations.platform, permissions::PAYMENT_READ, &Resource::default())?;
    if matches!(session.caller.role, Role::Shipper | Role::Facility) {
        return Err(Problem::forbidden());
    }
    let asked = query.check(&session, operations.platform.runtime.now())?;
    let store = operations.platform.runtime.store();
    let span = (asked.from, asked.to);
    let mut lines =
        reports::statement(store, session.caller.tenant, asked.carrier, span, LINES_MAX + 1).await?;
    let truncated = lines.len() as i64 > LINES_MAX;
    lines.truncate(usize::try_from(LINES_MAX).unwrap_or(usize::MAX));
    let totals = totals(&lines);
    let lines: Vec<WireLine> = lines.into_iter().map(wire).collect();
    if query.format == Some(StatementFormat::Csv) {
        return Ok(as_csv(lines));
    }
    let (from, to) = (asked.from.to_string(), asked.to.to_string());
    let organisation_id = asked.carrier.to_string();
    Ok(Answer::ok(CarrierStatement { organisation_id, from, to, totals, lines, truncated }).into_response())
}
