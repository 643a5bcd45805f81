//! `GET /api/v1/payments`: the payments that the caller may see, newest first.
//!
//! Errors: 403 for a role that sees no payments, 422 for a bad filter or page.

use crate::{
    views::payments::{PaymentFilter, list},
    wire::{WirePayment, WirePaymentStatus},
};
use axum::extract::State;
use contracts::ports::{Caller, Resource, Scope, permissions};
use edge::{Answer, Fields, Page, Paged, Pagination, Platform, Problem, Search, Session};
use kernel::{Refusal, ShipmentId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which payments.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PaymentsQuery {
    /// Only those of this shipment.
    #[param(pattern = "^shp_[0-9a-f]{32}$")]
    shipment_id: Option<String>,
    /// Only those that stand here.
    #[param(inline)]
    status: Option<WirePaymentStatus>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

impl PaymentsQuery {
    /// A shipper sees what it pays, a carrier what it is paid, the tenant's staff everything.
    fn filter(&self, caller: &Caller) -> Result<PaymentFilter, Refusal> {
        let mut fields = Fields::new();
        let shipment = self
            .shipment_id
            .as_ref()
            .and_then(|text| fields.take("shipment_id", "invalid_id", text.parse::<ShipmentId>()));
        fields.finish()?;
        Ok(PaymentFilter {
            tenant: caller.tenant,
            organisation: (caller.role.scope() == Scope::Organisation).then_some(caller.organisation),
            shipment,
            status: self.status.map(Into::into),
        })
    }
}

/// List payments.
///
/// Shippers see what they pay, carriers and drivers what their organisation is paid, the tenant's staff everything.
#[utoipa::path(
    get,
    path = "/api/v1/payments",
    tag = "payments",
    params(PaymentsQuery),
    responses((status = 200, description = "a page of payments, newest first", body = Vec<WirePayment>)),
)]
pub async fn list_payments(
    State(platform): State<Platform>,
    session: Session,
    Search(query): Search<PaymentsQuery>,
) -> Result<Paged<WirePayment>, Problem> {
    session.authorise(&platform, permissions::PAYMENT_READ, &Resource::default())?;
    let filter = query.filter(&session.caller)?;
    let page = Page::of(query.page, query.per_page)?;
    let (rows, total) = list(platform.runtime.store(), &filter, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(WirePayment::from).collect(), pagination))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::{payment::PaymentStatus, ports::Role};
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
    fn only_the_tenants_staff_sees_payments_of_others() {
        for role in Role::ALL {
            let filter = PaymentsQuery::default().filter(&caller(role)).unwrap();
            let own = matches!(role, Role::Shipper | Role::Carrier | Role::Driver | Role::Facility);
            assert_eq!(filter.organisation, own.then(|| caller(role).organisation), "{role:?}");
            assert_eq!(filter.tenant, caller(role).tenant);
        }
    }

    #[test]
    fn a_bad_shipment_is_named() {
        let query = PaymentsQuery { shipment_id: Some("bid_1".to_owned()), ..PaymentsQuery::default() };
        let refusal = query.filter(&caller(Role::Admin)).unwrap_err();
        assert_eq!(refusal.fields[0].field, "shipment_id");
    }

    #[test]
    fn the_filters_are_read() {
        let shipment = ShipmentId::from_uuid(Uuid::from_u128(9));
        let query: PaymentsQuery =
            serde_json::from_value(serde_json::json!({"shipment_id": shipment, "status": "held"})).unwrap();
        let filter = query.filter(&caller(Role::Finance)).unwrap();
        assert_eq!((filter.shipment, filter.status), (Some(shipment), Some(PaymentStatus::Held)));
    }
}
