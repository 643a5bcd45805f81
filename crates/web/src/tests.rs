use super::*;
use axum::body::{Body, to_bytes};
use tower::ServiceExt as _;

static BUILT: &[File] = &[
    File {
        path: "/assets/index-4f2a.js",
        tag: "1",
        bytes: b"script",
        brotli: Some(b"small"),
        gzip: Some(b"less"),
    },
    File { path: "/index.html", tag: "2", bytes: b"<!doctype html>app", brotli: None, gzip: None },
];

/// What an answer is: status, headers, text.
type Answered = (u16, HeaderMap, String);

async fn ask(app: &'static [File], method: Method, path: &str, asked: &[(&str, &str)]) -> Answered {
    let mut headers = HeaderMap::new();
    for (name, value) in asked {
        headers.insert(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let (parts, body) = answer(app, &Settings::new(None), &method, path, &headers).into_parts();
    let bytes = to_bytes(body, 100_000).await.unwrap();
    (parts.status.as_u16(), parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn script(asked: &[(&str, &str)]) -> Answered {
    ask(BUILT, Method::GET, "/assets/index-4f2a.js", asked).await
}

#[tokio::test]
async fn paths_of_the_app_lead_to_the_app_and_missing_files_nowhere() {
    for path in ["/", "/index.html", "/map", "/shipments/shp_1/bids"] {
        let (status, headers, body) = ask(BUILT, Method::GET, path, &[]).await;
        assert_eq!((status, body.as_str()), (200, "<!doctype html>app"), "{path}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"));
        assert!(headers["permissions-policy"].to_str().unwrap().contains("geolocation=(self)"));
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    }
    for path in ["/assets/gone.js", "/favicon.ico", "/../Cargo.toml", "/a/.env", "/assets/index-4f2a.js.br"] {
        let (status, headers, _) = ask(BUILT, Method::GET, path, &[]).await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{path}");
    }
    let (status, headers, _) = ask(BUILT, Method::POST, "/map", &[]).await;
    assert_eq!(status, 405);
    assert_eq!(headers[header::ALLOW], "GET, HEAD");
}

#[tokio::test]
async fn a_file_is_sent_once_and_then_only_confirmed() {
    let (status, headers, body) = script(&[]).await;
    assert_eq!((status, body.as_str()), (200, "script"));
    assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    assert!(headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    for tag in ["\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"] {
        let (status, headers, body) = script(&[("if-none-match", tag)]).await;
        assert_eq!((status, body.as_str()), (304, ""), "{tag}");
        assert_eq!(headers[header::ETAG], "\"1\"");
        assert_eq!(headers[header::VARY], "Accept-Encoding");
    }
    assert_eq!(script(&[("if-none-match", "\"2\"")]).await.0, 200);
}

#[tokio::test]
async fn the_smallest_form_that_is_taken_is_sent_and_has_a_tag_of_its_own() {
    let forms = [
        ("gzip, deflate, br", Some("br"), "small", "\"1-br\""),
        ("gzip", Some("gzip"), "less", "\"1-gzip\""),
        ("identity", None, "script", "\"1\""),
    ];
    for (accept, encoding, text, etag) in forms {
        let (status, headers, body) = script(&[("accept-encoding", accept)]).await;
        assert_eq!((status, body.as_str()), (200, text));
        assert_eq!(headers.get(header::CONTENT_ENCODING).map(|name| name.to_str().unwrap()), encoding);
        assert_eq!(headers[header::ETAG], etag);
        assert_eq!(headers[header::VARY], "Accept-Encoding");
        let again = script(&[("accept-encoding", accept), ("if-none-match", etag)]).await;
        assert_eq!((again.0, again.2.as_str()), (304, ""));
    }
    let other = script(&[("accept-encoding", "gzip"), ("if-none-match", "\"1-br\"")]).await;
    assert_eq!(other.0, 200, "the tag of another form is another file's");
    let (_, headers, _) = ask(BUILT, Method::GET, "/", &[("accept-encoding", "br")]).await;
    assert!(!headers.contains_key(header::VARY), "there is only one form of it");
}

#[tokio::test]
async fn the_app_is_told_where_tiles_are() {
    let tiles = Tiles::parse("https://tiles.example/{z}/{x}/{y}.png").unwrap();
    for (tiles, expected) in [
        (None, "null".to_owned()),
        (Some(&tiles), format!("\"{}\"", "https://tiles.example/{z}/{x}/{y}.png")),
    ] {
        let request = Request::get("/settings.json").body(Body::empty()).unwrap();
        let response = pages(tiles).oneshot(request).await.unwrap();
        let bytes = to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), format!("{{\"tile_url\":{expected}}}"));
    }
    assert_eq!(ask(BUILT, Method::POST, "/settings.json", &[]).await.0, 405);
}

#[tokio::test]
async fn without_the_app_there_is_an_honest_page() {
    let (status, headers, body) = ask(&[], Method::GET, "/", &[]).await;
    assert_eq!(status, 200);
    assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    assert!(body.contains("without the web app") && body.contains("href=\"/docs\""));
    assert_eq!(ask(&[], Method::GET, "/map", &[]).await.0, 404);
}

#[tokio::test]
async fn the_router_answers_whatever_was_built() {
    let response = pages(None).oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(APP.is_sorted_by_key(|file| file.path));
}
