//! `/openapi.json` and `/docs`, a page that draws it without anything from elsewhere.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;

/// Nothing but this server's own files, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document, whose bytes are made once, and the page.
pub(crate) fn routes(document: String) -> Router {
    let document = Bytes::from(document);
    Router::new()
        .route("/openapi.json", get(move || async move { file("application/json", document) }))
        .route(
            "/docs",
            get(|| async { text("text/html; charset=utf-8", include_str!("../assets/docs.html")) }),
        )
        .route("/docs/docs.js", get(|| async { text("text/javascript", include_str!("../assets/docs.js")) }))
        .route("/docs/docs.css", get(|| async { text("text/css", include_str!("../assets/docs.css")) }))
}

fn text(kind: &'static str, body: &'static str) -> Response {
    let mut response = file(kind, Bytes::from_static(body.as_bytes()));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn file(kind: &'static str, body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use tower::ServiceExt as _;

    async fn fetch(path: &str) -> (String, Option<String>, String) {
        let app = routes("{\"openapi\":\"3.1.0\"}".into());
        let response = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let text =
            |name| response.headers().get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
        let (kind, policy) = (text(header::CONTENT_TYPE).unwrap(), text(header::CONTENT_SECURITY_POLICY));
        let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        (kind, policy, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_page_needs_nothing_from_elsewhere_and_nothing_inline() {
        let (kind, policy, page) = fetch("/docs").await;
        assert!(kind.starts_with("text/html") && policy.unwrap().contains("default-src 'none'"));
        for forbidden in ["http://", "https://", "<style", "onclick", "style="] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/docs/").count());
        for linked in page.split('"').filter(|text| text.starts_with("/docs/")) {
            let _ = fetch(linked).await;
        }
    }

    #[tokio::test]
    async fn the_script_never_writes_markup() {
        let (kind, _, script) = fetch("/docs/docs.js").await;
        assert_eq!(kind, "text/javascript");
        for forbidden in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write", "http://", "https://"]
        {
            assert!(!script.contains(forbidden), "{forbidden}");
        }
    }

    #[tokio::test]
    async fn the_document_is_served_as_it_was_made() {
        assert_eq!(
            fetch("/openapi.json").await,
            ("application/json".into(), None, "{\"openapi\":\"3.1.0\"}".into())
        );
    }
}
