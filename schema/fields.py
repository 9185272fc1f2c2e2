"""The one way to declare a field: where its value comes from, its text, and the scope that opens it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from resolvers.context import Context
from resolvers.errors import Forbidden

EVERYBODY = "everybody"
"""The scope of a field that needs none."""

SELECTED = "selected"
"""The parameter that receives the canonical fields a caller selected."""

_DECLARED = "huiju"


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requiresScopes",
    description="The field is null, with one FORBIDDEN error, unless the caller holds every scope of one of the lists.",
)
class RequiresScopes:
    """What opens a field, for whoever reads the schema."""

    scopes: list[list[str]]


Get = Callable[[Any, Context], Any]
"""From the value and the request's context to the field's value, or to an awaitable of it."""


class Declared(NamedTuple):
    """What `resolved` was told: `get` takes the arguments by their Python names after value and context."""

    get: Callable[..., Any] | None
    scope: str


def resolved(get: Callable[..., Any] | None = None, *, text: str, scope: str = EVERYBODY, deprecated: str | None = None) -> Any:
    """Declare a field.

    `get` is None for an attribute of the same name, or a function of (value, context) whose further parameters, annotated and with
    defaults, are the field's arguments; a parameter `selected` is none of them: it gets the canonical fields that the caller selected.
    `text` is the description in the published schema; `scope` is what the caller's grant must hold: without it the field is null and
    one FORBIDDEN error names the scope, so a scoped field is declared nullable.
    """
    said: dict[str, Any] = {
        "description": text,
        "deprecation_reason": deprecated,
        "metadata": {_DECLARED: Declared(get, scope)},
        "directives": () if scope == EVERYBODY else (RequiresScopes(scopes=[[scope]]),),
    }
    if get is None or len(inspect.signature(get).parameters) == 2:
        return strawberry.field(**said)
    return strawberry.field(resolver=_shown_arguments(get), **said)


def declared(field: StrawberryField) -> Declared | None:
    """What `resolved` was told about a field; None for a field that was declared in another way."""
    found = field.metadata.get(_DECLARED)
    return found if isinstance(found, Declared) else None


def reader(name: str, said: Declared) -> Get:
    """From the value and the context to the value of a field without arguments; `name` is the attribute where nothing else was said."""
    get, scope = said
    read: Get = get if get is not None else lambda value, _context: getattr(value, name)
    if scope == EVERYBODY:
        return read

    def guarded(value: Any, context: Context) -> Any:
        require(context, scope)
        return read(value, context)

    return guarded


def require(context: Context, scope: str) -> None:
    """Raise Forbidden unless the caller's grant holds `scope`."""
    if scope != EVERYBODY and scope not in context.grant.scopes:
        raise Forbidden(scope)


def _shown_arguments(get: Callable[..., Any]) -> Callable[..., Any]:
    """A resolver that only shows strawberry the arguments of `get`; `schema/build.py` lets graphql-core call `get` itself."""
    arguments = [each for each in list(inspect.signature(get).parameters.values())[2:] if each.name != SELECTED]

    def resolver(**_values: Any) -> Any:
        raise AssertionError(get)

    resolver.__name__ = get.__name__
    resolver.__module__ = get.__module__
    keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in arguments]
    resolver.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
    resolver.__annotations__ = {each.name: each.annotation for each in arguments}
    return resolver
