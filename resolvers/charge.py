"""Charge: which sources a caller answers for, and under which name his deeds are written down."""

from __future__ import annotations

from auth.grant import Holder
from resolvers.sources import OpenSource

_EVERYWHERE = frozenset({"national_admin", "system_admin"})


def answers_for(holder: Holder | None, source: OpenSource | None) -> bool:
    """Whether a caller answers for a source: an administrator for those of the own province or school, one of the nation for all."""
    if holder is None or _EVERYWHERE & holder.roles:
        return True
    if source is None:
        return False
    said = source.definition
    if holder.institution is not None and "province_admin" not in holder.roles:
        return said.institution == holder.institution
    if holder.province is not None:
        return said.tier != "national" and (said.province or (said.institution or "")[2:4]) == holder.province
    return holder.account is None  # an application that was approved without a place


def actor(holder: Holder | None) -> str:
    """The caller as the audit log knows him."""
    return holder.id if holder is not None else "anonymous"
