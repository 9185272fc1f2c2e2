"""A certified OpenID client as an application."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import orjson

from tests.auth.browser import Person
from tests.auth.peers import INSTALLED, node


@INSTALLED
def test_a_certified_client_signs_a_person_in(running_demo: Callable[..., Any], tmp_path: Path) -> None:
    redirect = "http://127.0.0.1:5999/back"
    with running_demo(tmp_path) as product, node("client.mjs", product.url, redirect) as (say, told):
        person = Person(product.url)
        reply = person.http.get(told.readline().strip())
        while not reply.headers.get("location", "").startswith(redirect):
            if reply.status_code == 303:
                reply = person.http.get(urljoin(str(reply.url), reply.headers["location"]))
            elif "password" in reply.text:
                reply = person.fill_in(reply, username="teacher", password="huiju-demo")
            else:
                reply = person.fill_in(reply, allow="allow")
        say.write(reply.headers["location"] + "\n")
        say.flush()
        got = orjson.loads(told.readline())
    assert got == {"name": "示例教师", "scope": "openid profile:read resources:read", "rotated": True, "again": "invalid_grant"}
