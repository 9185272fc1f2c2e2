"""Signing in with the demo's two providers, through real HTTP all the way, and what they may not say."""

from __future__ import annotations

import re
import time
from base64 import b32decode
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from auth.pages.securing import SECOND_FACTOR
from tests.auth.browser import ONCE, Application, Person

VIEWER = "{ viewer { name roles { value } province { code } institution { code } } }"


def arrive(product: Any, provider: str, who: str) -> tuple[Person, httpx.Response]:
    """Sign in at a provider as one of its people; the browser, and what our callback answered."""
    person = Person(product.url)
    left = person.http.get(f"/oauth/upstream/{provider}", params={"next": "/oauth/account"})
    assert left.status_code == 303, left.text
    with httpx.Client(limits=ONCE) as elsewhere:
        page = elsewhere.get(left.headers["location"])
        assert who in page.text
        back = elsewhere.post(str(page.url), data={"person": who})
    return person, person.http.get(back.headers["location"])


@pytest.mark.parametrize(
    ("provider", "who", "role", "province", "institution"),
    [
        ("hub", "100000000000000001", "student", "33", "4133010001"),
        ("hub", "100000000000000002", "teacher", "44", "4144010001"),
        ("zhejiang-idp", "zj-teacher", "teacher", "33", "4133010001"),
    ],
)
def test_who_a_provider_vouches_for_gets_an_account_and_their_grant(
    product: Any, provider: str, who: str, role: str, province: str, institution: str
) -> None:
    person, arrived = arrive(product, provider, who)
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/oauth/account")
    asked = person.http.post("/graphql", json={"query": VIEWER}, headers={"huiju-csrf": "1"}).json()
    viewer = asked["data"]["viewer"]
    assert viewer["roles"] == [{"value": role}]
    assert (viewer["province"]["code"], viewer["institution"]["code"]) == (province, institution)
    again, _ = arrive(product, provider, who)
    assert again.http.get("/oauth/account").status_code == 200


def test_a_provincial_provider_cannot_sign_people_of_another_province_in(product: Any) -> None:
    person, arrived = arrive(product, "zhejiang-idp", "zj-stranger")
    assert arrived.status_code == 403
    assert "own province" in arrived.text
    assert person.http.get("/oauth/account").status_code == 303


def test_a_sign_in_that_began_elsewhere_is_refused(product: Any) -> None:
    victim = Person(product.url)
    with httpx.Client(limits=ONCE) as elsewhere:
        left = Person(product.url).http.get("/oauth/upstream/hub")
        back = elsewhere.post(left.headers["location"], data={"person": "100000000000000001"}).headers["location"]
    assert victim.http.get(back).status_code == 403
    victim.http.get("/oauth/upstream/hub")
    assert victim.http.get(back).status_code == 403
    assert victim.http.get("/oauth/upstream/hub/callback").status_code == 403
    assert victim.http.get("/oauth/upstream/nobody").status_code == 404


@pytest.mark.parametrize("code", ["wrong", "", "x" * 3000])
def test_a_code_that_the_hub_refuses_inside_a_200_is_told_on_a_page(product: Any, code: str) -> None:
    person = Person(product.url)
    left = httpx.URL(person.http.get("/oauth/upstream/hub").headers["location"])
    reply = person.http.get("/oauth/upstream/hub/callback", params={"code": code, "state": left.params["state"]})
    assert reply.status_code == 403
    assert "sign in once more" in reply.text


def test_an_application_is_reached_through_a_provider(product: Any) -> None:
    app = Application(product.url)
    person = Person(product.url)
    target = str(person.http.get("/oauth/authorize", params=app.authorize()).headers["location"])
    login = person.http.get(urljoin(product.url, target))
    assert "/oauth/upstream/zhejiang-idp?next=" in login.text
    assert "国家平台账号" in person.http.get(urljoin(product.url, target), headers={"accept-language": "zh"}).text


def test_who_comes_from_a_provider_is_asked_for_the_second_factor_that_they_enrolled_here(product: Any) -> None:
    person, _ = arrive(product, "hub", "100000000000000002")
    shown = person.http.get(SECOND_FACTOR)
    secret = b32decode(re.findall("<code>(.*?)</code>", shown.text)[0].replace(" ", ""))
    code = TOTP(secret, 6, SHA1(), 30, enforce_key_length=False).generate(int(time.time())).decode()
    codes = re.findall("<code>(.*?)</code>", person.fill_in(shown, code=code).text)
    again, asked = arrive(product, "hub", "100000000000000002")
    assert asked.status_code == 200
    assert again.http.get("/oauth/account").status_code == 303
    assert again.fill_in(asked, code=codes[0]).headers["location"] == "/oauth/account"
    again.fill_in(again.http.get(SECOND_FACTOR), code=codes[1], remove="remove")
    assert arrive(product, "hub", "100000000000000002")[1].status_code == 303
