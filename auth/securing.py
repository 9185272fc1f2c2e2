"""What people change about how they sign in: their password, their second factor. Each change asks again who it is."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.addresses import local
from auth.errors import FormRefused, OAuthRefused
from auth.guessing import wait_of
from auth.pages.page import trouble
from auth.pages.securing import SECOND_FACTOR, enrolled_page, enrolment_page, password_page, recovery_codes_page
from auth.passwords import LONGEST, SHORTEST
from auth.roles import is_administrator
from auth.sealing import Unsealable
from auth.second_factor import (
    address_of_authenticator,
    counts,
    draw_secret,
    forget_second_factor,
    make_recovery_codes,
    passes,
    written_secret,
)
from auth.server.requests import read_form
from auth.sign_on import SignOn
from auth.signing_in import HOME, SigningIn
from store.accounts import Account
from store.audit import Action, Event
from store.browser_sessions import BrowserSession
from store.codes import Label

_Form = dict[str, str]

_RECENT = timedelta(minutes=10)
"""How long a sign-in elsewhere counts as having shown who it is, for those who have no password here."""

_STALE = Label("页面已过期，或浏览器不接受 Cookie：请返回重试", "the page is too old, or cookies are off: go back and try again")
_WRONG = Label("当前密码不正确", "the password so far is wrong")
_WRONG_CODE = Label("验证码不正确或已使用", "the code is wrong or was used already")
_TWO = Label("两次输入的新密码不一致", "the new password was not the same both times")
_SAME = Label("新密码不能与当前密码或用户名相同", "the new password must differ from the one so far and from your user name")
_LENGTH = Label(f"密码需 {SHORTEST} 到 {LONGEST} 个字符", f"a password has {SHORTEST} to {LONGEST} characters")
_AGAIN = Label("请重新登录后再启用二次验证", "sign in again first: your sign-in is too old for this")


class Securing:
    """The pages of a password and of a second factor."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def show_password(self, request: Request) -> Response:
        """Ask for the password so far and a new one."""
        return await self._shown(request, self._password)

    async def change_password(self, request: Request) -> Response:
        """Change the password, and end everything that was signed in with the one before."""
        return await self._changed(request, self._change_password)

    async def show_second_factor(self, request: Request) -> Response:
        """Offer an authenticator, or what can be done about the one that there is."""
        return await self._shown(request, self._second_factor)

    async def change_second_factor(self, request: Request) -> Response:
        """Enrol an authenticator, remove it, or make new recovery codes."""
        return await self._changed(request, self._change_second_factor)

    async def _change_password(self, request: Request, account: Account, session: BrowserSession, form: _Form) -> Response:
        sign_on, new = self._sign_on, form.get("new", "")
        if (problem := await self._password_problem(account, form.get("current", ""))) is not None:
            return await self._password(request, account, problem, 401)
        if new != form.get("again"):
            return await self._password(request, account, _TWO, 400)
        if not SHORTEST <= len(new) <= LONGEST:
            return await self._password(request, account, _LENGTH, 400)
        if new in (form["current"], account.username):
            return await self._password(request, account, _SAME, 400)
        await sign_on.accounts.secure(account.id, password=await sign_on.passwords.hash(new))
        await self._end_others(account)
        await sign_on.audit.write(Event(account.id, Action.PASSWORD_CHANGED, account.id))
        response = RedirectResponse(HOME, 303, {"cache-control": "no-store"})
        return await SigningIn(sign_on).begin(request, account, response, second_factor=session.second_factor)

    async def _change_second_factor(self, request: Request, account: Account, session: BrowserSession, form: _Form) -> Response:
        sign_on = self._sign_on
        if account.totp is None:
            return await self._enrol(request, account, session, form)
        counter = sign_on.vault.pseudonym(f"second factor {account.id}")
        if (wait := await wait_of(sign_on, counter)) is not None:
            return await self._second_factor(request, account, wait, 429)
        if not await passes(sign_on, account, form.get("code", "")):
            await sign_on.attempts.add(counter)
            return await self._second_factor(request, account, _WRONG_CODE, 401)
        if "remove" not in form:
            codes = await make_recovery_codes(sign_on, account.id)
            return recovery_codes_page(sign_on.language_of(request), codes, HOME)
        await forget_second_factor(sign_on, account.id, account.id)
        await self._end_others(account)
        response = RedirectResponse(SECOND_FACTOR, 303, {"cache-control": "no-store"})
        return await SigningIn(sign_on).begin(request, account, response, second_factor=not sign_on.policy.second_factor)

    async def _enrol(self, request: Request, account: Account, session: BrowserSession, form: _Form) -> Response:
        sign_on = self._sign_on
        secret = self._of_ticket(account, form.get("ticket", ""))
        if account.password is None:
            if sign_on.clock() - session.auth_time > _RECENT:
                return await self._second_factor(request, account, _AGAIN, 401)
        elif (problem := await self._password_problem(account, form.get("password", ""))) is not None:
            return await self._second_factor(request, account, problem, 401, secret)
        counter = sign_on.vault.pseudonym(f"second factor {account.id}")
        if (wait := await wait_of(sign_on, counter)) is not None:
            return await self._second_factor(request, account, wait, 429, secret)
        if not await counts(sign_on, account.id, secret, form.get("code", "").replace(" ", "")):
            await sign_on.attempts.add(counter)
            return await self._second_factor(request, account, _WRONG_CODE, 401, secret)
        await sign_on.accounts.secure(account.id, totp=sign_on.vault.seal(secret, account.id))
        await sign_on.audit.write(Event(account.id, Action.SECOND_FACTOR_ENROLLED, account.id))
        codes = await make_recovery_codes(sign_on, account.id)
        response = recovery_codes_page(sign_on.language_of(request), codes, _target(request))
        return await SigningIn(sign_on).begin(request, account, response, second_factor=True)

    async def _password_problem(self, account: Account, said: str) -> Label | None:
        """What is wrong with a password that somebody who is signed in brings: a session that was stolen is no licence to guess."""
        sign_on = self._sign_on
        counter = sign_on.vault.pseudonym(f"password of {account.id}")
        if (wait := await wait_of(sign_on, counter)) is not None:
            return wait
        if await sign_on.passwords.holds(account.password, said):
            await sign_on.attempts.forget(counter)
            return None
        await sign_on.attempts.add(counter)
        await sign_on.audit.write(Event(account.id, Action.SIGN_IN_REFUSED, account.id))
        return _WRONG

    async def _end_others(self, account: Account) -> None:
        await self._sign_on.sessions.end(account.id)
        await self._sign_on.tokens.revoke(account=account.id)
        self._sign_on.resource_server.forget()

    async def _password(self, request: Request, account: Account, problem: Label | None = None, status: int = 200) -> Response:
        sign_on, here = self._sign_on, self._sign_on.here(request)
        csrf, cookie = sign_on.forms.token(request, here)
        lang, held = sign_on.language_of(request), account.password is not None
        page = password_page(lang, csrf=csrf, bounds=(SHORTEST, LONGEST), held=held, problem=problem, status=status)
        sign_on.forms.remember(page, here, cookie)
        return page

    async def _second_factor(
        self, request: Request, account: Account, problem: Label | None = None, status: int = 200, secret: bytes | None = None
    ) -> Response:
        sign_on, here, lang = self._sign_on, self._sign_on.here(request), self._sign_on.language_of(request)
        csrf, cookie = sign_on.forms.token(request, here)
        page: Response
        if account.totp is not None:
            page = enrolled_page(lang, csrf=csrf, left=await sign_on.recovery_codes.left(account.id), problem=problem, status=status)
        else:
            secret = secret or draw_secret()
            page = enrolment_page(
                lang,
                csrf=csrf,
                ticket=self._ticket(account, secret),
                address=address_of_authenticator(account.username or account.name, secret),
                secret=written_secret(secret),
                password=account.password is not None,
                needed=sign_on.policy.second_factor and is_administrator(account.roles),
                target=_target(request),
                problem=problem,
                status=status,
            )
        sign_on.forms.remember(page, here, cookie)
        return page

    def _ticket(self, account: Account, secret: bytes) -> str:
        return urlsafe_b64encode(self._sign_on.vault.seal(secret, f"enrolment {account.id}")).decode()

    def _of_ticket(self, account: Account, ticket: str) -> bytes:
        try:
            return self._sign_on.vault.open(urlsafe_b64decode(ticket), f"enrolment {account.id}")
        except (Unsealable, ValueError) as error:
            raise FormRefused(_STALE, 403) from error

    async def _shown(self, request: Request, show: Callable[[Request, Account], Awaitable[Response]]) -> Response:
        signed_in = await self._sign_on.signed_in(request)
        if signed_in is None:
            return _to_login(request)
        return await show(request, signed_in[0])

    async def _changed(
        self, request: Request, change: Callable[[Request, Account, BrowserSession, _Form], Awaitable[Response]]
    ) -> Response:
        sign_on = self._sign_on
        signed_in = await sign_on.signed_in(request)
        if signed_in is None:
            return _to_login(request)
        try:
            form = await read_form(request)
            if not sign_on.forms.holds(request, sign_on.here(request), form.get("csrf")):
                raise FormRefused(_STALE, 403)
            return await change(request, *signed_in, form)
        except (FormRefused, OAuthRefused) as error:
            return trouble(sign_on.language_of(request), error.message, error.status)


def _target(request: Request) -> str:
    return local(request.query_params.get("next"), HOME)


def _to_login(request: Request) -> Response:
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return RedirectResponse(f"/oauth/login?{urlencode({'next': here})}", 303, {"cache-control": "no-store"})
