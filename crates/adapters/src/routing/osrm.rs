//! OSRM (HTTP API v5): `route` and `table`, one profile a server. Its profile says who drives, so it is asked for the
//! fastest way only.

use super::{Cells, Dialect, Question, VendorError, on_earth, parsed, polyline, shaped, whole};
use contracts::ports::{
    DirectionsLanguage, MatrixRequest, NoRoute, PlannedRoute, RouteObjective, RouteRequest, RouteStep,
};
use kernel::Position;
use serde::Deserialize;
use std::fmt::Write as _;

/// `osrm-routed` takes a hundred places in a table unless told otherwise.
const PLACES_MAX: usize = 100;

/// An OSRM server.
#[derive(Debug, Clone)]
pub struct Osrm {
    base: String,
    profile: String,
}

impl Osrm {
    /// `base` such as `http://127.0.0.1:5000`, `profile` as in its addresses, such as `driving`.
    #[must_use]
    pub fn new(base: &str, profile: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), profile: profile.to_owned() }
    }
}

fn coordinates(places: &[Position]) -> String {
    let mut text = String::new();
    for place in places {
        let separator = if text.is_empty() { "" } else { ";" };
        let _ = write!(text, "{separator}{:.6},{:.6}", place.longitude, place.latitude);
    }
    text
}

#[derive(Deserialize)]
struct Answer {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    routes: Vec<Way>,
    #[serde(default)]
    durations: Vec<Vec<Option<f64>>>,
    #[serde(default)]
    distances: Vec<Vec<Option<f64>>>,
}

#[derive(Deserialize)]
struct Way {
    distance: f64,
    duration: f64,
    geometry: String,
    legs: Vec<Leg>,
}

#[derive(Deserialize)]
struct Leg {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    distance: f64,
    duration: f64,
    #[serde(default)]
    name: String,
    maneuver: Manoeuvre,
}

#[derive(Deserialize)]
struct Manoeuvre {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    modifier: String,
    location: [f64; 2],
}

impl Manoeuvre {
    fn code(&self) -> &'static str {
        match (self.kind.as_str(), self.modifier.as_str()) {
            ("depart", _) => "depart",
            ("arrive", _) => "arrive",
            ("roundabout" | "rotary" | "roundabout turn", _) => "roundabout",
            (_, "uturn") => "u_turn",
            (_, "sharp left") => "sharp_left",
            (_, "left") => "left",
            (_, "slight left") => "slight_left",
            (_, "sharp right") => "sharp_right",
            (_, "right") => "right",
            (_, "slight right") => "slight_right",
            _ => "continue",
        }
    }
}

/// OSRM says in codes what is to be done; this is the sentence.
fn sentence(code: &str, road: &str, language: DirectionsLanguage) -> String {
    let english = language == DirectionsLanguage::English;
    let (english_text, italian_text) = match code {
        "depart" => ("Depart", "Parti"),
        "arrive" => ("Arrive", "Arrivo"),
        "roundabout" => ("Take the roundabout", "Prendi la rotatoria"),
        "u_turn" => ("Make a U-turn", "Fai inversione"),
        "sharp_left" => ("Turn sharp left", "Svolta bruscamente a sinistra"),
        "left" => ("Turn left", "Svolta a sinistra"),
        "slight_left" => ("Bear left", "Tieni la sinistra"),
        "sharp_right" => ("Turn sharp right", "Svolta bruscamente a destra"),
        "right" => ("Turn right", "Svolta a destra"),
        "slight_right" => ("Bear right", "Tieni la destra"),
        _ => ("Continue", "Continua"),
    };
    let (text, onto) = if english { (english_text, "onto") } else { (italian_text, "su") };
    if road.is_empty() { text.to_owned() } else { format!("{text} {onto} {road}") }
}

impl Answer {
    fn ok(self) -> Result<Result<Self, NoRoute>, VendorError> {
        match self.code.as_str() {
            "Ok" => Ok(Ok(self)),
            "NoRoute" | "NoTable" => Ok(Err(NoRoute { reason: "unconnected", nearest: None })),
            "NoSegment" => Ok(Err(NoRoute { reason: "from_off_road", nearest: None })),
            code => Err(VendorError::Refused(format!("{code}: {}", self.message))),
        }
    }
}

fn planned(way: Way, language: DirectionsLanguage) -> Result<PlannedRoute, VendorError> {
    let mut steps = Vec::new();
    for step in way.legs.into_iter().flat_map(|leg| leg.steps) {
        let manoeuvre = step.maneuver.code();
        let [longitude, latitude] = step.maneuver.location;
        steps.push(RouteStep {
            manoeuvre,
            text: sentence(manoeuvre, &step.name, language),
            road: step.name,
            at: on_earth(latitude, longitude)?,
            distance_m: step.distance,
            duration_s: step.duration,
        });
    }
    Ok(PlannedRoute {
        distance_m: way.distance,
        duration_s: way.duration,
        toll_m: 0.0,
        cost: None,
        geometry: polyline::decode(&way.geometry, 6)?,
        steps,
        slowed_by: Vec::new(),
    })
}

impl Dialect for Osrm {
    fn name(&self) -> &'static str {
        "osrm"
    }

    fn attribution(&self) -> &'static str {
        "© OpenStreetMap contributors"
    }

    fn ask_routes(&self, request: &RouteRequest) -> Option<Question> {
        let others = u32::from(request.count.saturating_sub(1));
        let url = format!(
            "{}/route/v1/{}/{}?alternatives={}&steps=true&geometries=polyline6&overview=full",
            self.base,
            self.profile,
            coordinates(&[request.from, request.to]),
            if others == 0 { "false".to_owned() } else { others.to_string() },
        );
        (request.objective == RouteObjective::Fastest).then_some(Question { url, body: None })
    }

    fn read_routes(
        &self,
        request: &RouteRequest,
        status: u16,
        body: &[u8],
    ) -> Result<Result<Vec<PlannedRoute>, NoRoute>, VendorError> {
        let answer = match parsed::<Answer>(status, body)?.ok()? {
            Ok(answer) => answer,
            Err(none) => return Ok(Err(none)),
        };
        let routes: Result<Vec<_>, _> =
            answer.routes.into_iter().map(|way| planned(way, request.language)).collect();
        routes.map(Ok)
    }

    fn ask_matrix(&self, request: &MatrixRequest) -> Option<Question> {
        let url = format!(
            "{}/table/v1/{}/{}?annotations=duration,distance",
            self.base,
            self.profile,
            coordinates(&request.places),
        );
        ((2..=PLACES_MAX).contains(&request.places.len())).then_some(Question { url, body: None })
    }

    fn read_matrix(&self, request: &MatrixRequest, status: u16, body: &[u8]) -> Result<Cells, VendorError> {
        let answer = parsed::<Answer>(status, body)?.ok()?;
        let answer = answer.map_err(|none| VendorError::Refused(none.reason.to_owned()))?;
        let pair =
            |(metres, seconds): (&Option<f64>, &Option<f64>)| Some((whole((*metres)?)?, whole((*seconds)?)?));
        let rows = answer.distances.iter().zip(&answer.durations);
        let cells = rows.map(|(metres, seconds)| metres.iter().zip(seconds).map(pair).collect()).collect();
        shaped(cells, request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::vendor_routes::tests::{milan_to_rome, three_places};

    #[test]
    fn a_route_is_asked_for_and_read() {
        let osrm = Osrm::new("http://roads.example/", "driving");
        let question = osrm.ask_routes(&milan_to_rome()).unwrap();
        let expected = "http://roads.example/route/v1/driving/9.190000,45.464200;12.496400,41.902800\
                        ?alternatives=1&steps=true&geometries=polyline6&overview=full";
        assert_eq!(question, Question { url: expected.to_owned(), body: None });
        // The form of OSRM's own documentation (docs/http.md), with an invented way.
        let body = br#"{"code":"Ok","waypoints":[],"routes":[{"distance":577123.4,"duration":21000.5,"weight":1,
            "geometry":"_izlhA~rlgdF_{geC~ywl@","legs":[{"distance":1,"duration":1,"steps":[
            {"distance":500.5,"duration":60,"name":"Via Torino","maneuver":{"type":"depart","location":[9.19,45.4642]}},
            {"distance":0,"duration":0,"name":"","maneuver":{"type":"turn","modifier":"sharp right",
              "location":[12.4964,41.9028]}}]}]}]}"#;
        let routes = osrm.read_routes(&milan_to_rome(), 200, body).unwrap().unwrap();
        assert!((routes[0].distance_m - 577_123.4).abs() < 1e-6 && routes[0].geometry.len() == 2);
        assert_eq!(routes[0].steps[0].text, "Depart onto Via Torino");
        assert_eq!(
            (routes[0].steps[1].manoeuvre, routes[0].steps[1].text.as_str()),
            ("sharp_right", "Turn sharp right")
        );
        let cheapest = RouteRequest { objective: RouteObjective::Cheapest, ..milan_to_rome() };
        assert_eq!(osrm.ask_routes(&cheapest), None, "its profile decides");
    }

    #[test]
    fn no_way_is_an_answer_and_a_broken_server_is_away() {
        let osrm = Osrm::new("http://roads.example", "driving");
        let read = |status, body: &[u8]| osrm.read_routes(&milan_to_rome(), status, body);
        let none = read(400, br#"{"code":"NoRoute","message":"Impossible route between points"}"#);
        assert_eq!(none.unwrap().unwrap_err().reason, "unconnected");
        assert!(matches!(read(502, b"<html>bad gateway"), Err(VendorError::Away(_))));
        assert!(matches!(
            read(400, br#"{"code":"InvalidQuery","message":"x"}"#),
            Err(VendorError::Refused(_))
        ));
        assert!(matches!(read(200, b"[]"), Err(VendorError::Refused(_))));
    }

    #[test]
    fn a_table_keeps_its_holes() {
        let osrm = Osrm::new("http://roads.example", "truck");
        let body = br#"{"code":"Ok","distances":[[0,10.4,null],[10.6,0,5],[1,2,0]],
            "durations":[[0,1,null],[1,0,3.5],[2,2,0]]}"#;
        let cells = osrm.read_matrix(&three_places(), 200, body).unwrap();
        assert_eq!(cells[0], [Some((0, 0)), Some((10, 1)), None]);
        let small = br#"{"code":"Ok","distances":[[0]],"durations":[[0]]}"#;
        assert!(osrm.read_matrix(&three_places(), 200, small).is_err());
    }
}
