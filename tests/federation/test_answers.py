"""What a frontend sees: one list over three tiers, honest about what is missing."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

SEARCH = """query($first: Int! = 20, $after: String, $filter: ResourceFilter, $by: ResourceOrderBy) {
  search(first: $first, after: $after, filter: $filter, orderBy: $by) {
    totalCount totalIsExact complete
    nodes { id title tier kind { value } source { name } updatedAt published access { level } province { code } }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
    outcomes { source { name } status code message count retryable }
  }
}"""


def walk(product: Any, first: int = 100, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    for _ in range(100):
        page = product.data(SEARCH, {"first": first, "after": after, **variables})["search"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
    raise AssertionError("the walk does not end")


def test_one_list_holds_records_of_all_three_tiers_and_every_outcome_is_ok(product: Any) -> None:
    page = product.data(SEARCH, {"first": 100})["search"]
    assert {node["tier"] for node in page["nodes"]} == {"NATIONAL", "PROVINCIAL", "SCHOOL"}
    assert {outcome["source"]["name"]: outcome["status"] for outcome in page["outcomes"]} == {
        "national-portal": "OK",
        "zhejiang": "OK",
        "guangdong": "OK",
        "hangzhou-school": "OK",
        "ningbo-school": "OK",
    }
    assert page["complete"]


def test_a_walk_by_newest_gives_every_record_once_and_in_order(product: Any) -> None:
    found = walk(product)
    times = [node["updatedAt"] or node["published"] or "" for node in found]
    assert len({node["id"] for node in found}) == len(found)
    assert times[: len([each for each in times if each])] == sorted((each for each in times if each), reverse=True)
    one = product.data(SEARCH, {"first": 1})["search"]
    assert one["totalCount"] == len(found)
    assert one["totalIsExact"]


def test_restricted_records_are_in_the_sources_and_never_shown(product: Any) -> None:
    found = walk(product)
    assert {node["source"]["name"] for node in found} == {"national-portal", "zhejiang", "guangdong", "hangzhou-school", "ningbo-school"}
    sizes = {
        source["name"]: source["recordCount"] for source in product.data("{ sources { nodes { name recordCount } } }")["sources"]["nodes"]
    }
    shown = sum(node["source"]["name"] == "national-portal" for node in found)
    assert sizes["national-portal"] == shown
    runs = product.data('{ source(name: "national-portal") { lastHarvest { seen quarantined error } } }')["source"]["lastHarvest"]
    assert runs["seen"] > shown
    assert runs["error"] is None


@pytest.mark.parametrize("fault", ["hang", "fail", "down", "html", "truncated", "gbk", "huge", "garble", "reset"])
def test_a_failing_province_costs_nobody_else_anything(product: Any, fault: str) -> None:
    answer = product.ask(SEARCH, {"first": 100}, fault=f"guangdong={fault}")
    if fault == "huge" and "errors" in answer:  # a busy machine is not done with twenty megabytes at the deadline of the whole answer
        answer = product.ask(SEARCH, {"first": 100}, fault=f"guangdong={fault}")
    assert "errors" not in answer
    page = answer["data"]["search"]
    told = {outcome["source"]["name"]: outcome for outcome in page["outcomes"]}
    assert {node["tier"] for node in page["nodes"]} >= {"NATIONAL", "SCHOOL"}
    assert told["guangdong"]["status"] != "OK"
    assert told["hangzhou-school"]["status"] == "OK"
    assert not page["complete"]
    assert answer["extensions"]["outcomes"][0]["source"] == "guangdong"
    broken_off = dict.fromkeys(("fail", "down", "reset", "truncated"), "SOURCE_UNAVAILABLE")
    late = {"huge": "SOURCE_TIMEOUT"}.get(fault)  # a busy machine may still be reading at the deadline
    assert told["guangdong"]["code"] in {{"hang": "SOURCE_TIMEOUT", **broken_off}.get(fault, "SOURCE_MALFORMED"), late}
    assert "127.0.0.1" not in str(answer)
    assert "Traceback" not in str(answer)


def test_a_source_whose_paging_goes_round_in_circles_is_stopped(product: Any) -> None:
    only = {"filter": {"sources": ["guangdong"]}}
    first = product.data(SEARCH, {"first": 20, **only}, fault="guangdong=loop")["search"]
    second = product.data(SEARCH, {"first": 20, "after": first["pageInfo"]["endCursor"], **only}, fault="guangdong=loop")["search"]
    assert second["nodes"] == []
    assert second["outcomes"][0]["code"] == "SOURCE_MALFORMED"
    assert "循环" in second["outcomes"][0]["message"]
    assert not second["pageInfo"]["hasNextPage"]


def test_utf_16_with_its_mark_is_understood(product: Any) -> None:
    page = product.data(SEARCH, {"first": 20}, fault="guangdong=utf16")["search"]
    assert page["complete"]


@pytest.mark.parametrize(("fault", "code"), [("hang", "SOURCE_TIMEOUT"), ("garble", "SOURCE_MALFORMED"), ("down", "SOURCE_UNAVAILABLE")])
def test_a_failing_school_database_is_an_outcome(product: Any, fault: str, code: str) -> None:
    page = product.data(SEARCH, {"first": 100}, fault=f"hangzhou-school={fault}")["search"]
    told = {outcome["source"]["name"]: outcome for outcome in page["outcomes"]}
    assert told["hangzhou-school"]["code"] == code
    assert told["guangdong"]["status"] == "OK"
    assert "hangzhou-school" not in {node["source"]["name"] for node in page["nodes"]}


def test_messages_come_in_chinese_and_english(product: Any) -> None:
    query = "{ search { outcomes(only: [TIMEOUT]) { zh: message en: message(lang: EN) } } }"
    told = product.data(query, fault="guangdong=hang")["search"]["outcomes"][0]
    assert "时限" in told["zh"]
    assert "in time" in told["en"]


@pytest.mark.parametrize(
    ("by", "value", "read"),
    [
        ("tiers", ["SCHOOL"], lambda node: node["tier"] == "SCHOOL"),
        ("kinds", ["video", "course"], lambda node: node["kind"]["value"] in ("video", "course")),
        ("provinces", ["33"], lambda node: node["province"] == {"code": "33"}),
        ("sources", ["guangdong"], lambda node: node["source"]["name"] == "guangdong"),
        ("access", ["PUBLIC"], lambda node: node["access"]["level"] == "PUBLIC"),
    ],
)
def test_every_record_of_a_filtered_list_meets_the_filter_and_none_is_missing(product: Any, by: str, value: list[str], read: Any) -> None:
    everything = walk(product)
    found = walk(product, filter={by: value})
    assert all(read(node) for node in found)
    assert {node["id"] for node in found} == {node["id"] for node in everything if read(node)}


def test_titles_are_ordered_by_pinyin(product: Any) -> None:
    page = product.data(SEARCH, {"first": 50, "by": "TITLE", "filter": {"sources": ["national-portal"]}})["search"]
    assert page["nodes"]
    assert len({node["id"] for node in page["nodes"]}) == len(page["nodes"])


def test_a_record_is_found_by_its_id_and_by_its_identifier(product: Any) -> None:
    for node in product.data(SEARCH, {"first": 60})["search"]["nodes"]:
        query = (
            "query($id: ID!) { resource(id: $id) { id title provenance { identifier source { name } } } node(id: $id) { id __typename } }"
        )
        found = product.data(query, {"id": node["id"]})
        assert found["resource"]["title"] == node["title"]
        again = product.data(
            "query($s: String!, $i: String!) { resourceByIdentifier(source: $s, identifier: $i) { id } }",
            {"s": found["resource"]["provenance"]["source"]["name"], "i": found["resource"]["provenance"]["identifier"]},
        )
        assert again["resourceByIdentifier"]["id"] == node["id"]


@pytest.mark.parametrize("unknown", ["x", "", "r" * 300, "raaaaaaaaZZZZ", "../../etc/passwd", "iaaaaaaaaNDEzMzAxMDAwMQ"])
def test_an_id_of_nothing_and_an_id_of_another_type_answer_alike(product: Any, unknown: str) -> None:
    answer = product.ask("query($id: ID!) { resource(id: $id) { id } }", {"id": unknown})
    assert answer == {"data": {"resource": None}}


def test_a_single_lookup_that_its_source_fails_is_an_error_with_the_source(product: Any) -> None:
    node = product.data(SEARCH, {"first": 1, "filter": {"sources": ["guangdong"]}})["search"]["nodes"][0]
    answer = product.ask("query($id: ID!) { resource(id: $id) { id } }", {"id": node["id"]}, fault="guangdong=fail")
    assert answer["data"] == {"resource": None}
    assert answer["errors"][0]["extensions"]["code"] == "SOURCE_UNAVAILABLE"
    assert answer["errors"][0]["extensions"]["source"] == "guangdong"
    assert answer["errors"][0]["extensions"]["retryable"] is True


def test_objects_that_records_name_are_resolved(product: Any) -> None:
    nodes = product.data("{ search(first: 60) { nodes { title library { name source { name } } institution { code name } } } }")["search"][
        "nodes"
    ]
    assert any(node["library"] for node in nodes)
    assert all(node["institution"]["name"] for node in nodes if node["institution"])


def test_live_details_are_asked_when_they_are_asked_for_and_fail_as_an_outcome(product: Any) -> None:
    query = '{ search(first: 5, filter: { sources: ["guangdong"] }) { nodes { live { views rating outcome { status } } } } }'
    assert all(node["live"]["outcome"]["status"] == "OK" for node in product.data(query)["search"]["nodes"])


def test_libraries_and_institutions_and_provinces_are_listed(product: Any) -> None:
    found = product.data(
        "{ libraries(first: 100) { totalCount nodes { id name tier resources(first: 1) { totalCount } } outcomes { status } }"
        " institutions(first: 5) { totalCount nodes { code name province { name } } pageInfo { endCursor hasNextPage } }"
        " provinces { code name(lang: EN) } }"
    )
    assert {library["tier"] for library in found["libraries"]["nodes"]} == {"NATIONAL", "PROVINCIAL", "SCHOOL"}
    assert len(found["institutions"]["nodes"]) == 5
    assert len(found["provinces"]) >= 31


def test_a_library_tells_no_more_resources_than_the_caller_may_see(product: Any) -> None:
    found = product.data("{ libraries(first: 60) { nodes { source { mode } resourceCount resources(first: 1) { totalCount } } } }")
    for library in found["libraries"]["nodes"]:
        if library["source"]["mode"] == "HARVEST":
            assert library["resourceCount"] == library["resources"]["totalCount"]
        else:
            assert library["resourceCount"] is None


def test_a_library_of_one_source_is_not_asked_of_another(product: Any) -> None:
    found = product.data("{ libraries(first: 100) { nodes { id source { name } } } }")["libraries"]["nodes"]
    portal = next(each["id"] for each in found if each["source"]["name"] == "national-portal")
    foreign = next(each["id"] for each in found if each["source"]["name"] == "guangdong")
    mixed = portal[:9] + foreign[9:]
    page = product.data(SEARCH, {"first": 5, "filter": {"libraries": [mixed]}})["search"]
    assert (page["nodes"], page["totalCount"]) == ([], 0)


def test_a_source_that_was_taken_away_is_not_read_any_more(run_demo: Any, tmp_path: Path) -> None:
    with run_demo(tmp_path) as served:
        node = served.data(SEARCH, {"first": 1, "filter": {"sources": ["national-portal"]}})["search"]["nodes"][0]
    with run_demo(tmp_path, without="national-portal") as served:
        answer = served.ask("query($id: ID!) { resource(id: $id) { id } nodes(ids: [$id]) { id } }", {"id": node["id"]})
        assert answer == {"data": {"resource": None, "nodes": [None]}}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0999-01-01T00:00:00Z", "2023-W20-3T08:00Z"])
def test_a_time_that_nobody_can_mean_is_the_callers_mistake(product: Any, moment: str) -> None:
    answer = product.ask(SEARCH, {"filter": {"updated": {"from": moment}}})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_filter_of_too_many_values_is_refused(product: Any) -> None:
    wanted = {"kinds": ["video"] * 60, "languages": ["zh"] * 60}
    assert product.ask(SEARCH, {"filter": wanted})["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_stored_query_that_is_not_stored_is_asked_for_with_its_text(product: Any) -> None:
    stored = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    reply = product.http.post("/graphql", json=stored).json()
    assert reply["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


def test_a_page_of_the_web_cannot_reach_the_demo_under_a_name_of_its_own(product: Any) -> None:
    reply = product.http.post("/graphql", json={"query": "{ __typename }"}, headers={"host": "evil.example"})
    assert reply.status_code == 421


def test_a_wrong_fault_on_a_page_is_told_there(product: Any) -> None:
    assert product.http.get("/resources/x", headers={"huiju-demo-fault": "x=y"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ search(first: 0) { complete } }", "BAD_USER_INPUT"),
        ("{ search(first: 101) { complete } }", "BAD_USER_INPUT"),
        ("{ search(first: -1) { complete } }", "BAD_USER_INPUT"),
        ('{ search(after: "x") { complete } }', "BAD_USER_INPUT"),
        ("{ search(filter: { kinds: [] }) { complete } }", "BAD_USER_INPUT"),
        ('{ search(filter: { majors: [{ catalogueYear: 2021, code: "4601x3" }] }) { complete } }', "BAD_USER_INPUT"),
        ('{ search(filter: { published: { from: "2023-13" } }) { complete } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ search(", "GRAPHQL_PARSE_FAILED"),
        ("{ " + " ".join(f"a{i}: search {{ complete }}" for i in range(21)) + " }", "OPERATION_TOO_EXPENSIVE"),
    ],
)
def test_what_the_caller_did_wrong_is_an_error_with_a_stable_code(product: Any, query: str, code: str) -> None:
    errors = product.ask(query, lang="en")["errors"]
    assert errors[0]["extensions"]["code"] == code
    assert errors[0]["extensions"]["docs"].endswith(f"/docs/errors#{code.lower()}")
    assert errors[0]["message"]


def test_a_cursor_of_another_question_is_refused(product: Any) -> None:
    cursor = product.data(SEARCH, {"first": 5})["search"]["pageInfo"]["endCursor"]
    answer = product.ask(SEARCH, {"first": 5, "after": cursor, "filter": {"kinds": ["video"]}})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_an_unknown_fault_is_told(product: Any) -> None:
    assert product.ask("{ __typename }", fault="nowhere=hang")["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_published_files_are_served_and_not_sent_twice(product: Any) -> None:
    for path in ("/schema.graphql", "/possible-types.json", "/docs/errors", "/start", "/start.js", "/start.css"):
        reply = product.http.get(path)
        assert reply.status_code == 200
        assert product.http.get(path, headers={"if-none-match": reply.headers["etag"]}).status_code == 304
    assert "Course" in product.http.get("/possible-types.json").json()["Resource"]
    assert "default-src 'none'" in product.http.get("/start").headers["content-security-policy"]


def test_a_query_can_be_sent_by_get(product: Any) -> None:
    reply = product.http.get(
        "/graphql", params={"query": "query Q($f: Int!) { search(first: $f) { nodes { id } } }", "variables": '{"f": 2}'}
    )
    assert len(reply.json()["data"]["search"]["nodes"]) == 2


def test_the_address_of_an_error_leads_to_its_explanation(product: Any) -> None:
    docs = product.ask("{ nonsense }")["errors"][0]["extensions"]["docs"]
    path, _, anchor = docs.removeprefix(product.url).partition("#")
    assert f'id="{anchor}"' in product.http.get(path).text


def test_a_record_has_a_page_where_its_title_stays_text(product: Any) -> None:
    for node in product.data(SEARCH, {"first": 40})["search"]["nodes"]:
        page = product.http.get(f"/resources/{node['id']}")
        assert page.status_code == 200
        assert "<img" not in page.text
    absent = product.http.get("/resources/nothing", headers={"accept-language": "en"})
    assert absent.status_code == 404
    assert "no such resource" in absent.text


def test_a_foreign_host_is_refused_where_the_public_address_is_known(run_demo: Any, tmp_path: Path) -> None:
    with run_demo(tmp_path, HUIJU_PUBLIC_URL="https://huiju.example.edu.cn") as served:
        assert served.http.post("/graphql", json={"query": "{ __typename }"}).status_code == 421
        assert served.http.get("/healthz").status_code == 200
        answer = served.http.post(
            "/graphql", json={"query": "{ search(first: 1) { nodes { pageUrl } } }"}, headers={"host": "huiju.example.edu.cn"}
        )
        assert answer.json()["data"]["search"]["nodes"][0]["pageUrl"].startswith("https://huiju.example.edu.cn/resources/")


def test_a_portal_that_cannot_be_harvested_is_told_and_the_live_sources_answer(run_demo: Any, tmp_path: Path) -> None:
    with run_demo(tmp_path, "national-portal=html") as served:
        page = served.data(SEARCH, {"first": 20})["search"]
        told = {outcome["source"]["name"]: outcome["status"] for outcome in page["outcomes"]}
        assert told.pop("national-portal") == "STALE"
        assert set(told.values()) == {"OK"}
        assert {"zhejiang", "guangdong", "hangzhou-school"} <= set(told)
        run = served.data('{ source(name: "national-portal") { stale lastHarvest { error } } }')["source"]
        assert run["stale"]
        assert "SOURCE_MALFORMED" in run["lastHarvest"]["error"]


def test_a_pushed_table_with_a_renamed_column_is_rejected_row_by_row_and_kept_apart(run_demo: Any, tmp_path: Path) -> None:
    query = '{ source(name: "ningbo-school") { recordCount stale lastHarvest { seen quarantined finishedAt } } }'
    with run_demo(tmp_path, "ningbo-school=garble") as served:
        for _ in range(600):
            source = served.data(query)["source"]
            if source["lastHarvest"] and source["lastHarvest"]["finishedAt"]:
                break
            threading.Event().wait(0.1)
        assert source["recordCount"] == 0
        assert source["lastHarvest"]["quarantined"] == source["lastHarvest"]["seen"] > 200
        assert not source["stale"], "it pushes, and what it pushes is wrong"
