//! The routes over a live runtime: what is answered, and to whom.

use crate::{
    agents::payment::{Payment, PaymentCommand, PaymentRequest, payment_of},
    answering_gateway::AnsweringGateway,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use contracts::payment::PaymentPurpose;
use contracts::ports::{
    AuthenticationError, Authenticator, Caller, Credential, Permission, PortFuture, Resource, Role, Scope,
    Verdict, permissions,
};
use edge::Platform;
use kernel::{
    Actor, BidId, Money, OrganisationId, RequestId, SeededEntropy, ShipmentId, TenantId, TypedId, UserId,
    Uuid,
};
use runtime::{Assembly, Order, Origin, Runtime, RuntimeOptions, TurnedClock};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{Store, StoreUrl, Vault};
use tower::ServiceExt as _;

const SHIPPER: u128 = 3;
const CARRIER: u128 = 4;
const STRANGER: u128 = 5;

fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

fn organisation(number: u128) -> OrganisationId {
    OrganisationId::from_uuid(Uuid::from_u128(number))
}

/// Believes a token of the form `role:tenant:organisation`, and lets in by scope and party alone.
struct Believing;

impl Authenticator for Believing {
    fn authenticate<'a>(
        &'a self,
        credential: Credential<'a>,
    ) -> PortFuture<'a, Result<Caller, AuthenticationError>> {
        let Credential::Bearer(token) = credential else { panic!("a token was expected") };
        let parts: Vec<&str> = token.split(':').collect();
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let caller = Caller {
            actor: Actor::User(user),
            user,
            tenant: tenant(parts[1].parse().unwrap()),
            organisation: organisation(parts[2].parse().unwrap()),
            role: Role::ALL.into_iter().find(|role| role.name() == parts[0]).unwrap(),
        };
        Box::pin(std::future::ready(Ok(caller)))
    }

    fn authorise(&self, caller: &Caller, permission: Permission, resource: &Resource) -> Verdict {
        let staff = caller.role.scope() == Scope::Tenant;
        if permission == permissions::LEDGER_READ && !staff {
            return Verdict::Deny;
        }
        match resource.tenant {
            None => Verdict::Allow,
            Some(tenant) if tenant != caller.tenant => Verdict::Hide,
            Some(_) if staff || resource.organisations.contains(&caller.organisation) => Verdict::Allow,
            Some(_) => Verdict::Hide,
        }
    }
}

struct Server {
    router: Router,
    runtime: Runtime,
}

impl Server {
    async fn start() -> Self {
        let store = Store::open(&StoreUrl::Memory).await.unwrap();
        let entropy: Arc<SeededEntropy> = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(TurnedClock::at(kernel::Timestamp::parse("2026-03-01T08:00:00Z").unwrap()));
        let assembly = Assembly::new().with(crate::context(AnsweringGateway::new(Ok("ref-1"))));
        let options = RuntimeOptions::default();
        let runtime =
            Runtime::start(assembly, store.clone(), clock, Arc::clone(&entropy) as _, options).await.unwrap();
        let vault = Vault::new(store, [7; 32], entropy);
        let platform = Platform { runtime: runtime.clone(), authenticator: Arc::new(Believing), vault };
        let (router, _) = crate::routes(platform).split_for_parts();
        Self { router, runtime }
    }

    /// A booking of 820.00 EUR, number by number, whose price is held when this returns.
    async fn book(&self, number: u128) {
        let request = PaymentRequest {
            shipment: ShipmentId::from_uuid(Uuid::from_u128(100 + number)),
            bid: bid(number),
            shipper: organisation(SHIPPER),
            carrier: organisation(CARRIER),
            price: Money::euros(820, 0),
            purpose: PaymentPurpose::Booking,
        };
        self.ask(number, PaymentCommand::Request(request)).await;
    }

    async fn ask(&self, number: u128, command: PaymentCommand) {
        let origin = Origin {
            tenant: tenant(2),
            actor: Actor::System("test"),
            correlation: RequestId::from_uuid(Uuid::from_u128(6)),
            idempotency: None,
        };
        let order = Order::new::<Payment>(payment_of(bid(number)), command);
        assert!(self.runtime.submit(&origin, order).await.unwrap().changed);
    }

    async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1_000_000).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }
}

fn bid(number: u128) -> BidId {
    BidId::from_uuid(Uuid::from_u128(200 + number))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_of_820_euros_is_held_with_its_two_parts() {
    let server = Server::start().await;
    server.book(1).await;
    let shipment = ShipmentId::from_uuid(Uuid::from_u128(101));
    let (status, page) = server.get("shipper:2:3", &format!("/api/v1/payments?shipment_id={shipment}")).await;
    assert_eq!(status, 200, "{page}");
    // The order of keys depends on what else is compiled; the test is about names and values.
    let mut settings = insta::Settings::clone_current();
    settings.set_sort_maps(true);
    let _sorted = settings.bind_to_scope();
    insta::assert_json_snapshot!(page["data"], @r#"
    [
      {
        "amount": {
          "amount": "820.00",
          "currency": "EUR"
        },
        "bid_id": "bid_000000000000000000000000000000c9",
        "cancellation_fee": {
          "amount": "0.00",
          "currency": "EUR"
        },
        "carrier_amount": {
          "amount": "697.00",
          "currency": "EUR"
        },
        "carrier_id": "org_00000000000000000000000000000004",
        "commission": {
          "amount": "123.00",
          "currency": "EUR"
        },
        "delayed_at": null,
        "held_at": "2026-03-01T08:00:00Z",
        "id": "pay_000000000000000000000000000000c9",
        "purpose": "booking",
        "reason": null,
        "refunded": {
          "amount": "0.00",
          "currency": "EUR"
        },
        "release_at": null,
        "requested_at": "2026-03-01T08:00:00Z",
        "shipment_id": "shp_00000000000000000000000000000065",
        "shipper_id": "org_00000000000000000000000000000003",
        "status": "held",
        "transfer": null,
        "updated_at": "2026-03-01T08:00:00Z"
      }
    ]
    "#);
    assert_eq!(page["meta"]["pagination"], json!({"page": 1, "per_page": 20, "total": 1}));
    let path = format!("/api/v1/payments/{}", payment_of(bid(1)));
    let (status, one) = server.get("carrier:2:4", &path).await;
    assert_eq!((status, &one["data"]), (200, &page["data"][0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_paid_out_before_it_is_answered() {
    let server = Server::start().await;
    server.book(1).await;
    server.ask(1, PaymentCommand::ScheduleRelease { window: Duration::ZERO }).await;
    let (_, one) = server.get("admin:2:9", &format!("/api/v1/payments/{}", payment_of(bid(1)))).await;
    assert_eq!(one["data"]["status"], "released", "{one}");
    let (status, balance) = server.get("finance:2:9", "/api/v1/ledger/trial-balance").await;
    assert_eq!(status, 200);
    assert_eq!(balance["data"]["totals"][0]["balance"], json!({"amount": "0.00", "currency": "EUR"}));
    assert_eq!(balance["data"]["totals"][0]["debit"]["amount"], "123.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_the_payments_of_others() {
    let server = Server::start().await;
    server.book(1).await;
    let one = format!("/api/v1/payments/{}", payment_of(bid(1)));
    for (token, seen) in [
        (format!("shipper:2:{SHIPPER}"), true),
        (format!("driver:2:{CARRIER}"), true),
        (format!("carrier:2:{STRANGER}"), false),
        ("broker:2:9".to_owned(), true),
        ("admin:8:9".to_owned(), false),
        (format!("shipper:8:{SHIPPER}"), false),
    ] {
        let (status, _) = server.get(&token, &one).await;
        assert_eq!(status, if seen { 200 } else { 404 }, "{token}");
        let (status, page) = server.get(&token, "/api/v1/payments").await;
        assert_eq!((status, &page["meta"]["pagination"]["total"]), (200, &json!(u64::from(seen))), "{token}");
    }
    let (status, _) = server.get("admin:2:9", "/api/v1/payments/pay_00000000000000000000000000000000").await;
    assert_eq!(status, 404);
    for path in ["trial-balance", "accounts", "postings"] {
        let (status, _) = server.get("shipper:2:3", &format!("/api/v1/ledger/{path}")).await;
        assert_eq!(status, 403, "{path}");
    }
    let (_, elsewhere) = server.get("auditor:8:9", "/api/v1/ledger/postings").await;
    assert_eq!(elsewhere["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_paged_and_filtered() {
    let server = Server::start().await;
    server.book(1).await;
    server.book(2).await;
    let (_, page) = server.get("auditor:2:9", "/api/v1/ledger/postings?per_page=3").await;
    assert_eq!(
        (page["data"].as_array().unwrap().len(), &page["meta"]["pagination"]["total"]),
        (3, &json!(4))
    );
    let of_one = format!("/api/v1/ledger/postings?payment_id={}", payment_of(bid(1)));
    let (_, page) = server.get("auditor:2:9", &of_one).await;
    // The order of keys depends on what else is compiled; the test is about names and values.
    let mut settings = insta::Settings::clone_current();
    settings.set_sort_maps(true);
    let _sorted = settings.bind_to_scope();
    insta::assert_json_snapshot!(page["data"], @r#"
    [
      {
        "amount": {
          "amount": "820.00",
          "currency": "EUR"
        },
        "kind": "gateway_clearing",
        "line": 0,
        "owner": "platform",
        "payment_id": "pay_000000000000000000000000000000c9",
        "posted_at": "2026-03-01T08:00:00Z",
        "reason": "held",
        "version": 3
      },
      {
        "amount": {
          "amount": "-820.00",
          "currency": "EUR"
        },
        "kind": "escrow",
        "line": 1,
        "owner": "pay_000000000000000000000000000000c9",
        "payment_id": "pay_000000000000000000000000000000c9",
        "posted_at": "2026-03-01T08:00:00Z",
        "reason": "held",
        "version": 3
      }
    ]
    "#);
    let (_, page) =
        server.get("auditor:2:9", "/api/v1/ledger/accounts?kind=gateway_clearing&owner=platform").await;
    let clearing = json!([{
        "kind": "gateway_clearing",
        "owner": "platform",
        "balance": {"amount": "1640.00", "currency": "EUR"},
    }]);
    assert_eq!(page["data"], clearing);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_named() {
    let server = Server::start().await;
    for (path, field) in [
        ("payments?shipment_id=bid_1", "shipment_id"),
        ("payments?status=lost", "status"),
        ("payments?page=0", "page"),
        ("payments?per_page=101", "per_page"),
        ("payments?colour=red", "colour"),
        ("ledger/postings?payment_id=1", "payment_id"),
        ("ledger/accounts?kind=petty_cash", "kind"),
        ("ledger/accounts?owner=%00", "owner"),
    ] {
        let (status, problem) = server.get("admin:2:9", &format!("/api/v1/{path}")).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{path}: {problem}");
    }
}
