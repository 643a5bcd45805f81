//! From shipments and drivers to a problem for the planner.
//!
//! Times are Unix seconds, ways metres, money cents. What eligibility asks of a truck (85 % of its capacity, its
//! features, a cooled body, no blocked carrier) is asked here too, so that what is planned can be tendered.

use crate::Dispatch;
use contracts::{
    driver::{Registered, VehicleType},
    ports::{MatrixRequest, RouteMatrix, RouteVehicle, RoutesUnavailable, Traffic},
    shipment::{Requested, ServiceLevel, ShipmentStatus, Stop},
    tracking::TripStop,
};
use edge::{Fields, Page, Problem};
use kernel::{DriverId, OrganisationId, Position, Refusal, ShipmentId, TenantId, Timestamp};
use market::{
    agents::{Driver, Shipment},
    rules::eligibility::{ADR, HAZMAT, LOAD_PERCENT_MAX, REFRIGERATED},
    views::drivers::{self, DriverFilter},
};
use planner::wire::{
    HoursDocument, JobDocument, ObjectiveDocument, PlaceDocument, ProblemDocument, StopDocument,
    TravelDocument, VehicleDocument, WindowDocument,
};
use std::{collections::BTreeMap, sync::Arc};

/// Shipments in one plan, at most.
pub(crate) const SHIPMENTS_MAX: usize = 500;
/// Drivers in one plan, at most.
pub(crate) const DRIVERS_MAX: usize = 500;
/// Loading or unloading, in seconds (spec 4, shipment agent: 30 minutes).
const SERVICE_S: i64 = 1800;
/// A tour may end this long after its last window closes.
const AFTERWARDS_S: i64 = 12 * 3600;
/// The cost of driving by the annex's figures (fuel 0.35 and toll 0.15 EUR a km, driver 25 EUR an hour, 15 EUR a tour),
/// in cents.
const PER_KM: u64 = 50;
const PER_HOUR: u64 = 2500;
const PER_TOUR: u64 = 1500;

/// What a plan's jobs and vehicles stand for.
#[derive(Debug, Clone)]
pub(crate) struct Freight {
    /// The carrier of each driver.
    pub(crate) carriers: BTreeMap<DriverId, OrganisationId>,
    /// Shipments that are already booked or driven: they stay where they are.
    pub(crate) under_way: Vec<ShipmentId>,
    /// Pairs of places whose way is an estimate.
    pub(crate) estimated: usize,
}

/// What is asked for.
pub(crate) struct Selection {
    pub(crate) tenant: TenantId,
    pub(crate) shipments: Vec<ShipmentId>,
    /// All that are online when absent.
    pub(crate) drivers: Option<Vec<DriverId>>,
    pub(crate) objective: ObjectiveDocument,
}

struct Truck {
    id: DriverId,
    registered: Arc<Registered>,
    at: Position,
    /// The shipments it is booked for, in the order in which they are driven.
    booked: Vec<(ShipmentId, Arc<Shipment>)>,
    /// Its stops in order, when it carries several of them at once.
    stops: Arc<Vec<TripStop>>,
}

/// Makes the problem.
///
/// # Errors
/// 422 that names each shipment or driver that cannot be planned, 503 when the store or the roads are away.
pub(crate) async fn problem_of(
    dispatch: &Dispatch,
    selection: &Selection,
) -> Result<(ProblemDocument, Freight), Problem> {
    let mut fields = Fields::new();
    let shipments = shipments_of(dispatch, selection, &mut fields).await?;
    let trucks = trucks_of(dispatch, selection, &mut fields).await?;
    fields.finish()?;
    let mut draft = Draft::new(selection, dispatch.platform.runtime.now());
    for (id, request) in &shipments {
        draft.job(*id, request);
    }
    for truck in &trucks {
        draft.truck(truck);
    }
    draft.close_shifts();
    let carriers = trucks.iter().map(|truck| (truck.id, truck.registered.carrier)).collect();
    let traffic = dispatch.traffic.in_force(selection.tenant, dispatch.platform.runtime.now());
    draft.measured(dispatch, traffic, carriers).await
}

async fn shipments_of(
    dispatch: &Dispatch,
    selection: &Selection,
    fields: &mut Fields,
) -> Result<Vec<(ShipmentId, Arc<Requested>)>, Problem> {
    let mut found = Vec::with_capacity(selection.shipments.len());
    for (index, id) in selection.shipments.iter().enumerate() {
        let state = dispatch.platform.runtime.state::<Shipment>(*id).await?;
        let request = state.as_ref().and_then(|state| Some((state.status, state.request.clone()?)));
        let own = request.filter(|(_, request)| request.tenant == selection.tenant);
        let field = format!("shipments[{index}]");
        match own {
            None => fields.refuse(field, "unknown", "there is no such shipment"),
            Some((status, _)) if !status.is_open() => {
                fields.refuse(
                    field,
                    "not_open",
                    format!("it is {}; only open ones are planned", status.name()),
                );
            }
            Some((_, request)) if request.service_level == ServiceLevel::Dedicated => {
                fields.refuse(field, "dedicated", "its truck carries nothing else: tender it alone");
            }
            Some((_, request)) => found.push((*id, request)),
        }
    }
    Ok(found)
}

async fn trucks_of(
    dispatch: &Dispatch,
    selection: &Selection,
    fields: &mut Fields,
) -> Result<Vec<Truck>, Problem> {
    let runtime = &dispatch.platform.runtime;
    let ids = match &selection.drivers {
        Some(named) => named.clone(),
        None => online_drivers(dispatch, selection.tenant).await?,
    };
    let mut trucks = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let state = runtime.state::<Driver>(*id).await?;
        let registered = state.as_ref().and_then(|driver| driver.registered.clone());
        let own = registered.filter(|registered| registered.tenant == selection.tenant);
        let (Some(driver), Some(registered)) = (state, own) else {
            fields.refuse(format!("drivers[{index}]"), "unknown", "there is no such driver");
            continue;
        };
        if driver.suspended.is_some() {
            if selection.drivers.is_some() {
                fields.refuse(format!("drivers[{index}]"), "suspended", "the driver is suspended");
            }
            continue;
        }
        let at = dispatch.market.drivers.live_position(*id, runtime.now()).unwrap_or(registered.profile.base);
        let mut booked = Vec::new();
        for shipment in driver.booked_for() {
            booked.extend(runtime.state::<Shipment>(shipment).await?.map(|state| (shipment, state)));
        }
        trucks.push(Truck { id: *id, registered, at, booked, stops: Arc::clone(&driver.stops) });
    }
    if trucks.is_empty() {
        fields.refuse("drivers", "missing", "no driver is online; name the drivers to plan for");
    }
    Ok(trucks)
}

async fn online_drivers(dispatch: &Dispatch, tenant: TenantId) -> Result<Vec<DriverId>, Problem> {
    let filter = DriverFilter { tenant, carrier: None, online: Some(true) };
    let mut ids = Vec::new();
    for page in 1.. {
        let page = Page { page, per_page: 100 };
        let (more, total) = drivers::list(dispatch.platform.runtime.store(), &filter, page).await?;
        ids.extend(more);
        if ids.len() >= DRIVERS_MAX || ids.len() as u64 >= total {
            break;
        }
    }
    ids.truncate(DRIVERS_MAX);
    Ok(ids)
}

/// The problem while it is made.
struct Draft {
    document: ProblemDocument,
    positions: Vec<Position>,
    /// Carriers that a shipper blocks.
    blocked: Vec<OrganisationId>,
    under_way: Vec<ShipmentId>,
    now: i64,
    latest: i64,
    /// The largest of the trucks: all of them may drive where it may, in the time that it takes.
    vehicle: RouteVehicle,
}

impl Draft {
    fn new(selection: &Selection, now: Timestamp) -> Self {
        let document = ProblemDocument {
            objective: selection.objective,
            places: Vec::new(),
            travel: TravelDocument::default(),
            jobs: Vec::new(),
            vehicles: Vec::new(),
        };
        let now = seconds(now);
        let (positions, blocked, under_way) = (Vec::new(), Vec::new(), Vec::new());
        let vehicle = RouteVehicle::Van;
        Self { document, positions, blocked, under_way, now, latest: now, vehicle }
    }

    fn place(&mut self, id: String, at: Position) -> String {
        let place = PlaceDocument { id: id.clone(), lat: Some(at.latitude), lon: Some(at.longitude) };
        self.document.places.push(place);
        self.positions.push(at);
        id
    }

    fn stop(&mut self, id: ShipmentId, half: &str, stop: &Stop) -> StopDocument {
        let window = WindowDocument { from_s: seconds(stop.window.from), to_s: seconds(stop.window.to) };
        self.latest = self.latest.max(window.to_s);
        let place = self.place(format!("{id}/{half}"), stop.position);
        StopDocument { place, window: Some(window), service_s: SERVICE_S, preferred: None }
    }

    fn job(&mut self, id: ShipmentId, request: &Requested) {
        let mut needs = request.cargo.requires.clone();
        match request.cargo.kind.as_str() {
            REFRIGERATED => needs.push(cooled()),
            HAZMAT => needs.push(ADR.to_owned()),
            _ => {}
        }
        for carrier in &request.preferences.blocked_carriers {
            needs.push(not_of(*carrier));
            if !self.blocked.contains(carrier) {
                self.blocked.push(*carrier);
            }
        }
        needs.sort();
        needs.dedup();
        let pickup = self.stop(id, "pickup", &request.pickup);
        let delivery = self.stop(id, "delivery", &request.delivery);
        let priority = (request.service_level == ServiceLevel::Express).then_some(10);
        self.document.jobs.push(JobDocument {
            id: id.to_string(),
            pickup: Some(pickup),
            delivery: Some(delivery),
            load: load_of(request),
            needs,
            priority,
            ..JobDocument::default()
        });
    }

    fn truck(&mut self, truck: &Truck) {
        let profile = &truck.registered.profile;
        let vehicle = &profile.vehicle;
        self.vehicle = self.vehicle.max(RouteVehicle::of(vehicle.kind, vehicle.capacity_kg));
        let mut skills = vehicle.features.clone();
        if vehicle.kind == VehicleType::Refrigerated {
            skills.push(cooled());
        }
        let carrier = truck.registered.carrier;
        skills.extend(
            self.blocked.iter().filter(|blocked| **blocked != carrier).map(|blocked| not_of(*blocked)),
        );
        let start = self.place(truck.id.to_string(), truck.at);
        let usable = |capacity: f64, units: f64| (capacity * units * LOAD_PERCENT_MAX / 100.0).floor() as u32;
        let rate = profile.rate_per_km.and_then(|rate| u64::try_from(rate.minor).ok());
        let booked = truck.booked.iter();
        let mut frozen: Vec<String> =
            booked.flat_map(|(id, state)| self.under_way(truck.id, *id, state)).collect();
        // Those of a trip with several shipments in the order in which they are driven to.
        let turn = |name: &String| {
            truck.stops.iter().position(|at| *name == format!("{}/{}", at.shipment, at.stop.name()))
        };
        frozen.sort_by_key(|name| turn(name).unwrap_or(usize::MAX));
        self.document.vehicles.push(VehicleDocument {
            id: truck.id.to_string(),
            start: Some(start),
            end: None,
            shift: WindowDocument { from_s: self.now, to_s: self.now },
            capacity: vec![usable(vehicle.capacity_kg, 1.0), usable(vehicle.capacity_m3, 1000.0)],
            skills,
            fixed_minor: PER_TOUR,
            per_km_minor: rate.unwrap_or(PER_KM),
            per_hour_minor: if rate.is_some() { 0 } else { PER_HOUR },
            frozen,
            planned: Vec::new(),
            hours: Some(HoursDocument::default()),
        });
    }

    /// A shipment that a truck is booked for stays first on its tour, and one that follows it second.
    fn under_way(&mut self, driver: DriverId, id: ShipmentId, state: &Shipment) -> Vec<String> {
        let Some(request) = state.request.clone() else { return Vec::new() };
        let loaded = match state.status {
            ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup | ShipmentStatus::Loading => false,
            ShipmentStatus::InTransit | ShipmentStatus::Unloading => true,
            _ => return Vec::new(),
        };
        let name = id.to_string();
        let pickup = (!loaded).then(|| self.stop(id, "pickup", &request.pickup));
        let delivery = self.stop(id, "delivery", &request.delivery);
        self.under_way.push(id);
        let frozen =
            pickup.iter().map(|_| format!("{name}/pickup")).chain([format!("{name}/delivery")]).collect();
        self.document.jobs.push(JobDocument {
            id: name,
            pickup,
            delivery: Some(delivery),
            load: load_of(&request),
            vehicle: Some(driver.to_string()),
            on_board: loaded,
            ..JobDocument::default()
        });
        frozen
    }

    fn close_shifts(&mut self) {
        for vehicle in &mut self.document.vehicles {
            vehicle.shift.to_s = self.latest + AFTERWARDS_S;
        }
    }

    async fn measured(
        mut self,
        dispatch: &Dispatch,
        traffic: Traffic,
        carriers: BTreeMap<DriverId, OrganisationId>,
    ) -> Result<(ProblemDocument, Freight), Problem> {
        let vehicle = self.vehicle;
        let request = MatrixRequest { places: self.positions, vehicle, traffic, departure: None };
        let matrix: Result<RouteMatrix, RoutesUnavailable> = dispatch.planner.matrix(request).await;
        let matrix =
            matrix.map_err(|error| Problem::unavailable("routes.unavailable", &error.to_string()))?;
        let RouteMatrix { distances_m, durations_s, estimated, source: _, traffic: _ } = matrix;
        self.document.travel = TravelDocument::Matrix { distances_m, durations_s };
        Ok((self.document, Freight { carriers, under_way: self.under_way, estimated }))
    }
}

/// Kilograms and litres, rounded up.
fn load_of(request: &Requested) -> Vec<u32> {
    let cargo = &request.cargo;
    vec![cargo.weight_kg.ceil() as u32, (cargo.volume_m3 * 1000.0).ceil() as u32]
}

const fn seconds(at: Timestamp) -> i64 {
    at.millis().div_euclid(1000)
}

fn cooled() -> String {
    "cooled body".to_owned()
}

fn not_of(carrier: OrganisationId) -> String {
    format!("not {carrier}")
}

/// A fault of a problem as a field of the request.
pub(crate) fn refused(prefix: &str, faults: Vec<planner::Fault>) -> Problem {
    let mut fields = Fields::new();
    for fault in faults {
        fields.refuse(format!("{prefix}{}", fault.field), "invalid", fault.message);
    }
    fields.finish().map_or_else(Problem::from, |()| Refusal::fields(Vec::new()).into())
}
