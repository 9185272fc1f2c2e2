"""Whom somebody answers for, as a table."""

from __future__ import annotations

import pytest

from auth.grant import ANONYMOUS, Grant, grant_of_client, grant_of_person
from auth.oversight import oversight_of
from auth.scopes import SCOPES
from store.accounts import Account
from store.clients import Client
from store.people import Oversight

SCHOOL = "4133010001"
NOBODY = Oversight()


def of(*roles: str, second_factor: bool = True) -> Grant:
    account = Account(id="a", name="示例", roles=frozenset(roles), province="33", institution=SCHOOL)
    return grant_of_person(account, None, frozenset(SCOPES), second_factor=second_factor)


@pytest.mark.parametrize(
    ("grant", "whom"),
    [
        (ANONYMOUS, NOBODY),
        (of("student"), NOBODY),
        (of("teacher", "developer"), NOBODY),
        (of("national_admin", "audit_admin"), NOBODY),
        (of("school_admin"), Oversight(institutions=frozenset({SCHOOL}))),
        (of("province_admin"), Oversight(provinces=frozenset({"33"}))),
        (of("school_admin", "province_admin"), Oversight(frozenset({"33"}), frozenset({SCHOOL}))),
        (of("school_admin", second_factor=False), NOBODY),
        (grant_of_client(Client(id="c", name="c", scopes=frozenset(SCOPES), province="33", approved=True), frozenset(SCOPES)), NOBODY),
    ],
)
def test_administrators_in_force_answer_for_their_place_and_nobody_else_for_anybody(grant: Grant, whom: Oversight) -> None:
    assert oversight_of(grant) == whom
