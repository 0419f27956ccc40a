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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_any_spelling() {
        let read = |text| address(text).map(|address| address.to_string());
        for spelt in ["2001:db8:0:2::1", " 2001:DB8:0:2:0:0:0:1 ", "2001:0db8:0000:0002::0001"] {
            assert_eq!(read(spelt).as_deref(), Some("2001:db8:0:2::1"));
        }
        assert_eq!(read("::ffff:192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!((read("192.0.2.7:80"), read("device-7"), read("")), (None, None, None));
    }

    #[test]
    fn a_network_has_the_bits_of_its_prefix_and_zeros_after_them() {
        let network =
            |bits| Ip6Prefix::new(bits).map(|prefix| prefix.network("2001:db8:a:2::77".parse().unwrap()));
        assert_eq!(network(64).as_deref(), Some("2001:db8:a:2::/64"));
        assert_eq!(network(48).as_deref(), Some("2001:db8:a::/48"));
        assert_eq!(network(128).as_deref(), Some("2001:db8:a:2::77/128"));
        assert_eq!(network(1).as_deref(), Some("::/1"));
        assert_eq!((network(0), network(129), network(320)), (None, None, None));
        assert_eq!(Some(Ip6Prefix::default()), Ip6Prefix::new(64));
    }
}
