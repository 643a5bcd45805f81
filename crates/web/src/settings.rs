//! What the server tells the app, and the policy that follows from it.

use axum::{
    http::{HeaderValue, Uri, header, uri::Scheme},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

/// Only this server's own files, and nothing inline. The map draws images that it made itself (`data:`, `blob:`), its
/// workers are files; the WebSocket is of the same origin and thereby `'self'`.
fn policy(elsewhere: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{elsewhere}; \
         connect-src 'self'{elsewhere}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    )
}

/// A server of map tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiles {
    url: String,
    origin: String,
}

/// Why an address cannot be one of tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TilesError {
    /// It is not an `http` or `https` address with a host.
    #[error("`{0}` is not an http or https address")]
    Address(String),
    /// It does not say where the numbers of a tile go.
    #[error("`{0}` must contain {{z}}, {{x}} and {{y}}")]
    Places(String),
}

impl Tiles {
    /// Reads a template such as `https://tiles.example/{z}/{x}/{y}.png`.
    ///
    /// # Errors
    /// [`TilesError`].
    pub fn parse(url: &str) -> Result<Self, TilesError> {
        if ["{z}", "{x}", "{y}"].iter().any(|place| !url.contains(place)) {
            return Err(TilesError::Places(url.to_owned()));
        }
        let bad = || TilesError::Address(url.to_owned());
        let plain = url.replace(['{', '}'], "");
        let address: Uri = plain.parse().map_err(|_| bad())?;
        let scheme = address.scheme().filter(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
        let authority = address.authority().map(|authority| authority.as_str());
        // In the policy a space or semicolon would begin something else, and a login has no place in it.
        let is_clean = |host: &&str| !host.is_empty() && !host.contains(['@', ';', ',', '\'']);
        let (Some(scheme), Some(host)) = (scheme, authority.filter(is_clean)) else { return Err(bad()) };
        Ok(Self { url: url.to_owned(), origin: format!("{scheme}://{host}") })
    }

    /// The template.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// `/settings.json` and the policy of the pages.
pub(crate) struct Settings {
    document: String,
    policy: String,
}

impl Settings {
    pub(crate) fn new(tiles: Option<&Tiles>) -> Self {
        let elsewhere = tiles.map(|tiles| format!(" {}", tiles.origin)).unwrap_or_default();
        let document = json!({ "tile_url": tiles.map(Tiles::url) }).to_string();
        Self { document, policy: policy(&elsewhere) }
    }

    pub(crate) fn policy(&self) -> HeaderValue {
        // Its parts were checked; a policy that cannot be written would be one that forbids everything.
        HeaderValue::try_from(&self.policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
    }

    pub(crate) fn answer(&self) -> Response {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
        (headers, self.document.clone()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_tiles_are_taken() {
        let tiles = Tiles::parse("https://tiles.example:8443/dark/{z}/{x}/{y}.png?key=a").unwrap();
        assert_eq!(tiles.origin, "https://tiles.example:8443");
        let address = |url: &str| TilesError::Address(url.to_owned());
        for bad in [
            "/{z}/{x}/{y}",
            "ftp://a/{z}/{x}/{y}",
            "https://u:p@a/{z}/{x}/{y}",
            "https://a;script-src/{z}/{x}/{y}",
            "https://a b/{z}/{x}/{y}",
            "https:///{z}/{x}/{y}",
        ] {
            assert_eq!(Tiles::parse(bad), Err(address(bad)), "{bad}");
        }
        assert!(matches!(Tiles::parse("https://a/{z}/{x}.png"), Err(TilesError::Places(_))));
    }

    #[test]
    fn the_policy_opens_the_tiles_origin_and_nothing_else() {
        let tiles = Tiles::parse("https://tiles.example/{z}/{x}/{y}.png").unwrap();
        let [plain, opened] = [Settings::new(None), Settings::new(Some(&tiles))].map(|settings| {
            assert!(settings.policy().to_str().unwrap().contains("script-src 'self';"));
            settings.policy().to_str().unwrap().to_owned()
        });
        for forbidden in ["unsafe-inline", "unsafe-eval", "http", "*"] {
            assert!(!plain.contains(forbidden), "{forbidden}");
        }
        assert_eq!(opened.matches("https://tiles.example").count(), 2);
        assert_eq!(opened.replace(" https://tiles.example", ""), plain);
    }
}
