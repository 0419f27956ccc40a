//! IP addresses as policies see them: read in any spelling, and cut to a network.

use core::net::{IpAddr, Ipv6Addr};

/// How many bits of an IPv6 address distinguish one source from another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ip6Prefix(u8);

/// The address that a text is, if it is one. An IPv4 address within IPv6 is the IPv4 address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok().map(|address: IpAddr| address.to_canonical())
}

impl Ip6Prefix {
    /// The whole address.
    pub(super) const LONGEST: u8 = 128;

    /// This number of bits, from 1 to 128.
    pub(super) fn new(bits: u64) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| (1..=Self::LONGEST).contains(bits)).map(Self)
    }

    /// The network of an address, such as `2001:db8:0:2::/64`.
    pub(super) fn network(self, address: Ipv6Addr) -> String {
        let host_bits = Self::LONGEST - self.0;
        let network = Ipv6Addr::from_bits(address.to_bits() >> host_bits << host_bits);
        format!("{network}/{}", self.0)
    }
}

/// The least that one subscriber is given.
impl Default for Ip6Prefix {
    fn default() -> Self {
        Self(64)
    }
}
