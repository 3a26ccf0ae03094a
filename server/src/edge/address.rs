//! The network address of whoever asks. Anyone can send `X-Forwarded-For`, so it counts only where a proxy of ours wrote
//! it: from the right, each entry is what the machine to its right saw, and is believed while that machine is ours.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use ipnet::IpNet;

use crate::state::Portals;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies in front of the portal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    /// Addresses and networks between commas; an error is the part that is neither.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
        parts.map(|part| network(part).map_err(|_| part.to_owned())).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who asks, when `peer` holds the connection: the nearest machine that is no proxy of ours.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
        let mut entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        while self.trusts(nearest) {
            match entries.next().and_then(address) {
                Some(further) => nearest = further,
                None => break,
            }
        }
        nearest
    }
}

/// An entry of the header: some proxies write the port, too.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip());
    entry.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

/// The address of whoever asks; none where there is no network, as in tests.
pub struct Address(pub Option<String>);

impl FromRequestParts<Portals> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let client = peer.map(|peer| state.config.trusted_proxies.client(peer.0.ip(), &parts.headers));
        Ok(Self(client.map(|address| address.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who asks, when this peer sends these headers and 10.0.0.0/8 and 2001:db8::1 are ours.
    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies: TrustedProxies = "10.0.0.0/8, 2001:db8::1".parse().unwrap();
        let headers = lines.iter().map(|line| (FORWARDED_FOR.parse().unwrap(), line.parse().unwrap())).collect();
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_header_of_a_stranger_is_not_read() {
        assert_eq!(client("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        let nobody = TrustedProxies::default();
        let headers = HeaderMap::from_iter([(FORWARDED_FOR.parse().unwrap(), "198.51.100.1".parse().unwrap())]);
        assert_eq!(nobody.client("127.0.0.1".parse().unwrap(), &headers).to_string(), "127.0.0.1");
    }

    #[test]
    fn the_nearest_that_is_no_proxy_is_the_client() {
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("2001:db8::1", &["2001:db8::2"]), "2001:db8::2");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["spoofed, 203.0.113.7, 198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.7", "198.51.100.1", "10.9.9.9"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["10.3.3.3, 10.2.2.2"]), "10.3.3.3", "somebody inside");
    }

    #[test]
    fn garbage_ends_the_way_at_the_last_machine_that_is_known() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.1, , 10.2.2.2"]), "10.2.2.2");
        assert_eq!(client("10.0.0.1", &["198.51.100.1; drop"]), "10.0.0.1");
    }

    #[test]
    fn what_is_no_network_is_named() {
        assert_eq!("10.0.0.1, proxy".parse::<TrustedProxies>(), Err("proxy".to_owned()));
        assert_eq!("10.0.0.0/33".parse::<TrustedProxies>(), Err("10.0.0.0/33".to_owned()));
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
    }
}
