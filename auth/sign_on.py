"""What sign-on works with: the stores, the keys, and the rules that the operator chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from starlette.requests import Request

from auth.addresses import Here
from auth.cookies import SESSION, Forms, read
from auth.grant import ANONYMOUS, Grant
from auth.keys import KeyRing
from auth.passwords import Passwords
from auth.resource_server import ResourceServer
from auth.sealing import Vault, digest
from store.accounts import Account, Accounts
from store.attempts import Attempts
from store.audit import Audit
from store.browser_sessions import BrowserSession, BrowserSessions
from store.clients import Clients
from store.clock import Clock, utc_now
from store.consents import Consents
from store.database import Database
from store.pseudonym_salts import PseudonymSalts
from store.recovery_codes import RecoveryCodes
from store.signing_keys import SigningKeys
from store.tokens import Tokens

if TYPE_CHECKING:
    from auth.access_tokens import KeySource
    from auth.brokering.upstream import Upstream

Language = Literal["zh", "en"]

ATTEMPTS_REMEMBERED = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator chose. `embedded`: this server issues tokens itself; `second_factor`: administrators' roles need one."""

    public_url: str | None = None
    embedded: bool = True
    second_factor: bool = True
    anonymous: Grant = ANONYMOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOn:
    """Everything that the endpoints and pages work with."""

    policy: Policy
    clock: Clock
    accounts: Accounts
    clients: Clients
    consents: Consents
    tokens: Tokens
    sessions: BrowserSessions
    recovery_codes: RecoveryCodes
    salts: PseudonymSalts
    attempts: Attempts
    audit: Audit
    database: Database
    keys: KeyRing
    vault: Vault
    forms: Forms
    passwords: Passwords
    resource_server: ResourceServer
    language_of: Callable[[Request], Language]
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)

    def here(self, request: Request) -> Here:
        """The addresses of this server, as a request reached it."""
        return Here.of(request, self.policy.public_url)

    async def signed_in(self, request: Request) -> tuple[Account, BrowserSession] | None:
        """Who is signed in with this browser."""
        cookie = read(request, self.here(request), SESSION)
        session = await self.sessions.find(digest(cookie)) if cookie is not None else None
        account = await self.accounts.by_id(session.account) if session is not None else None
        return (account, session) if account is not None and session is not None and not account.disabled else None

    def pseudonym(self, request: Request) -> str:
        """What stands for the caller's address in counters, which are deleted after a day."""
        return self.vault.pseudonym(address_of(request)).hex()

    async def passing_pseudonym(self, request: Request) -> str:
        """What stands for the caller's address in the audit log: the same all day, and nobody's once the salt of the day is deleted."""
        salt = await self.salts.of(self.clock().date())
        return self.vault.pseudonym(f"{salt.hex()} {address_of(request)}").hex()


def open_sign_on(
    database: Database,
    secrets: Sequence[bytes],
    policy: Policy,
    *,
    language_of: Callable[[Request], Language],
    issuers: Mapping[str, KeySource] | None = None,
    upstreams: Mapping[str, Upstream] | None = None,
    passwords: Passwords | None = None,
    clock: Clock = utc_now,
) -> SignOn:
    """Put the parts together; `secrets` are those of the key file. `keys.begin()` has to be awaited before the first request."""
    keys = KeyRing(SigningKeys(database), Vault(secrets, "signing keys"), clock)
    vault = Vault(secrets, "sign-on")
    accounts, tokens, sessions = Accounts(database, clock), Tokens(database, clock), BrowserSessions(database, clock)
    resource_server = ResourceServer(
        tokens=tokens,
        accounts=accounts,
        sessions=sessions,
        embedded=keys if policy.embedded else None,
        issuers=issuers or {},
        public_url=policy.public_url,
        anonymous=policy.anonymous,
        clock=clock,
    )
    return SignOn(
        policy=policy,
        clock=clock,
        accounts=accounts,
        clients=Clients(database, clock),
        consents=Consents(database, clock),
        tokens=tokens,
        sessions=sessions,
        recovery_codes=RecoveryCodes(database),
        salts=PseudonymSalts(database),
        attempts=Attempts(database, ATTEMPTS_REMEMBERED, clock),
        audit=Audit(database, clock),
        database=database,
        keys=keys,
        vault=vault,
        forms=Forms(vault),
        passwords=passwords or Passwords(),
        resource_server=resource_server,
        language_of=language_of,
        upstreams=upstreams or {},
    )


def address_of(request: Request) -> str:
    """The caller's address; of IPv6 the network of one customer (64 bits), who has all the addresses in it."""
    host = request.client.host if request.client is not None else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host
