"""Every example of the explorer is answered by the demo, as it is opened: its variables prefilled, nothing changed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.federation.conftest import Product

EXAMPLES = sorted((Path(__file__).parents[2] / "explorer" / "examples").glob("*.graphql"))
FINDS_NOTHING = {"09-many-by-id", "15-who-am-i"}
"""Those that wait for an id, or for somebody to sign in."""


def rows(value: Any) -> int:
    match value:
        case {"nodes": list(nodes)} | {"edges": list(nodes)}:
            return len(nodes)
        case dict():
            return sum(map(rows, value.values())) or int(any(each not in (None, [], {}) for each in value.values()))
    return int(value not in (None, [], {}))


SIGNED_IN = {"16-forbidden-field": "audit:read", "23-withdraw": "records:withdraw"}
"""Those that only some people may ask, with the scope that they need."""


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem not in SIGNED_IN], ids=lambda path: path.stem)
def test_an_example_is_answered(product: Product, path: Path) -> None:
    text = path.read_text("utf-8")
    prefilled = re.search(r"^# variables: (.*)$", text, re.MULTILINE)
    answer = product.ask(text, json.loads(prefilled[1]) if prefilled else None)
    assert "errors" not in answer
    assert path.stem in FINDS_NOTHING or rows(answer["data"]), answer


@pytest.mark.parametrize(("name", "scope"), SIGNED_IN.items())
def test_an_example_for_some_people_tells_others_which_scope_is_missing(product: Product, name: str, scope: str) -> None:
    (path,) = (path for path in EXAMPLES if path.stem == name)
    (error,) = product.ask(path.read_text("utf-8"), {"ids": [], "reason": "wrong"})["errors"]
    assert (error["extensions"]["code"], error["extensions"]["scope"]) == ("FORBIDDEN", scope)
