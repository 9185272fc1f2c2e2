"""What is published beside the endpoint: the schema, its possible types, the meaning of every error code, and the first page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import pairwise
from typing import Final

import orjson
from graphql import GraphQLSchema, is_abstract_type
from markdown_it import MarkdownIt
from markdown_it.token import Token
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DOCUMENTS: Final = ("errors", "feeds", "clients", "clients.zh-CN", "sign-on", "sign-on.zh-CN")
"""Pages of `docs/` that the server shows itself: whoever asks it may reach no other place that has them."""
ENGLISH: Final = ("feeds", "clients", "sign-on")
_SAFE: Final = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


class Published:
    """Bytes that stay the same while the server runs, with an ETag (RFC 9110, 8.8.3)."""

    def __init__(self, body: bytes, media_type: str, *, policy: str = "default-src 'none'", cache: str = "public, max-age=300") -> None:
        self._body = body
        self._media_type = media_type
        self._headers = {
            **_SAFE,
            "etag": f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"',
            "cache-control": cache,
            "content-security-policy": policy,
        }

    async def respond(self, request: Request) -> Response:
        """The bytes, or 304 where the caller has them."""
        known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        if self._headers["etag"] in known or "*" in known:
            return Response(status_code=304, headers=self._headers)
        return Response(self._body, 200, self._headers, self._media_type)


def published_routes(schema: GraphQLSchema, sdl: str) -> list[Route]:
    """Routes of everything that is the same for everybody."""
    pages = files("transport") / "pages"
    return [
        Route("/start", Published(pages.joinpath("start.html").read_bytes(), "text/html; charset=utf-8", policy=POLICY).respond),
        Route("/start.js", Published(pages.joinpath("start.js").read_bytes(), "text/javascript; charset=utf-8").respond),
        Route("/start.css", Published(pages.joinpath("start.css").read_bytes(), "text/css; charset=utf-8").respond),
        Route("/schema.graphql", Published(sdl.encode(), "application/graphql; charset=utf-8").respond),
        Route("/possible-types.json", Published(possible_types(schema), "application/json").respond),
        *(Route(f"/docs/{name}", _shown(name).respond) for name in DOCUMENTS),
    ]


def _shown(name: str) -> Published:
    return Published(explained(name).encode(), "text/html; charset=utf-8", policy=POLICY)


def possible_types(schema: GraphQLSchema) -> bytes:
    """Interfaces and unions with their object types, in the form that Apollo Client's `possibleTypes` takes."""
    found = {
        name: sorted(each.name for each in schema.get_possible_types(kind))
        for name, kind in schema.type_map.items()
        if is_abstract_type(kind)
    }
    return orjson.dumps(found)


def explained(name: str) -> str:
    """A page of `docs/`. Every heading is an anchor, as answers and the pages themselves point at it; links to pages that are not published
    are text."""
    text = files("transport").joinpath("pages", f"{name}.md").read_text("utf-8")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for opening, title in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", re.sub(r"[^\w -]", "", title.content.lower()).replace(" ", "-"))
    for token in tokens:
        if token.children:
            token.children = [*_leading_somewhere(token.children)]
    body = markdown.renderer.render(tokens, markdown.options, {})
    style = '<link rel="stylesheet" href="/start.css">'
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Huiju: {name}</title>{style}'
    lang = "en" if name in ENGLISH else "zh-CN"
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body><main>{body}</main></body></html>'


def _leading_somewhere(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens of a line, without the links that would lead nowhere."""
    dropped = False
    for token in tokens:
        if token.type == "link_open":
            page, mark, anchor = str(token.attrs["href"]).partition("#")
            beside = page != "" and not page.startswith(("/", "https:", "http:", "mailto:"))
            dropped = beside and page.removesuffix(".md") not in DOCUMENTS
            if beside and not dropped:
                token.attrSet("href", f"/docs/{page.removesuffix('.md')}{mark}{anchor}")
        if not (dropped and token.type in ("link_open", "link_close")):
            yield token
