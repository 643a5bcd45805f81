//! The web app inside the binary, or a small page when it was built without one (design, section 3).

mod encoding;
mod settings;

pub use settings::{Tiles, TilesError};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use edge::Problem;
use encoding::Encoding;
use settings::Settings;
use std::sync::Arc;

/// One file of the built app.
struct File {
    /// From the root, such as `/assets/index-4f2a.js`.
    path: &'static str,
    /// Says what it holds.
    tag: &'static str,
    /// What it holds.
    bytes: &'static [u8],
    /// The same, compressed when the app was built.
    brotli: Option<&'static [u8]>,
    /// The same, for clients that know no better.
    gzip: Option<&'static [u8]>,
}

/// The files of the app, sorted by path; empty when it was not built.
static APP: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
/// The page of a binary without the app.
static STUB: File =
    File { path: "/", tag: "stub-1", bytes: include_bytes!("../assets/stub.html"), brotli: None, gzip: None };

/// Where a single-page app begins.
const INDEX: &str = "/index.html";
/// Vite puts a hash of the content into these names: they never change.
const HASHED: &str = "/assets/";
/// What the app reads at its start.
const SETTINGS: &str = "/settings.json";
/// What a page may ask the device for: the driver's app needs the position, the camera and a screen that stays on.
const PERMISSIONS: &str = "geolocation=(self), camera=(self), screen-wake-lock=(self), microphone=(), payment=(), \
    usb=(), serial=(), midi=(), display-capture=()";

/// The pages, for `edge::ApiOptions::pages`: the app's files; the app itself for every other path without an
/// extension, which it routes in the browser; 404 for a missing file. `tiles` are shown below the maps instead of the
/// built-in base map.
pub fn pages(tiles: Option<&Tiles>) -> Router {
    let settings = Arc::new(Settings::new(tiles));
    Router::new().fallback(move |request: Request| {
        let settings = Arc::clone(&settings);
        async move { answer(APP, &settings, request.method(), request.uri().path(), request.headers()) }
    })
}

fn answer(
    app: &'static [File],
    settings: &Settings,
    method: &Method,
    path: &str,
    asked: &HeaderMap,
) -> Response {
    let file = find(app, path);
    if file.is_none() && path != SETTINGS {
        return Problem::not_found().into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let detail = "pages can only be read";
        let mut response =
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "route.method_not_allowed", detail).into_response();
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match file {
        Some(file) => send(file, settings, asked),
        None => settings.answer(),
    }
}

fn find(app: &'static [File], path: &str) -> Option<&'static File> {
    if app.is_empty() {
        return (path == "/").then_some(&STUB);
    }
    let exact = |path: &str| app.binary_search_by_key(&path, |file| file.path).ok().map(|at| &app[at]);
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    exact(path).or_else(|| if is_file { None } else { exact(INDEX) })
}

/// The smallest form that the client takes.
fn form(file: &'static File, asked: &HeaderMap) -> (Encoding, &'static [u8]) {
    let forms = [(Encoding::Brotli, file.brotli), (Encoding::Gzip, file.gzip)];
    let taken = forms.into_iter().find_map(|(encoding, bytes)| {
        bytes.filter(|_| encoding.is_taken(asked)).map(|bytes| (encoding, bytes))
    });
    taken.unwrap_or((Encoding::Identity, file.bytes))
}

fn send(file: &'static File, settings: &Settings, asked: &HeaderMap) -> Response {
    let (encoding, bytes) = form(file, asked);
    // A strong validator names one form: a compressed file is not byte for byte the plain one (RFC 9110, 8.8.1).
    let etag = match encoding.name() {
        None => format!("\"{}\"", file.tag),
        Some(name) => format!("\"{}-{name}\"", file.tag),
    };
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let is_known =
        |tag: &str| matches!(tag.trim(), "*") || tag.trim().trim_start_matches("W/") == etag.as_str();
    let unchanged = known.flat_map(|tags| tags.split(',')).any(is_known);
    let mut response = match unchanged {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => bytes.into_response(),
    };
    let kind = if file.path == STUB.path { "text/html; charset=utf-8" } else { kind_of(file.path) };
    let cached =
        if file.path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    if file.brotli.is_some() || file.gzip.is_some() {
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if let (Some(name), false) = (encoding.name(), unchanged) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    if kind.starts_with("text/html") {
        headers.insert(header::CONTENT_SECURITY_POLICY, settings.policy());
        headers.insert("permissions-policy", HeaderValue::from_static(PERMISSIONS));
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
        "geojson" => "application/geo+json",
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
mod tests;
