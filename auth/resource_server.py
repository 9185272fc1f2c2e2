"""The resource server: from a bearer token or a browser's cookie to a grant. Who sends neither pays nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request

from auth.access_tokens import KeySource, verified
from auth.addresses import Here
from auth.cookies import SESSION, read
from auth.errors import TokenRefused
from auth.grant import Grant, grant_of_client, grant_of_person
from auth.keys import LIFETIMES
from auth.scopes import SCOPES
from auth.sealing import digest
from store.accounts import Accounts
from store.browser_sessions import BrowserSessions
from store.clock import Clock, utc_now
from store.codes import Label
from store.tokens import Tokens

SCRIPT_HEADER = "huiju-csrf"
"""What a page must send with its cookie to ask the API: no form and no link of another site can."""

_MOST = 10_000
_ENDED = Label("登录已失效：请重新登录", "this sign-in has ended: sign in again")
_NO_SCRIPT_HEADER = Label(
    f"使用登录 Cookie 时需带请求头 {SCRIPT_HEADER}: 1", f"with the cookie of a sign-in, send the header {SCRIPT_HEADER}: 1"
)
_SCHEME = Label("只接受 Authorization: Bearer 令牌", "only Authorization: Bearer tokens are accepted")


class ResourceServer:
    """Knows grants for at most half a minute, then looks at revocations and accounts again."""

    def __init__(
        self,
        *,
        tokens: Tokens,
        accounts: Accounts,
        sessions: BrowserSessions,
        embedded: KeySource | None,
        issuers: Mapping[str, KeySource],
        public_url: str | None,
        anonymous: Grant,
        clock: Clock = utc_now,
    ) -> None:
        self._tokens = tokens
        self._accounts = accounts
        self._sessions = sessions
        self._embedded = embedded
        self._issuers = issuers
        self._public_url = public_url
        self._anonymous = anonymous
        self._clock = clock
        self._known: OrderedDict[tuple[str, bytes], tuple[Grant, datetime]] = OrderedDict()

    async def grant_of(self, request: Request) -> Grant:
        """The grant of a request. Raises TokenRefused for what is not accepted, IssuerUnreachable where nobody can tell now."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise TokenRefused(_SCHEME, "invalid_request")
            return await self._of_token(request, token.strip())
        if "cookie" not in request.headers:
            return self._anonymous
        cookie = read(request, Here.of(request, self._public_url), SESSION)
        if cookie is None:
            return self._anonymous
        if request.url.path == "/graphql" and SCRIPT_HEADER not in request.headers:
            if request.method == "GET":
                return self._anonymous
            raise TokenRefused(_NO_SCRIPT_HEADER, "invalid_request", 403)
        return await self._of_cookie(cookie)

    def forget(self) -> None:
        """Look at everything again: something was revoked here."""
        self._known.clear()

    async def _of_token(self, request: Request, token: str) -> Grant:
        here = Here.of(request, self._public_url)
        place = here.origin, digest(token)
        if (known := self._recall(place)) is not None:
            return known
        now = self._clock()
        embedded = {here.issuer: self._embedded} if self._embedded is not None else {}
        claims = await verified(token, {**self._issuers, **embedded}, here.audiences, now)
        if claims.issuer == here.issuer:
            account = claims.subject if claims.family is not None else None
        else:
            found = await self._accounts.by_identity(claims.issuer, claims.subject)
            if found is None:
                raise TokenRefused(Label("该身份尚未开通账户：请联系管理员", "no account is linked to this identity: ask an administrator"))
            account = found.id
        own = claims.family if claims.issuer == here.issuer else None
        standing = await self._tokens.standing(account=account, client=claims.client, family=own, jti=claims.jti)
        if standing is None:
            raise TokenRefused(_ENDED)
        person, client = standing
        if person is not None and (client is not None or own is None):
            granted = claims.scopes & SCOPES.keys()
            grant = grant_of_person(person, client, granted, second_factor=claims.second_factor, anonymous=self._anonymous)
        elif client is not None:
            grant = grant_of_client(client, claims.scopes, anonymous=self._anonymous)
        else:
            raise TokenRefused(_ENDED)
        leeway = LIFETIMES.clock_leeway
        self._keep(place, grant, min(now + LIFETIMES.verified, datetime.fromtimestamp(claims.expires, now.tzinfo) + leeway))
        return grant

    async def _of_cookie(self, cookie: str) -> Grant:
        place = "cookie", digest(cookie)
        if (known := self._recall(place)) is not None:
            return known
        session = await self._sessions.find(place[1])
        account = await self._accounts.by_id(session.account) if session is not None else None
        if session is None or account is None or account.disabled:
            raise TokenRefused(_ENDED)
        grant = grant_of_person(account, None, frozenset(SCOPES), second_factor=session.second_factor, anonymous=self._anonymous)
        self._keep(place, grant, min(self._clock() + LIFETIMES.verified, session.expires_at))
        return grant

    def _recall(self, place: tuple[str, bytes]) -> Grant | None:
        known = self._known.get(place)
        return known[0] if known is not None and self._clock() < known[1] else None

    def _keep(self, place: tuple[str, bytes], grant: Grant, until: datetime) -> None:
        self._known[place] = grant, until
        self._known.move_to_end(place)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
