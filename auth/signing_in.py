"""Signing in: names and passwords, the back-off for those who guess, the second factor, and the session that begins."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from urllib.parse import urlencode

import orjson
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.addresses import local
from auth.cookies import FORM, SESSION, clear, set_cookie
from auth.errors import FormRefused, OAuthRefused
from auth.guessing import wait_of
from auth.keys import LIFETIMES
from auth.pages.login import login_page, second_factor_page
from auth.pages.securing import SECOND_FACTOR
from auth.roles import is_administrator
from auth.sealing import Unsealable, digest, draw
from auth.second_factor import passes
from auth.server.authorize import form_targets_of
from auth.server.requests import read_form
from auth.sign_on import SignOn
from store.accounts import Account
from store.audit import Action, Event
from store.browser_sessions import BrowserSession
from store.codes import Label

HOME = "/oauth/account"

_TICKET = timedelta(minutes=5)
_WRONG = Label("用户名或密码不正确", "the user name or the password is wrong")
_WRONG_CODE = Label("验证码不正确或已使用", "the code is wrong or was used already")
_STALE = Label("页面已过期，或浏览器不接受 Cookie：请重试", "the page is too old, or the browser keeps no cookies: try again")


class SigningIn:
    """The pages of signing in."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def show(self, request: Request) -> Response:
        """Ask who it is."""
        return await self._ask(request, _target(request))

    async def submit(self, request: Request) -> Response:
        """Compare name and password; whoever guesses waits longer each time, and nobody else with them."""
        sign_on, target = self._sign_on, _target(request)
        try:
            form = await self._form(request)
        except (FormRefused, OAuthRefused) as error:
            return await self._ask(request, target, error.message, error.status)
        username, password = form.get("username", "").strip(), form.get("password", "")
        # Of one name at one address: a stranger elsewhere does not lock its owner out.
        counter = sign_on.vault.pseudonym(f"{username} {sign_on.pseudonym(request)}")
        if (wait := await wait_of(sign_on, counter)) is not None:
            return await self._ask(request, target, wait, 429)
        account = await sign_on.accounts.by_username(username) if username else None
        right = await sign_on.passwords.holds(account.password if account is not None else None, password)
        if not right or account is None or account.disabled:
            await sign_on.attempts.add(counter)
            page = await self._ask(request, target, _WRONG, 401)
            if account is not None:  # strangers cannot fill the log with names that they invent
                event = Event(account.id, Action.SIGN_IN_REFUSED, None, None, {"from": await sign_on.passing_pseudonym(request)})
                page.background = BackgroundTask(sign_on.audit.write, event)  # afterwards: its time would tell who has an account
            return page
        if (await sign_on.attempts.of(counter))[0]:
            await sign_on.attempts.forget(counter)
        return await self.go_on(request, account, target)

    async def go_on(self, request: Request, account: Account, target: str) -> Response:
        """Ask for the second factor of who showed who they are; where there is none, begin a session.

        An administrator without one is led to the page that gives one: until then an administrator's rights are not in force.
        """
        if account.totp is not None:
            return await self._ask_code(request, target, self._ticket(account))
        needed = self._sign_on.policy.second_factor
        if needed and is_administrator(account.roles):
            target = f"{SECOND_FACTOR}?{urlencode({'next': target})}"
        response = RedirectResponse(target, 303, {"cache-control": "no-store"})
        return await self.begin(request, account, response, second_factor=not needed)

    async def confirm(self, request: Request) -> Response:
        """Compare the code of the second factor, which counts once."""
        sign_on, target = self._sign_on, _target(request)
        try:
            form = await self._form(request)
            account = await self._of_ticket(form.get("ticket", ""))
        except (FormRefused, OAuthRefused) as error:
            return await self._ask(request, target, error.message, error.status)
        counter = sign_on.vault.pseudonym(f"second factor {account.id}")
        if (wait := await wait_of(sign_on, counter)) is not None:
            return await self._ask_code(request, target, form["ticket"], wait, 429)
        if not await passes(sign_on, account, form.get("code", "")):
            await sign_on.attempts.add(counter)
            return await self._ask_code(request, target, form["ticket"], _WRONG_CODE, 401)
        await sign_on.attempts.forget(counter)
        response = RedirectResponse(target, 303, {"cache-control": "no-store"})
        return await self.begin(request, account, response, second_factor=True)

    async def begin(self, request: Request, account: Account, response: Response, *, second_factor: bool) -> Response:
        """Begin a session of its own with this response, whatever the browser held before."""
        sign_on, here, now, cookie = self._sign_on, self._sign_on.here(request), self._sign_on.clock(), draw()
        session = BrowserSession(
            id=draw()[:22],
            account=account.id,
            auth_time=now,
            second_factor=second_factor,
            device=device_of(request.headers.get("user-agent", "")),
            expires_at=now + LIFETIMES.session,
        )
        before = await sign_on.signed_in(request)
        if before is not None:
            await sign_on.sessions.end(before[0].id, before[1].id)
        await sign_on.sessions.add(digest(cookie), session)
        await sign_on.accounts.signed_in(account.id)
        await sign_on.audit.write(Event(account.id, Action.SIGNED_IN, session.id, None, {"from": await sign_on.passing_pseudonym(request)}))
        set_cookie(response, here, SESSION, cookie, int(LIFETIMES.session.total_seconds()))
        clear(response, here, FORM)
        return response

    async def _form(self, request: Request) -> dict[str, str]:
        form = await read_form(request)
        if not self._sign_on.forms.holds(request, self._sign_on.here(request), form.get("csrf")):
            raise FormRefused(_STALE, 403)
        return form

    async def _ask(self, request: Request, target: str, problem: Label | None = None, status: int = 200) -> Response:
        sign_on, here = self._sign_on, self._sign_on.here(request)
        csrf, cookie = sign_on.forms.token(request, here)
        page = login_page(
            sign_on.language_of(request),
            target=target,
            csrf=csrf,
            upstreams={name: upstream.definition.label for name, upstream in sign_on.upstreams.items()},
            form_targets=await form_targets_of(sign_on, target),
            problem=problem,
            status=status,
        )
        sign_on.forms.remember(page, here, cookie)
        return page

    async def _ask_code(self, request: Request, target: str, ticket: str, problem: Label | None = None, status: int = 200) -> Response:
        sign_on, here = self._sign_on, self._sign_on.here(request)
        csrf, cookie = sign_on.forms.token(request, here)
        targets = await form_targets_of(sign_on, target)
        lang = sign_on.language_of(request)
        page = second_factor_page(lang, target=target, csrf=csrf, ticket=ticket, form_targets=targets, problem=problem, status=status)
        sign_on.forms.remember(page, here, cookie)
        return page

    def _ticket(self, account: Account) -> str:
        expires = int((self._sign_on.clock() + _TICKET).timestamp())
        return urlsafe_b64encode(self._sign_on.vault.seal(orjson.dumps([account.id, expires]), "second factor")).decode()

    async def _of_ticket(self, ticket: str) -> Account:
        try:
            identifier, expires = orjson.loads(self._sign_on.vault.open(urlsafe_b64decode(ticket), "second factor"))
        except (Unsealable, ValueError) as error:
            raise FormRefused(_STALE, 403) from error
        account = await self._sign_on.accounts.by_id(identifier)
        if account is None or account.disabled or account.totp is None or expires < self._sign_on.clock().timestamp():
            raise FormRefused(_STALE, 403)
        return account


def device_of(user_agent: str) -> str:
    """A word for a browser: enough to know one's own again, too little to follow anybody."""
    for mark, word in (("Edg/", "Edge"), ("MicroMessenger", "WeChat"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")):
        if mark in user_agent:
            return word
    return "?"


def _target(request: Request) -> str:
    return local(request.query_params.get("next"), HOME)
