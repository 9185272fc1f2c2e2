"""Whom a caller answers for: the condition on the row that personal data need beside the scope."""

from __future__ import annotations

from auth.grant import Grant
from auth.roles import ROLES
from store.people import Oversight


def oversight_of(grant: Grant) -> Oversight:
    """The places of the administrator's roles in force; of nobody for everybody else, and for applications that ask on their own."""
    holder = grant.holder
    if holder is None or holder.account is None:
        return Oversight()
    kinds = {ROLES[role].place for role in holder.roles if ROLES[role].administrator}
    return Oversight(
        provinces=frozenset({holder.province}) if "province" in kinds and holder.province is not None else frozenset(),
        institutions=frozenset({holder.institution}) if "institution" in kinds and holder.institution is not None else frozenset(),
    )
