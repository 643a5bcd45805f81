//! The web app inside the binary, or a small page when it was built without one (design, section 3).

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use edge::Problem;

/// One file of the built app.
struct File {
    /// From the root, such as `/assets/index-4f2a.js`.
    path: &'static str,
    /// A strong validator in its quotes.
    etag: &'static str,
    /// What it holds.
    bytes: &'static [u8],
}

/// The files of the app, sorted by path; empty when it was not built.
static APP: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
/// The page of a binary without the app.
static STUB: File = File { path: "/", etag: "\"stub-1\"", bytes: include_bytes!("../assets/stub.html") };

/// Where a single-page app begins.
const INDEX: &str = "/index.html";
/// Vite puts a hash of the content into these names: they never change.
const HASHED: &str = "/assets/";
/// Only this server's own files; maps need images and workers from blobs.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// The pages, for `edge::ApiOptions::pages`: the app's files; the app itself for every other path without an
/// extension, which it routes in the browser; 404 for a missing file.
pub fn pages() -> Router {
    Router::new().fallback(|request: Request| async move {
        let (method, path) = (request.method(), request.uri().path());
        answer(APP, method, path, request.headers())
    })
}

fn answer(app: &'static [File], method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = find(app, path) else { return Problem::not_found().into_response() };
    if method != Method::GET && method != Method::HEAD {
        let detail = "pages can only be read";
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "route.method_not_allowed", detail)
            .into_response();
    }
    send(file, headers)
}

fn find(app: &'static [File], path: &str) -> Option<&'static File> {
    if app.is_empty() {
        return (path == "/").then_some(&STUB);
    }
    let exact = |path: &str| app.iter().find(|file| file.path == path);
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    exact(path).or_else(|| if is_file { None } else { exact(INDEX) })
}

fn send(file: &'static File, asked: &HeaderMap) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let unchanged =
        known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.etag));
    let mut response = match unchanged {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => file.bytes.into_response(),
    };
    let kind = if file.path == STUB.path { "text/html; charset=utf-8" } else { kind_of(file.path) };
    let cached =
        if file.path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    headers.insert(header::ETAG, HeaderValue::from_static(file.etag));
    if kind.starts_with("text/html") {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    response
}

/// The media type of a file by its extension; what is not known is offered as bytes.
fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "pbf" => "application/x-protobuf",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    static BUILT: &[File] = &[
        File { path: "/assets/index-4f2a.js", etag: "\"1\"", bytes: b"script" },
        File { path: "/index.html", etag: "\"2\"", bytes: b"<!doctype html>app" },
    ];

    async fn ask(
        app: &'static [File],
        method: Method,
        path: &str,
        tag: Option<&str>,
    ) -> (u16, HeaderMap, String) {
        let mut headers = HeaderMap::new();
        if let Some(tag) = tag {
            headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
        }
        let (parts, body) = answer(app, &method, path, &headers).into_parts();
        let bytes = to_bytes(body, 100_000).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn paths_of_the_app_lead_to_the_app_and_missing_files_nowhere() {
        for path in ["/", "/index.html", "/map", "/shipments/shp_1/bids"] {
            let (status, headers, body) = ask(BUILT, Method::GET, path, None).await;
            assert_eq!((status, body.as_str()), (200, "<!doctype html>app"), "{path}");
            assert!(
                headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("frame-ancestors 'none'")
            );
            assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        }
        for path in ["/assets/gone.js", "/favicon.ico", "/../Cargo.toml", "/a/.env"] {
            assert_eq!(ask(BUILT, Method::GET, path, None).await.0, 404, "{path}");
        }
        assert_eq!(ask(BUILT, Method::POST, "/map", None).await.0, 405);
    }

    #[tokio::test]
    async fn a_file_is_sent_once_and_then_only_confirmed() {
        let (status, headers, body) = ask(BUILT, Method::GET, "/assets/index-4f2a.js", None).await;
        assert_eq!((status, body.as_str()), (200, "script"));
        assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert!(headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        for tag in ["\"1\"", "W/\"1\"", "\"0\", \"1\""] {
            let (status, _, body) = ask(BUILT, Method::GET, "/assets/index-4f2a.js", Some(tag)).await;
            assert_eq!((status, body.as_str()), (304, ""), "{tag}");
        }
        assert_eq!(ask(BUILT, Method::GET, "/assets/index-4f2a.js", Some("\"2\"")).await.0, 200);
    }

    #[tokio::test]
    async fn without_the_app_there_is_an_honest_page() {
        let (status, headers, body) = ask(&[], Method::GET, "/", None).await;
        assert_eq!(status, 200);
        assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
        assert!(body.contains("without the web app") && body.contains("href=\"/docs\""));
        assert_eq!(ask(&[], Method::GET, "/map", None).await.0, 404);
    }

    #[tokio::test]
    async fn the_router_answers_whatever_was_built() {
        let response = pages().oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(APP.is_sorted_by_key(|file| file.path));
    }
}
