"""The frame of every page: language, safe headers, and texts that are always escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

from auth.sign_on import Language
from store.codes import Label

_STYLE = '<link rel="stylesheet" href="/start.css">'


class Html(str):
    """Markup that is already safe."""

    __slots__ = ()


def said(label: Label, lang: Language) -> str:
    """A text in one of the two languages."""
    return label.zh if lang == "zh" else label.en


def tag(kind: str, /, *children: str, **attributes: str | None) -> Html:
    """An element; children that are not Html, and all attributes, are escaped. `class_` and `for_` lose their underline."""
    given = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items() if value is not None)
    inner = "".join(child if isinstance(child, Html) else escape(child) for child in children)
    return Html(f"<{kind}{given}>" if kind in _VOID else f"<{kind}{given}>{inner}</{kind}>")


def joined(parts: Iterable[str]) -> Html:
    """Several pieces of markup as one."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def field(name: str, label: str, kind: str = "text", autocomplete: str | None = None) -> Html:
    """A labelled field of a form."""
    inner = tag("input", id=name, name=name, type=kind, autocomplete=autocomplete, required="required", spellcheck="false")
    return tag("p", tag("label", label, for_=name), tag("br"), inner)


def hidden(name: str, value: str) -> Html:
    """A field that nobody sees."""
    return tag("input", type="hidden", name=name, value=value)


def button(name: str, label: str) -> Html:
    """A button that sends its form and says which one was pressed."""
    return tag("button", label, type="submit", name=name, value=name)


def page(lang: Language, title: str, *body: str, status: int = 200, form_targets: Iterable[str] = ()) -> HTMLResponse:
    """A page. `form_targets` are the origins that a form may end at, by redirects, beside our own (CSP 3, 6.4.1)."""
    language = "zh-CN" if lang == "zh" else "en"
    home = tag("header", tag("a", "汇聚" if lang == "zh" else "Huiju", href="/"))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>{_STYLE}'
    main = tag("main", tag("h1", title), *body)
    targets = " ".join(["'self'", *form_targets])
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; form-action {targets}; frame-ancestors 'none'"
    headers = {
        "content-security-policy": policy,
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
        "vary": "accept-language, cookie",
    }
    return HTMLResponse(f'<!doctype html><html lang="{language}"><head>{head}</head><body>{home}{main}</body></html>', status, headers)


def trouble(lang: Language, message: Label, status: int = 400, advice: Label | None = None) -> HTMLResponse:
    """A page that says what went wrong and what to do."""
    title = "无法继续登录" if lang == "zh" else "Signing in cannot go on"
    more = [tag("p", said(advice, lang))] if advice is not None else []
    return page(lang, title, tag("p", said(message, lang)), *more, status=status)


_VOID = {"input", "br", "link", "meta"}
