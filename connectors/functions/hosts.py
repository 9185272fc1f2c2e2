"""Hosts of published links: normalised, and told apart from names and addresses that only exist inside a network."""

import ipaddress
import re

LONGEST = 253  # RFC 1035, 2.3.4

_DOTS = re.compile(r"\.\.+")  # www..school.edu.cn, as a public list has it
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label that browsers read as an IPv4 address (WHATWG URL, 3.5)
# The internal endpoints of object stores (oss-cn-hangzhou-internal.aliyuncs.com, vpc100-oss-…), ec2.internal and the like.
_INSIDE = re.compile(r"(?:^|\.)(?:[a-z0-9-]{1,60}-)?(?:internal|intranet)(?:\.|$)|(?:^|\.)vpc[0-9]*-oss-")
_INSIDE_SUFFIXES = (
    ".local", ".localdomain", ".localhost", ".lan", ".home", ".corp", ".private", ".intra", ".home.arpa", ".in-addr.arpa",
    ".ip6.arpa", ".test", ".invalid",
)  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_WIRE_SERVER = ipaddress.IPv4Address("168.63.129.16")  # global by its block, yet a cloud's own metadata address


def normal_host(written: str) -> str:
    """The host in lower case, IDNA-encoded, IPv6 in its brackets. Raises ValueError for what is neither name nor address."""
    if written.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(written[1:-1] if written.endswith(']') else '')}]"
        except ValueError as error:
            raise ValueError("the host in brackets is no IPv6 address") from error
    if len(written) > LONGEST:
        raise ValueError(f"the host has {len(written)} characters, at most {LONGEST} are allowed")
    host = _DOTS.sub(".", written.lower()).removesuffix(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower().removesuffix(".")
        except UnicodeError as error:
            raise ValueError("the host is no internationalised domain name (RFC 3490)") from error
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("the host is no domain name: letters, digits and hyphens between dots are expected")
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise ValueError("the host is an unusual spelling of an IPv4 address: four decimal numbers are expected") from error
    return host


def is_internal(host: str) -> bool:
    """Whether a normalised host exists only inside some network: private addresses, bare names, *.local, intranet endpoints."""
    if host.startswith("["):
        return _is_internal_6(ipaddress.IPv6Address(host[1:-1]))
    if _NUMERIC.fullmatch(host.rpartition(".")[2]):
        return _is_internal_4(ipaddress.IPv4Address(host))
    return "." not in host or host.endswith(_INSIDE_SUFFIXES) or _INSIDE.search(host) is not None


def _is_internal_4(address: ipaddress.IPv4Address) -> bool:
    return not address.is_global or address.is_multicast or address == _WIRE_SERVER


def _is_internal_6(address: ipaddress.IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_internal_4(address.ipv4_mapped)
    tunnelled = address.sixtofour is not None or address.teredo is not None or address in _NAT64
    return tunnelled or not address.is_global or address.is_multicast
