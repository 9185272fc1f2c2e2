"""How much one exchange may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The limits of one exchange.

    deadline      seconds for the whole exchange: name lookup, connection, redirects and body
    max_bytes     bytes of body after decompression
    max_ratio     decompressed bytes for each compressed byte
    min_rate      bytes of body per second, as received; each `min_rate * grace` bytes may take `grace` seconds
    grace         seconds of silence in a body that are forgiven
    max_depth     levels of JSON nesting
    max_redirects redirects followed
    """

    deadline: float = 3.0
    max_bytes: int = 20_000_000
    max_ratio: int = 100
    min_rate: int = 500
    grace: float = 2.0
    max_depth: int = 64
    max_redirects: int = 3


LIVE = Bounds()
HARVEST = Bounds(deadline=60.0, grace=10.0)
