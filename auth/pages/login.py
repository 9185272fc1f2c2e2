"""The pages that ask who it is: name and password, and the second factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from auth.pages.page import Html, button, field, hidden, joined, page, said, tag
from auth.sign_on import Language
from store.codes import Label

LOGIN = "/oauth/login"
SECOND = "/oauth/second-factor"

_TEXTS = {
    "zh": {
        "title": "登录",
        "username": "用户名",
        "password": "密码",
        "login": "登录",
        "others": "或使用其他身份登录",
        "second": "二次验证",
        "explained": "请输入身份验证器上的六位数字，或一个恢复码。",
        "code": "验证码",
        "confirm": "确认",
    },
    "en": {
        "title": "Sign in",
        "username": "User name",
        "password": "Password",
        "login": "Sign in",
        "others": "Or sign in with",
        "second": "Second factor",
        "explained": "Enter the six digits that your authenticator shows, or one of your recovery codes.",
        "code": "Code",
        "confirm": "Confirm",
    },
}


def login_page(
    lang: Language,
    *,
    target: str,
    csrf: str,
    upstreams: Mapping[str, Label],
    form_targets: Iterable[str],
    problem: Label | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Ask for name and password; `target` is the path to go on to."""
    texts = _TEXTS[lang]
    form = tag(
        "form",
        hidden("csrf", csrf),
        field("username", texts["username"], autocomplete="username"),
        field("password", texts["password"], "password", "current-password"),
        tag("p", button("login", texts["login"])),
        method="post",
        action=f"{LOGIN}?{urlencode({'next': target})}",
    )
    links = [
        tag("li", tag("a", said(title, lang), href=f"/oauth/upstream/{name}?{urlencode({'next': target})}"))
        for name, title in upstreams.items()
    ]
    others = joined([tag("h2", texts["others"]), tag("ul", *links)]) if links else Html("")
    return page(lang, texts["title"], _problem(problem, lang), form, others, status=status, form_targets=form_targets)


def second_factor_page(
    lang: Language, *, target: str, csrf: str, ticket: str, form_targets: Iterable[str], problem: Label | None = None, status: int = 200
) -> HTMLResponse:
    """Ask for the six digits; `ticket` says, sealed, whose password was right a moment ago."""
    texts = _TEXTS[lang]
    form = tag(
        "form",
        hidden("csrf", csrf),
        hidden("ticket", ticket),
        field("code", texts["code"], autocomplete="one-time-code"),
        tag("p", button("confirm", texts["confirm"])),
        method="post",
        action=f"{SECOND}?{urlencode({'next': target})}",
    )
    return page(
        lang, texts["second"], tag("p", texts["explained"]), _problem(problem, lang), form, status=status, form_targets=form_targets
    )


def _problem(problem: Label | None, lang: Language) -> Html:
    return tag("p", tag("strong", said(problem, lang)), role="alert") if problem is not None else Html("")
