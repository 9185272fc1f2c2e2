"""Upstream identity providers: what all kinds of them have in common, and what each may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from auth.brokering.definition import UpstreamDefinition, at_path
from auth.errors import UpstreamRefused
from egress import EgressError, Reply
from store.codes import Label

_LONGEST_SUBJECT = 255
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Trip:
    """One journey of a browser to a provider and back: what ties the two ends together."""

    callback: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Asserted:
    """What a provider says of a person, within what it may say."""

    issuer: str
    subject: str
    name: str
    role: str | None
    province: str | None
    institution: str | None


class Upstream(Protocol):
    """A provider that people may sign in with."""

    @property
    def definition(self) -> UpstreamDefinition:
        """What the operator wrote."""

    async def begin(self, trip: Trip) -> str:
        """Where to send the browser. Raises UpstreamRefused, EgressError."""

    async def finish(self, trip: Trip, said: Mapping[str, str]) -> Mapping[str, Any]:
        """What the provider says of the person who came back with `said`. Raises UpstreamRefused, EgressError."""


def asserted(definition: UpstreamDefinition, profile: Mapping[str, Any]) -> Asserted:
    """Take what is said, and refuse what this provider may not say. Raises UpstreamRefused."""
    where = definition.profile
    subject, name = at_path(profile, where.subject), at_path(profile, where.name)
    if isinstance(subject, int) and not isinstance(subject, bool):
        subject = str(subject)
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise UpstreamRefused(Label("身份提供方没有给出用户编号", "the provider did not say who this is"))
    institution = _digits(at_path(profile, where.institution) if where.institution else None, 10) or definition.institution
    province = _digits(at_path(profile, where.province) if where.province else None, 2)
    province = province or (institution[2:4] if institution is not None else definition.province)
    check_place(definition, province, institution)
    said = at_path(profile, where.role) if where.role else None
    role = definition.roles.get(str(said)) if said is not None else None
    shown = name.strip()[:_LONGEST_NAME] if isinstance(name, str) and name.strip() and name.isprintable() else definition.title
    return Asserted(definition.issuer, subject, shown, role, province, institution)


def check_place(definition: UpstreamDefinition, province: str | None, institution: str | None) -> None:
    """Refuse people of another province or school than the provider's own. Raises UpstreamRefused."""
    foreign = definition.institution is not None and institution != definition.institution
    if definition.province is not None:
        foreign = foreign or province != definition.province or (institution is not None and institution[2:4] != definition.province)
    if foreign or (province is not None and institution is not None and institution[2:4] != province):
        raise UpstreamRefused(
            Label(
                "该身份提供方只能认证本省或本校人员：请改用您所在省份或学校的登录方式",
                "this provider vouches for people of its own province or school only: sign in with that of yours",
            )
        )


def document_of(reply: Reply, definition: UpstreamDefinition) -> dict[str, Any]:
    """The JSON object of an answer; one that says it failed is a failure, whatever its status. Raises UpstreamRefused."""
    try:
        document = reply.json()
    except EgressError as error:
        raise _unexpected() from error
    if reply.status != 200 or not isinstance(document, dict) or "error" in document:
        raise _unexpected()
    success = definition.success
    if success is not None and at_path(document, success.path) not in success.values:
        raise _unexpected()
    return document


def _unexpected() -> UpstreamRefused:
    return UpstreamRefused(Label("身份提供方拒绝了请求：请重新登录", "the identity provider refused: sign in once more"))


def _digits(value: Any, count: int) -> str | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text[:count] if text.isascii() and text.isdigit() and (len(text) == count or (count == 2 and len(text) == 6)) else None
