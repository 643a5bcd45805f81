//! `POST /api/v1/payments/{id}/resolve`: a dispute is settled and the money moves accordingly.
//!
//! Errors: 403 unless finance, support or an administrator, 404 for an unknown payment or another tenant's, 409
//! `payment.not_disputed`, 422 for a split that leaves one side nothing.

use super::payment::{read, resource_of};
use crate::{
    agents::payment::{Payment, PaymentCommand, Verdict},
    wire::{DisputeVerdict, ResolvePayment, WirePayment},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Platform, Problem, Session};
use kernel::{PaymentId, Refusal};
use runtime::Order;

/// Settle a dispute.
///
/// `release` pays the carrier as agreed, `refund` gives the shipper everything back, `split` gives the carrier
/// `carrier_part` and the shipper the rest, without commission. The shipment is completed when the money has moved.
#[utoipa::path(
    post,
    path = "/api/v1/payments/{id}/resolve",
    tag = "payments",
    params(("id" = String, Path, description = "the payment")),
    request_body = ResolvePayment,
    responses((status = 200, description = "the payment as it is now", body = WirePayment)),
)]
pub async fn resolve_payment(
    State(platform): State<Platform>,
    session: Session,
    PathId(id): PathId<PaymentId>,
    Body(body): Body<ResolvePayment>,
) -> Result<Answer<WirePayment>, Problem> {
    let row = read(&platform, id).await?;
    session.authorise(&platform, permissions::PAYMENT_SETTLE, &resource_of(&row))?;
    let order = Order::new::<Payment>(id, PaymentCommand::Resolve { verdict: verdict(&body)? });
    let _ = platform.runtime.submit(&session.origin, order).await?;
    Ok(Answer::ok(read(&platform, id).await?.into()))
}

/// The carrier's part comes with a split, and only then.
fn verdict(body: &ResolvePayment) -> Result<Verdict, Refusal> {
    let mut fields = Fields::new();
    let part = body.carrier_part.as_ref().and_then(|part| part.check("carrier_part", &mut fields));
    let is_split = body.verdict == DisputeVerdict::Split;
    let given = body.carrier_part.is_some();
    fields.require(given || !is_split, "carrier_part", "missing", "a split says what the carrier gets");
    fields.require(!given || is_split, "carrier_part", "not_for_this_verdict", "only a split has a part");
    fields.finish()?;
    Ok(match (body.verdict, part) {
        (DisputeVerdict::Split, Some(carrier_part)) => Verdict::Split { carrier_part },
        (DisputeVerdict::Release, _) => Verdict::Carrier,
        (DisputeVerdict::Refund | DisputeVerdict::Split, _) => Verdict::Shipper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge::wire::WireMoney;
    use kernel::Money;

    #[test]
    fn a_part_comes_with_a_split_only() {
        let part = || Some(WireMoney::from(Money::euros(300, 0)));
        let settled = |verdict, carrier_part| super::verdict(&ResolvePayment { verdict, carrier_part });
        assert_eq!(settled(DisputeVerdict::Release, None), Ok(Verdict::Carrier));
        assert_eq!(settled(DisputeVerdict::Refund, None), Ok(Verdict::Shipper));
        let split = Verdict::Split { carrier_part: Money::euros(300, 0) };
        assert_eq!(settled(DisputeVerdict::Split, part()), Ok(split));
        for (verdict, part, code) in [
            (DisputeVerdict::Split, None, "missing"),
            (DisputeVerdict::Refund, part(), "not_for_this_verdict"),
        ] {
            let refusal = settled(verdict, part).unwrap_err();
            assert_eq!((&*refusal.fields[0].field, &*refusal.fields[0].code), ("carrier_part", code));
        }
    }
}
