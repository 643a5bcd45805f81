//! Shippers and drivers of a measured server, and bookings between them.

use super::http_requests::network;
use crate::{failure::Failure, plain_http::Connection};
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{io::AsyncWriteExt as _, process::Command};

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
        Self::sign_in(connection, &email).await
    }

    /// Signs in whom [`hire`] has made.
    pub async fn of_staff(authority: &str, role: &str) -> Result<Self, Failure> {
        let connection = Connection::open(authority).await.map_err(network)?;
        Self::sign_in(connection, &staff_email(role)).await
    }

    async fn sign_in(mut connection: Connection, email: &str) -> Result<Self, Failure> {
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
        person.add_truck().await?;
        Ok(Self { person })
    }

    /// A shipment of this shipper, booked with this driver.
    pub async fn book(&mut self, shipper: &mut Person) -> Result<String, Failure> {
        self.person.book(shipper, None).await
    }
}

impl Person {
    /// A truck of this carrier, online at Milano; its agent.
    pub async fn add_truck(&mut self) -> Result<String, Failure> {
        let agent = text(&self.post("/api/v1/agents", &truck()).await?["id"])?;
        self.post(&format!("/api/v1/agents/{agent}/online"), &json!({})).await?;
        Ok(agent)
    }

    /// A shipment of this shipper, booked with a driver of this carrier, or with the one that this user is.
    pub async fn book(&mut self, shipper: &mut Self, agent: Option<&str>) -> Result<String, Failure> {
        let shipment = text(&shipper.post("/api/v1/shipments", &shipment()).await?["id"])?;
        let mut bid = json!({
            "shipment_id": shipment,
            "price": { "amount": "820.00", "currency": "EUR" },
            "pickup_at": in_hours(25),
            "delivery_at": in_hours(36),
        });
        if let Some(agent) = agent {
            bid["agent_id"] = json!(agent);
        }
        let bid = text(&self.post("/api/v1/bids", &bid).await?["id"])?;
        shipper.post(&format!("/api/v1/bids/{bid}/select"), &json!({})).await?;
        self.post(&format!("/api/v1/bids/{bid}/confirm"), &json!({})).await?;
        Ok(shipment)
    }
}

fn staff_email(role: &str) -> String {
    format!("{role}@broker.example.com")
}

/// Makes a user of the operator's own staff in a store that nobody serves yet.
pub async fn hire(binary: &Path, folder: &Path, role: &str) -> Result<(), Failure> {
    let cannot = |error: &dyn std::fmt::Display| Failure::Refused(format!("no {role} can be made: {error}"));
    let mut creating = Command::new(binary)
        .args(["user", "create", "--role", role, "--email", &staff_email(role), "--password-stdin", "--data"])
        .arg(folder)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| cannot(&error))?;
    if let Some(mut input) = creating.stdin.take() {
        input.write_all(PASSWORD.as_bytes()).await.map_err(|error| cannot(&error))?;
    }
    let ended = creating.wait().await.map_err(|error| cannot(&error))?;
    if ended.success() { Ok(()) } else { Err(cannot(&ended)) }
}

/// Posts something; its answer's data.
async fn post(
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
fn truck() -> Value {
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
