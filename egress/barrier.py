"""Where every connection is stopped that may not be made: at the name's answer, and at the socket itself."""

import socket
from collections.abc import Callable
from errno import EACCES

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from egress.addresses import Allow


class Forbidden(PermissionError):
    """An address that may not be reached. An OSError, so that connecting treats it as any other failed address."""

    def __init__(self) -> None:
        super().__init__(EACCES, "forbidden address")


class VettedResolver(AbstractResolver):
    """Passes on those answers of another resolver that may be reached; raises Forbidden where none is left."""

    def __init__(self, inner: AbstractResolver, allow: Allow) -> None:
        self._inner = inner
        self._allow = allow

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        answers = await self._inner.resolve(host, port, family)
        vetted = [answer for answer in answers if self._allow.admits(answer["host"], port)]
        if not vetted:
            raise Forbidden
        return vetted

    async def close(self) -> None:
        await self._inner.close()


def vetted_socket(allow: Allow) -> Callable[[AddrInfoType], socket.socket]:
    """A socket factory that sees the final address of every connect, whatever a URL called it, and refuses by it."""

    def make(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        host, port = address[0], address[1]
        if not isinstance(host, str) or not isinstance(port, int) or not allow.admits(host, port):
            raise Forbidden
        return socket.socket(family, kind, protocol)

    return make
