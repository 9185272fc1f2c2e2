"""The two scripts of docs/sign-on.md for a WeChat mini-program, run in Node: a page in a web view, and the program itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import orjson
import pytest

from tests.auth.browser import Person

DOCS = Path(__file__).parents[2] / "docs"
REDIRECT = "http://127.0.0.1:5173/back"
HARNESS = Path(__file__).with_name("mini_program.mjs")

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node to run the scripts with: install Node 20 or newer")


@pytest.fixture
def scripts(product: Any, tmp_path: Path) -> Path:
    """The scripts in a directory, speaking to the running demo."""
    text = (DOCS / "sign-on.md").read_text("utf-8").replace("http://127.0.0.1:8000", product.url)
    for name in ("web-view.js", "sign-on.js"):
        found = re.search(rf"^```js {name}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        assert found is not None, name
        (tmp_path / name.replace(".js", ".mjs")).write_text(found[1], "utf-8")
    single_page = re.search(r"^```js\n(const issuer.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert single_page is not None
    (tmp_path / "single-page.mjs").write_text(single_page[1], "utf-8")
    return tmp_path


def test_a_mini_program_signs_a_person_in_renews_and_signs_out(product: Any, scripts: Path) -> None:
    command = ["node", str(HARNESS), str(scripts), product.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        person = Person(product.url)
        reply = person.http.get(node.stdout.readline().strip())
        while not reply.headers.get("location", "").startswith(REDIRECT):
            if reply.status_code == 303:
                reply = person.http.get(urljoin(product.url, reply.headers["location"]))
            elif "password" in reply.text:
                reply = person.fill_in(reply, username="teacher", password="huiju-demo")
            else:
                reply = person.fill_in(reply, allow="allow")
        node.stdin.write(reply.headers["location"] + "\n")
        node.stdin.close()
        told = orjson.loads(node.stdout.read())
    assert told == {
        "early": "open the web view first",
        "forged": "this answer is not to our question",
        "viewer": "demo-teacher",
        "renewedOnce": True,
        "renewed": "demo-teacher",
        "signedOut": "open the web view first",
        "cookies": 0,
    }
