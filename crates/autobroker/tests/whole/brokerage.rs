//! A brokerage with people in it, over a running server.

use crate::{api::Client, places::Place};
use autobroker::{Server, Settings};
use contracts::ports::Role;
use identity::{NewUser, Placement};
use kernel::{Clock as _, TenantId, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::time::Duration;

pub const PASSWORD: &str = "correct horse battery";

/// An instant so many hours from now, as text.
pub fn in_hours(hours: u64) -> String {
    let now = SystemClock.now();
    now.after(Duration::from_secs(hours * 3600)).to_string()
}

/// A day so many days from now.
pub fn in_days(days: u64) -> String {
    let at: Timestamp = SystemClock.now().after(Duration::from_secs(days * 86_400));
    at.to_string()[..10].to_owned()
}

/// Milano to Roma, tomorrow.
pub fn shipment_body() -> Value {
    json!({
        "pickup": {
            "latitude": 45.4642, "longitude": 9.19, "address": "Via Torino 1, Milano",
            "window": { "from": in_hours(24), "to": in_hours(26) },
        },
        "delivery": {
            "latitude": 41.9028, "longitude": 12.4964, "address": "Via Appia 1, Roma",
            "window": { "from": in_hours(34), "to": in_hours(40) },
        },
        "cargo": { "weight_kg": 8000, "volume_m3": 30, "kind": "general", "requires": [] },
        "tender": { "mode": "broadcast" },
        "auto_accept": false,
    })
}

/// A box truck near Milano.
pub fn driver_body() -> Value {
    json!({
        "kind": "driver",
        "vehicle": {
            "type": "box_truck", "capacity_kg": 12000, "capacity_m3": 50, "year": 2022, "features": ["lift_gate"],
        },
        "base": { "latitude": 45.4642, "longitude": 9.19 },
        "service_radius_km": 300,
        "rate_per_km": { "amount": "1.35", "currency": "EUR" },
        "licence_valid_until": in_days(700),
        "insurance_valid_until": in_days(700),
        "auto_bid": false,
    })
}

/// A bid on that shipment.
pub fn bid_body(shipment: &str, amount: &str) -> Value {
    json!({
        "shipment_id": shipment,
        "price": { "amount": amount, "currency": "EUR" },
        "pickup_at": in_hours(25),
        "delivery_at": in_hours(36),
    })
}

/// The text of a field that must be there.
#[track_caller]
pub fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {value:#}"))
        .to_owned()
}

/// Registers somebody who may register themselves and signs in.
pub async fn join(visitor: &Client, role: &str, name: &str) -> Client {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let account = json!({
        "role": role, "name": name, "email": email, "password": PASSWORD, "organisation": format!("{name} & Co"),
    });
    visitor.post("/api/v1/auth/register", account).await.data(201);
    sign_in(visitor, &email).await
}

/// Signs in.
pub async fn sign_in(visitor: &Client, email: &str) -> Client {
    let session =
        visitor.post("/api/v1/auth/login", json!({ "email": email, "password": PASSWORD })).await.data(200);
    visitor.with_token(&text(&session, "/access_token"))
}

/// Makes a driver agent that is online at its base.
pub async fn go_online(driver: &Client) -> String {
    let agent = text(&driver.post("/api/v1/agents", driver_body()).await.data(201), "/id");
    driver.post(&format!("/api/v1/agents/{agent}/online"), json!({})).await.data(200);
    let position = json!({ "latitude": 45.47, "longitude": 9.2 });
    driver.post(&format!("/api/v1/agents/{agent}/position"), position).await.data(200);
    agent
}

/// A server with a shipper and a driver who is online.
pub struct Brokerage {
    pub server: Server,
    pub visitor: Client,
    pub shipper: Client,
    pub driver: Client,
    pub agent: String,
}

impl Brokerage {
    pub async fn open(place: &Place) -> Self {
        Self::open_with(&place.settings()).await
    }

    pub async fn open_with(settings: &Settings) -> Self {
        Self::over(Server::start(settings).await.unwrap()).await
    }

    /// The people, over a server that runs.
    pub async fn over(server: Server) -> Self {
        let visitor = Client::new(&server.url());
        let shipper = join(&visitor, "shipper", "Sara Shipper").await;
        let driver = join(&visitor, "driver", "Dario Driver").await;
        let agent = go_online(&driver).await;
        Self { server, visitor, shipper, driver, agent }
    }

    /// Somebody in a role that an administrator gives.
    pub async fn staff(&self, role: Role) -> Client {
        let identity = self.server.house().identity();
        let tenant: TenantId = identity.ensure_default_tenant().await.unwrap();
        let email = format!("{}@broker.example.com", role.name());
        let new = NewUser {
            tenant,
            role,
            placement: Placement::Operator,
            name: format!("The {}", role.name()),
            email: Some(email.clone()),
            phone: None,
            password: PASSWORD.to_owned().into(),
        };
        identity.create_user(new).await.unwrap();
        sign_in(&self.visitor, &email).await
    }

    pub async fn post_shipment(&self) -> String {
        text(&self.shipper.post("/api/v1/shipments", shipment_body()).await.data(201), "/id")
    }

    pub async fn bid(&self, shipment: &str, amount: &str) -> String {
        text(&self.driver.post("/api/v1/bids", bid_body(shipment, amount)).await.data(201), "/id")
    }

    /// Posts, bids, selects and confirms; the shipment and the bid.
    pub async fn book(&self) -> (String, String) {
        let shipment = self.post_shipment().await;
        let bid = self.bid(&shipment, "820.00").await;
        self.shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
        self.driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
        (shipment, bid)
    }

    /// One step of the trip after the other, up to `last`.
    pub async fn drive(&self, shipment: &str, last: &str) {
        for status in ["en_route_pickup", "loading", "in_transit", "unloading", "delivered"] {
            let body = match status {
                "delivered" => json!({ "status": status, "proof": { "recipient": "Front desk" } }),
                _ => json!({ "status": status }),
            };
            self.driver.post(&format!("/api/v1/shipments/{shipment}/status"), body).await.data(200);
            if status == last {
                return;
            }
        }
        panic!("{last} is no step of a trip");
    }
}
