"""Constants of the filter prune sources before anybody is asked; visibility that a source cannot filter keeps it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.definition import parse_definition
from connectors.openings import Maintenance
from connectors.protocol import Collection, Supports
from resolvers.outcomes import Status
from resolvers.planning import MAX_LIVE, narrowed, plan
from resolvers.sources import OpenSource, Sources, bind
from store.filters import EVERYTHING, ResourceFilter
from store.identity import library_id, resource_id

NOW = datetime(2026, 9, 1, tzinfo=UTC)
BASE = """
name = "{name}"
title = "来源（示例）"
tier = "{tier}"
province = "{province}"
institution = "4133010001"
connector = "rest"
mode = "{mode}"
[tables.kinds]
V = "video"
[connection]
url = "https://lib.example.edu.cn"
[resources]
identifier = "id"
list = {{ path = "/" }}
[resources.mapping]
title = "t"
kind = {{ path = "k", table = "kinds" }}
visibility = "v"
"""


class Deaf:
    """A connector that is never asked."""

    def __init__(self, *filters: str) -> None:
        self.supports = {Collection.RESOURCES: Supports(filters=frozenset(filters))}


def source(name: str, *filters: str, tier: str = "school", province: str = "33", mode: str = "live") -> OpenSource:
    definition = parse_definition(BASE.format(name=name, tier=tier, province=province, mode=mode))
    key = (name + "a" * 8)[:8]
    return OpenSource(key, definition, bind(key, definition, version=1, keys_by_name={}), Deaf(*(filters or ("visibility",))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        (EVERYTHING, {"zj", "gd"}),
        (ResourceFilter(tiers=("provincial",)), {"gd"}),
        (ResourceFilter(sources=("zj",)), {"zj"}),
        (ResourceFilter(provinces=("44",)), {"gd"}),
        (ResourceFilter(kinds=("video",)), {"zj", "gd"}),
        (ResourceFilter(kinds=("other",)), {"zj", "gd"}),
        (ResourceFilter(kinds=("course",)), set()),
        (ResourceFilter(ids=(resource_id("gdaaaaaa", "1"),)), {"gd"}),
        (ResourceFilter(part_of=("nonsense",)), set()),
    ],
)
def test_only_sources_that_may_hold_the_answer_are_asked(wanted: ResourceFilter, asked: set[str]) -> None:
    sources = Sources([source("zj"), source("gd", tier="provincial", province="44")])
    assert {each.name for each in plan(sources, Collection.RESOURCES, wanted, NOW).live} == asked


def test_ids_of_another_sources_objects_are_not_asked_of_this_one() -> None:
    foreign, own = resource_id("zzaaaaaa", "1"), resource_id("zjaaaaaa", "1")
    asked = narrowed(source("zj"), ResourceFilter(part_of=(foreign, own), libraries=(library_id("zzaaaaaa", "1"),)))
    assert (asked.part_of, asked.libraries) == ((own,), ())


def test_a_source_that_cannot_filter_by_visibility_is_not_asked_and_says_so() -> None:
    chosen = plan(Sources([source("zj", "kinds")]), Collection.RESOURCES, EVERYTHING, NOW)
    assert chosen.live == ()
    assert [each.reason for each in chosen.skipped] == ["no_visibility"]


def test_harvested_sources_are_read_from_the_catalog() -> None:
    chosen = plan(Sources([source("zj", mode="harvest")]), Collection.RESOURCES, EVERYTHING, NOW)
    assert (chosen.live, chosen.catalog) == ((), {"zjaaaaaa"})


def test_at_most_32_live_sources_are_asked() -> None:
    chosen = plan(Sources([source(f"s{number}", province="33") for number in range(40)]), Collection.RESOURCES, EVERYTHING, NOW)
    assert len(chosen.live) == MAX_LIVE
    assert {each.reason for each in chosen.skipped} == {"too_many"}
    assert len(chosen.skipped) == 8


def test_a_source_under_announced_maintenance_is_left_out_with_that_reason() -> None:
    sources = Sources([source("zj", province="33"), source("gd", province="44")])
    announced = Maintenance.model_validate({"from": "2026-09-01T08:00:00", "to": "2026-09-01T09:00:00"})
    resting = replace(sources.by_name("gd"), definition=sources.by_name("gd").definition.model_copy(update={"maintenance": (announced,)}))
    chosen = plan(sources.replacing([resting]), Collection.RESOURCES, EVERYTHING, NOW)
    assert [each.name for each in chosen.live] == ["zj"]
    assert [(each.source, each.status, each.reason) for each in chosen.skipped] == [(resting.key, Status.SKIPPED, "maintenance")]
    later = plan(sources.replacing([resting]), Collection.RESOURCES, EVERYTHING, NOW + timedelta(hours=1))
    assert len(later.live) == 2
