//! Which addresses are never called, wherever a name leads.
//!
//! Who answers for a name decides where calls go, credentials and all, and is not always who answers for the
//! configuration. So a name leads to no address where no upstream is, however it is spelled: the machine itself, the
//! link, groups, and what clouds tell their machines about themselves, keys among it. Private networks are no such
//! place: most upstreams of a sidecar are in one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Network;

/// A range of addresses that are not called unless the operator allows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 0.0.0.0/8 and `::`: this machine, on most systems (RFC 6890).
    Unspecified,
    /// 127.0.0.0/8 and `::1` (RFC 6890). `localhost`, and whoever writes the address itself, means them.
    Loopback,
    /// 169.254.0.0/16 (RFC 3927) and fe80::/10 (RFC 4291): the link, and metadata of nearly every cloud.
    LinkLocal,
    /// 224.0.0.0/4 and ff00::/8 (RFC 5771, RFC 4291).
    Multicast,
    /// 240.0.0.0/4 with the broadcast address (RFC 1112), and version 4 inside version 6 in its oldest form (RFC 4291,
    /// 2.5.5.1).
    Reserved,
    /// Where clouds tell machines about themselves outside link-local addresses.
    Metadata,
}

/// Alibaba Cloud, Azure (its wire server) and Oracle Cloud (Classic).
const METADATA_4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// Google Cloud.
const METADATA_6: Ipv6Addr = Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254);

// === impl Range ===

impl Range {
    /// The stable name: a label of metrics and a field of logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
            Self::Metadata => "metadata",
        }
    }
}

/// Gives the range because of which an address is not called. `is_local` says that loopback is meant.
pub(in crate::upstream) fn refused(
    address: IpAddr,
    is_local: bool,
    allow: &[Network],
) -> Option<Range> {
    let range = match bare(address) {
        IpAddr::V4(address) => of_4(address),
        IpAddr::V6(address) => of_6(address),
    }?;
    let is_meant = is_local && range == Range::Loopback;
    let is_allowed = || allow.iter().any(|network| network.holds(address));
    (!is_meant && !is_allowed()).then_some(range)
}

/// The version 4 address inside a version 6 one: mapped (RFC 4291, 2.5.5.2), or behind a translator (RFC 6052).
fn bare(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(inner) => match inner.octets() {
            [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => {
                Ipv4Addr::new(a, b, c, d).into()
            }
            _ => inner.into(),
        },
        IpAddr::V4(inner) => inner.into(),
    }
}

fn of_4(address: Ipv4Addr) -> Option<Range> {
    let [first, ..] = address.octets();
    Some(match first {
        0 => Range::Unspecified,
        240.. => Range::Reserved,
        _ if address.is_loopback() => Range::Loopback,
        _ if address.is_link_local() => Range::LinkLocal,
        _ if address.is_multicast() => Range::Multicast,
        _ if METADATA_4.contains(&address) => Range::Metadata,
        _ => return None,
    })
}

fn of_6(address: Ipv6Addr) -> Option<Range> {
    Some(match address.segments() {
        _ if address.is_unspecified() => Range::Unspecified,
        _ if address.is_loopback() => Range::Loopback,
        _ if address.is_unicast_link_local() => Range::LinkLocal,
        _ if address.is_multicast() => Range::Multicast,
        _ if address == METADATA_6 => Range::Metadata,
        // Amazon's services for its machines: metadata, credentials, names, time.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, _] => Range::Metadata,
        [0, 0, 0, 0, 0, 0, _, _] => Range::Reserved,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_13_no_name_leads_where_no_upstream_is() {
        for (range, addresses) in [
            (Range::Unspecified, &["0.0.0.0", "0.1.2.3", "::"][..]),
            (
                Range::Loopback,
                &["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"],
            ),
            (
                Range::LinkLocal,
                &[
                    "169.254.169.254",
                    "169.254.0.1",
                    "fe80::1",
                    "febf::1",
                    "::ffff:169.254.169.254",
                    "64:ff9b::169.254.169.254",
                ],
            ),
            (
                Range::Multicast,
                &["224.0.0.1", "239.255.255.255", "ff02::1"],
            ),
            (
                Range::Reserved,
                &["240.0.0.1", "255.255.255.255", "::169.254.169.254"],
            ),
            (
                Range::Metadata,
                &[
                    "100.100.100.200",
                    "168.63.129.16",
                    "192.0.0.192",
                    "fd00:ec2::254",
                    "fd00:ec2::23",
                    "fd20:ce::254",
                    "::ffff:100.100.100.200",
                ],
            ),
        ] {
            for address in addresses {
                let found = refused(address.parse().unwrap(), false, &[]);
                assert_eq!(found, Some(range), "{address}");
            }
        }
    }

    #[test]
    fn upstreams_are_in_public_and_private_networks() {
        for address in [
            "192.0.2.7",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "128.0.0.1",
            "223.255.255.255",
            "2001:db8::1",
            "fd12::1",
            "64:ff9b::10.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(
                refused(address.parse().unwrap(), false, &[]),
                None,
                "{address}"
            );
        }
    }

    #[test]
    fn loopback_that_is_meant_and_what_is_allowed_is_called() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(refused(address("127.0.0.1"), true, &[]), None);
        assert_eq!(refused(address("::1"), true, &[]), None);
        let metadata = address("169.254.169.254");
        assert_eq!(refused(metadata, true, &[]), Some(Range::LinkLocal));
        let allow = ["169.254.170.2".parse().unwrap()];
        assert_eq!(refused(address("169.254.170.2"), false, &allow), None);
        assert_eq!(refused(metadata, false, &allow), Some(Range::LinkLocal));
    }
}
