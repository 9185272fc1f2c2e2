"""Roles: what somebody is, and what that allows at most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from auth.scopes import (
    ACCOUNT_WRITE,
    AUDIT_READ,
    CLIENTS_APPROVE,
    CLIENTS_WRITE,
    OPENID,
    PROFILE_READ,
    RECORDS_PUSH,
    RECORDS_WITHDRAW,
    RESOURCES_READ,
    SOURCES_READ,
    SOURCES_REVIEW,
    SOURCES_WRITE,
    STATISTICS_READ,
    STUDENTS_READ,
    TEACHERS_READ,
)
from store.codes import Label


@dataclass(frozen=True, slots=True)
class Role:
    """One role. An administrator's needs a second factor; the place that it acts in is that of the account."""

    scopes: frozenset[str]
    administrator: bool = False
    place: str | None = None


EVERYBODY: Final = frozenset({OPENID, RESOURCES_READ, PROFILE_READ, ACCOUNT_WRITE})
"""What everybody who signs in may ask for."""

_LIBRARIES = frozenset({SOURCES_READ, SOURCES_WRITE, RECORDS_PUSH, RECORDS_WITHDRAW, STATISTICS_READ})

ROLES: Final = {
    "student": Role(frozenset()),
    "teacher": Role(frozenset()),
    "developer": Role(frozenset({SOURCES_READ, CLIENTS_WRITE})),
    "school_admin": Role(_LIBRARIES | {STUDENTS_READ, TEACHERS_READ}, administrator=True, place="institution"),
    "province_admin": Role(_LIBRARIES | {SOURCES_REVIEW, STUDENTS_READ, TEACHERS_READ}, administrator=True, place="province"),
    "national_admin": Role(_LIBRARIES | {SOURCES_REVIEW, CLIENTS_WRITE, CLIENTS_APPROVE}, administrator=True),
    "system_admin": Role(frozenset({SOURCES_READ, SOURCES_WRITE, SOURCES_REVIEW}), administrator=True),
    "security_admin": Role(frozenset({CLIENTS_WRITE, CLIENTS_APPROVE}), administrator=True),
    "audit_admin": Role(frozenset({AUDIT_READ}), administrator=True),
}
"""By code, as accounts carry it; `store.codes` holds their labels."""

APART: Final = frozenset({"system_admin", "security_admin", "audit_admin"})
"""三员分立: nobody has two of these."""


class RolesRefused(ValueError):
    """Roles that nobody may have together, that do not exist, or that lack their place; the text is for both languages."""

    def __init__(self, message: Label) -> None:
        super().__init__(message.en)
        self.message = message


def check_roles(roles: Iterable[str], province: str | None, institution: str | None) -> None:
    """Raise RolesRefused unless an account may have these roles at this place."""
    wanted = frozenset(roles)
    if unknown := sorted(wanted - ROLES.keys()):
        known = ", ".join(ROLES)
        raise RolesRefused(Label(f"没有角色 {unknown[0]}；可用：{known}", f"there is no role {unknown[0]}; there are {known}"))
    if len(together := sorted(wanted & APART)) > 1:
        raise RolesRefused(Label(f"{'、'.join(together)} 不能由同一人担任", f"one person cannot be {' and '.join(together)}"))
    given = {"province": province, "institution": institution}
    for role in sorted(wanted):
        place = ROLES[role].place
        if place is not None and given[place] is None:
            raise RolesRefused(Label(f"角色 {role} 需要 --{place}", f"the role {role} needs --{place}"))


def is_administrator(roles: Iterable[str]) -> bool:
    """Tell whether any of the roles asks for a second factor."""
    return any(ROLES[role].administrator for role in roles if role in ROLES)


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """The most that somebody with these roles may be granted."""
    return EVERYBODY.union(*(ROLES[role].scopes for role in roles if role in ROLES))
