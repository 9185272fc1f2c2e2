"""What a push asks for: its parameters, and what its headers say of the body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from connectors.feed.definition import FeedConnection, Format
from connectors.feed.formats import MEDIA_TYPES
from connectors.protocol import Collection
from transport.feeds.problems import FeedProblem

Shown = Literal["all", "problems", "none"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_MOST_PARTS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The parameters of a push. `push` is the client's name for it, None where it has none; `shown`: which rows the receipt lists."""

    collection: Collection
    snapshot: bool
    push: str | None
    part: int
    last: bool
    dry_run: bool
    confirm: bool
    shown: Shown


def parse(params: Iterable[tuple[str, str]]) -> Asked:
    """Read the query string. A push without `part` is whole. Raises FeedProblem."""
    given: dict[str, str] = {}
    known = ("mode", "collection", "push", "part", "last", "dry_run", "confirm", "receipt")
    for name, value in params:
        if name not in known or name in given:
            raise FeedProblem("parameter", name=name[:40], value=value[:40], known=", ".join(known))
        given[name] = value
    part = given.get("part")
    if part is not None and not (part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= _MOST_PARTS):
        raise FeedProblem("parameter", name="part", value=part[:40], known=f"1 … {_MOST_PARTS}")
    push = given.get("push")
    if push is not None and not _NAME.fullmatch(push):
        raise FeedProblem("parameter", name="push", value=push[:40], known="A-Z a-z 0-9 . _ : - (1 … 100)")
    if part is not None and push is None:
        raise FeedProblem("parameter", name="push", value="", known="push=ID")
    collections = [each.value for each in Collection if each is not Collection.LIVE]
    return Asked(
        collection=Collection(_one_of("collection", given, collections)),
        snapshot=_one_of("mode", given, ["delta", "snapshot"]) == "snapshot",
        push=push,
        part=int(part or 1),
        last=_truth("last", given, default=part is None),
        dry_run=_truth("dry_run", given, default=False),
        confirm=_truth("confirm", given, default=False),
        shown=_one_of("receipt", given, ["all", "problems", "none"]),  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class BodyForm:
    """How the body is written."""

    form: Format
    charset: str | None


def body_form(headers: Mapping[str, str], connection: FeedConnection) -> BodyForm:
    """What the headers say of the body. Raises FeedProblem before a byte of it is read."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FeedProblem("content-encoding")
    essence, *parameters = (part.strip() for part in headers.get("content-type", "").split(";"))
    form = MEDIA_TYPES.get(essence.lower())
    if form is None or form not in connection.formats:
        known = ", ".join(name for name, each in MEDIA_TYPES.items() if each in connection.formats)
        raise FeedProblem("media-type", type=essence[:80], known=known)
    length = headers.get("content-length")
    if length is not None:
        if not (length.isascii() and length.isdigit()):
            raise FeedProblem("content-length")
        if len(length) > 18 or int(length) > connection.max_body:
            raise FeedProblem("too-large", most=connection.max_body)
    named = (each.partition("=") for each in parameters)
    charset = next((value.strip().strip('"') for name, _, value in named if name.strip().lower() == "charset"), None)
    return BodyForm(form, charset or connection.encoding)


def _one_of(name: str, given: Mapping[str, str], known: list[str]) -> str:
    value = given.get(name, known[0])
    if value not in known:
        raise FeedProblem("parameter", name=name, value=value[:40], known=", ".join(known))
    return value


def _truth(name: str, given: Mapping[str, str], *, default: bool) -> bool:
    value = given.get(name)
    if value is None:
        return default
    if value not in _TRUTH:
        raise FeedProblem("parameter", name=name, value=value[:40], known=", ".join(_TRUTH))
    return _TRUTH[value]
