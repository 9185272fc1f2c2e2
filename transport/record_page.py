"""`/resources/{id}`: Huiju's own page of a record, plain HTML that works everywhere; titles of sources are untrusted text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from resolvers.context import Context
from resolvers.errors import CallerError
from resolvers.lookup import resource, source_of
from store.codes import label
from store.record import Record
from transport.errors import RequestRefused
from transport.language import Language, preferred

TEXTS: Final = {
    "zh": {"absent": "没有这条资源", "open": "打开资源", "source": "来源", "kind": "类型", "updated": "更新", "home": "汇聚首页"},
    "en": {
        "absent": "There is no such resource",
        "open": "Open the resource",
        "source": "Source",
        "kind": "Kind",
        "updated": "Updated",
        "home": "Huiju",
    },
}
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "vary": "accept-language",
}


def record_route(context_for: Callable[[Request, Language], Awaitable[Context]], language: Language) -> Route:
    """The page of one record; what the caller may not see answers exactly as what does not exist."""

    async def respond(request: Request) -> Response:
        lang = preferred(request.headers.get("accept-language"), language)
        try:
            context = await context_for(request, lang)
            record = await resource(context, request.path_params["id"])
        except RequestRefused as refused:
            message = refused.message_zh if lang == "zh" else refused.message_en
            return _page(lang, message, f"<p>{escape(message)}</p>", refused.status)
        except CallerError as error:
            message = error.message.zh if lang == "zh" else error.message.en
            return _page(lang, message, f"<p>{escape(message)}</p>", 502)
        if record is None:
            return _page(lang, TEXTS[lang]["absent"], f"<h1>{TEXTS[lang]['absent']}</h1>", 404)
        return _page(lang, record.title, _body(record, context, lang), 200)

    return Route("/resources/{id}", respond)


def _body(record: Record, context: Context, lang: Language) -> str:
    texts = TEXTS[lang]
    kind = label("kind", record.kind)
    rows = [
        (texts["source"], source_of(context, record.source).definition.title),
        (texts["kind"], kind.zh if lang == "zh" else kind.en),
        (texts["updated"], record.updated_at.date().isoformat() if record.updated_at else record.published or ""),
    ]
    facts = "".join(f"<li>{escape(name)} <b>{escape(value)}</b></li>" for name, value in rows if value)
    summary = f"<p>{escape(record.summary)}</p>" if record.summary else ""
    link = f'<p><a rel="noopener noreferrer nofollow" href="{escape(record.url)}">{texts["open"]}</a></p>' if record.url else ""
    return f'<h1 dir="auto">{escape(record.title)}</h1><ul>{facts}</ul>{summary}{link}'


def _page(lang: Language, title: str, body: str, status: int) -> HTMLResponse:
    tag = "zh-CN" if lang == "zh" else "en"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    style = '<link rel="stylesheet" href="/start.css">'
    home = f'<header><a href="/">{TEXTS[lang]["home"]}</a></header>'
    return HTMLResponse(
        f'<!doctype html><html lang="{tag}"><head>{head}{style}</head><body>{home}<main>{body}</main></body></html>', status, _HEADERS
    )
