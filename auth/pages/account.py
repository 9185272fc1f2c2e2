"""The page of a person's sign-ins and applications, with what ends each, and the page that asks whether to sign out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from auth.pages.page import Html, button, hidden, joined, page, said, tag
from auth.pages.securing import links
from auth.scopes import SCOPES, in_order
from auth.sign_on import Language
from store.accounts import Account
from store.browser_sessions import BrowserSession
from store.clients import Client
from store.consents import Consent

ACCOUNT = "/oauth/account"
LOGOUT = "/oauth/logout"

_TEXTS = {
    "zh": {
        "title": "登录与应用",
        "who": "您好，{name}。",
        "sessions": "已登录的浏览器",
        "this": "（当前浏览器）",
        "end": "结束",
        "clients": "您允许的应用",
        "none": "没有。",
        "withdraw": "撤回同意",
        "logout": "退出登录",
        "ask": "要退出登录吗？",
        "out": "已退出登录",
        "again": "重新登录",
        "weak": "未使用二次验证登录：管理员权限暂不生效。",
    },
    "en": {
        "title": "Sign-ins and applications",
        "who": "Hello, {name}.",
        "sessions": "Browsers that are signed in",
        "this": " (this one)",
        "end": "End",
        "clients": "Applications that you let in",
        "none": "None.",
        "withdraw": "Take back",
        "logout": "Sign out",
        "ask": "Sign out?",
        "out": "You are signed out",
        "again": "Sign in again",
        "weak": "You signed in without a second factor: your administrator's rights are not in force.",
    },
}


def account_page(
    lang: Language,
    account: Account,
    own: BrowserSession,
    sessions: Sequence[BrowserSession],
    consents: Mapping[str, Consent],
    clients: Mapping[str, Client],
    *,
    csrf: str,
    weak: bool,
) -> HTMLResponse:
    """Show everything that acts in a person's name."""
    texts = _TEXTS[lang]
    browsers = [
        tag(
            "li",
            f"{each.device}, {_moment(each.auth_time)}",
            texts["this"] if each.id == own.id else "",
            " ",
            _form(csrf, "session", each.id, texts["end"]),
        )
        for each in sessions
    ]
    apps = [
        tag(
            "li",
            tag("strong", clients[each.client].name if each.client in clients else each.client),
            f", {_moment(each.given_at)}",
            tag("ul", *(tag("li", said(SCOPES[scope], lang)) for scope in in_order(each.scopes))),
            _form(csrf, "client", each.client, texts["withdraw"]),
        )
        for each in consents.values()
    ]
    return page(
        lang,
        texts["title"],
        tag("p", texts["who"].format(name=account.name)),
        tag("p", tag("strong", texts["weak"])) if weak else Html(""),
        links(lang),
        tag("h2", texts["sessions"]),
        tag("ul", *browsers),
        tag("h2", texts["clients"]),
        tag("ul", *apps) if apps else tag("p", texts["none"]),
        logout_form(lang, csrf),
    )


def logout_page(lang: Language, csrf: str, parameters: Mapping[str, str]) -> HTMLResponse:
    """Ask, where nobody proved that the person wants it."""
    return page(lang, _TEXTS[lang]["ask"], logout_form(lang, csrf, parameters))


def signed_out_page(lang: Language) -> HTMLResponse:
    """Say that it is done."""
    return page(lang, _TEXTS[lang]["out"], tag("p", tag("a", _TEXTS[lang]["again"], href="/oauth/login")))


def logout_form(lang: Language, csrf: str, parameters: Mapping[str, str] | None = None) -> Html:
    """The button that signs out."""
    action = f"{LOGOUT}?{urlencode(dict(parameters))}" if parameters else LOGOUT
    return tag("form", hidden("csrf", csrf), tag("p", button("logout", _TEXTS[lang]["logout"])), method="post", action=action)


def _form(csrf: str, name: str, value: str, label: str) -> Html:
    return tag("form", joined([hidden("csrf", csrf), hidden(name, value), button("end", label)]), method="post", action=ACCOUNT)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
