"""A shelf of a school behind REST, for guards to stand before."""

from typing import Any

from connectors.definition import Definition, parse_definition
from tests.connectors.loopback import DEFINITION, Asked

ROWS: list[dict[str, Any]] = [{"id": number, "title": f"{'护理' if number % 3 else '数控'} {number}"} for number in range(100, 123)]

DOCUMENT = (
    DEFINITION.format(connector="rest")
    + """
[connection]
url = "{url}"
[resources]
identifier = "id"
max_batch = 10
list = { path = "/items" }
items = "list"
total = "total"
paging = { style = "page", param = "page", size_param = "size" }
text = { param = "q" }
ids = { path = "/items", param = "ids", joiner = "comma", items = "list" }
[resources.mapping]
title = "title"
"""
)


def definition(extra: str = "") -> Definition:
    return parse_definition(DOCUMENT.replace("{url}", "http://127.0.0.1:1").replace("[connection]", f"{extra}\n[connection]"))


def shelf(asked: Asked) -> Any:
    """The rows of a page, or those of the ids asked for."""
    if "ids" in asked.params:
        wanted = set(asked.params["ids"][0].split(","))
        return {"list": [row for row in ROWS if str(row["id"]) in wanted]}
    found = [row for row in ROWS if asked.params.get("q", [""])[0].strip() in row["title"]]
    number, size = asked.number("page", 1), asked.number("size", 10)
    return {"total": len(found), "list": found[(number - 1) * size : number * size]}
