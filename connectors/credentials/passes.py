"""A pass is what lets a request in. Schemes whose secrets go with every request make it of the secrets alone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from connectors.credentials.definition import ApiKey, Basic, Bearer, Carried
from connectors.credentials.keeping import Keeper, needed
from connectors.errors import SourceRefused
from egress import Reply, Request, without_params

LEAST = 12
"""Characters of a secret that is looked for in answers: shorter ones occur by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What is added to a request, and what of it must never come back. Passes are told apart by identity."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def on(self, request: Request) -> Request:
        """The request with this pass; an argument of its name that stands in the address already is left out."""
        return replace(
            request,
            url=without_params(request.url, self.params),
            headers={**request.headers, **self.headers},
            params={**request.params, **self.params},
            private=self.params,
        )

    def kept_from(self, reply: Reply) -> Reply:
        """The reply without our secrets: some sources write them into links and messages."""
        return reply.redacted([secret for secret in self.secrets if len(secret) >= LEAST], self.params)


class Passes(Protocol):
    """Gives the pass of a source, and another one where that was refused."""

    async def current(self) -> Pass:
        """The pass to ask with. Raises SourceError."""
        ...

    async def after(self, refused: Pass) -> Pass | None:
        """The pass to ask with once more, None where there is no other. Raises SourceError."""
        ...

    def refuses(self, reply: Reply) -> bool:
        """Tell whether the source does not accept the pass that it was asked with."""
        ...

    def accepted(self, held: Pass) -> None:
        """Take note that a pass was good."""
        ...

    async def aclose(self) -> None:
        """End what is under way."""
        ...


class FixedPasses:
    """The pass of a scheme without a token: it is another one only when somebody has set other secrets."""

    def __init__(self, names: tuple[str, ...], make: Callable[[Mapping[str, str]], Pass], keeper: Keeper) -> None:
        self._names, self._make, self._keeper = names, make, keeper
        self._secrets: Mapping[str, str] | None = None
        self._pass = Pass()

    async def current(self) -> Pass:
        """Made once."""
        if self._secrets is None:
            await self._read()
        return self._pass

    async def after(self, refused: Pass) -> Pass | None:
        """Look whether a secret was set meanwhile."""
        if self._pass is refused:
            await self._read()
        return None if self._pass is refused else self._pass

    def refuses(self, reply: Reply) -> bool:
        """By its status (RFC 9110 §15.5.2); 403 too, which many answer to an unknown key."""
        return reply.status in {401, 403}

    def accepted(self, _held: Pass) -> None:
        """Nothing to note."""

    async def aclose(self) -> None:
        """Nothing is under way."""

    async def _read(self) -> None:
        secrets = await needed(self._keeper, self._names)
        if secrets != self._secrets:
            self._pass, self._secrets = _usable(self._make, secrets), secrets


def fixed_passes(credentials: Basic | Bearer | ApiKey, keeper: Keeper) -> FixedPasses:
    """The passes of a scheme without a token."""

    def make(secrets: Mapping[str, str]) -> Pass:
        match credentials:
            case Basic():
                password = secrets["password"]
                value = b64encode(f"{credentials.user}:{password}".encode()).decode()
                return Pass(headers={"Authorization": f"Basic {value}"}, secrets=(password, value))
            case Bearer():
                return carried(BEARER, secrets["token"])
            case ApiKey():
                return carried(credentials, secrets["key"])

    return FixedPasses(credentials.secrets, make, keeper)


BEARER = Carried.model_validate({"in": "header"})


def carried(where: Carried, secret: str) -> Pass:
    """The pass that carries a secret where the source wants it. Raises ValueError for one that cannot stand there."""
    name = where.name or "Authorization"
    prefix = where.prefix if where.prefix is not None else "Bearer " if where.name is None else ""
    match where.place:
        case "query":
            return Pass(params={name: prefix + secret}, secrets=(secret,))
        case "cookie":
            if set(secret) & set(';," \\'):  # RFC 6265 §4.1.1
                raise ValueError("a cookie does not hold such a value")
            headers = {"Cookie": f"{name}={prefix}{secret}"}
        case "header":
            headers = {name: prefix + secret}
    Request(method="GET", url="", headers=headers)
    return Pass(headers=headers, secrets=(secret,))


def _usable(make: Callable[[Mapping[str, str]], Pass], secrets: Mapping[str, str]) -> Pass:
    with suppress(ValueError):
        return make(secrets)
    raise SourceRefused("secret_unusable")
