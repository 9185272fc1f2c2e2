"""The pages on which people look after what they sign in with: their password and their second factor."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import segno
from starlette.responses import HTMLResponse

from auth.pages.page import Html, button, field, hidden, joined, page, said, tag
from auth.sign_on import Language
from store.codes import Label

PASSWORD = "/oauth/account/password"  # noqa: S105 - an address
SECOND_FACTOR = "/oauth/account/second-factor"

_TEXTS = {
    "zh": {
        "password": "修改密码",
        "rule": "新密码需 {shortest} 到 {longest} 个字符。修改后，其他浏览器和应用需重新登录。",
        "current": "当前密码",
        "new": "新密码",
        "again": "再次输入新密码",
        "change": "修改",
        "factor": "二次验证",
        "why": "启用后，登录时除密码外还需输入身份验证器（如微信小程序中的动态口令、Google Authenticator）上的六位数字。",
        "administrator": "管理员须启用二次验证：在此之前，管理员权限不生效。",
        "scan": "请用身份验证器扫描：",
        "type": "或手动输入密钥（按时间，六位数字）：",
        "code": "身份验证器上显示的六位数字",
        "enrol": "启用",
        "later": "以后再说",
        "held": "已启用二次验证。未使用的恢复码：{left} 个。",
        "either": "六位数字或恢复码",
        "renew": "生成新的恢复码",
        "remove": "停用二次验证",
        "codes": "恢复码",
        "once": "二次验证已启用。以下恢复码只显示这一次，每个可代替六位数字使用一次：请打印或抄写，与手机分开保管。",
        "go": "继续",
        "back": "登录与应用",
        "elsewhere": "您通过其他身份提供方登录，在此没有密码。",
    },
    "en": {
        "password": "Change your password",
        "rule": "A password has {shortest} to {longest} characters. Other browsers and applications have to sign in again afterwards.",
        "current": "Password so far",
        "new": "New password",
        "again": "New password once more",
        "change": "Change it",
        "factor": "Second factor",
        "why": "From then on signing in asks, beside the password, for the six digits of an authenticator application on your telephone.",
        "administrator": "Administrators need a second factor: until then your administrator's rights are not in force.",
        "scan": "Let your authenticator read this:",
        "type": "or type the secret (by time, six digits):",
        "code": "Six digits that it shows",
        "enrol": "Enrol",
        "later": "Not now",
        "held": "A second factor is enrolled. Recovery codes that are left: {left}.",
        "either": "Six digits, or a recovery code",
        "renew": "Make new recovery codes",
        "remove": "Remove the second factor",
        "codes": "Recovery codes",
        "once": "A second factor is enrolled. These recovery codes are shown this once; each stands in for the six digits one time. "
        "Print them or write them down, and keep them apart from your telephone.",
        "go": "Go on",
        "back": "Sign-ins and applications",
        "elsewhere": "You sign in with another identity provider and have no password here.",
    },
}


def password_page(
    lang: Language, *, csrf: str, bounds: tuple[int, int], held: bool, problem: Label | None = None, status: int = 200
) -> HTMLResponse:
    """Ask for the password so far and a new one, of `bounds` characters; `held` is False for who has none here."""
    texts = _TEXTS[lang]
    if not held:
        return page(lang, texts["password"], tag("p", texts["elsewhere"]), _back(lang))
    form = tag(
        "form",
        hidden("csrf", csrf),
        field("current", texts["current"], "password", "current-password"),
        field("new", texts["new"], "password", "new-password"),
        field("again", texts["again"], "password", "new-password"),
        tag("p", button("change", texts["change"])),
        method="post",
        action=PASSWORD,
    )
    rule = tag("p", texts["rule"].format(shortest=bounds[0], longest=bounds[1]))
    return page(lang, texts["password"], rule, _problem(problem, lang), form, _back(lang), status=status)


def enrolment_page(
    lang: Language,
    *,
    csrf: str,
    ticket: str,
    address: str,
    secret: str,
    password: bool,
    needed: bool,
    target: str,
    problem: Label | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Offer a new authenticator, `address` as a QR code and `secret` to type; `ticket` holds it sealed. `password`: ask for that too."""
    texts = _TEXTS[lang]
    image = Html(segno.make(address, error="m", micro=False).svg_inline(scale=4, light="#fff", title="QR"))
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    form = tag(
        "form",
        joined([hidden("csrf", csrf), hidden("ticket", ticket)]),
        field("password", texts["current"], "password", "current-password") if password else Html(""),
        field("code", texts["code"], autocomplete="one-time-code"),
        tag("p", button("enrol", texts["enrol"])),
        method="post",
        action=_with(target),
    )
    return page(
        lang,
        texts["factor"],
        tag("p", tag("strong", texts["administrator"])) if needed else Html(""),
        tag("p", texts["why"]),
        _problem(problem, lang),
        tag("p", texts["scan"]),
        image,
        tag("p", texts["type"], tag("br"), tag("code", spaced)),
        form,
        tag("p", tag("a", texts["later"], href=target)),
        status=status,
    )


def enrolled_page(lang: Language, *, csrf: str, left: int, problem: Label | None = None, status: int = 200) -> HTMLResponse:
    """Show that there is a second factor, and offer new recovery codes or its end, each against a code."""
    texts = _TEXTS[lang]
    form = tag(
        "form",
        hidden("csrf", csrf),
        field("code", texts["either"], autocomplete="one-time-code"),
        tag("p", button("renew", texts["renew"]), " ", button("remove", texts["remove"])),
        method="post",
        action=SECOND_FACTOR,
    )
    return page(lang, texts["factor"], tag("p", texts["held"].format(left=left)), _problem(problem, lang), form, _back(lang), status=status)


def recovery_codes_page(lang: Language, codes: Sequence[str], target: str) -> HTMLResponse:
    """Show recovery codes, this once."""
    texts = _TEXTS[lang]
    listed = tag("ul", *(tag("li", tag("code", each)) for each in codes))
    return page(lang, texts["codes"], tag("p", texts["once"]), listed, tag("p", tag("a", texts["go"], href=target)))


def links(lang: Language) -> Html:
    """The way to both pages."""
    texts = _TEXTS[lang]
    password, factor = tag("a", texts["password"], href=PASSWORD), tag("a", texts["factor"], href=SECOND_FACTOR)
    return tag("p", password, "　" if lang == "zh" else " · ", factor)


def _with(target: str) -> str:
    return f"{SECOND_FACTOR}?{urlencode({'next': target})}"


def _back(lang: Language) -> Html:
    return tag("p", tag("a", _TEXTS[lang]["back"], href="/oauth/account"))


def _problem(problem: Label | None, lang: Language) -> Html:
    return tag("p", tag("strong", said(problem, lang)), role="alert") if problem is not None else Html("")
