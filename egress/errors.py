"""What can go wrong on the way to an upstream and back.

EgressError
├── AddressRefused        forbidden_address, scheme, userinfo, url
├── ConnectFailed         dns, refused_connection, unreachable, tls
├── ConnectionLost        reset, truncated
├── DeadlinePassed        timeout
├── TooSlow               drip
├── TooLarge              too_large, record_too_large, gzip_bomb
├── TooManyRedirects      redirects, redirected_body
└── Unreadable
    ├── NotData           html, empty
    ├── Undecodable       encoding, unknown_encoding
    ├── TooDeep           too_deep
    └── Malformed         malformed, truncated, compression, content_coding, http, entities
"""

_NEXT = {
    "forbidden_address": "the address is not a public one; use a public address or have this one allow-listed",
    "scheme": "only https is fetched; use an https address or have this host and port allow-listed",
    "userinfo": "the address holds a user name; move it into the credentials of the source",
    "url": "the address is not a usable URL; check its spelling",
    "dns": "the host name was not found; check its spelling and the name servers",
    "refused_connection": "nothing listens there; check the port and whether the upstream is up",
    "unreachable": "no connection could be made; check the network and the upstream's firewall",
    "proxy": "the proxy does not let this connection through; check its address, and what it lets through",
    "tls": "no trusted TLS connection could be made; check the upstream's certificate",
    "reset": "the upstream closed the connection before it had answered; try again later",
    "timeout": "the upstream did not answer in time; try again later or allow it more time",
    "drip": "the upstream sends too slowly; try again later or ask for smaller pages",
    "too_large": "the answer is larger than allowed; ask for smaller pages",
    "record_too_large": "one record is larger than allowed; have the upstream shorten it",
    "gzip_bomb": "the answer expands beyond the allowed ratio; have the upstream send it uncompressed",
    "redirects": "the upstream redirects too often; register the address it ends at",
    "redirected_body": "the upstream redirects a request body to another host; register that host if it is right",
    "html": "the upstream answered with a web page instead of data; check the endpoint address",
    "empty": "the upstream answered with nothing; check the endpoint address",
    "encoding": "the answer is not in the encoding it is said to be in; declare the right encoding of the source",
    "unknown_encoding": "the encoding is not known here; declare the encoding of the source",
    "too_deep": "the answer is nested too deeply; ask for a flatter representation",
    "malformed": "the answer is not well-formed; have the upstream corrected",
    "truncated": "the answer ends too early; try again later or ask for smaller pages",
    "compression": "the answer cannot be decompressed; have the upstream send it uncompressed",
    "content_coding": "the answer is compressed in a way that was not asked for; have the upstream send gzip",
    "http": "the upstream does not speak HTTP correctly; check the port and the upstream",
    "entities": "the answer holds a DTD or entities, which are not read; have the upstream leave them out",
}


class EgressError(Exception):
    """An exchange with an upstream failed.

    `reason` is one short word for machines. The text is fixed for each reason, so that no upstream body, internal
    address or credential can ever stand in it; the cause is chained for debuggers only.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(_NEXT[reason])

    def __reduce__(self) -> tuple[type["EgressError"], tuple[str]]:
        return type(self), (self.reason,)


class AddressRefused(EgressError):
    """The URL, or an address that its name stands for, may not be reached."""


class ConnectFailed(EgressError):
    """No connection came to be; the request was never sent."""


class ConnectionLost(EgressError):
    """The connection ended before the whole reply was here; the upstream may have acted on the request."""


class DeadlinePassed(EgressError):
    """The exchange did not end within `Bounds.deadline`."""


class TooSlow(EgressError):
    """The body came in more slowly than `Bounds.min_rate`."""


class TooLarge(EgressError):
    """The body passed `Bounds.max_bytes` or `Bounds.max_ratio`, or one record its own limit."""


class TooManyRedirects(EgressError):
    """More redirects than `Bounds.max_redirects`, or one that would carry the request's body to another host."""


class Unreadable(EgressError):
    """The reply is here, but it is not what was asked for."""


class NotData(Unreadable):
    """A web page, or nothing at all, in place of data."""


class Undecodable(Unreadable):
    """Bytes that do not belong to the encoding."""


class TooDeep(Unreadable):
    """Nested more deeply than `Bounds.max_depth`."""


class Malformed(Unreadable):
    """Not well-formed JSON, XML, compressed data or HTTP."""
