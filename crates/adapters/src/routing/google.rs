//! Google Maps: Directions and Distance Matrix (web services). It knows cars only and the fastest way only; where the
//! account has traffic, the time is the one in traffic.

use super::{Cells, Dialect, Question, VendorError, on_earth, parsed, polyline, shaped, whole};
use contracts::ports::{
    DirectionsLanguage, MatrixRequest, NoRoute, PlannedRoute, RouteObjective, RouteRequest, RouteStep,
    RouteVehicle,
};
use kernel::Position;
use serde::Deserialize;

/// A request of the Distance Matrix has at most 100 elements and 25 origins.
const PLACES_MAX: usize = 10;

/// An account of Google Maps Platform.
#[derive(Clone)]
pub struct Google {
    base: String,
    key: String,
}

/// The key is nobody's business.
impl std::fmt::Debug for Google {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Google").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Google {
    /// `base` is `https://maps.googleapis.com`, or a server that stands in for it; none when the key has other than
    /// letters, digits, `-` and `_`.
    #[must_use]
    pub fn new(base: &str, key: &str) -> Option<Self> {
        let reads = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let holds = !key.is_empty() && key.bytes().all(reads);
        holds.then(|| Self { base: base.trim_end_matches('/').to_owned(), key: key.to_owned() })
    }
}

fn place(at: Position) -> String {
    format!("{:.6},{:.6}", at.latitude, at.longitude)
}

#[derive(Deserialize)]
struct Directions {
    status: String,
    #[serde(default)]
    error_message: String,
    #[serde(default)]
    routes: Vec<Way>,
}

#[derive(Deserialize)]
struct Way {
    legs: Vec<Leg>,
    overview_polyline: Line,
}

#[derive(Deserialize)]
struct Line {
    points: String,
}

#[derive(Deserialize)]
struct Leg {
    distance: Amount,
    duration: Amount,
    duration_in_traffic: Option<Amount>,
    steps: Vec<Step>,
}

/// Metres or seconds.
#[derive(Deserialize)]
struct Amount {
    value: f64,
}

#[derive(Deserialize)]
struct Step {
    distance: Amount,
    duration: Amount,
    html_instructions: String,
    #[serde(default)]
    maneuver: String,
    start_location: Place,
    polyline: Line,
}

#[derive(Deserialize)]
struct Place {
    lat: f64,
    lng: f64,
}

impl Step {
    fn code(&self) -> &'static str {
        match self.maneuver.as_str() {
            "turn-slight-left" | "keep-left" | "fork-left" | "ramp-left" => "slight_left",
            "turn-left" => "left",
            "turn-sharp-left" => "sharp_left",
            "turn-slight-right" | "keep-right" | "fork-right" | "ramp-right" => "slight_right",
            "turn-right" => "right",
            "turn-sharp-right" => "sharp_right",
            "uturn-left" | "uturn-right" => "u_turn",
            "roundabout-left" | "roundabout-right" => "roundabout",
            "ferry" | "ferry-train" => "ferry",
            _ => "continue",
        }
    }
}

/// The text between a sentence's tags; the four entities that Google writes are characters again.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => {
                in_tag = true;
                // A notice stands in a block of its own behind the sentence.
                if !text.is_empty() && !text.ends_with(' ') && html.contains("<div") {
                    text.push(' ');
                }
            }
            '>' if in_tag => in_tag = false,
            other if !in_tag => text.push(other),
            _ => {}
        }
    }
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn planned(way: &Way) -> Result<PlannedRoute, VendorError> {
    let (mut distance_m, mut duration_s, mut steps) = (0.0, 0.0, Vec::new());
    let mut geometry = Vec::new();
    for leg in &way.legs {
        distance_m += leg.distance.value;
        duration_s += leg.duration_in_traffic.as_ref().unwrap_or(&leg.duration).value;
        for step in &leg.steps {
            geometry.extend(polyline::decode(&step.polyline.points, 5)?);
            steps.push(RouteStep {
                manoeuvre: if steps.is_empty() { "depart" } else { step.code() },
                text: plain(&step.html_instructions),
                road: String::new(),
                at: on_earth(step.start_location.lat, step.start_location.lng)?,
                distance_m: step.distance.value,
                duration_s: step.duration.value,
            });
        }
    }
    if geometry.is_empty() {
        geometry = polyline::decode(&way.overview_polyline.points, 5)?;
    }
    Ok(PlannedRoute {
        distance_m,
        duration_s,
        toll_m: 0.0,
        cost: None,
        geometry,
        steps,
        slowed_by: Vec::new(),
    })
}

/// What a status of the whole answer means.
fn held(status: &str, message: &str) -> Result<(), VendorError> {
    match status {
        "OK" => Ok(()),
        "OVER_QUERY_LIMIT" | "UNKNOWN_ERROR" => Err(VendorError::Away(format!("{status} {message}"))),
        _ => Err(VendorError::Refused(format!("{status} {message}"))),
    }
}

const fn language(request: &RouteRequest) -> &'static str {
    match request.language {
        DirectionsLanguage::English => "en",
        DirectionsLanguage::Italian => "it",
    }
}

const fn is_known(vehicle: RouteVehicle) -> bool {
    matches!(vehicle, RouteVehicle::Car | RouteVehicle::Van)
}

impl Dialect for Google {
    fn name(&self) -> &'static str {
        "google"
    }

    fn attribution(&self) -> &'static str {
        "Google Maps"
    }

    fn ask_routes(&self, request: &RouteRequest) -> Option<Question> {
        let url = format!(
            "{}/maps/api/directions/json?origin={}&destination={}&mode=driving&departure_time=now&alternatives={}\
             &language={}&units=metric&key={}",
            self.base,
            place(request.from),
            place(request.to),
            request.count > 1,
            language(request),
            self.key,
        );
        let known = is_known(request.vehicle) && request.objective == RouteObjective::Fastest;
        known.then_some(Question { url, body: None })
    }

    fn read_routes(
        &self,
        request: &RouteRequest,
        status: u16,
        body: &[u8],
    ) -> Result<Result<Vec<PlannedRoute>, NoRoute>, VendorError> {
        let answer: Directions = parsed(status, body)?;
        match answer.status.as_str() {
            "ZERO_RESULTS" => return Ok(Err(NoRoute { reason: "unconnected", nearest: None })),
            "NOT_FOUND" => return Ok(Err(NoRoute { reason: "from_off_road", nearest: None })),
            other => held(other, &answer.error_message)?,
        }
        let routes = answer.routes.iter().take(usize::from(request.count.max(1))).map(planned);
        let routes = routes.collect::<Result<Vec<_>, _>>()?;
        if routes.is_empty() {
            return Err(VendorError::Refused("the answer has no route".to_owned()));
        }
        Ok(Ok(routes))
    }

    fn ask_matrix(&self, request: &MatrixRequest) -> Option<Question> {
        let places: Vec<String> = request.places.iter().copied().map(place).collect();
        let places = places.join("%7C");
        let url = format!(
            "{}/maps/api/distancematrix/json?origins={places}&destinations={places}&mode=driving&units=metric&key={}",
            self.base, self.key
        );
        let small = (1..=PLACES_MAX).contains(&request.places.len());
        (small && is_known(request.vehicle)).then_some(Question { url, body: None })
    }

    fn read_matrix(&self, request: &MatrixRequest, status: u16, body: &[u8]) -> Result<Cells, VendorError> {
        shaped(elements(status, body)?, request)
    }
}

/// The elements of a Distance Matrix.
fn elements(status: u16, body: &[u8]) -> Result<Cells, VendorError> {
    #[derive(Deserialize)]
    struct Table {
        status: String,
        #[serde(default)]
        error_message: String,
        #[serde(default)]
        rows: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        elements: Vec<Element>,
    }
    #[derive(Deserialize)]
    struct Element {
        distance: Option<Amount>,
        duration: Option<Amount>,
    }
    let table: Table = parsed(status, body)?;
    held(&table.status, &table.error_message)?;
    // An element without a way has neither.
    let cell = |element: &Element| {
        Some((whole(element.distance.as_ref()?.value)?, whole(element.duration.as_ref()?.value)?))
    };
    Ok(table.rows.iter().map(|row| row.elements.iter().map(cell).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::vendor_routes::tests::milan_to_rome;
    use std::path::Path;

    /// A line whose value stands in single quotes, with double ones.
    fn double_quoted(line: &str) -> String {
        let Some((head, value)) = line.split_once(": '") else { return line.to_owned() };
        let Some((value, tail)) = value.rsplit_once('\'') else { return line.to_owned() };
        format!("{head}: {}{tail}", serde_json::to_string(&value.replace("''", "'")).unwrap())
    }

    /// Answers as Google recorded them for its own description; JSON with comments and commas before brackets.
    fn recorded(name: &str) -> Option<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/data/vendors/googlemaps/specification/responses");
        let path = folder.join(format!("maps_http_{name}_response.yml"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("SKIPPED: there are no recorded answers at {}", path.display());
            return None;
        };
        let lines: String = text.lines().filter(|line| !line.starts_with('#')).map(double_quoted).collect();
        let mut json = String::with_capacity(lines.len());
        let (mut quoted, mut escaped) = (false, false);
        for character in lines.chars() {
            if !quoted && matches!(character, '}' | ']') {
                let kept = json.trim_end().trim_end_matches(',').len();
                json.truncate(kept);
            }
            quoted ^= character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            json.push(character);
        }
        Some(json.into_bytes())
    }

    fn google() -> Google {
        Google::new("https://maps.example", "key-1_A").unwrap()
    }

    fn car() -> RouteRequest {
        RouteRequest { vehicle: RouteVehicle::Car, ..milan_to_rome() }
    }

    #[test]
    fn recorded_directions_are_read() {
        let Some(body) = recorded("directions_toronto_montreal") else { return };
        let routes = google().read_routes(&car(), 200, &body).unwrap().unwrap();
        let route = &routes[0];
        assert!((route.distance_m - 540_543.0).abs() < 1e-6 && (route.duration_s - 20_391.0).abs() < 1e-6);
        assert_eq!(route.steps[0].text, "Head north on Bay St. toward Hagerman St");
        assert_eq!((route.steps[0].manoeuvre, route.steps[1].manoeuvre), ("depart", "right"));
        let (first, last) = (route.geometry[0], *route.geometry.last().unwrap());
        let near = |at: Position, latitude, longitude| at.distance_km(Position { latitude, longitude }) < 0.1;
        assert!(near(first, 43.653_396, -79.382_798) && near(last, 45.501_712, -73.567_218));
        // The line follows the steps: together they are as long as the route says, to a hundredth.
        let long: f64 = route.geometry.windows(2).map(|pair| pair[0].distance_km(pair[1])).sum();
        assert!((long * 1000.0 / route.distance_m - 1.0).abs() < 0.01, "{long} km");
    }

    #[test]
    fn every_recorded_answer_is_a_route_a_refusal_or_no_way() {
        let driven =
            ["disneyland", "heading", "place_id", "plus_codes", "side_of_road", "boston_concord_waypoints"];
        for name in driven {
            let Some(body) = recorded(&format!("directions_{name}")) else { return };
            let routes = google().read_routes(&car(), 200, &body).unwrap().unwrap();
            assert!(routes[0].distance_m > 0.0 && routes[0].geometry.len() > 1, "{name}");
        }
        let zero = recorded("directions_zero_results").unwrap();
        assert_eq!(google().read_routes(&car(), 200, &zero).unwrap().unwrap_err().reason, "unconnected");
        let invalid = recorded("directions_invalid").unwrap();
        assert!(matches!(google().read_routes(&car(), 200, &invalid), Err(VendorError::Refused(_))));
    }

    #[test]
    fn recorded_matrices_are_read() {
        let Some(all) = recorded("distancematrix_all") else { return };
        assert_eq!(elements(200, &all).unwrap(), vec![vec![None]]);
        let one = recorded("distancematrix_latlng").unwrap();
        let cells = elements(200, &one).unwrap();
        assert!(cells.iter().flatten().any(Option::is_some), "{cells:?}");
        let limit = br#"{"status":"OVER_QUERY_LIMIT","rows":[]}"#;
        assert!(matches!(elements(200, limit), Err(VendorError::Away(_))));
    }

    #[test]
    fn it_is_asked_for_cars_alone_and_its_key_is_not_shown() {
        assert_eq!(google().ask_routes(&milan_to_rome()), None, "a truck");
        let url = google().ask_routes(&car()).unwrap().url;
        assert!(url.contains("origin=45.464200,9.190000&") && url.ends_with("&key=key-1_A"), "{url}");
        assert!(!format!("{:?}", google()).contains("key-1_A"));
        assert!(Google::new("https://maps.example", "key&x=1").is_none());
    }

    #[test]
    fn a_sentence_is_told_without_its_tags() {
        let html = "Turn <b>left</b> onto <b>A&amp;B Rd</b><div style=\"font-size:0.9em\">Toll road</div>";
        assert_eq!(plain(html), "Turn left onto A&B Rd Toll road");
        assert_eq!(plain("Keep <b>right"), "Keep right");
        assert_eq!(plain("a < b"), "a");
    }
}
