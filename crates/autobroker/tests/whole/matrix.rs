//! Every route x every role x whose resource, asked and written down: the table in `snapshots/` is the promise.
//!
//! - `own`: the caller's organisation is party to it (for the tenant's staff: it is the tenant's); also collections
//! - `other`: another organisation's in the same tenant, to which the caller's is not party
//! - `foreign`: another tenant's
//!
//! `yes` says that the request got through to its decision (2xx, or 409, which speaks of the resource's state); anything
//! else is the status. A route that is new is asked too, and one whose `{id}` nobody knows fails this test.

use crate::{
    api::{Answer, Client},
    brokerage::{PASSWORD, bid_body, driver_body, go_online, shipment_body, sign_in, text},
    places::Place,
    tours::plan_body,
};
use autobroker::Server;
use contracts::{
    ports::{Role, Scope},
    tracking::{AlertKind, trip_of},
};
use identity::{NewUser, Placement};
use kernel::{Actor, AlertId, Clock as _, RequestId, TenantId};
use movement::agents::{Finding, Trip, TripCommand};
use runtime::{Order, Origin, SystemClock};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::atomic::{AtomicU32, Ordering},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Own,
    Other,
    Foreign,
}

/// What one tenant's pair of shipper and driver, or carrier, has.
pub struct World {
    pub tenant: TenantId,
    pub shipper: Client,
    /// On the trip of the booked shipment.
    driver: Client,
    /// Free to bid.
    bidder: Client,
    /// A booked shipment and what belongs to it.
    shipment: String,
    bid: String,
    payment: String,
    agent: String,
    bidding_agent: String,
    user: String,
    document: String,
    issue: String,
    share: String,
    /// Whose driver it is.
    carrier: String,
    /// A facility, its operator, and an appointment of the driver's organisation there.
    pub operator: Client,
    facility: String,
    appointment: String,
    /// A carrier's.
    plan: String,
}

pub struct Matrix {
    pub visitor: Client,
    pub server: Server,
    pub people: AtomicU32,
    /// The callers' own tenant: theirs, and another organisation's.
    pub own: World,
    other: World,
    foreign: World,
    /// Of a carrier that drives with two trucks of its own.
    carriers: World,
}

impl Matrix {
    pub async fn build(place: &Place) -> Self {
        let server = Server::start(&place.settings()).await.unwrap();
        let visitor = Client::new(&server.url());
        let identity = server.house().identity();
        let first = identity.ensure_default_tenant().await.unwrap();
        let second = identity.create_tenant("Another Brokerage").await.unwrap();
        let people = AtomicU32::new(0);
        let own = World::of_drivers(&visitor, &people, first).await;
        let other = World::of_drivers(&visitor, &people, first).await;
        let foreign = World::of_drivers(&visitor, &people, second).await;
        let carriers = World::of_a_carrier(&visitor, &people, first).await;
        Self { visitor, server, people, own, other, foreign, carriers }
    }

    const fn world(&self, role: Role, whose: Whose) -> &World {
        match (whose, role) {
            (Whose::Own, Role::Carrier) => &self.carriers,
            (Whose::Own, _) => &self.own,
            (Whose::Other, _) => &self.other,
            (Whose::Foreign, _) => &self.foreign,
        }
    }

    /// Who asks, for the whole table.
    pub async fn caller(&self, role: Role) -> Client {
        match role {
            Role::Shipper => self.own.shipper.clone(),
            Role::Driver => self.own.driver.clone(),
            Role::Carrier => self.carriers.driver.clone(),
            Role::Facility => self.own.operator.clone(),
            _ => self.newcomer(role).await,
        }
    }

    /// Somebody new of the callers' tenant.
    async fn newcomer(&self, role: Role) -> Client {
        match role {
            Role::Shipper | Role::Carrier | Role::Driver | Role::Facility => {
                join(&self.visitor, &self.people, role.name(), self.own.tenant).await
            }
            _ => self.staff(role).await,
        }
    }

    /// Who asks this one: a request that may end its own session or user is asked by a newcomer, and what is about an
    /// open shipment by the driver who bid on it.
    pub async fn asker(&self, operation: &Operation, role: Role, usual: &Client) -> Client {
        if operation.is_of(&["sessions", "users"]) && operation.changes() {
            self.newcomer(role).await
        } else if role == Role::Driver && operation.is_of(&["shipments", "bids"]) && !operation.wants_booked()
        {
            self.own.bidder.clone()
        } else {
            usual.clone()
        }
    }

    async fn staff(&self, role: Role) -> Client {
        self.staff_of(role, self.own.tenant).await
    }

    async fn staff_of(&self, role: Role, tenant: TenantId) -> Client {
        let email =
            format!("{}{}@broker.example.com", role.name(), self.people.fetch_add(1, Ordering::Relaxed));
        let new = NewUser {
            tenant,
            role,
            placement: Placement::Operator,
            name: format!("The {}", role.name()),
            email: Some(email.clone()),
            phone: None,
            password: PASSWORD.to_owned().into(),
        };
        self.server.house().identity().create_user(new).await.unwrap();
        sign_in(&self.visitor, &email).await
    }
}

/// Whether every organisation of the tenant is the same to a role.
fn is_staff(role: Role) -> bool {
    role.scope() == Scope::Tenant
}

/// Registers a person nobody has heard of, in a tenant.
async fn join(visitor: &Client, people: &AtomicU32, role: &str, tenant: TenantId) -> Client {
    let number = people.fetch_add(1, Ordering::Relaxed);
    let email = format!("{role}{number}@example.com");
    let account =
        json!({ "role": role, "name": "Pat Person", "email": email, "password": PASSWORD, "tenant": tenant });
    visitor.post("/api/v1/auth/register", account).await.data(201);
    sign_in(visitor, &email).await
}

pub async fn id_of(client: &Client, path: &str, body: Value) -> String {
    text(&client.post(path, body).await.data(201), "/id")
}

async fn user_of(client: &Client) -> String {
    text(&client.get("/api/v1/me").await.data(200), "/id")
}

/// A driver's user with its agent, online and seen.
pub async fn new_driver(visitor: &Client, people: &AtomicU32, tenant: TenantId) -> (Client, String) {
    let driver = join(visitor, people, "driver", tenant).await;
    let agent = go_online(&driver).await;
    (driver, agent)
}

fn bid_of(agent: &str, shipment: &str) -> Value {
    let mut body = bid_body(shipment, "820.00");
    body["agent_id"] = json!(agent);
    body
}

/// An hour at a facility that nobody else was given.
async fn book_dock(carrier: &Client, facility: &str, people: &AtomicU32) -> String {
    let body = dock_body(people.fetch_add(1, Ordering::Relaxed));
    id_of(carrier, &format!("/api/v1/facilities/{facility}/appointments"), body).await
}

/// The wish for an hour of its own, a month ahead.
fn dock_body(number: u32) -> Value {
    let hours = i64::from(number % 700);
    let at = (SystemClock.now().millis() / 3_600_000 + 24 * 28 + hours) * 3_600_000;
    let from = kernel::Timestamp::from_millis(at).to_string();
    json!({ "from": from, "work": "loading", "vehicle": { "class": "box_truck" } })
}

/// What ends the paths of requests about a trip.
const BOOKED_ONLY: [&str; 8] =
    ["status", "rating", "position", "documents", "issues", "shares", "dispute", "close"];
/// What facilities have.
const FACILITYS: [&str; 6] = ["agents", "api-keys", "appointments", "facilities", "sessions", "users"];
const JSON: &str = "application/json";
const PHOTO: &[u8] = b"\xff\xd8\xff\xe0photo";

async fn upload(driver: &Client, shipment: &str, key: &str) -> String {
    let path = format!("/api/v1/shipments/{shipment}/documents?kind=cargo_photo");
    text(&driver.upload(&path, "image/jpeg", key, PHOTO).await.data(201), "/id")
}

impl World {
    /// Two drivers on their own.
    async fn of_drivers(visitor: &Client, people: &AtomicU32, tenant: TenantId) -> Self {
        let driver = new_driver(visitor, people, tenant).await;
        let bidder = new_driver(visitor, people, tenant).await;
        Self::build(visitor, people, tenant, driver, bidder).await
    }

    /// A carrier's user acts for both trucks.
    async fn of_a_carrier(visitor: &Client, people: &AtomicU32, tenant: TenantId) -> Self {
        let carrier = join(visitor, people, "carrier", tenant).await;
        let (first, second) = (go_online(&carrier).await, go_online(&carrier).await);
        Self::build(visitor, people, tenant, (carrier.clone(), first), (carrier, second)).await
    }

    async fn build(
        visitor: &Client,
        people: &AtomicU32,
        tenant: TenantId,
        (driver, agent): (Client, String),
        (bidder, bidding_agent): (Client, String),
    ) -> Self {
        let shipper = join(visitor, people, "shipper", tenant).await;
        let shipment = id_of(&shipper, "/api/v1/shipments", shipment_body()).await;
        let bid = id_of(&driver, "/api/v1/bids", bid_of(&agent, &shipment)).await;
        shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
        driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
        let position = json!({ "latitude": 45.47, "longitude": 9.2 });
        driver.post(&format!("/api/v1/agents/{agent}/position"), position).await.data(200);
        let payments = shipper.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
        let payment = text(&payments, "/0/id");
        let carrier = text(&driver.get("/api/v1/me").await.data(200), "/organisation/id");
        let user = user_of(&shipper).await;
        let document = upload(&driver, &shipment, "photo").await;
        let issues = format!("/api/v1/shipments/{shipment}/issues");
        let issue = id_of(&driver, &issues, json!({ "kind": "delay" })).await;
        let share = id_of(&shipper, &format!("/api/v1/shipments/{shipment}/shares"), json!({})).await;
        let operator = join(visitor, people, "facility", tenant).await;
        let facility = id_of(&operator, "/api/v1/agents", agent_body(Role::Facility)).await;
        let appointment = book_dock(&driver, &facility, people).await;
        let planner = join(visitor, people, "carrier", tenant).await;
        let plan = id_of(&planner, "/api/v1/plans", plan_body()).await;
        Self {
            tenant,
            shipper,
            driver,
            bidder,
            shipment,
            bid,
            payment,
            agent,
            bidding_agent,
            user,
            document,
            issue,
            share,
            carrier,
            operator,
            facility,
            appointment,
            plan,
        }
    }

    /// A document of the booked shipment that may be erased.
    async fn new_document(&self, key: &str) -> String {
        upload(&self.driver, &self.shipment, key).await
    }

    /// A shipment with one bid, for requests that would change the booked one.
    async fn open_shipment(&self) -> (String, String) {
        let shipment = id_of(&self.shipper, "/api/v1/shipments", shipment_body()).await;
        let bid = id_of(&self.bidder, "/api/v1/bids", bid_of(&self.bidding_agent, &shipment)).await;
        (shipment, bid)
    }
}

/// A request without who makes it.
pub struct Request {
    pub path: String,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: String,
    pub path: String,
}

impl Operation {
    fn changes(&self) -> bool {
        self.method != "GET"
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it is about a shipment on its way, or only looks.
    fn wants_booked(&self) -> bool {
        !self.changes() || BOOKED_ONLY.iter().any(|tail| self.path.ends_with(tail))
    }

    fn is_of(&self, families: &[&str]) -> bool {
        let family = self.path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
        families.contains(&family)
    }

    fn has_resource(&self) -> bool {
        self.path.contains('{') || self.name() == "POST /api/v1/bids"
    }
}

fn geofence_body() -> Value {
    json!({ "name": "Depot", "kind": "circle", "points": [{ "latitude": 45.0, "longitude": 9.0 }], "radius_m": 500 })
}

fn incident_body() -> Value {
    json!({ "effect": "closed", "points": [{ "latitude": 45.0, "longitude": 9.0 }] })
}

/// The agent that a role would make.
fn agent_body(role: Role) -> Value {
    match role {
        Role::Driver | Role::Carrier => driver_body(),
        Role::Facility => json!({
            "kind": "facility", "facility_type": "warehouse", "position": { "latitude": 45.5, "longitude": 9.1 },
            "docks": 2,
        }),
        _ => json!({ "kind": "shipper", "shipper_type": "business" }),
    }
}

impl Matrix {
    /// What stands in place of the path's `{id}`, and the shipment that a body names.
    async fn target(
        &self,
        operation: &Operation,
        role: Role,
        caller: &Client,
        whose: Whose,
    ) -> (String, String) {
        let world = self.world(role, whose);
        let (shipment, bid) = if operation.is_of(&["shipments", "bids"]) && !operation.wants_booked() {
            world.open_shipment().await
        } else {
            (world.shipment.clone(), world.bid.clone())
        };
        let family = operation.path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
        let id = match family {
            "shipments" => shipment.clone(),
            "bids" => bid,
            "agents" if role == Role::Facility => world.facility.clone(),
            "agents" => world.agent.clone(),
            "payments" => world.payment.clone(),
            "users" if operation.changes() && whose == Whose::Own && !is_staff(role) => user_of(caller).await,
            "users" if operation.changes() => {
                let victim = join(&self.visitor, &self.people, "shipper", world.tenant).await;
                user_of(&victim).await
            }
            "users" if role == Role::Facility => user_of(&world.operator).await,
            "users" => world.user.clone(),
            "sessions" => self.session(caller, world, whose).await,
            "api-keys" => {
                let owner = if whose == Whose::Own { caller } else { &world.shipper };
                id_of(owner, "/api/v1/api-keys", json!({ "name": "matrix" })).await
            }
            "devices" => {
                let body = self.device_body(&world.agent);
                id_of(&world.driver, "/api/v1/devices", body).await
            }
            "alerts" => self.alert(world).await,
            "geofences" => {
                let staff = self.staff_of(Role::Broker, world.tenant).await;
                id_of(&staff, "/api/v1/geofences", geofence_body()).await
            }
            "traffic" => {
                let staff = self.staff_of(Role::Broker, world.tenant).await;
                id_of(&staff, "/api/v1/traffic/incidents", incident_body()).await
            }
            "breakers" => "payments".to_owned(),
            "documents" if operation.changes() => world.new_document("another").await,
            "documents" => world.document.clone(),
            "issues" => world.issue.clone(),
            "shares" => world.share.clone(),
            "plans" => world.plan.clone(),
            "operations" => world.shipment.clone(),
            "facilities" => world.facility.clone(),
            "appointments" if operation.changes() => {
                book_dock(&world.driver, &world.facility, &self.people).await
            }
            "appointments" => world.appointment.clone(),
            "effects" => "no-such-letter".to_owned(),
            _ => panic!("say what {{id}} means in {}", operation.name()),
        };
        (id, shipment)
    }

    /// An alert of the booked trip; the same as long as it is open.
    async fn alert(&self, world: &World) -> String {
        let runtime = self.server.house().runtime();
        let (now, entropy) = (runtime.now(), &**runtime.entropy());
        let finding = Finding::Wrong {
            kind: AlertKind::Stuck,
            since: now,
            place: None,
            figure: 31.0,
            by_device: false,
        };
        let trip = trip_of(world.bid.parse().unwrap());
        let note = TripCommand::Note { finding, alert: AlertId::generate(now, entropy) };
        let origin = Origin {
            tenant: world.tenant,
            actor: Actor::System("watch"),
            correlation: RequestId::generate(now, entropy),
            idempotency: None,
        };
        let _receipt = runtime.submit(&origin, Order::new::<Trip>(trip, note)).await.unwrap();
        runtime.state::<Trip>(trip).await.unwrap().unwrap().alerts[&AlertKind::Stuck].alert.to_string()
    }

    /// A session that may be ended: the caller's own, or that of somebody made for it.
    async fn session(&self, caller: &Client, world: &World, whose: Whose) -> String {
        let newcomer;
        let owner = match whose {
            Whose::Own => caller,
            Whose::Other | Whose::Foreign => {
                newcomer = join(&self.visitor, &self.people, "shipper", world.tenant).await;
                &newcomer
            }
        };
        text(&owner.get("/api/v1/sessions").await.data(200), "/0/id")
    }

    /// The request that is made, with what it is about.
    pub async fn request(&self, operation: &Operation, role: Role, caller: &Client, whose: Whose) -> Request {
        let (id, shipment) = match operation.has_resource() {
            true => self.target(operation, role, caller, whose).await,
            false => (String::new(), self.world(role, whose).shipment.clone()),
        };
        let path = operation.path.replace("{id}", &id).replace("{name}", &id).replace("{stream}", &id);
        let day = "from=2036-03-02T00:00:00Z&to=2036-03-03T00:00:00Z";
        let path = match operation.name().as_str() {
            "POST /api/v1/shipments/{id}/documents" => format!("{path}?kind=other"),
            "POST /api/v1/shipments/import" => format!("{path}?dry_run=true"),
            "GET /api/v1/places" => format!("{path}?q=mil"),
            "GET /api/v1/facilities/{id}/appointments" => format!("{path}?{day}"),
            "GET /api/v1/facilities/{id}/availability" => format!("{path}?{day}&work=loading&vehicle=van"),
            _ => path,
        };
        let (content_type, body) = match operation.name().as_str() {
            "POST /api/v1/shipments/{id}/documents" => ("image/jpeg", PHOTO.to_vec()),
            "POST /api/v1/shipments/import" => ("text/csv", b"weight_kg\n1\n".to_vec()),
            _ if matches!(operation.method.as_str(), "GET" | "DELETE") => (JSON, Vec::new()),
            _ => (JSON, self.body(operation, role, &shipment).to_string().into_bytes()),
        };
        Request { path, content_type, body }
    }

    async fn ask(&self, operation: &Operation, role: Role, caller: &Client, whose: Whose) -> Answer {
        let Request { path, content_type, body } = self.request(operation, role, caller, whose).await;
        if content_type == JSON {
            return caller.raw(&operation.method, &path, body).await;
        }
        let key = self.people.fetch_add(1, Ordering::Relaxed).to_string();
        caller.upload(&path, content_type, &key, &body).await
    }

    /// A tracker nobody has heard of.
    fn device_body(&self, agent: &str) -> Value {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        json!({ "protocol": "gt06", "identifier": format!("86{number:013}"), "agent_id": agent })
    }

    /// A body that is accepted, so that a refusal is about the caller.
    fn body(&self, operation: &Operation, role: Role, shipment: &str) -> Value {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        match operation.name().as_str() {
            "POST /api/v1/shipments" => shipment_body(),
            "POST /api/v1/agents" => agent_body(role),
            "POST /api/v1/bids" => {
                if role == Role::Driver {
                    bid_body(shipment, "820.00")
                } else {
                    bid_of(&self.world(role, Whose::Own).bidding_agent, shipment)
                }
            }
            "POST /api/v1/shipments/{id}/status" => json!({ "status": "en_route_pickup" }),
            "POST /api/v1/shipments/{id}/issues" => json!({ "kind": "delay" }),
            "POST /api/v1/issues/{id}/resolve" => json!({ "resolution": "settled" }),
            "POST /api/v1/shipments/{id}/rating" => json!({ "stars": 5 }),
            "POST /api/v1/payments/{id}/resolve" => json!({ "verdict": "release" }),
            "POST /api/v1/shipments/estimate" => shipment_body(),
            "POST /api/v1/shipments/{id}/assign" => json!({
                "agent_id": self.carriers.bidding_agent, "price": { "amount": "820.00", "currency": "EUR" },
            }),
            "PATCH /api/v1/shipments/{id}" => json!({ "auto_accept": false }),
            "PATCH /api/v1/agents/{id}" if role == Role::Facility => json!({ "docks": 3 }),
            "PATCH /api/v1/agents/{id}" => json!({ "service_radius_km": 300 }),
            "POST /api/v1/agents/{id}/position" => json!({ "latitude": 45.47, "longitude": 9.2 }),
            "POST /api/v1/routes" => {
                let place = |latitude: f64| json!({ "latitude": latitude, "longitude": 9.2 });
                json!({ "from": place(45.4), "to": place(45.6) })
            }
            "POST /api/v1/geofences" | "PUT /api/v1/geofences/{id}" => geofence_body(),
            "POST /api/v1/routes/matrix" => json!({ "places": [{ "latitude": 45.4, "longitude": 9.2 }] }),
            "POST /api/v1/routes/isochrone" => {
                json!({ "from": { "latitude": 45.4, "longitude": 9.2 }, "minutes": 30 })
            }
            "POST /api/v1/routes/match" => {
                json!({ "positions": vec![json!({ "latitude": 45.4, "longitude": 9.2 }); 2] })
            }
            "POST /api/v1/traffic/incidents" => incident_body(),
            "POST /api/v1/plans" => plan_body(),
            "POST /api/v1/plans/{id}/price" => {
                json!({ "routes": [{ "vehicle": "TRK-1", "stops": ["JOB-1/pickup", "JOB-1/delivery"] }] })
            }
            "PATCH /api/v1/me" => json!({ "name": "Pat Person" }),
            "PATCH /api/v1/tenant" => json!({ "dispute_window_seconds": 86_400 }),
            "PATCH /api/v1/users/{id}" => json!({ "state": "active" }),
            "POST /api/v1/users" => json!({
                "role": "support", "name": "New Person", "email": format!("new{number}@example.com"),
                "password": PASSWORD,
            }),
            "POST /api/v1/devices" => self.device_body(&self.world(role, Whose::Own).agent),
            "PATCH /api/v1/facilities/{id}" => json!({ "time_zone": "Etc/UTC" }),
            "POST /api/v1/facilities/{id}/docks" => json!({
                "name": "9", "max_vehicle": "van", "max_length_cm": 700, "max_height_cm": 300, "works": ["loading"],
            }),
            "POST /api/v1/facilities/{id}/closures" => json!({
                "docks": ["1"], "from": "2036-03-02T00:00:00Z", "to": "2036-03-03T00:00:00Z", "reason": "other",
            }),
            "POST /api/v1/facilities/{id}/closures/end" => json!({ "number": 1 }),
            "POST /api/v1/facilities/{id}/issues" => json!({ "kind": "other" }),
            "POST /api/v1/facilities/{id}/issues/resolve" => json!({ "number": 1, "resolution": "settled" }),
            "POST /api/v1/facilities/{id}/appointments" => {
                let mut body = dock_body(number);
                if !matches!(role, Role::Carrier | Role::Driver) {
                    body["carrier_id"] = json!(self.own.carrier);
                }
                body
            }
            "POST /api/v1/appointments/{id}/move" => json!({ "from": dock_body(number)["from"] }),
            "POST /api/v1/api-keys" => json!({ "name": "matrix" }),
            "POST /api/v1/auth/password" => {
                json!({ "current_password": "not the one", "new_password": "another long one" })
            }
            _ => json!({}),
        }
    }

    /// The columns that make sense: facilities are party to no shipment but have what is at their gates, and for the
    /// tenant's staff every organisation of the tenant is the same.
    fn columns(operation: &Operation, role: Role) -> Vec<Whose> {
        if !operation.has_resource() {
            return vec![Whose::Own];
        }
        let mut columns = match role {
            Role::Facility if !operation.is_of(&FACILITYS) => vec![Whose::Other],
            Role::Shipper | Role::Driver | Role::Carrier | Role::Facility => vec![Whose::Own, Whose::Other],
            _ => vec![Whose::Own],
        };
        columns.push(Whose::Foreign);
        columns
    }
}

fn verdict(answer: &Answer) -> String {
    match answer.status {
        200..300 | 409 => "yes".to_owned(),
        status => status.to_string(),
    }
}

pub fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let open = path.starts_with("/api/v1/auth/") && path != "/api/v1/auth/password";
        let open = open || path.starts_with("/api/v1/public/");
        if !path.starts_with("/api/v1/") || open || path == "/api/v1/ws" {
            continue;
        }
        for method in ["get", "post", "patch", "put", "delete"] {
            if item.get(method).is_some() {
                operations.push(Operation { method: method.to_uppercase(), path: path.clone() });
            }
        }
    }
    operations.sort_by_key(Operation::name);
    operations
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_what_to_whose() {
    let place = Place::memory();
    let matrix = Matrix::build(&place).await;
    let document = matrix.visitor.get("/openapi.json").await.body;
    let operations = operations(&document);
    assert!(operations.len() > 40, "only {} operations", operations.len());
    let mut callers = BTreeMap::new();
    for role in Role::ALL {
        callers.insert(role.name(), matrix.caller(role).await);
    }
    let mut table = String::new();
    for operation in &operations {
        let _written = writeln!(table, "{}", operation.name());
        for role in Role::ALL {
            let mut cells = Vec::new();
            for whose in Matrix::columns(operation, role) {
                let caller = matrix.asker(operation, role, &callers[role.name()]).await;
                let answer = matrix.ask(operation, role, &caller, whose).await;
                assert!(answer.status < 500, "{} as {}: {:#}", operation.name(), role.name(), answer.body);
                cells.push(format!("{} {}", format!("{whose:?}").to_lowercase(), verdict(&answer)));
            }
            let _written = writeln!(table, "  {:<11} {}", role.name(), cells.join(", "));
        }
        for world in [&matrix.own, &matrix.carriers] {
            world.driver.post(&format!("/api/v1/agents/{}/online", world.agent), json!({})).await;
        }
    }
    insta::assert_snapshot!("who_may_do_what_to_whose", table);
    foreign_resources_never_exist(&table);
    matrix.server.stop().await;
}

/// Whatever the table says: nobody gets through to another tenant's resource.
fn foreign_resources_never_exist(table: &str) {
    // A breaker is the installation's, the replayed letter nobody's; neither has a tenant.
    let mut operation = "";
    for line in table.lines() {
        if !line.starts_with(' ') {
            operation = line;
        } else if !operation.contains("/breakers/") {
            assert!(!line.contains("foreign yes"), "{operation}: {line}");
        }
    }
}
