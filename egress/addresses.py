"""Which network addresses may be reached."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA special-purpose registry (RFC 6890), multicast and class E, and the addresses of cloud fabrics.
_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared address space (RFC 6598); 100.100.100.200 hands out cloud credentials
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's wire server: globally routed on paper, the host's fabric in fact
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 only global unicast is delegated (RFC 4291 §2.4): this alone shuts out v4-mapped, NAT64, ULA and the rest.
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries any IPv4 address inside
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214 §6.1: an IPv4 address follows


def is_public(ip: str | Address) -> bool:
    """Whether `ip` is a global unicast address. Anything that is not an address in its canonical form is not."""
    try:
        address = ip_address(ip) if isinstance(ip, str) else ip
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return False
    return not any(address in network for network in _REFUSED_V6)


@dataclass(frozen=True, slots=True, init=False)
class Allow:
    """An administrator's allow-list: (network, port) pairs. A client that has one reaches nothing else.

    `Allow([("127.0.0.1", 8001), ("10.2.0.0/16", 443)])`. Raises ValueError where a pair is not a network and a port.
    """

    pairs: tuple[tuple[Network, int], ...]

    def __init__(self, pairs: Iterable[tuple[str | Address | Network, int]] = ()) -> None:
        object.__setattr__(self, "pairs", tuple((ip_network(network), port) for network, port in pairs))
        if not all(1 <= port <= 65535 for _, port in self.pairs):
            raise ValueError("expected a port from 1 to 65535")

    @classmethod
    def at(cls, pairs: Iterable[tuple[Network, int]], urls: Iterable[str]) -> Self:
        """Of an administrator's pairs those with a port that one of the addresses names."""
        addresses = [urlsplit(url) for url in urls]
        ports = {address.port or {"http": 80, "https": 443}.get(address.scheme) for address in addresses}
        return cls([pair for pair in pairs if pair[1] in ports])

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def admits(self, ip: str | Address, port: int) -> bool:
        """Whether this address and port may be reached: one that is listed or, where nothing is, a public address."""
        if not self.pairs:
            return is_public(ip)
        try:
            address = ip_address(ip) if isinstance(ip, str) else ip
        except ValueError:
            return False
        return any(port == allowed and address in network for network, allowed in self.pairs)


def anywhere(port: int) -> Allow:
    """Every address at one port: for a proxy that an administrator has named."""
    return Allow([("0.0.0.0/0", port), ("::/0", port)])
