"""A harvested source that filters by who may see is copied whole, and each record keeps to those who may see it."""

from datetime import timedelta

from connectors.definition import parse_definition
from harvest import HarvestSource, harvest
from resolvers.sources import bind
from store.catalog import Catalog
from store.filters import EVERYTHING
from store.reader import Reader
from tests.connectors.loopback import Asked, opened, serving

KEY = "abcdefgh"
DOCUMENT = """
name = "portal"
title = "示例门户"
tier = "national"
connector = "rest"
mode = "harvest"
[connection]
url = "{url}"
[tables.visibility]
OPEN = "public"
LOGIN = "members"
TEACHER = "teachers"
[resources]
identifier = "id"
list = { path = "rows" }
filters.visibility = { param = "scopes", values = { pub = "OPEN", member = "LOGIN", "r:teacher" = "TEACHER" } }
mapping = { title = "title", visibility = { path = "scope", table = "visibility" } }
"""
ROWS = [{"id": scope, "title": f"示例 {scope}", "scope": scope} for scope in ("OPEN", "LOGIN", "TEACHER", "SECRET")]


async def test_everything_that_the_definition_has_a_word_for_is_asked_for_and_shown_to_whom_it_may_be(catalog: Catalog) -> None:
    definition = parse_definition(DOCUMENT.replace("{url}", "http://127.0.0.1:1"))
    binding = bind(KEY, definition, version=1, keys_by_name={})
    async with serving() as upstream, opened(upstream, DOCUMENT) as connector:

        def answer(asked: Asked) -> list[dict[str, str]]:
            return [row for row in ROWS if row["scope"] in asked.params["scopes"][0].split(",")]

        upstream.handler = answer
        report = await harvest(HarvestSource.of(definition, binding, connector), catalog, lease=timedelta(seconds=60))
    assert (report.error, report.seen) == (None, 3)
    seen = {}
    for keys in (frozenset({"pub"}), frozenset({"pub", "member"}), frozenset({"pub", "member", "r:teacher"})):
        seen[len(keys)] = await Reader(catalog.database, keys).count(EVERYTHING, {KEY})
    assert seen == {1: 1, 2: 2, 3: 3}
