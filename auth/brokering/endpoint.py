"""`/oauth/upstream/…`: to a provider and back, and the account that its word means."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.addresses import local
from auth.brokering.upstream import Asserted, Trip, Upstream, asserted, check_place
from auth.cookies import clear, read, set_cookie
from auth.errors import FormRefused, OAuthRefused, SignOnError, UpstreamRefused
from auth.pages.page import trouble
from auth.sealing import Unsealable, draw
from auth.server.requests import once
from auth.sign_on import SignOn
from auth.signing_in import HOME, SigningIn
from egress import EgressError
from store.accounts import Account
from store.audit import Action, Event
from store.codes import Label
from store.errors import NameTaken

TRIP = "huiju_trip"

_LONGEST = timedelta(minutes=10)
_UNREACHABLE = Label(
    "身份提供方暂时无法访问：请稍后重试，或换一种登录方式",
    "the identity provider cannot be reached: try again later, or sign in another way",
)
_LOST = Label("登录过程已过期或不是从本站开始：请重新登录", "this sign-in is too old, or did not begin here: sign in once more")
_AGAIN = Label("返回 /oauth/login 重新开始。", "Go to /oauth/login to begin again.")


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    name: str
    state: str
    nonce: str
    verifier: str
    target: str
    expires: int


class UpstreamEndpoint:
    """The two ends of a journey."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider."""
        sign_on, here = self._sign_on, self._sign_on.here(request)
        upstream = sign_on.upstreams.get(request.path_params["name"])
        if upstream is None:
            return self._trouble(request, FormRefused(Label("没有这种登录方式", "there is no such way to sign in"), 404))
        target = local(request.query_params.get("next"), HOME)
        expires = int((sign_on.clock() + _LONGEST).timestamp())
        sealed = _Sealed(upstream.definition.name, draw(), draw(), draw(), target, expires)
        try:
            address = await upstream.begin(self._trip(request, sealed))
        except (UpstreamRefused, EgressError) as error:
            return self._trouble(request, error)
        response = RedirectResponse(address, 303, {"cache-control": "no-store", "referrer-policy": "no-referrer"})
        value = urlsafe_b64encode(sign_on.vault.seal(msgspec.json.encode(sealed), TRIP)).decode()
        set_cookie(response, here, TRIP, value, int(_LONGEST.total_seconds()))
        return response

    async def arrive(self, request: Request) -> Response:
        """Take who comes back, if they left from here."""
        sign_on = self._sign_on
        try:
            said = once(request.query_params.multi_items())
            sealed = self._sealed(request)
            upstream = sign_on.upstreams.get(request.path_params["name"])
            if (
                upstream is None
                or upstream.definition.name != sealed.name
                or not hmac.compare_digest(sealed.state.encode(), said.get("state", "").encode())
            ):
                raise FormRefused(_LOST, 403)
            if "error" in said:
                raise UpstreamRefused(Label("您在身份提供方取消了登录，或被其拒绝", "the identity provider says that you did not sign in"))
            profile = await upstream.finish(self._trip(request, sealed), said)
            account = await self._account(upstream, asserted(upstream.definition, profile))
        except (SignOnError, EgressError) as error:
            return self._trouble(request, error)
        # What another server asked for as a second factor is not known here: ours is asked for all the same.
        response = await SigningIn(sign_on).go_on(request, account, sealed.target)
        clear(response, sign_on.here(request), TRIP)
        return response

    async def _account(self, upstream: Upstream, who: Asserted) -> Account:
        """The account that the identity is linked to, made where there is none and the operator wants it so."""
        accounts = self._sign_on.accounts
        found = await accounts.by_identity(who.issuer, who.subject)
        if found is None:
            if not upstream.definition.provision:
                raise UpstreamRefused(Label("您尚未开通账户：请联系管理员", "you have no account here: ask an administrator"))
            new = Account(
                id=draw()[:22],
                name=who.name,
                roles=frozenset({who.role}) if who.role is not None else frozenset(),
                province=who.province,
                institution=who.institution,
            )
            try:
                await accounts.add(new, (who.issuer, who.subject))
            except NameTaken:  # by the same person in another tab
                return await self._account(upstream, who)
            await self._sign_on.audit.write(Event(new.id, Action.ACCOUNT_LINKED, None, None, {"provider": upstream.definition.name}))
            return new
        if found.disabled:
            raise UpstreamRefused(Label("账户已停用：请联系管理员", "the account was closed: ask an administrator"))
        # Also of an account that somebody linked by hand: a school's server cannot sign a minister in.
        check_place(upstream.definition, found.province, found.institution)
        return found

    def _trip(self, request: Request, sealed: _Sealed) -> Trip:
        callback = f"{self._sign_on.here(request).origin}/oauth/upstream/{sealed.name}/callback"
        return Trip(callback, sealed.state, sealed.nonce, sealed.verifier)

    def _sealed(self, request: Request) -> _Sealed:
        cookie = read(request, self._sign_on.here(request), TRIP)
        try:
            opened = self._sign_on.vault.open(urlsafe_b64decode(cookie or ""), TRIP)
            sealed = msgspec.json.decode(opened, type=_Sealed)
        except (Unsealable, ValueError) as error:
            raise FormRefused(_LOST, 403) from error
        if sealed.expires < self._sign_on.clock().timestamp():
            raise FormRefused(_LOST, 403)
        return sealed

    def _trouble(self, request: Request, error: Exception) -> Response:
        lang = self._sign_on.language_of(request)
        if isinstance(error, SignOnError):
            status = error.status if isinstance(error, FormRefused | OAuthRefused) else 403
            return trouble(lang, error.message, status, _AGAIN)
        return trouble(lang, _UNREACHABLE, 502, _AGAIN)
