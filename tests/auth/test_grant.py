"""From an account and a client to a grant: a table of who may what, and rules that hold for everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.grant import ANONYMOUS, grant_of_client, grant_of_person
from auth.roles import APART, ROLES, RolesRefused, check_roles, scopes_of
from auth.scopes import SCOPES
from store.accounts import Account
from store.clients import Client
from store.visibility import keys_of, may_see

ALL = frozenset(SCOPES)
WEB = Client(id="web", name="web", scopes=ALL)


def person(*roles: str, province: str | None = "33", institution: str | None = "4133010001") -> Account:
    return Account(id="a", name="示例", roles=frozenset(roles), province=province, institution=institution)


@pytest.mark.parametrize(
    ("roles", "province", "institution", "keys"),
    [
        ((), None, None, {"pub", "member"}),
        (("student",), "33", "4133010001", {"p:33", "s:4133010001", "r:student", "r:student@p:33", "r:student@s:4133010001"}),
        (("teacher",), "33", "4133010001", {"p:33", "s:4133010001", "r:teacher", "r:teacher@p:33", "r:teacher@s:4133010001"}),
        (("school_admin",), "33", "4133010001", {"r:school_admin", "r:teacher@s:4133010001", "s:4133010001"}),
        (("province_admin",), "33", None, {"p:33", "r:teacher@p:33", "r:province_admin@p:33"}),
    ],
)
def test_keys_follow_from_role_and_place(roles: tuple[str, ...], province: str | None, institution: str | None, keys: set[str]) -> None:
    assert keys | {"pub", "member"} <= keys_of(roles, province, institution)


@pytest.mark.parametrize(
    ("roles", "institution", "never"),
    [
        (("student",), "4133010001", {"r:teacher", "r:teacher@s:4133010001", "s:4133020001"}),
        (("teacher",), "4133010001", {"r:teacher@s:4133020001", "p:44", "r:teacher@p:44"}),
        (("school_admin",), "4133010001", {"r:teacher", "r:teacher@p:33"}),
        (("province_admin",), None, {"s:4133010001", "r:teacher@s:4133010001", "r:teacher"}),
        (("national_admin",), None, {"r:teacher", "none"}),
    ],
)
def test_no_key_is_held_that_does_not_follow(roles: tuple[str, ...], institution: str | None, never: set[str]) -> None:
    assert not never & keys_of(roles, "33", institution)


def test_a_conjunction_asks_for_both() -> None:
    record = ("r:teacher@s:4133010001",)
    assert may_see(keys_of(("teacher",), "33", "4133010001"), record)
    assert not may_see(keys_of(("teacher",), "33", "4133020001"), record)
    assert not may_see(keys_of(("student",), "33", "4133010001"), record)


@pytest.mark.parametrize(
    ("roles", "second_factor", "scope", "held"),
    [
        (("student",), True, "profile:read", True),
        (("student",), True, "sources:read", False),
        (("developer",), False, "sources:read", True),
        (("province_admin",), True, "sources:review", True),
        (("province_admin",), False, "sources:review", False),
        (("national_admin",), True, "audit:read", False),
        (("audit_admin",), True, "audit:read", True),
        (("audit_admin",), False, "audit:read", False),
        (("security_admin",), True, "clients:write", True),
    ],
)
def test_scopes_follow_from_roles_in_force(roles: tuple[str, ...], second_factor: bool, scope: str, held: bool) -> None:
    assert (scope in grant_of_person(person(*roles), WEB, ALL, second_factor=second_factor).scopes) is held


roles = st.frozensets(st.sampled_from(sorted(ROLES)))
scopes = st.frozensets(st.sampled_from(sorted(SCOPES)))


@given(roles, scopes, scopes, st.booleans())
def test_nobody_gets_more_than_each_of_the_three_allows(
    held: frozenset[str], granted: frozenset[str], allowed: frozenset[str], second_factor: bool
) -> None:
    grant = grant_of_person(person(*held), Client(id="c", name="c", scopes=allowed), granted, second_factor=second_factor)
    assert grant.scopes - ANONYMOUS.scopes <= granted & allowed & scopes_of(held)
    assert grant.keys >= ANONYMOUS.keys
    if "resources:read" not in granted & allowed:
        assert grant.keys == ANONYMOUS.keys
    if not second_factor:
        assert not any(ROLES[role].administrator for role in (grant.holder.roles if grant.holder else ()))


def test_a_service_sees_more_only_for_a_place_that_was_approved() -> None:
    granted = frozenset({"resources:read", "openid"})
    for approved, place, more in ((True, "33", True), (False, "33", False), (True, None, False)):
        client = Client(id="c", name="c", scopes=ALL, approved=approved, province=place)
        grant = grant_of_client(client, granted)
        assert ("p:33" in grant.keys) is more
        assert "openid" not in grant.scopes


def test_no_two_of_the_three_administrators_are_one_person() -> None:
    for first in APART:
        for second in APART - {first}:
            with pytest.raises(RolesRefused):
                check_roles([first, second], None, None)
    check_roles(["national_admin", "audit_admin"], None, None)
