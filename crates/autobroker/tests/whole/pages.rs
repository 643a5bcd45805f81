//! The web pages and the API share an address and never take one another's paths.

use crate::places::Place;
use autobroker::Server;
use reqwest::{Client, Response};
use web::Tiles;

async fn at(server: &Server, path: &str) -> Response {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new().get(format!("{}{path}", server.url())).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_guarded_by_their_headers_and_the_api_keeps_its_paths() {
    let place = Place::memory();
    let mut settings = place.settings();
    settings.tiles = Some(Tiles::parse("https://tiles.example/{z}/{x}/{y}.png").unwrap());
    let server = Server::start(&settings).await.unwrap();

    let page = at(&server, "/").await;
    assert_eq!(page.status(), 200);
    assert!(header(&page, "content-type").starts_with("text/html"));
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("script-src 'self';") && policy.contains(" https://tiles.example"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    assert_eq!(header(&page, "referrer-policy"), "no-referrer");
    assert_eq!(header(&page, "x-frame-options"), "DENY");
    for allowed in ["geolocation=(self)", "camera=(self)", "screen-wake-lock=(self)"] {
        assert!(header(&page, "permissions-policy").contains(allowed), "{allowed}");
    }
    assert!(at(&server, "/settings.json").await.text().await.unwrap().contains("tiles.example"));

    for missing in ["/api", "/api/v1/nothing", "/health/nothing", "/assets/gone.js", "/gone.png"] {
        let answer = at(&server, missing).await;
        assert_eq!(answer.status(), 404, "{missing}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json", "{missing}");
    }
    assert!(header(&at(&server, "/health").await, "content-type").starts_with("application/json"));
    assert!(at(&server, "/docs").await.text().await.unwrap().contains("docs.js"));
    server.stop().await;
}
