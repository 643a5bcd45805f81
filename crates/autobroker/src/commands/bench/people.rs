//! Shippers and drivers of a measured server, and bookings between them.

use super::http_requests::network;
use crate::{failure::Failure, plain_http::Connection};
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::time::Duration;

const PASSWORD: &str = "a long enough password";

/// Somebody who is signed in.
pub struct Person {
    pub token: String,
    connection: Connection,
}

/// A driver's user, which has an agent.
pub struct Driver {
    pub person: Person,
}

impl Person {
    /// Registers somebody in a role and signs them in.
    pub async fn join(authority: &str, role: &str, number: u32) -> Result<Self, Failure> {
        let mut connection = Connection::open(authority).await.map_err(network)?;
        let email = format!("{role}{number}@example.com");
        let account = json!({ "role": role, "name": "Pat Person", "email": email, "password": PASSWORD });
        post(&mut connection, None, "/api/v1/auth/register", &account).await?;
        let signing_in = json!({ "email": email, "password": PASSWORD });
        let session = post(&mut connection, None, "/api/v1/auth/login", &signing_in).await?;
        let token = text(&session["access_token"])?;
        Ok(Self { token, connection })
    }

    /// Posts something; its answer's data.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        post(&mut self.connection, Some(&self.token), path, body).await
    }
}

impl Driver {
    /// A new driver, online, with a truck at Milano.
    pub async fn join(authority: &str, number: u32) -> Result<Self, Failure> {
        let mut person = Person::join(authority, "driver", number).await?;
        let agent = text(&person.post("/api/v1/agents", &truck()).await?["id"])?;
        person.post(&format!("/api/v1/agents/{agent}/online"), &json!({})).await?;
        Ok(Self { person })
    }

    /// A shipment of this shipper, booked with this driver.
    pub async fn book(&mut self, shipper: &mut Person) -> Result<String, Failure> {
        let shipment = text(&shipper.post("/api/v1/shipments", &shipment()).await?["id"])?;
        let bid = json!({
            "shipment_id": shipment,
            "price": { "amount": "820.00", "currency": "EUR" },
            "pickup_at": in_hours(25),
            "delivery_at": in_hours(36),
        });
        let bid = text(&self.person.post("/api/v1/bids", &bid).await?["id"])?;
        shipper.post(&format!("/api/v1/bids/{bid}/select"), &json!({})).await?;
        self.person.post(&format!("/api/v1/bids/{bid}/confirm"), &json!({})).await?;
        Ok(shipment)
    }
}

/// Posts something; its answer's data.
pub async fn post(
    connection: &mut Connection,
    token: Option<&str>,
    path: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let reply = connection.send("POST", path, token, &body.to_string()).await.map_err(network)?;
    if (200..300).contains(&reply.status) {
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        return Ok(answer["data"].clone());
    }
    let body = String::from_utf8_lossy(&reply.body).into_owned();
    Err(Failure::Refused(format!("POST {path} was answered {}: {body}", reply.status)))
}

fn text(value: &Value) -> Result<String, Failure> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| Failure::Refused("an answer of the measured server has no id".to_owned()))
}

/// Milano to Roma, tomorrow, for whoever bids.
fn shipment() -> Value {
    let window = |from: u64, to: u64| json!({ "from": in_hours(from), "to": in_hours(to) });
    json!({
        "pickup": { "latitude": 45.4642, "longitude": 9.19, "address": "Milano", "window": window(24, 26) },
        "delivery": { "latitude": 41.9028, "longitude": 12.4964, "address": "Roma", "window": window(34, 40) },
        "cargo": { "weight_kg": 800, "volume_m3": 3, "kind": "general", "requires": [] },
        "tender": { "mode": "broadcast" },
        "auto_accept": false,
    })
}

fn in_hours(hours: u64) -> String {
    let at: Timestamp = SystemClock.now().after(Duration::from_secs(hours * 3600));
    at.to_string()
}

/// A box truck at Milano.
pub fn truck() -> Value {
    let day = |days: u64| -> String {
        let at: Timestamp = SystemClock.now().after(Duration::from_secs(days * 86_400));
        at.to_string().chars().take(10).collect()
    };
    json!({
        "kind": "driver",
        "vehicle": { "type": "box_truck", "capacity_kg": 12000, "capacity_m3": 50, "year": 2022, "features": [] },
        "base": { "latitude": 45.4642, "longitude": 9.19 },
        "service_radius_km": 300,
        "rate_per_km": { "amount": "1.35", "currency": "EUR" },
        "licence_valid_until": day(700),
        "insurance_valid_until": day(700),
        "auto_bid": false,
    })
}
