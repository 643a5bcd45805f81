//! Valhalla (HTTP API): `route` and `sources_to_targets`, with its costing `truck` for trucks.

use super::{Cells, Dialect, Question, VendorError, on_earth, parsed, polyline, shaped, whole};
use contracts::ports::{
    DirectionsLanguage, MatrixRequest, NoRoute, PlannedRoute, RouteObjective, RouteRequest, RouteStep,
    RouteVehicle,
};
use kernel::Position;
use serde::Deserialize;
use serde_json::{Value, json};

/// A server's own limit for truck matrices unless configured otherwise.
const PLACES_MAX: usize = 50;

/// A Valhalla server.
#[derive(Debug, Clone)]
pub struct Valhalla {
    base: String,
}

impl Valhalla {
    /// `base` such as `http://127.0.0.1:8002`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned() }
    }
}

/// The costing with the measures of our vehicles: metres and tonnes.
fn costing(vehicle: RouteVehicle) -> (&'static str, Value) {
    match vehicle {
        RouteVehicle::Car | RouteVehicle::Van => ("auto", json!({})),
        RouteVehicle::Truck12 => {
            ("truck", json!({ "height": 3.6, "width": 2.5, "length": 9.0, "weight": 12.0, "axle_load": 8.0 }))
        }
        RouteVehicle::Truck40 => (
            "truck",
            json!({ "height": 4.0, "width": 2.55, "length": 16.5, "weight": 40.0, "axle_load": 11.5 }),
        ),
    }
}

fn location(place: Position) -> Value {
    json!({ "lat": place.latitude, "lon": place.longitude })
}

#[derive(Deserialize)]
struct Answer {
    trip: Option<Trip>,
    #[serde(default)]
    alternates: Vec<Alternate>,
    error_code: Option<u32>,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
struct Alternate {
    trip: Trip,
}

#[derive(Deserialize)]
struct Trip {
    legs: Vec<Leg>,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    /// Kilometres.
    length: f64,
    /// Seconds.
    time: f64,
}

#[derive(Deserialize)]
struct Leg {
    shape: String,
    maneuvers: Vec<Manoeuvre>,
}

#[derive(Deserialize)]
struct Manoeuvre {
    #[serde(rename = "type")]
    kind: u32,
    instruction: String,
    #[serde(default)]
    street_names: Vec<String>,
    length: f64,
    time: f64,
    begin_shape_index: usize,
    #[serde(default)]
    toll: bool,
}

impl Manoeuvre {
    /// The numbers of `DirectionsLeg.Maneuver.Type`.
    const fn code(&self) -> &'static str {
        match self.kind {
            1..=3 => "depart",
            4..=6 => "arrive",
            9 | 18 | 20 | 23 | 37 => "slight_right",
            10 => "right",
            11 => "sharp_right",
            12 | 13 => "u_turn",
            14 => "sharp_left",
            15 => "left",
            16 | 19 | 21 | 24 | 38 => "slight_left",
            26 | 27 => "roundabout",
            28 | 29 => "ferry",
            _ => "continue",
        }
    }
}

/// Codes of Valhalla's documentation of errors: 171 no road near a place, 170 and 442 no way.
fn refused(code: u32, text: &str) -> Result<NoRoute, VendorError> {
    match code {
        171 => Ok(NoRoute { reason: "from_off_road", nearest: None }),
        170 | 442 => Ok(NoRoute { reason: "unconnected", nearest: None }),
        _ => Err(VendorError::Refused(format!("error {code}: {text}"))),
    }
}

fn planned(trip: Trip) -> Result<PlannedRoute, VendorError> {
    let (mut geometry, mut steps, mut toll_km) = (Vec::<Position>::new(), Vec::new(), 0.0);
    for leg in trip.legs {
        let shape = polyline::decode(&leg.shape, 6)?;
        for manoeuvre in leg.maneuvers {
            let begins = shape.get(manoeuvre.begin_shape_index).copied();
            let at = begins.ok_or_else(|| VendorError::Refused("a step begins nowhere".to_owned()))?;
            if manoeuvre.toll {
                toll_km += manoeuvre.length;
            }
            steps.push(RouteStep {
                manoeuvre: manoeuvre.code(),
                text: manoeuvre.instruction,
                road: manoeuvre.street_names.into_iter().next().unwrap_or_default(),
                at: on_earth(at.latitude, at.longitude)?,
                distance_m: manoeuvre.length * 1000.0,
                duration_s: manoeuvre.time,
            });
        }
        geometry.extend(shape);
    }
    let Summary { length, time } = trip.summary;
    Ok(PlannedRoute {
        distance_m: length * 1000.0,
        duration_s: time,
        toll_m: toll_km * 1000.0,
        cost: None,
        geometry,
        steps,
        slowed_by: Vec::new(),
    })
}

impl Dialect for Valhalla {
    fn name(&self) -> &'static str {
        "valhalla"
    }

    fn attribution(&self) -> &'static str {
        "© OpenStreetMap contributors"
    }

    fn ask_routes(&self, request: &RouteRequest) -> Option<Question> {
        let (costing, mut options) = costing(request.vehicle);
        match request.objective {
            RouteObjective::Fastest => {}
            RouteObjective::Shortest => options["shortest"] = json!(true),
            RouteObjective::Cheapest => return None,
        }
        let body = json!({
            "locations": [location(request.from), location(request.to)],
            "costing": costing,
            "costing_options": { costing: options },
            "alternates": request.count.saturating_sub(1),
            "units": "kilometers",
            "language": match request.language {
                DirectionsLanguage::English => "en-GB",
                DirectionsLanguage::Italian => "it-IT",
            },
        });
        Some(Question { url: format!("{}/route", self.base), body: Some(body.to_string()) })
    }

    fn read_routes(
        &self,
        _request: &RouteRequest,
        status: u16,
        body: &[u8],
    ) -> Result<Result<Vec<PlannedRoute>, NoRoute>, VendorError> {
        let answer: Answer = parsed(status, body)?;
        if let Some(code) = answer.error_code {
            return refused(code, &answer.error).map(Err);
        }
        let trips = answer.trip.into_iter().chain(answer.alternates.into_iter().map(|other| other.trip));
        let routes = trips.map(planned).collect::<Result<Vec<_>, _>>()?;
        if routes.is_empty() {
            return Err(VendorError::Refused("the answer has no trip".to_owned()));
        }
        Ok(Ok(routes))
    }

    fn ask_matrix(&self, request: &MatrixRequest) -> Option<Question> {
        let (costing, options) = costing(request.vehicle);
        let places: Vec<Value> = request.places.iter().copied().map(location).collect();
        let body = json!({
            "sources": places, "targets": places, "costing": costing, "costing_options": { costing: options },
            "units": "kilometers",
        });
        let question =
            Question { url: format!("{}/sources_to_targets", self.base), body: Some(body.to_string()) };
        (1..=PLACES_MAX).contains(&request.places.len()).then_some(question)
    }

    fn read_matrix(&self, request: &MatrixRequest, status: u16, body: &[u8]) -> Result<Cells, VendorError> {
        #[derive(Deserialize)]
        struct Table {
            #[serde(default)]
            sources_to_targets: Vec<Vec<Pair>>,
            error_code: Option<u32>,
            #[serde(default)]
            error: String,
        }
        #[derive(Deserialize)]
        struct Pair {
            /// Kilometres.
            distance: Option<f64>,
            /// Seconds.
            time: Option<f64>,
        }
        let table: Table = parsed(status, body)?;
        if let Some(code) = table.error_code {
            let none = refused(code, &table.error)?;
            return Err(VendorError::Refused(none.reason.to_owned()));
        }
        let cell = |pair: &Pair| Some((whole(pair.distance? * 1000.0)?, whole(pair.time?)?));
        let cells = table.sources_to_targets.iter().map(|row| row.iter().map(cell).collect()).collect();
        shaped(cells, request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::vendor_routes::tests::{milan_to_rome, three_places};

    #[test]
    fn a_truck_is_asked_for_with_its_measures() {
        let question = Valhalla::new("http://roads.example").ask_routes(&milan_to_rome()).unwrap();
        assert_eq!(question.url, "http://roads.example/route");
        let body: Value = serde_json::from_str(&question.body.unwrap()).unwrap();
        assert_eq!((&body["costing"], &body["alternates"]), (&json!("truck"), &json!(1)));
        assert_eq!(body["costing_options"]["truck"]["weight"], 40.0);
        assert_eq!(body["locations"][1], json!({ "lat": 41.9028, "lon": 12.4964 }));
    }

    #[test]
    fn an_answer_is_read() {
        // The form of Valhalla's documentation of its route service, with an invented way.
        let body = br#"{"trip":{"locations":[],"status":0,"units":"kilometers","summary":{"length":12.5,"time":930.2},
            "legs":[{"summary":{"length":12.5,"time":930.2},"shape":"_izlhA~rlgdF_{geC~ywl@","maneuvers":[
            {"type":1,"instruction":"Drive east on Via Torino.","street_names":["Via Torino"],"length":12.5,"time":930.2,
             "begin_shape_index":0,"end_shape_index":1,"toll":true},
            {"type":4,"instruction":"You have arrived.","length":0,"time":0,"begin_shape_index":1,"end_shape_index":1}]}]},
            "alternates":[]}"#;
        let valhalla = Valhalla::new("http://roads.example");
        let routes = valhalla.read_routes(&milan_to_rome(), 200, body).unwrap().unwrap();
        let route = &routes[0];
        assert!((route.distance_m - 12_500.0).abs() < 1e-6 && (route.toll_m - 12_500.0).abs() < 1e-6);
        assert_eq!((route.steps[0].manoeuvre, route.steps[1].manoeuvre), ("depart", "arrive"));
        let none = br#"{"error_code":442,"error":"No path could be found for input","status_code":400}"#;
        let none = valhalla.read_routes(&milan_to_rome(), 400, none).unwrap().unwrap_err();
        assert_eq!(none.reason, "unconnected");
        let wrong = br#"{"error_code":154,"error":"Path distance exceeds the max distance limit"}"#;
        assert!(matches!(valhalla.read_routes(&milan_to_rome(), 400, wrong), Err(VendorError::Refused(_))));
    }

    #[test]
    fn a_matrix_is_read_in_metres() {
        let body = br#"{"sources_to_targets":[
            [{"distance":0,"time":0},{"distance":1.2345,"time":60},{"distance":null,"time":null}],
            [{"distance":1,"time":60},{"distance":0,"time":0},{"distance":2,"time":9}],
            [{"distance":1,"time":60},{"distance":0,"time":0},{"distance":2,"time":9}]]}"#;
        let cells = Valhalla::new("http://roads.example").read_matrix(&three_places(), 200, body).unwrap();
        assert_eq!(cells[0], [Some((0, 0)), Some((1235, 60)), None]);
    }
}
