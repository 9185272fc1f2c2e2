"""What a person does with their own sign-ins: look, end one, take a consent back, sign out (OpenID Connect RP-Initiated Logout)."""

from __future__ import annotations

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.access_tokens import unverified
from auth.addresses import extended, registered
from auth.cookies import SESSION, clear
from auth.errors import FormRefused, OAuthRefused, TokenRefused
from auth.keys import ALGORITHMS, REGISTRY
from auth.pages.account import ACCOUNT, account_page, logout_page, signed_out_page
from auth.pages.page import trouble
from auth.roles import is_administrator
from auth.server.requests import once, read_form
from auth.sign_on import SignOn
from store.accounts import Account
from store.audit import Action, Event
from store.browser_sessions import BrowserSession
from store.codes import Label

_STALE = Label("页面已过期，或浏览器不接受 Cookie：请返回重试", "the page is too old, or cookies are off: go back and try again")


class AccountPages:
    """Pages of who is signed in."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def show(self, request: Request) -> Response:
        """Show sign-ins and applications."""
        sign_on, here = self._sign_on, self._sign_on.here(request)
        signed_in = await sign_on.signed_in(request)
        if signed_in is None:
            return RedirectResponse("/oauth/login", 303, {"cache-control": "no-store"})
        account, session = signed_in
        csrf, cookie = sign_on.forms.token(request, here)
        page = account_page(
            sign_on.language_of(request),
            account,
            session,
            await sign_on.sessions.of(account.id),
            await sign_on.consents.of(account.id),
            {client.id: client for client in await sign_on.clients.all()},
            csrf=csrf,
            weak=is_administrator(account.roles) and not session.second_factor,
        )
        sign_on.forms.remember(page, here, cookie)
        return page

    async def end(self, request: Request) -> Response:
        """End a sign-in, or take the consent for an application back."""
        sign_on = self._sign_on
        signed_in = await sign_on.signed_in(request)
        try:
            form = await self._form(request)
        except (FormRefused, OAuthRefused) as error:
            return trouble(sign_on.language_of(request), error.message, error.status)
        if signed_in is not None and "session" in form:
            await end_session(sign_on, signed_in[0].id, form["session"])
        elif signed_in is not None and "client" in form:
            await withdraw_consent(sign_on, signed_in[0].id, form["client"])
        return RedirectResponse(ACCOUNT, 303, {"cache-control": "no-store"})

    async def ask_to_sign_out(self, request: Request) -> Response:
        """Sign out at once where an ID token of this very sign-in is shown; otherwise ask first."""
        sign_on, lang = self._sign_on, self._sign_on.language_of(request)
        try:
            said = once(request.query_params.multi_items())
        except OAuthRefused as error:
            return trouble(lang, error.message)
        signed_in = await sign_on.signed_in(request)
        if signed_in is None:
            return await self._out(request, said, None)
        hint = await self._hint(request, said)
        if hint is not None and hint.get("sid") == signed_in[1].id:
            return await self._out(request, said, signed_in)
        csrf, cookie = sign_on.forms.token(request, sign_on.here(request))
        page = logout_page(lang, csrf, said)
        sign_on.forms.remember(page, sign_on.here(request), cookie)
        return page

    async def sign_out(self, request: Request) -> Response:
        """Sign out: the person pressed the button."""
        sign_on = self._sign_on
        try:
            await self._form(request)
            said = once(request.query_params.multi_items())
        except (FormRefused, OAuthRefused) as error:
            return trouble(sign_on.language_of(request), error.message, error.status)
        return await self._out(request, said, await sign_on.signed_in(request))

    async def _out(self, request: Request, said: dict[str, str], signed_in: tuple[Account, BrowserSession] | None) -> Response:
        sign_on = self._sign_on
        if signed_in is not None:
            await end_session(sign_on, signed_in[0].id, signed_in[1].id)
        response: Response = signed_out_page(sign_on.language_of(request))
        target = said.get("post_logout_redirect_uri")
        hint = await self._hint(request, said)
        client = await sign_on.clients.by_id(str(hint.get("aud")) if hint is not None else said.get("client_id", ""))
        if target is not None and client is not None and registered(target, client.post_logout_redirect_uris):
            state = {"state": said["state"]} if "state" in said else {}
            response = RedirectResponse(extended(target, state), 303, {"cache-control": "no-store"})
        clear(response, sign_on.here(request), SESSION)
        return response

    async def _hint(self, request: Request, said: dict[str, str]) -> dict[str, Any] | None:
        """What an ID token of ours says, however old (RP-Initiated Logout, 2)."""
        token = said.get("id_token_hint", "")
        try:
            header, _ = unverified(token)
            found = await self._sign_on.keys.key(str(header.get("kid")))
            if found is None or found[0] not in ALGORITHMS:
                return None
            claims = jwt.decode(token, found[1], algorithms=[found[0]], registry=REGISTRY).claims
        except (TokenRefused, JoseError, ValueError):
            return None
        return claims if claims.get("iss") == self._sign_on.here(request).issuer else None

    async def _form(self, request: Request) -> dict[str, str]:
        form = await read_form(request)
        if not self._sign_on.forms.holds(request, self._sign_on.here(request), form.get("csrf")):
            raise FormRefused(_STALE, 403)
        return form


async def end_session(sign_on: SignOn, account: str, session: str) -> None:
    """End one browser's sign-in, and what applications got through it."""
    await sign_on.sessions.end(account, session)
    await sign_on.tokens.revoke(account=account, session=session)
    sign_on.resource_server.forget()
    await sign_on.audit.write(Event(account, Action.SIGNED_OUT, session))


async def withdraw_consent(sign_on: SignOn, account: str, client: str) -> bool:
    """Take the consent for an application back, and every token that came of it; whether there was one."""
    there_was = await sign_on.consents.withdraw(account, client)
    await sign_on.tokens.revoke(account=account, client=client)
    sign_on.resource_server.forget()
    if there_was:
        await sign_on.audit.write(Event(account, Action.CONSENT_WITHDRAWN, f"client:{client}"))
    return there_was
