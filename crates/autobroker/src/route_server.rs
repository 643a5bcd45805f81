//! `--route-server`: a route server of somebody else in front of our own planner.

use crate::failure::Failure;
use adapters::routing::{Dialect, Google, Osrm, Valhalla, VendorRoutes};
use contracts::ports::RoutePlanner;
use guard::Guard;
use kernel::Clock;
use std::{fmt, str::FromStr, sync::Arc};

const GOOGLE: &str = "https://maps.googleapis.com";

/// Which server.
#[derive(Clone, PartialEq, Eq)]
pub enum RouteServer {
    /// Valhalla at an address.
    Valhalla(String),
    /// OSRM at an address, with a profile.
    Osrm(String, String),
    /// Google Maps with a key.
    Google(String),
}

/// A key is in no log.
impl fmt::Debug for RouteServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valhalla(base) => write!(f, "valhalla={base}"),
            Self::Osrm(base, profile) => write!(f, "osrm={base}#{profile}"),
            Self::Google(_) => f.write_str("google=..."),
        }
    }
}

/// A text that names no route server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected valhalla=URL, osrm=URL#PROFILE or google=KEY")]
pub struct InvalidRouteServer;

impl FromStr for RouteServer {
    type Err = InvalidRouteServer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (vendor, rest) = text.split_once('=').ok_or(InvalidRouteServer)?;
        let is_address = |text: &str| {
            let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
            host.is_some_and(|host| !host.is_empty() && !host.contains(['?', ' ']))
        };
        match vendor {
            "valhalla" if is_address(rest) => Ok(Self::Valhalla(rest.to_owned())),
            "osrm" => {
                let (base, profile) = rest.split_once('#').unwrap_or((rest, "driving"));
                let named = !profile.is_empty() && profile.bytes().all(|byte| byte.is_ascii_alphanumeric());
                (is_address(base) && named)
                    .then(|| Self::Osrm(base.to_owned(), profile.to_owned()))
                    .ok_or(InvalidRouteServer)
            }
            "google" => {
                Google::new(GOOGLE, rest).map(|_| Self::Google(rest.to_owned())).ok_or(InvalidRouteServer)
            }
            _ => Err(InvalidRouteServer),
        }
    }
}

impl RouteServer {
    /// The server in front of a planner.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when there is no HTTP client, such as where the system's certificates are missing.
    pub fn in_front_of(
        &self,
        behind: Arc<dyn RoutePlanner>,
        guard: Guard,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn RoutePlanner>, Failure> {
        let wrong = |error: &dyn fmt::Display| Failure::Configuration(format!("--route-server: {error}"));
        let dialect: Box<dyn Dialect> = match self {
            Self::Valhalla(base) => Box::new(Valhalla::new(base)),
            Self::Osrm(base, profile) => Box::new(Osrm::new(base, profile)),
            Self::Google(key) => {
                Box::new(Google::new(GOOGLE, key).ok_or_else(|| wrong(&InvalidRouteServer))?)
            }
        };
        let routes = VendorRoutes::new(dialect, guard, clock, behind).map_err(|error| wrong(&error))?;
        Ok(Arc::new(routes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_its_kind() {
        let reads = |text: &str| text.parse::<RouteServer>();
        assert_eq!(reads("valhalla=http://h:8002"), Ok(RouteServer::Valhalla("http://h:8002".to_owned())));
        let truck = RouteServer::Osrm("https://h".to_owned(), "truck".to_owned());
        assert_eq!(reads("osrm=https://h#truck"), Ok(truck));
        assert_eq!(format!("{:?}", reads("google=secret").unwrap()), "google=...");
        for wrong in
            ["", "valhalla", "valhalla=", "valhalla=ftp://h", "osrm=http://h#a/b", "google=a b", "bing=x"]
        {
            assert_eq!(reads(wrong), Err(InvalidRouteServer), "{wrong:?}");
        }
    }
}
