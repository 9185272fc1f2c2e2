"""The page that asks a person's consent: who asks, and what it would see, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import HTMLResponse

from auth.pages.page import button, hidden, joined, page, said, tag
from auth.scopes import SCOPES, in_order
from auth.sign_on import Language
from store.accounts import Account
from store.clients import Client

_TEXTS = {
    "zh": {
        "title": "允许“{client}”访问？",
        "who": "您以 {name} 的身份登录。允许后，该应用可以：",
        "unverified": "该应用尚未经管理员核验，请确认您信任它。",
        "later": "您可以随时在“登录与应用”页面撤回同意。",
        "allow": "允许",
        "deny": "拒绝",
        "account": "登录与应用",
    },
    "en": {
        "title": "Let “{client}” in?",
        "who": "You are signed in as {name}. The application would be able to:",
        "unverified": "No administrator has checked this application yet: make sure that you trust it.",
        "later": "You can take this back at any time on the page of your sign-ins and applications.",
        "allow": "Allow",
        "deny": "Deny",
        "account": "Sign-ins and applications",
    },
}


def consent_page(
    lang: Language, client: Client, account: Account, scopes: frozenset[str], *, action: str, csrf: str, form_targets: Iterable[str]
) -> HTMLResponse:
    """Ask. `action` is where the answer goes."""
    texts = _TEXTS[lang]
    asked = tag("ul", *(tag("li", said(SCOPES[scope], lang)) for scope in in_order(scopes)))
    warning = [] if client.approved else [tag("p", tag("strong", texts["unverified"]))]
    buttons = tag("p", button("allow", texts["allow"]), " ", button("deny", texts["deny"]))
    form = tag("form", hidden("csrf", csrf), buttons, method="post", action=action)
    more = tag("p", texts["later"], " ", tag("a", texts["account"], href="/oauth/account"))
    title = texts["title"].format(client=client.name)
    return page(
        lang, title, joined([*warning, tag("p", texts["who"].format(name=account.name)), asked, form, more]), form_targets=form_targets
    )
