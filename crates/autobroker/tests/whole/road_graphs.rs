//! Road graphs through the front doors: imported and asked on the command line, and behind the API.

use crate::{
    api::Client,
    brokerage::join,
    child::{ChildServer, autobroker, killed_after_line, stdout},
};
use serde_json::{Value, json};
use std::path::Path;

/// Two crossing streets, and one of them one-way northwards; a street on its own in the east.
const MAP: &str = "<osm>\
    <node id='1' lat='45.000' lon='9.000'/><node id='2' lat='45.000' lon='9.010'/><node id='3' lat='45.000' lon='9.020'/>\
    <node id='4' lat='44.990' lon='9.010'/><node id='5' lat='45.010' lon='9.010'/>\
    <node id='6' lat='45.000' lon='9.040'/><node id='7' lat='45.010' lon='9.040'/>\
    <way id='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='highway' v='secondary'/><tag k='name' v='Via Larga'/></way>\
    <way id='2'><nd ref='4'/><nd ref='2'/><nd ref='5'/><tag k='highway' v='tertiary'/><tag k='name' v='Via Torino'/>\
    <tag k='oneway' v='yes'/></way>\
    <way id='3'><nd ref='6'/><nd ref='7'/><tag k='highway' v='tertiary'/></way></osm>";

/// Imports the map and answers where the graph is.
fn graph(folder: &Path) -> String {
    let (map, graph) = (folder.join("map.osm"), folder.join("map.graph").display().to_string());
    std::fs::write(&map, MAP).unwrap();
    let imported = autobroker(&["roads", "import", &map.display().to_string(), "--out", &graph, "--json"]);
    let imported: Value = serde_json::from_str(&stdout(&imported)).unwrap();
    assert_eq!((&imported["junctions"], &imported["edges"]), (&json!(7), &json!(10)));
    graph
}

fn ask(graph: &str, from: &str, to: &str, more: &[&str]) -> String {
    let arguments =
        ["roads", "route", "--graph", graph, "--from", from, "--to", to, "--objective", "shortest"];
    stdout(&autobroker(&[&arguments, more].concat()))
}

#[test]
fn a_route_is_found_or_the_nearest_place_named() {
    let folder = tempfile::tempdir().unwrap();
    let graph = graph(folder.path());
    let json = |from, to| -> Value { serde_json::from_str(&ask(&graph, from, to, &["--json"])).unwrap() };
    let route = json("45.0,9.0", "45.01,9.01");
    let metres = route["distance_m"].as_f64().unwrap();
    assert!((metres - (786.3 + 1111.9)).abs() < 1.0, "{metres}");
    assert!(route["duration_s"].as_f64().unwrap() > 60.0);
    assert_eq!(route["geometry"].as_array().unwrap().len(), 3);
    let texts: Vec<&str> =
        route["steps"].as_array().unwrap().iter().map(|step| step["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Head east on Via Larga", "Turn left onto Via Torino", "You have arrived"]);
    let wrong_way = json("45.0,9.0", "44.99,9.01");
    assert_eq!(wrong_way["no_route"]["reason"], "unconnected");
    let island = json("45.0,9.0", "45.005,9.04");
    assert_eq!(island["no_route"]["nearest_reachable"]["at"], json!([45.0, 9.02]));
    let told = ask(&graph, "45.0,9.0", "45.01,9.01", &["--language", "it"]);
    assert!(told.contains("Svolta a sinistra su Via Torino"), "{told}");
}

/// A town of many crossings: ordering its roads takes a while.
fn large_map(side: u32) -> String {
    use std::fmt::Write as _;
    let mut map = String::from("<osm>");
    for at in 0..side * side {
        let (lat, lon) = (45.0 + f64::from(at / side) * 0.001, 9.0 + f64::from(at % side) * 0.001);
        write!(map, "<node id='{}' lat='{lat:.4}' lon='{lon:.4}'/>", at + 1).unwrap();
    }
    for line in 0..2 * side {
        let (row, across) = (line % side, line >= side);
        let node = |at: u32| if across { at * side + row + 1 } else { row * side + at + 1 };
        let refs: String = (0..side).map(|at| format!("<nd ref='{}'/>", node(at))).collect();
        write!(map, "<way id='{}'>{refs}<tag k='highway' v='residential'/></way>", line + 1).unwrap();
    }
    map + "</osm>"
}

/// So many crossings each way take seconds to order, time enough to be killed in.
const SIDE: u32 = 120;

#[tokio::test]
async fn an_import_that_was_killed_goes_on_with_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let (map, graph) = (folder.path().join("town.osm"), folder.path().join("town.graph"));
    std::fs::write(&map, large_map(SIDE)).unwrap();
    let import = ["roads", "import", map.to_str().unwrap(), "--out", graph.to_str().unwrap()];
    killed_after_line("read in", &import).await;
    assert!(!graph.exists(), "the import was done before it could be killed");
    let again = |more: &[&str]| -> Value {
        serde_json::from_str(&stdout(&autobroker(&[&import, more].concat()))).unwrap()
    };
    let done = again(&["--json"]);
    assert_ne!(done["gone_on_from"], "begun", "{done}");
    assert_eq!(done["junctions"], SIDE * SIDE);
    assert!(done["memory_kept"].as_bool().unwrap(), "{done}");
    assert!(!folder.path().join("town.graph.import").exists(), "nothing is kept of an import that is done");
    let first = std::fs::read(&graph).unwrap();
    assert_eq!(again(&["--json"])["gone_on_from"], "begun", "and it begins anew");
    assert!(first == std::fs::read(&graph).unwrap(), "the same graph, whether in one go or in two");
}

#[test]
fn what_was_kept_of_another_file_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let graph = graph(folder.path());
    let kept = folder.path().join("map.graph.import");
    std::fs::create_dir(&kept).unwrap();
    std::fs::write(kept.join("read.json"), "{}").unwrap();
    std::fs::write(kept.join("roads"), "damaged").unwrap();
    let map = folder.path().join("map.osm").display().to_string();
    let again = stdout(&autobroker(&["roads", "import", &map, "--out", &graph, "--json"]));
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap()["gone_on_from"], "begun");
}

#[test]
fn bad_files_and_options_have_their_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let graph = graph(folder.path());
    let cut = folder.path().join("cut.osm");
    std::fs::write(&cut, &MAP[..MAP.len() - 20]).unwrap();
    let import = autobroker(&["roads", "import", &cut.display().to_string(), "--out", &graph]);
    let words = String::from_utf8_lossy(&import.stderr).into_owned();
    assert_eq!(import.status.code(), Some(3), "{words}");
    assert!(words.contains("cut.osm") && words.contains("truncated"), "{words}");
    assert!(ask(&graph, "45.0,9.0", "45.01,9.01", &[]).contains("1.90 km"), "the old graph stands");
    let route = ["roads", "route", "--graph", &graph, "--from", "95,9", "--to", "45,9"];
    assert_eq!(autobroker(&route).status.code(), Some(2));
    let bench = autobroker(&["roads", "bench", "--graph", &graph, "--pairs", "10", "--json"]);
    let figures: Value = serde_json::from_str(&stdout(&bench)).unwrap();
    assert_eq!(figures["edges"], 10);
    assert!(figures["figures"].as_array().unwrap().len() >= 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_from_the_graph_and_estimates_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let graph = graph(folder.path());
    let arguments = ["serve", "--store", "memory:", "--listen", "127.0.0.1:0", "--roads", &graph];
    let data = folder.path().display().to_string();
    let server = ChildServer::start(&[arguments.as_slice(), &["--data", &data]].concat()).await;
    let shipper = join(&Client::new(&server.url), "shipper", "Sam").await;
    let ask = |from: [f64; 2], to: [f64; 2]| {
        let place = |at: [f64; 2]| json!({ "latitude": at[0], "longitude": at[1] });
        let body = json!({ "from": place(from), "to": place(to), "vehicle": "truck40", "language": "it" });
        let shipper = shipper.clone();
        async move { shipper.post("/api/v1/routes", body).await }
    };
    let found = ask([45.0, 9.0], [45.01, 9.01]).await.data(200);
    assert_eq!(found["source"], "roads");
    assert_eq!(found["attribution"], "© OpenStreetMap contributors, ODbL 1.0");
    assert_eq!(found["routes"][0]["steps"][1]["text"], "Svolta a sinistra su Via Torino");
    assert_eq!(found["routes"][0]["cost"]["currency"], "EUR");
    let none = ask([45.0, 9.0], [44.99, 9.01]).await.data(200);
    assert_eq!(none["no_route"]["reason"], "unconnected");
    assert_eq!(none["routes"], json!([]));
    let elsewhere = ask([41.9, 12.5], [40.85, 14.27]).await.data(200);
    assert_eq!(elsewhere["source"], "great_circle");
    let bad = ask([95.0, 9.0], [45.0, 199.0]).await;
    assert_eq!(bad.fields(), ["from.latitude", "to.longitude"]);
    server.kill().await;
}
