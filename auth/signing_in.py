"""Signing in: names and passwords, the back-off for those who guess, the second factor, and the session that begins."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

import orjson
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.addresses import local
from auth.cookies import FORM, SESSION, clear, set_cookie
from auth.errors import FormRefused, OAuthRefused
from auth.keys import LIFETIMES
from auth.pages.login import login_page, second_factor_page
from auth.sealing import Unsealable, digest, draw
from auth.server.authorize import form_targets_of
from auth.server.requests import read_form
from auth.sign_on import SignOn
from store.accounts import Account
from store.audit import Action, Event
from store.browser_sessions import BrowserSession
from store.codes import Label

HOME = "/oauth/account"
FREE = 5
"""Wrong passwords before the back-off begins."""

LONGEST_WAIT = timedelta(minutes=15)
STEP = 30
"""Seconds that one code of the second factor is for (RFC 6238, 4)."""

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
        if (wait := await self._wait(counter)) is not None:
            return await self._ask(request, target, wait, 429)
        account = await sign_on.accounts.by_username(username) if username else None
        right = await sign_on.passwords.holds(account.password if account is not None else None, password)
        if not right or account is None or account.disabled:
            await sign_on.attempts.add(counter)
            page = await self._ask(request, target, _WRONG, 401)
            if account is not None:  # strangers cannot fill the log with names that they invent
                event = Event(account.id, Action.SIGN_IN_REFUSED, None, None, {"from": sign_on.pseudonym(request)})
                page.background = BackgroundTask(sign_on.audit.write, event)  # afterwards: its time would tell who has an account
            return page
        if (await sign_on.attempts.of(counter))[0]:
            await sign_on.attempts.forget(counter)
        if sign_on.policy.second_factor and account.totp is not None:
            return await self._ask_code(request, target, self._ticket(account))
        return await self.begin(request, account, target, second_factor=not sign_on.policy.second_factor)

    async def confirm(self, request: Request) -> Response:
        """Compare the six digits of the second factor; each code counts once."""
        sign_on, target, now = self._sign_on, _target(request), self._sign_on.clock()
        try:
            form = await self._form(request)
            account = await self._of_ticket(form.get("ticket", ""))
        except (FormRefused, OAuthRefused) as error:
            return await self._ask(request, target, error.message, error.status)
        counter = sign_on.vault.pseudonym(f"totp {account.id}")
        if (wait := await self._wait(counter)) is not None:
            return await self._ask_code(request, target, form["ticket"], wait, 429)
        step = matching_step(sign_on.vault.open(account.totp or b"", account.id), form.get("code", "").replace(" ", ""), now)
        if step is None or await sign_on.attempts.add(sign_on.vault.pseudonym(f"totp {account.id} {step}")) > 1:
            await sign_on.attempts.add(counter)
            return await self._ask_code(request, target, form["ticket"], _WRONG_CODE, 401)
        await sign_on.attempts.forget(counter)
        return await self.begin(request, account, target, second_factor=True)

    async def begin(self, request: Request, account: Account, target: str, *, second_factor: bool) -> Response:
        """Begin a session of its own, whatever the browser held before, and go on to `target`."""
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
        await sign_on.audit.write(Event(account.id, Action.SIGNED_IN, session.id, None, {"from": sign_on.pseudonym(request)}))
        response = RedirectResponse(target, 303, {"cache-control": "no-store"})
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

    async def _wait(self, counter: bytes) -> Label | None:
        count, last = await self._sign_on.attempts.of(counter)
        if last is None or (left := last + back_off(count) - self._sign_on.clock()) <= timedelta():
            return None
        seconds = int(left.total_seconds()) + 1
        return Label(f"尝试过多：请在 {seconds} 秒后重试", f"too many attempts: try again in {seconds} seconds")

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


def back_off(count: int) -> timedelta:
    """How long to wait after so many failures: nothing for the first ones, then twice as long each time, within a bound."""
    if count < FREE:
        return timedelta()
    return min(timedelta(seconds=2 ** min(count - FREE + 1, 20)), LONGEST_WAIT)


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The step of RFC 6238 that a code belongs to: this one, the one before or the one after; None for a wrong code."""
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    totp = totp_of(secret)
    for step in (0, -1, 1):
        moment = int(now.timestamp()) + step * STEP
        try:
            totp.verify(code.encode(), moment)
        except InvalidToken:
            continue
        return moment // STEP
    return None


def totp_of(secret: bytes) -> TOTP:
    """The second factor of a secret, as every authenticator application reckons it."""
    return TOTP(secret, 6, SHA1(), STEP, enforce_key_length=False)  # noqa: S303 - RFC 6238 as applications know it


def device_of(user_agent: str) -> str:
    """A word for a browser: enough to know one's own again, too little to follow anybody."""
    for mark, word in (("Edg/", "Edge"), ("MicroMessenger", "WeChat"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")):
        if mark in user_agent:
            return word
    return "?"


def _target(request: Request) -> str:
    return local(request.query_params.get("next"), HOME)
