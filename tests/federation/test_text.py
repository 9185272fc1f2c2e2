"""Search by text over catalog and live sources together, as a frontend sees it."""

from __future__ import annotations

from typing import Any

import pytest

SEARCH = """query($text: String, $first: Int! = 20, $after: String, $filter: ResourceFilter, $by: ResourceOrderBy) {
  search(text: $text, first: $first, after: $after, filter: $filter, orderBy: $by) {
    totalCount totalIsExact complete didYouMean
    edges { node { id title summary keywords updatedAt source { name } majors { name } } highlights { field text ranges } }
    pageInfo { hasNextPage endCursor }
    outcomes { source { name } status message }
    pageCursors { page after current }
  }
}"""
FACETS = """query($text: String, $filter: ResourceFilter, $by: [FacetField!]!, $first: Int! = 10) {
  search(text: $text, filter: $filter, first: 1) {
    totalCount
    facets(by: $by, first: $first) { field label missing other exact buckets { value label en: label(lang: EN) count selected } }
  }
}"""
HARVESTED = {"sources": ["national-portal", "zhejiang"]}


def walk(product: Any, first: int = 100, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    for _ in range(100):
        page = product.data(SEARCH, {"first": first, "after": after, **variables})["search"]
        found += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found) or not page["totalIsExact"]
            return found
    raise AssertionError("the walk does not end")


def test_catalog_and_live_sources_are_ranked_together(product: Any) -> None:
    page = product.data(SEARCH, {"text": "护理"})["search"]
    names = [edge["node"]["source"]["name"] for edge in page["edges"]]
    assert len(set(names)) >= 3, "no tier is left to the end of the list"
    assert all("护理" in f"{edge['node']['title']}{edge['node']['summary']}{edge['node']['keywords']}" for edge in page["edges"][:10])
    assert all(edge["highlights"] for edge in page["edges"][:10])
    assert page["complete"]


@pytest.mark.parametrize("by", ["RELEVANCE", "NEWEST", "TITLE"])
def test_a_walk_gives_every_hit_once_in_every_order(product: Any, by: str) -> None:
    found = walk(product, first=7, text="护理", by=by)
    assert len({node["id"] for node in found}) == len(found) > 50
    assert {node["id"] for node in found} == {node["id"] for node in walk(product, text="护理")}
    if by == "NEWEST":
        times = [node["updatedAt"] for node in found if node["updatedAt"]]
        assert times == sorted(times, reverse=True)


def test_a_code_finds_what_its_name_finds(product: Any) -> None:
    by_code = {node["id"] for node in walk(product, text="460103", filter=HARVESTED)}
    assert by_code
    assert by_code <= {node["id"] for node in walk(product, text="数控技术", filter=HARVESTED)}


@pytest.mark.parametrize(("text", "like"), [("數控", "数控"), ("ＰＬＣ", "plc"), ("shukong", "数控")])
def test_other_ways_to_write_find_the_same(product: Any, text: str, like: str) -> None:
    found = {node["id"] for node in walk(product, text=text, filter=HARVESTED)}
    assert found == {node["id"] for node in walk(product, text=like, filter=HARVESTED)} != set()


def test_a_homophone_is_offered_and_not_searched_for(product: Any) -> None:
    page = product.data(SEARCH, {"text": "数空", "filter": HARVESTED})["search"]
    assert (page["totalCount"], page["didYouMean"]) == (0, "数控")


def test_a_source_that_fails_takes_nothing_from_the_others(product: Any) -> None:
    answer = product.ask(SEARCH, {"text": "护理"}, fault="guangdong=fail,hangzhou-school=down")
    page = answer["data"]["search"]
    assert "errors" not in answer
    assert {outcome["source"]["name"]: outcome["status"] for outcome in page["outcomes"]}["guangdong"] == "UNAVAILABLE"
    assert page["edges"]
    assert not page["complete"]


@pytest.mark.parametrize(
    "text", ["title:x OR *", '"', "((((", "🚗", "的", "\x01\x02", "ａｌｌ", "NOT *:*", "数" * 1000, "\u202e", "' OR 1=1 --"]
)
def test_no_text_is_syntax(product: Any, text: str) -> None:
    assert "errors" not in product.ask(SEARCH, {"text": text})


def test_a_text_that_is_too_long_is_told(product: Any) -> None:
    (error,) = product.ask(SEARCH, {"text": "数" * 10_000})["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "1000" in error["message"]


def test_a_blank_text_is_none(product: Any) -> None:
    blank, none = (product.data(SEARCH, {"text": text})["search"] for text in (" \n", None))
    assert blank["totalCount"] == none["totalCount"]
    assert [edge["node"]["id"] for edge in blank["edges"]] == [edge["node"]["id"] for edge in none["edges"]]
    assert blank["edges"][0]["highlights"] == []


def test_facets_are_counted_under_all_conditions_but_their_own(product: Any) -> None:
    wanted = {**HARVESTED, "kinds": ["video"], "tiers": ["NATIONAL"]}
    answer = product.data(FACETS, {"filter": wanted, "by": ["KIND", "TIER", "SOURCE", "MAJOR_CATEGORY", "MAJOR", "YEAR"], "first": 50})[
        "search"
    ]
    facets = {facet["field"]: facet for facet in answer["facets"]}
    kinds = {bucket["value"]: bucket for bucket in facets["KIND"]["buckets"]}
    assert kinds["video"]["count"] == answer["totalCount"]
    assert kinds["video"]["selected"]
    assert not kinds["course"]["selected"]
    for value, bucket in kinds.items():
        counted = product.data(FACETS, {"filter": {**wanted, "kinds": [value]}, "by": [], "first": 1})["search"]
        assert counted["totalCount"] == bucket["count"]
    assert {bucket["value"] for bucket in facets["TIER"]["buckets"]} == {"NATIONAL", "PROVINCIAL"}
    assert {bucket["value"]: bucket["selected"] for bucket in facets["SOURCE"]["buckets"]} == {"national-portal": True}
    assert facets["MAJOR_CATEGORY"]["buckets"][0]["label"].endswith(("大类（高职专科）", "大类（中职）", "大类（职业本科）"))
    categories = [bucket["label"] for bucket in facets["MAJOR_CATEGORY"]["buckets"]]
    assert len(set(categories)) == len(categories), "categories of two levels are told apart"
    assert all(bucket["label"] not in bucket["value"] for bucket in facets["MAJOR"]["buckets"])
    for field in ("MAJOR_CATEGORY", "YEAR"):
        facet = facets[field]
        assert sum(bucket["count"] for bucket in facet["buckets"]) + facet["other"] + facet["missing"] == answer["totalCount"]


def test_facets_have_labels_in_both_languages(product: Any) -> None:
    by = ["PROVINCE", "INSTITUTION", "LIBRARY", "LANGUAGE", "LICENSE", "ACCESS"]
    facets = {facet["field"]: facet for facet in product.data(FACETS, {"by": by, "text": "护理"})["search"]["facets"]}
    province = facets["PROVINCE"]["buckets"][0]
    assert province["label"] != province["en"]
    assert all(bucket["label"] != bucket["value"] for field in ("INSTITUTION", "LIBRARY") for bucket in facets[field]["buckets"])
    assert {bucket["value"] for bucket in facets["ACCESS"]["buckets"]} <= {
        "PUBLIC",
        "MEMBERS",
        "TEACHERS",
        "PROVINCE",
        "SCHOOL",
        "RESTRICTED",
    }


@pytest.mark.parametrize(("text", "by"), [(None, None), (None, "TITLE"), ("护理", None), ("护理", "NEWEST")])
def test_numbered_pages_lead_to_the_rows_that_a_walk_gives(product: Any, text: str | None, by: str | None) -> None:
    variables = {"text": text, "by": by, "filter": HARVESTED}
    whole = [node["id"] for node in walk(product, **variables)]
    first = product.data(SEARCH, {**variables, "first": 10})["search"]
    assert [each["page"] for each in first["pageCursors"]][:2] == [1, 2]
    assert first["pageCursors"][0]["current"]
    fourth = product.data(SEARCH, {**variables, "first": 10, "after": first["pageCursors"][3]["after"]})["search"]
    assert [edge["node"]["id"] for edge in fourth["edges"]] == whole[30:40]
    assert [each["page"] for each in fourth["pageCursors"] if each["current"]] == [4]
    fifth = product.data(SEARCH, {**variables, "first": 10, "after": fourth["pageInfo"]["endCursor"]})["search"]
    assert [edge["node"]["id"] for edge in fifth["edges"]] == whole[40:50]
    assert [each["page"] for each in fifth["pageCursors"] if each["current"]] == [5]


def test_while_live_sources_take_part_pages_have_no_numbers(product: Any) -> None:
    assert product.data(SEARCH, {"text": "护理"})["search"]["pageCursors"] is None


def test_suggestions_by_hanzi_pinyin_and_initials(product: Any) -> None:
    suggest = "query($prefix: String!) { suggest(prefix: $prefix) { text kind { value label } node { id __typename } } }"
    for prefix in ("sk", "shukong", "数控"):
        texts = [each["text"] for each in product.data(suggest, {"prefix": prefix})["suggest"]]
        assert "数控" in texts, prefix
    (library, *_) = [each for each in product.data(suggest, {"prefix": "护理"})["suggest"] if each["kind"]["value"] == "library"]
    assert library["node"]["__typename"] == "Library"
    assert product.data(suggest, {"prefix": " "})["suggest"] == []
    assert product.ask(suggest, {"prefix": "a" * 101})["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_cursor_belongs_to_its_text(product: Any) -> None:
    cursor = product.data(SEARCH, {"text": "护理", "first": 2})["search"]["pageInfo"]["endCursor"]
    (error,) = product.ask(SEARCH, {"text": "数控", "first": 2, "after": cursor})["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
