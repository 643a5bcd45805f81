//! Where a request comes from.

use axum::{extract::ConnectInfo, http::HeaderMap, http::request::Parts};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The address that a request is counted under: the peer's, or, when the peer is one of our own proxies, the last one
/// in `X-Forwarded-For` that is not. Anything further to the left was written by the client and proves nothing.
pub(super) fn address_of(parts: &Parts, proxies: &[IpAddr]) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let Some(peer) = peer else { return Ipv4Addr::UNSPECIFIED.into() };
    if proxies.contains(&peer) { forwarded(&parts.headers, proxies).unwrap_or(peer) } else { peer }
}

fn forwarded(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let values: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let hops = values.iter().rev().flat_map(|value| value.rsplit(','));
    hops.map_while(|hop| hop.trim().parse::<IpAddr>().ok()).find(|hop| !proxies.contains(hop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn address(peer: &str, forwarded: &[&str]) -> String {
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        address_of(&parts, &["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]).to_string()
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        assert_eq!(address("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(address("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["1.1.1.1", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["198.51.100.1, nonsense"]), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
    }
}
