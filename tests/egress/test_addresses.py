"""Which addresses are public."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egress import Allow, is_public
from egress.addresses import _REFUSED_V4

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.7",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:7f00:1::", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:10.0.0.1",
    "", "localhost", "127.1", "0177.0.0.1", "2130706433", "0x7f000001", "8.8.8.8.", "８.8.8.8",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "168.63.129.17", "172.32.0.1", "192.0.1.1",
    "223.5.5.5", "202.112.0.1", "2400:3200::1", "2606:4700:4700::1111", "2001:250:200::1", "240e::1",
]  # fmt: skip


@pytest.mark.parametrize("ip", REFUSED)
def test_an_address_that_is_not_global_unicast_is_refused(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_global_unicast_address_is_public(ip: str) -> None:
    assert is_public(ip)


V4_REFUSED = st.sampled_from(_REFUSED_V4).flatmap(lambda network: st.ip_addresses(network=network))


@given(V4_REFUSED)
def test_a_refused_ipv4_address_is_refused_in_every_ipv6_dress(address: IPv4Address) -> None:
    assert not is_public(address)
    number = int(address)
    dresses = {
        "v4-compatible": number,
        "v4-mapped": 0xFFFF << 32 | number,
        "v4-translated": 0xFFFF << 48 | number,
        "NAT64": 0x64FF9B << 96 | number,
        "local NAT64": 0x64FF9B0001 << 80 | number,
        "6to4": 0x2002 << 112 | number << 80 | 1,
        "Teredo server": 0x20010000 << 96 | number << 64,
        "Teredo client": 0x20010000 << 96 | (number ^ 0xFFFFFFFF),
        "ISATAP": 0x2606_4700 << 96 | 0x5EFE << 32 | number,
    }
    for dress, value in dresses.items():
        assert not is_public(IPv6Address(value)), dress


@given(st.ip_addresses(v=6))
def test_what_python_calls_special_is_never_public(address: IPv6Address) -> None:
    special = (
        address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        or address.is_reserved or address.is_unspecified or address.ipv4_mapped or address.sixtofour or address.teredo
    )  # fmt: skip
    assert not (special and is_public(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_python_does_not_call_global_is_never_public(address: IPv4Address) -> None:
    assert address.is_global or not is_public(address)


def test_an_allow_list_reaches_only_what_it_lists() -> None:
    allow = Allow([("127.0.0.1", 8001), ("10.2.0.0/16", 443), ("fd00::1", 443)])
    assert allow.admits("127.0.0.1", 8001)
    assert allow.admits("10.2.3.4", 443)
    assert allow.admits("fd00::1", 443)
    assert not allow.admits("127.0.0.1", 8002)
    assert not allow.admits("127.0.0.2", 8001)
    assert not allow.admits("::ffff:127.0.0.1", 8001)
    assert not allow.admits("10.3.0.1", 443)
    assert not allow.admits("8.8.8.8", 443)
    assert not allow.admits("localhost", 8001)


def test_an_empty_allow_list_admits_public_addresses_only() -> None:
    assert Allow().admits("8.8.8.8", 443)
    assert not Allow().admits("127.0.0.1", 443)


@pytest.mark.parametrize("pair", [("127.0.0.1", 0), ("127.0.0.1", 65536), ("localhost", 80), ("10.0.0.1/8", 80)])
def test_a_pair_that_is_no_network_and_port_is_an_error(pair: tuple[str, int]) -> None:
    with pytest.raises(ValueError, match=r"port|address|network|host bits"):
        Allow([pair])
