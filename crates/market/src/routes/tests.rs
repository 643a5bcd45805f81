//! The routes over a real store and engine, with a fake authenticator that knows who is party to what.

use crate::{
    fixtures::{HOUR, id},
    market::{Market, MarketOptions, context},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use contracts::ports::{
    AuthenticationError, Authenticator, Caller, Credential, GreatCircleRoads, OrganisationName, Permission,
    PortFuture, Resource, Role, Scope, Verdict, permissions,
};
use edge::Platform;
use kernel::{Actor, OrganisationId, Personal, TypedId as _};
use runtime::{Assembly, Runtime, RuntimeOptions, SystemClock, SystemEntropy};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Store, StoreUrl, Vault};
use tower::ServiceExt as _;

mod desk;

/// Reads callers out of their tokens: `role/user/organisation/tenant`.
struct People;

pub(crate) fn caller(token: &str) -> Option<Caller> {
    let mut parts = token.split('/');
    let role = Role::from_name(parts.next()?)?;
    let mut number = || parts.next()?.parse::<u128>().ok();
    let (user, organisation, tenant) = (id(number()?), id(number()?), id(number()?));
    Some(Caller { actor: Actor::User(user), user, tenant, organisation, role })
}

impl Authenticator for People {
    fn authenticate<'a>(
        &'a self,
        credential: Credential<'a>,
    ) -> PortFuture<'a, Result<Caller, AuthenticationError>> {
        let (Credential::Bearer(text) | Credential::ApiKey(text)) = credential;
        Box::pin(async move { caller(text).ok_or(AuthenticationError::Invalid) })
    }

    /// Everybody is called by its number.
    fn organisation_names<'a>(
        &'a self,
        organisations: &'a [OrganisationId],
    ) -> PortFuture<'a, Vec<Option<OrganisationName>>> {
        let named = |organisation: &OrganisationId| {
            let number = organisation.uuid().as_u128();
            Some(OrganisationName { person: id(number), name: Personal::new(format!("Number {number}")) })
        };
        Box::pin(std::future::ready(organisations.iter().map(named).collect()))
    }

    /// Parties and the tenant's staff may do everything but read personal data, which only support may.
    fn authorise(&self, caller: &Caller, permission: Permission, resource: &Resource) -> Verdict {
        let foreign = resource.tenant.is_some_and(|tenant| tenant != caller.tenant);
        let collection = resource.tenant.is_none() && resource.organisations.is_empty();
        let party =
            resource.users.contains(&caller.user) || resource.organisations.contains(&caller.organisation);
        let staff = caller.role.scope() == Scope::Tenant;
        if permission == permissions::PERSONAL_READ && caller.role != Role::Support {
            Verdict::Deny
        } else if !foreign && (collection || party || staff) {
            Verdict::Allow
        } else {
            Verdict::Hide
        }
    }
}

pub(crate) const SHIPPER: &str = "shipper/1/10/1";
pub(crate) const OTHER_SHIPPER: &str = "shipper/2/11/1";
pub(crate) const DRIVER: &str = "driver/3/30/1";
pub(crate) const RIVAL: &str = "driver/4/40/1";
pub(crate) const CARRIER: &str = "carrier/5/30/1";
pub(crate) const SUPPORT: &str = "support/6/99/1";
const BROKER: &str = "broker/7/99/1";
const FOREIGN_ADMIN: &str = "admin/8/98/2";

pub(crate) struct Api {
    router: Router,
    pub(crate) platform: Platform,
    pub(crate) market: Market,
}

impl Api {
    pub(crate) async fn new() -> Self {
        let store = Store::open(&StoreUrl::Memory).await.unwrap();
        let vault = Vault::new(store.clone(), [7; 32], Arc::new(SystemEntropy));
        let market = Market::new(Arc::new(GreatCircleRoads), MarketOptions::default());
        let assembly = Assembly::new().with(context(&market));
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let runtime =
            Runtime::start(assembly, store, clock, entropy, RuntimeOptions::default()).await.unwrap();
        let platform = Platform { runtime, authenticator: Arc::new(People), vault };
        let (router, _) = super::routes(platform.clone(), market.clone()).split_for_parts();
        Self { router, platform, market }
    }

    /// Status and `data` (or the whole problem).
    async fn call(&self, who: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {who}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1_000_000).await.unwrap();
        let mut value: Value = serde_json::from_slice(&bytes).unwrap();
        (status, if status < 300 { value["data"].take() } else { value })
    }

    async fn get(&self, who: &str, path: &str) -> (u16, Value) {
        self.call(who, "GET", path, None).await
    }

    async fn post(&self, who: &str, path: &str, body: Value) -> (u16, Value) {
        self.call(who, "POST", path, Some(body)).await
    }

    /// A POST without a body.
    async fn push(&self, who: &str, path: &str) -> (u16, Value) {
        self.call(who, "POST", path, None).await
    }

    /// What must work: the `data`.
    async fn good(&self, who: &str, path: &str, body: Value) -> Value {
        let (status, data) = self.post(who, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {data}");
        data
    }

    fn in_hours(&self, hours: u32) -> String {
        self.platform.runtime.now().after(hours * HOUR).to_string()
    }

    fn shipment(&self) -> Value {
        json!({
            "pickup": {"latitude": 45.4642, "longitude": 9.19, "address": "Via Torino 1, Milano",
                       "window": {"from": self.in_hours(1), "to": self.in_hours(12)}},
            "delivery": {"latitude": 41.9028, "longitude": 12.4964, "address": "Via Appia 2, Roma",
                         "window": {"from": self.in_hours(12), "to": self.in_hours(36)}},
            "cargo": {"weight_kg": 8000, "volume_m3": 30, "kind": "general", "requires": []},
            "tender": {"mode": "broadcast"}, "auto_accept": false
        })
    }

    fn bid(&self, shipment: &str, amount: &str) -> Value {
        json!({"shipment_id": shipment, "price": {"amount": amount, "currency": "EUR"},
               "pickup_at": self.in_hours(2), "delivery_at": self.in_hours(14)})
    }

    pub(crate) async fn posted(&self) -> String {
        text(&self.good(SHIPPER, "/shipments", self.shipment()).await["id"])
    }

    /// A driver agent of the caller's, online.
    pub(crate) async fn online(&self, who: &str) -> String {
        let agent = text(&self.good(who, "/agents", driver()).await["id"]);
        let (status, shown) = self.push(who, &format!("/agents/{agent}/online")).await;
        assert_eq!((status, &shown["online"], &shown["status"]), (200, &json!(true), &json!("available")));
        agent
    }

    /// Everything up to a booking by `DRIVER`: shipment and bid.
    pub(crate) async fn booked(&self) -> (String, String) {
        self.online(DRIVER).await;
        let shipment = self.posted().await;
        let bid = text(&self.good(DRIVER, "/bids", self.bid(&shipment, "820.00")).await["id"]);
        assert_eq!(self.push(SHIPPER, &format!("/bids/{bid}/select")).await.1["status"], "selected");
        assert_eq!(self.push(DRIVER, &format!("/bids/{bid}/confirm")).await.1["status"], "booked");
        (shipment, bid)
    }
}

fn driver() -> Value {
    json!({
        "kind": "driver",
        "vehicle": {"type": "box_truck", "capacity_kg": 12000, "capacity_m3": 50, "year": 2022, "features": ["lift_gate"]},
        "base": {"latitude": 45.4642, "longitude": 9.19}, "service_radius_km": 300,
        "rate_per_km": {"amount": "1.35", "currency": "EUR"},
        "licence_valid_until": "2099-12-31", "insurance_valid_until": "2099-12-31", "auto_bid": false
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text")).to_owned()
}

fn codes(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| format!("{}:{}", text(&error["field"]), text(&error["code"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_shipment_walked_by_hand() {
    let api = Api::new().await;
    let (shipment, bid) = api.booked().await;
    for status in ["en_route_pickup", "loading", "in_transit", "unloading"] {
        let shown =
            api.good(DRIVER, &format!("/shipments/{shipment}/status"), json!({"status": status})).await;
        assert_eq!(shown["status"], status);
    }
    let proof = json!({"status": "delivered", "proof": {"recipient": "Front desk"}});
    let shown = api.good(DRIVER, &format!("/shipments/{shipment}/status"), proof.clone()).await;
    assert_eq!((&shown["status"], &shown["proof"]["recipient"]), (&json!("delivered"), &json!("Front desk")));
    let again = api.good(DRIVER, &format!("/shipments/{shipment}/status"), proof).await;
    assert_eq!(again["proof"], shown["proof"], "a repetition changes nothing");
    let rated = api.good(SHIPPER, &format!("/shipments/{shipment}/rating"), json!({"stars": 5})).await;
    assert_eq!(rated["stars"], 5);
    let (_, events) = api.get(SHIPPER, &format!("/shipments/{shipment}/events?per_page=100")).await;
    let kinds: Vec<_> = events.as_array().unwrap().iter().map(|event| text(&event["type"])).collect();
    let start = ["shipment.requested", "shipment.broadcast", "bid.submitted", "bids.ranked", "bid.selected"];
    assert_eq!(kinds[..5], start);
    assert_eq!(
        kinds[5..],
        [
            "booking.confirmed",
            "shipment.status_changed",
            "shipment.status_changed",
            "shipment.status_changed",
            "shipment.status_changed",
            "shipment.status_changed",
            "rating.submitted"
        ]
    );
    assert!(!events.to_string().contains("Torino") && !events.to_string().contains("Front desk"));
    let (_, shown) = api.get(SHIPPER, &format!("/bids/{bid}")).await;
    assert_eq!(
        (&shown["rank"], &shown["top"], &shown["terms"]["price"]),
        (&json!(1), &json!(true), &json!(1.0))
    );
    assert_eq!((&shown["status"], &shown["price"]["amount"]), (&json!("booked"), &json!("820.00")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posted_shipment_is_shown_as_it_was_asked() {
    let api = Api::new().await;
    let (status, shown) = api.post(SHIPPER, "/shipments", api.shipment()).await;
    assert_eq!((status, &shown["status"]), (201, &json!("requested")));
    assert_eq!(shown["reference"], "SHM-MIL-000001");
    assert_eq!(shown["pickup"]["address"], "Via Torino 1, Milano");
    assert_eq!(
        (&shown["offers"], &shown["bids"], &shown["auto_accept"]),
        (&json!(0), &json!(0), &json!(false))
    );
    let id = text(&shown["id"]);
    assert_eq!(api.get(SHIPPER, &format!("/shipments/{id}")).await, (200, shown));
}

#[tokio::test(flavor = "multi_thread")]
async fn bids_are_ranked_for_the_shipper_and_each_carrier_sees_its_own() {
    let api = Api::new().await;
    api.online(DRIVER).await;
    api.online(RIVAL).await;
    let shipment = api.posted().await;
    let mut body = api.bid(&shipment, "900.00");
    let dear = text(&api.good(DRIVER, "/bids", body.clone()).await["id"]);
    body["price"]["amount"] = json!("800.00");
    let cheap = text(&api.good(RIVAL, "/bids", body).await["id"]);
    let path = format!("/shipments/{shipment}/bids");
    for who in [SHIPPER, BROKER] {
        let (_, bids) = api.get(who, &path).await;
        let order: Vec<_> = bids.as_array().unwrap().iter().map(|bid| text(&bid["id"])).collect();
        assert_eq!(order, [cheap.as_str(), dear.as_str()]);
    }
    let (_, own) = api.get(CARRIER, &path).await;
    assert_eq!((own.as_array().unwrap().len(), &own[0]["id"], &own[0]["rank"]), (1, &json!(dear), &json!(2)));
    let names = |bids: &Value| -> Vec<Value> {
        bids.as_array().unwrap().iter().map(|bid| bid["carrier_name"].clone()).collect()
    };
    let both = [json!("Number 40"), json!("Number 30")];
    assert_eq!(names(&api.get(SHIPPER, &path).await.1), both);
    assert_eq!(names(&api.get(SUPPORT, &path).await.1), both, "it may read personal data");
    assert_eq!(names(&api.get(BROKER, &path).await.1), [Value::Null, Value::Null]);
    assert_eq!(names(&own), [json!("Number 30")]);
    assert!(text(&own[0]["driver_reference"]).starts_with("DRV-MIL-"));
    assert_eq!(api.get(OTHER_SHIPPER, &path).await.0, 404);
    assert_eq!(api.get(RIVAL, &format!("/bids/{dear}")).await.0, 404, "another carrier's bid");
    let (_, listed) = api.get(CARRIER, "/shipments").await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_cannot_be_goes_to_the_next_rank() {
    let api = Api::new().await;
    api.booked().await;
    api.online(RIVAL).await;
    let shipment = api.posted().await;
    // The first driver bids before it is known to be taken: eligibility refuses it already here.
    let (status, problem) = api.post(DRIVER, "/bids", api.bid(&shipment, "700.00")).await;
    assert_eq!((status, codes(&problem)), (422, vec!["agent_id:busy".to_owned()]));
    let bid = text(&api.good(RIVAL, "/bids", api.bid(&shipment, "800.00")).await["id"]);
    assert_eq!(api.push(RIVAL, &format!("/bids/{bid}/confirm")).await.1["code"], "bid.not_selected");
    api.push(SHIPPER, &format!("/bids/{bid}/select")).await;
    let (status, shown) = api.push(RIVAL, &format!("/bids/{bid}/withdraw")).await;
    assert_eq!(
        (status, &shown["status"], &shown["shipment_status"]),
        (200, &json!("lapsed"), &json!("requested"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ineligible_bid_tells_every_reason() {
    let api = Api::new().await;
    let agent = api.online(DRIVER).await;
    let shipment = api.posted().await;
    let small = json!({"vehicle": {"type": "pickup", "capacity_kg": 1000, "capacity_m3": 50, "year": 2022},
                       "licence_valid_until": "2020-01-01"});
    let (status, _) = api.call(DRIVER, "PATCH", &format!("/agents/{agent}"), Some(small)).await;
    assert_eq!(status, 200);
    api.push(DRIVER, &format!("/agents/{agent}/offline")).await;
    let (status, problem) = api.post(DRIVER, "/bids", api.bid(&shipment, "820.00")).await;
    let expected = ["agent_id:capacity_exceeded", "agent_id:licence_expired", "agent_id:offline"];
    assert_eq!((status, codes(&problem)), (422, expected.map(str::to_owned).to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bids_name_their_fields() {
    let api = Api::new().await;
    api.online(DRIVER).await;
    let shipment = api.posted().await;
    for (member, value, expected) in [
        ("price", json!({"amount": "249.99", "currency": "EUR"}), "price.amount:below_minimum_charge"),
        ("price", json!({"amount": "820.00", "currency": "USD"}), "price.currency:currency_mismatch"),
        ("price", json!({"amount": "-820.00", "currency": "EUR"}), "price.amount:not_positive"),
        ("price", json!({"amount": "1000000.01", "currency": "EUR"}), "price.amount:too_large"),
        ("price", json!({"amount": "820.001", "currency": "EUR"}), "price.amount:invalid_amount"),
        ("pickup_at", json!("2020-01-01T00:00:00Z"), "pickup_at:in_past"),
        ("delivery_at", json!(api.in_hours(1)), "delivery_at:reversed"),
        ("shipment_id", json!("shp_1"), "shipment_id:invalid_id"),
        ("confidence", json!(1.1), "confidence:out_of_range"),
        ("colour", json!("red"), "colour:unknown_field"),
    ] {
        let mut body = api.bid(&shipment, "820.00");
        body[member] = value;
        let (status, problem) = api.post(DRIVER, "/bids", body).await;
        assert_eq!((status, codes(&problem)), (422, vec![expected.to_owned()]), "{problem}");
    }
    let (status, problem) = api.post(CARRIER, "/bids", api.bid(&shipment, "820.00")).await;
    assert_eq!(
        (status, codes(&problem)),
        (422, vec!["agent_id:missing".to_owned()]),
        "a carrier names its driver"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_for_those_who_need_them() {
    let api = Api::new().await;
    api.online(RIVAL).await;
    let (shipment, _) = api.booked().await;
    let path = format!("/shipments/{shipment}");
    for (who, sees) in [(SHIPPER, true), (DRIVER, true), (CARRIER, true), (SUPPORT, true), (BROKER, false)] {
        let (status, shown) = api.get(who, &path).await;
        assert_eq!((status, shown["pickup"]["address"].is_string()), (200, sees), "{who}");
    }
    assert_eq!(api.get(RIVAL, &path).await.0, 404, "it was offered, but another one drives");
    let open = format!("/shipments/{}", api.posted().await);
    let (status, shown) = api.get(RIVAL, &open).await;
    assert_eq!((status, shown["pickup"]["address"].is_string()), (200, false), "an offer shows no address");
    assert_eq!(api.get(DRIVER, &open).await.0, 404, "it is busy and was offered nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_nothing() {
    let api = Api::new().await;
    let (shipment, bid) = api.booked().await;
    let agent = text(&api.get(DRIVER, "/agents").await.1[0]["id"]);
    let routes = [
        ("GET", format!("/shipments/{shipment}"), None),
        ("PATCH", format!("/shipments/{shipment}"), Some(json!({"auto_accept": true}))),
        ("GET", format!("/shipments/{shipment}/bids"), None),
        ("GET", format!("/shipments/{shipment}/events"), None),
        ("POST", format!("/shipments/{shipment}/cancel"), None),
        ("POST", format!("/shipments/{shipment}/status"), Some(json!({"status": "en_route_pickup"}))),
        ("POST", format!("/shipments/{shipment}/rating"), Some(json!({"stars": 1}))),
        ("GET", format!("/bids/{bid}"), None),
        ("POST", format!("/bids/{bid}/select"), None),
        ("POST", format!("/bids/{bid}/confirm"), None),
        ("POST", format!("/bids/{bid}/withdraw"), None),
        ("GET", format!("/agents/{agent}"), None),
        ("PATCH", format!("/agents/{agent}"), Some(json!({"auto_bid": true}))),
        ("POST", format!("/agents/{agent}/online"), None),
        ("POST", format!("/agents/{agent}/offline"), None),
        ("POST", format!("/agents/{agent}/reinstate"), None),
    ];
    for (method, path, body) in &routes {
        for who in [OTHER_SHIPPER, RIVAL, FOREIGN_ADMIN] {
            assert_eq!(api.call(who, method, path, body.clone()).await.0, 404, "{method} {path} by {who}");
        }
    }
    for who in [OTHER_SHIPPER, RIVAL, FOREIGN_ADMIN] {
        assert_eq!(api.get(who, "/shipments").await.1, json!([]), "{who}");
    }
    let foreign_bid = api.bid(&shipment, "820.00");
    assert_eq!(api.post("driver/9/50/2", "/bids", foreign_bid).await.0, 422, "it has no agent");
    assert_eq!(
        api.get(SHIPPER, &format!("/shipments/{shipment}")).await.1["status"],
        "booked",
        "nothing changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_drives_one_agent() {
    let api = Api::new().await;
    let agent = api.online(DRIVER).await;
    let (status, problem) = api.post(DRIVER, "/agents", driver()).await;
    assert_eq!((status, &problem["code"]), (409, &json!("agent.exists")));
    let second = api.good(CARRIER, "/agents", driver()).await;
    assert_ne!(text(&second["id"]), agent, "a carrier makes as many as it has trucks");
    assert_eq!(api.get(CARRIER, "/agents").await.1.as_array().unwrap().len(), 2);
    assert_eq!(api.get(CARRIER, "/agents?online=true").await.1[0]["id"], json!(agent));
    assert_eq!(api.post(SHIPPER, "/agents", driver()).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn drivers_are_listed_by_carrier() {
    let api = Api::new().await;
    let agent = api.online(DRIVER).await;
    let carrier = text(&api.get(CARRIER, "/agents").await.1[0]["organisation_id"]);
    let of = |organisation: &str| format!("/agents?carrier_id={organisation}");
    let other = "org_000000000000000000000000000000ff";
    assert_eq!(api.get(BROKER, &of(&carrier)).await.1[0]["id"], json!(agent));
    for (who, organisation) in [(BROKER, other), (RIVAL, &carrier), (CARRIER, other)] {
        assert_eq!(api.get(who, &of(organisation)).await.1, json!([]), "{who} asks for {organisation}");
    }
    assert_eq!(api.get(BROKER, &of("bid_1")).await.0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_declarations_name_their_fields() {
    let api = Api::new().await;
    for (member, value, expected) in [
        ("vehicle", json!(null), "vehicle:wrong_type"),
        ("service_radius_km", json!(0), "service_radius_km:out_of_range"),
        ("base", json!({"latitude": 91, "longitude": 0}), "base.latitude:out_of_range"),
        ("licence_valid_until", json!("31.12.2027"), "licence_valid_until:invalid_day"),
        ("rate_per_km", json!({"amount": "0", "currency": "EUR"}), "rate_per_km.amount:out_of_range"),
        ("docks", json!(4), "docks:not_for_this_kind"),
        ("operating_hours", json!({"from": "25:00", "to": "06:00"}), "operating_hours.from:invalid_time"),
        (
            "area",
            json!({"centre": {"latitude": 45, "longitude": 200}, "radius_km": 9}),
            "area.centre.longitude:out_of_range",
        ),
        ("colour", json!("red"), "colour:unknown_field"),
    ] {
        let mut body = driver();
        body[member] = value;
        let (status, problem) = api.post(DRIVER, "/agents", body).await;
        assert_eq!((status, codes(&problem)), (422, vec![expected.to_owned()]), "{problem}");
    }
    assert_eq!(codes(&api.post(DRIVER, "/agents", json!({})).await.1), ["kind:missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_made_changed_and_used() {
    let api = Api::new().await;
    let carrier = "org_0000000000000000000000000000001e";
    let profile = json!({"kind": "shipper", "auto_accept": true, "price_sensitivity": 0.5, "preferred_carriers": [carrier]});
    let made = api.good(SHIPPER, "/agents", profile.clone()).await;
    assert_eq!((&made["kind"], &made["volume_tier"]), (&json!("shipper"), &json!("low")));
    assert_eq!(api.post(SHIPPER, "/agents", profile).await.0, 409, "one profile an organisation");
    let path = format!("/agents/{}", text(&made["id"]));
    let both = json!({"blocked_carriers": [carrier]});
    let (status, problem) = api.call(SHIPPER, "PATCH", &path, Some(both)).await;
    assert_eq!((status, codes(&problem)), (422, vec!["blocked_carriers:preferred_too".to_owned()]));
    let cleared = json!({"price_sensitivity": null, "preferred_carriers": [], "blocked_carriers": [carrier]});
    let (_, changed) = api.call(SHIPPER, "PATCH", &path, Some(cleared)).await;
    assert_eq!((&changed["price_sensitivity"], &changed["auto_accept"]), (&Value::Null, &json!(true)));
    let mut body = api.shipment();
    body.as_object_mut().unwrap().remove("auto_accept");
    let posted = api.good(SHIPPER, "/shipments", body).await;
    assert_eq!(posted["auto_accept"], true, "as the profile says");
    api.online(DRIVER).await;
    let (status, problem) = api.post(DRIVER, "/bids", api.bid(&text(&posted["id"]), "820.00")).await;
    assert_eq!((status, codes(&problem)), (422, vec!["agent_id:blocked".to_owned()]));
    let facility = json!({"kind": "facility", "facility_type": "depot", "position": {"latitude": 45.46, "longitude": 9.19}});
    let made = api.good("facility/9/60/1", "/agents", facility).await;
    assert_eq!(
        (&made["reference"], &made["docks"], &made["state"]),
        (&json!("FAC-MIL-D000001"), &json!(1), &json!("operational"))
    );
    let papers = json!({"kind": "carrier", "licence_valid_until": "2020-01-01", "insurance_valid_until": "2099-01-01"});
    api.good(CARRIER, "/agents", papers).await;
    let open = text(&api.good(OTHER_SHIPPER, "/shipments", api.shipment()).await["id"]);
    let (_, problem) = api.post(DRIVER, "/bids", api.bid(&open, "820.00")).await;
    assert_eq!(codes(&problem), ["agent_id:carrier_papers_expired"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_changes_until_its_first_bid() {
    let api = Api::new().await;
    api.online(DRIVER).await;
    let shipment = api.posted().await;
    let path = format!("/shipments/{shipment}");
    let mut stop = api.shipment()["pickup"].take();
    stop["address"] = json!("Via Nuova 3, Monza");
    let (status, shown) =
        api.call(SHIPPER, "PATCH", &path, Some(json!({"pickup": stop, "cargo": {"weight_kg": 500}}))).await;
    assert_eq!((status, &shown["pickup"]["address"]), (200, &json!("Via Nuova 3, Monza")));
    assert_eq!(
        (&shown["delivery"]["address"], &shown["cargo"]["weight_kg"]),
        (&json!("Via Appia 2, Roma"), &json!(500.0))
    );
    api.good(DRIVER, "/bids", api.bid(&shipment, "820.00")).await;
    let (status, problem) = api.call(SHIPPER, "PATCH", &path, Some(json!({"auto_accept": true}))).await;
    assert_eq!((status, &problem["code"]), (409, &json!("shipment.has_bids")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_skipped_and_a_proof_that_is_missing_are_refused() {
    let api = Api::new().await;
    let (shipment, _) = api.booked().await;
    let path = format!("/shipments/{shipment}/status");
    let (status, problem) = api.post(DRIVER, &path, json!({"status": "in_transit"})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("shipment.wrong_state")));
    for status in ["en_route_pickup", "loading", "in_transit", "unloading"] {
        api.good(SUPPORT, &path, json!({"status": status})).await;
    }
    let (status, problem) = api.post(DRIVER, &path, json!({"status": "delivered"})).await;
    assert_eq!((status, codes(&problem)), (422, vec!["proof.recipient:required".to_owned()]));
    assert_eq!(api.post(DRIVER, &path, json!({"status": "booked"})).await.0, 422);
    let (status, problem) = api.push(SHIPPER, &format!("/shipments/{shipment}/cancel")).await;
    assert_eq!((status, &problem["code"]), (409, &json!("shipment.wrong_state")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_sees_the_offers_that_still_take_bids() {
    let api = Api::new().await;
    let agent = api.online(DRIVER).await;
    let (first, second) = (api.posted().await, api.posted().await);
    api.push(SHIPPER, &format!("/shipments/{first}/cancel")).await;
    let path = format!("/agents/{agent}/offers");
    for who in [DRIVER, CARRIER] {
        let (status, offers) = api.get(who, &path).await;
        let ids: Vec<_> = offers.as_array().unwrap().iter().map(|offer| text(&offer["id"])).collect();
        assert_eq!((status, ids), (200, vec![second.clone()]));
    }
    assert_eq!(api.get(RIVAL, &path).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_finds_the_agents_of_its_own_and_no_colleagues() {
    let api = Api::new().await;
    let own = api.online(DRIVER).await;
    let truck = api.online(CARRIER).await;
    let ids = |agents: (u16, Value)| -> Vec<String> {
        assert_eq!(agents.0, 200, "{}", agents.1);
        agents.1.as_array().unwrap().iter().map(|agent| text(&agent["id"])).collect()
    };
    assert_eq!(ids(api.get(DRIVER, "/agents").await), [own.clone(), truck]);
    assert_eq!(ids(api.get(DRIVER, "/agents/own").await), [own]);
    assert_eq!(ids(api.get(RIVAL, "/agents/own").await), Vec::<String>::new());
    assert_eq!(ids(api.get(CARRIER, "/agents/own").await), Vec::<String>::new());
    let papers = json!({ "kind": "carrier", "licence_valid_until": "2030-12-31", "insurance_valid_until": "2030-12-31" });
    let profile = text(&api.good(CARRIER, "/agents", papers).await["id"]);
    assert_eq!(ids(api.get(CARRIER, "/agents/own").await), [profile]);
    let facility = "facility/9/50/1";
    let site = json!({ "kind": "facility", "facility_type": "depot", "position": {"latitude": 45.0, "longitude": 9.0} });
    let first = text(&api.good(facility, "/agents", site.clone()).await["id"]);
    let second = text(&api.good(facility, "/agents", site).await["id"]);
    let mut sites = ids(api.get(facility, "/agents/own").await);
    sites.sort_by_key(|site| *site != first);
    assert_eq!(sites, [first, second]);
    assert_eq!(ids(api.get(BROKER, "/agents/own").await), Vec::<String>::new());
}
