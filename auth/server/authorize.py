"""`/oauth/authorize`: a person lets an application ask on their behalf (RFC 6749, 4.1.1; 7636; 9207; 9700)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.addresses import extended, origin_of, registered
from auth.errors import FormRefused, OAuthRefused
from auth.grant import grant_of_person
from auth.keys import LIFETIMES
from auth.pages.consent import consent_page
from auth.pages.page import trouble
from auth.scopes import SCOPES, scopes_in, written
from auth.sealing import digest, draw
from auth.server.requests import once, read_form
from auth.server.token import check_resource
from auth.sign_on import SignOn
from store.accounts import Account
from store.audit import Action, Event
from store.browser_sessions import BrowserSession
from store.clients import Client
from store.codes import Label
from store.tokens import Code

AUTHORIZE = "/oauth/authorize"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST = 2_000
_UNKNOWN_CLIENT = Label("没有这个应用：请联系提供链接的应用", "there is no such application: tell those who made the link")
_UNKNOWN_ADDRESS = Label(
    "应用要求返回的地址没有登记：为安全起见不会跳转，请联系该应用",
    "the address to return to is not registered for this application: to be safe you are not sent there; tell those who run it",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request whose client and address hold: from here on errors go back to the application."""

    client: Client
    redirect_uri: str
    state: str | None
    parameters: Mapping[str, str]

    @property
    def form_targets(self) -> list[str]:
        """Where a form of this request may end."""
        return [origin_of(self.redirect_uri)]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an authorization request asks for, once it is known to be well-formed."""

    scopes: frozenset[str]
    challenge: str
    nonce: str | None
    resource: str | None
    prompts: frozenset[str]
    max_age: int | None


class AuthorizeEndpoint:
    """The authorization endpoint: GET shows what is asked, POST is the answer of the person."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def show(self, request: Request) -> Response:
        """Ask who it is, ask for consent, or give the code at once where both are known."""
        try:
            asked = await asked_in(self._sign_on, request.query_params.multi_items())
        except FormRefused as error:
            return trouble(self._sign_on.language_of(request), error.message, error.status)
        try:
            return await self._shown(request, asked)
        except OAuthRefused as error:
            return self._back(request, asked, {"error": error.error, "error_description": error.message.en})

    async def decide(self, request: Request) -> Response:
        """Take the answer of the consent page."""
        sign_on, lang = self._sign_on, self._sign_on.language_of(request)
        try:
            form = await read_form(request)
            if not sign_on.forms.holds(request, sign_on.here(request), form.get("csrf")):
                raise FormRefused(_STALE, 403)
            asked = await asked_in(sign_on, request.query_params.multi_items())
        except (FormRefused, OAuthRefused) as error:
            return trouble(lang, error.message, error.status)
        signed_in = await sign_on.signed_in(request)
        if signed_in is None:
            return RedirectResponse(f"{AUTHORIZE}?{request.url.query}", 303)
        try:
            wish = wish_of(asked, sign_on.here(request).audiences)
            if "allow" not in form:
                raise OAuthRefused("access_denied", "the person did not allow it")
            account, session = signed_in
            scopes = self._grantable(account, session, asked.client, wish)
            await sign_on.consents.give(account.id, asked.client.id, scopes)
            await sign_on.audit.write(
                Event(account.id, Action.CONSENT_GIVEN, f"client:{asked.client.id}", None, {"scope": written(scopes)})
            )
            return await self._code(request, asked, wish, signed_in, scopes)
        except OAuthRefused as error:
            return self._back(request, asked, {"error": error.error, "error_description": error.message.en})

    async def _shown(self, request: Request, asked: Asked) -> Response:
        sign_on = self._sign_on
        wish = wish_of(asked, sign_on.here(request).audiences)
        signed_in = await sign_on.signed_in(request)
        if signed_in is None or self._too_old(signed_in[1], wish):
            if "none" in wish.prompts:
                raise OAuthRefused("login_required", "nobody is signed in")
            return self._to_login(request)
        account, session = signed_in
        scopes = self._grantable(account, session, asked.client, wish)
        given = (await sign_on.consents.of(account.id)).get(asked.client.id)
        if given is not None and scopes <= given.scopes and "consent" not in wish.prompts:
            return await self._code(request, asked, wish, signed_in, scopes)
        if "none" in wish.prompts:
            raise OAuthRefused("consent_required", "the person has not allowed this yet")
        csrf, cookie = sign_on.forms.token(request, sign_on.here(request))
        action = f"{AUTHORIZE}?{urlencode(dict(asked.parameters))}"
        lang = sign_on.language_of(request)
        page = consent_page(lang, asked.client, account, scopes, action=action, csrf=csrf, form_targets=asked.form_targets)
        sign_on.forms.remember(page, sign_on.here(request), cookie)
        return page

    def _too_old(self, session: BrowserSession, wish: Wish) -> bool:
        age = (self._sign_on.clock() - session.auth_time).total_seconds()
        if wish.max_age is not None and age > max(wish.max_age, _JUST_NOW):
            return True
        return "login" in wish.prompts and age > _JUST_NOW

    def _to_login(self, request: Request) -> Response:
        here = f"{AUTHORIZE}?{request.url.query}"
        return RedirectResponse(f"/oauth/login?{urlencode({'next': here})}", 303, {"cache-control": "no-store"})

    def _grantable(self, account: Account, session: BrowserSession, client: Client, wish: Wish) -> frozenset[str]:
        granted = grant_of_person(account, client, wish.scopes, second_factor=session.second_factor).scopes & wish.scopes
        if not granted:
            raise OAuthRefused("invalid_scope", "nothing of what was asked for can be granted to this person")
        return granted

    async def _code(
        self, request: Request, asked: Asked, wish: Wish, signed_in: tuple[Account, BrowserSession], scopes: frozenset[str]
    ) -> Response:
        account, session = signed_in
        code = draw()
        kept = Code(
            family=draw(),
            client=asked.client.id,
            account=account.id,
            session=session.id,
            redirect_uri=asked.redirect_uri,
            scopes=scopes,
            challenge=wish.challenge,
            nonce=wish.nonce,
            resource=wish.resource,
            auth_time=session.auth_time,
            second_factor=session.second_factor,
            expires_at=self._sign_on.clock() + LIFETIMES.code,
        )
        await self._sign_on.tokens.keep_code(digest(code), kept)
        return self._back(request, asked, {"code": code})

    def _back(self, request: Request, asked: Asked, parameters: dict[str, str]) -> Response:
        state = {"state": asked.state} if asked.state is not None else {}
        target = extended(asked.redirect_uri, {**parameters, **state, "iss": self._sign_on.here(request).issuer})
        return RedirectResponse(target, 303, {"cache-control": "no-store", "referrer-policy": "no-referrer"})


async def asked_in(sign_on: SignOn, parameters: list[tuple[str, str]]) -> Asked:
    """The request in the parameters. Raises FormRefused where nobody may be sent back."""
    try:
        found = once(parameters)
    except OAuthRefused as error:
        raise FormRefused(Label("链接中的参数重复", "a parameter of the link occurs twice")) from error
    client = await sign_on.clients.by_id(found.get("client_id", ""))
    if client is None or client.disabled:
        raise FormRefused(_UNKNOWN_CLIENT)
    redirect_uri = found.get("redirect_uri", "")
    if not registered(redirect_uri, client.redirect_uris):
        raise FormRefused(_UNKNOWN_ADDRESS)
    return Asked(client, redirect_uri, found.get("state"), found)


async def form_targets_of(sign_on: SignOn, target: str) -> list[str]:
    """Where forms may end that lead on to `target`: to the application, where that is an authorization request that holds."""
    parts = urlsplit(target)
    if parts.path != AUTHORIZE:
        return []
    try:
        return (await asked_in(sign_on, parse_qsl(parts.query, keep_blank_values=True))).form_targets
    except FormRefused:
        return []


def wish_of(asked: Asked, audiences: frozenset[str]) -> Wish:
    """What is asked for. Raises OAuthRefused."""
    said = asked.parameters
    if any(len(value) > _LONGEST for value in said.values()):
        raise OAuthRefused("invalid_request", "a parameter is too long")
    if said.get("response_type") != "code":
        raise OAuthRefused("unsupported_response_type", "use response_type=code")
    if said.get("response_mode", "query") != "query":
        raise OAuthRefused("invalid_request", "use response_mode=query")
    if "request" in said or "request_uri" in said:
        raise OAuthRefused("request_not_supported", "send the parameters themselves")
    if "authorization_code" not in asked.client.grant_types:
        raise OAuthRefused("unauthorized_client", "the client is not registered for authorization_code")
    challenge = said.get("code_challenge", "")
    if said.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise OAuthRefused("invalid_request", "PKCE with code_challenge_method=S256 is needed (RFC 7636)")
    check_resource(said.get("resource"), audiences)
    scopes = scopes_in(said["scope"]) if said.get("scope") else asked.client.scopes
    if unknown := sorted(scopes - SCOPES.keys() - _STANDARD):
        raise OAuthRefused("invalid_scope", f"there is no scope {unknown[0]}" if unknown[0].isascii() else "there is no such scope")
    prompts = scopes_in(said.get("prompt"))
    if "none" in prompts and len(prompts) > 1:
        raise OAuthRefused("invalid_request", "prompt=none stands alone")
    age = said.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and len(age) < 10):
        raise OAuthRefused("invalid_request", "max_age is a number of seconds")
    return Wish(scopes - _STANDARD, challenge, said.get("nonce"), said.get("resource"), prompts, int(age) if age is not None else None)


_STANDARD = frozenset({"profile", "email", "address", "phone", "offline_access"})
"""Scopes of OpenID Connect that are understood and add nothing: `profile:read` opens the profile."""

_JUST_NOW = 10.0
"""Seconds after a sign-in in which no other one is asked for: it is the one that led back here."""
_STALE = Label("页面已过期，或浏览器不接受 Cookie：请返回重试", "the page is too old, or cookies are off: go back and try again")
