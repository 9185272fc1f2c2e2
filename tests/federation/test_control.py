"""What a client may ask for beside its query, and what an operator may order: over real sockets, from a running demo."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.orders import Switch, turn

LIST = "{ search(first: 5) { nodes { title source { name } } outcomes { source { name } status message } } }"
ONE = '{ search(first: 3, filter: { sources: ["guangdong"] }) { nodes { id } } }'


def post(product: Any, query: str, **headers: str) -> Any:
    return product.http.post("/graphql", json={"query": query}, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_the_trace_is_a_step_for_every_source_that_was_asked(product: Any) -> None:
    trace = post(product, LIST, huiju_trace="1").json()["extensions"]["trace"]
    steps = {step["source"]: step for step in trace["steps"]}
    assert set(steps) >= {None, "guangdong", "hangzhou-school"}
    live = steps["guangdong"]
    assert (live["status"], live["attempts"], live["cache"], live["shared"]) == ("OK", 1, "off", False)
    assert live["rows"] >= 5
    assert live["bytes"] > 1000
    assert 0 <= live["startMs"] <= live["startMs"] + live["durationMs"] <= trace["durationMs"]
    assert (steps[None]["attempts"], steps[None]["bytes"]) == (0, 0)


def test_what_was_late_is_told_as_late_and_what_was_tried_twice_as_twice(product: Any) -> None:
    answer = post(product, LIST, huiju_trace="1", huiju_demo_fault="guangdong=hang", huiju_deadline_ms="300").json()
    late = next(step for step in answer["extensions"]["trace"]["steps"] if step["source"] == "guangdong")
    assert late["status"] == "TIMEOUT"
    assert late["durationMs"] >= 200
    answer = post(product, LIST, huiju_trace="1", huiju_demo_fault="guangdong=reset").json()
    twice = next(step for step in answer["extensions"]["trace"]["steps"] if step["source"] == "guangdong")
    assert twice["code"] == "SOURCE_UNAVAILABLE"
    assert twice["attempts"] == 2


def test_no_trace_without_the_header(product: Any) -> None:
    assert "extensions" not in post(product, LIST).json()
    assert "extensions" not in post(product, LIST, huiju_trace="0").json()


def test_a_client_may_have_less_time_and_never_more(product: Any) -> None:
    reply = post(product, ONE, huiju_demo_fault="guangdong=hang", huiju_deadline_ms="200")
    assert reply.elapsed.total_seconds() < 1.5
    assert reply.json()["extensions"]["outcomes"][0]["status"] == "TIMEOUT"


@pytest.mark.parametrize(
    ("header", "value"), [("huiju-deadline-ms", "1"), ("huiju-deadline-ms", "-5"), ("huiju-cache", "no"), ("huiju-trace", "yes")]
)
def test_a_header_that_cannot_be_read_is_refused(product: Any, header: str, value: str) -> None:
    reply = product.http.post("/graphql", json={"query": ONE}, headers={header: value})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_whole_answer_to_everybody_may_be_kept_and_is_asked_for_by_its_tag(product: Any) -> None:
    ask = {"query": '{ provinces { code } source(name: "guangdong") { title } }'}
    first = product.http.get("/graphql", params=ask)
    assert first.headers["cache-control"] == "public, no-cache"
    again = product.http.get("/graphql", params=ask, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert product.http.get("/graphql", params=ask, headers={"if-none-match": 'W/"other"'}).status_code == 200


def test_an_answer_with_a_gap_is_private_and_one_with_an_error_is_kept_nowhere(product: Any) -> None:
    gap = product.http.get("/graphql", params={"query": ONE}, headers={"huiju-demo-fault": "guangdong=down"})
    assert gap.headers["cache-control"] == "private, no-cache"
    wrong = product.http.get("/graphql", params={"query": "{ search(first: 0) { nodes { id } } }"})
    assert wrong.headers["cache-control"] == "no-store"
    assert post(product, ONE).headers["cache-control"] == "no-store"


def test_orders_hold_for_everybody_within_seconds_and_are_taken_back(run_demo: Any, tmp_path: Path) -> None:
    async def order(switch: Switch, on: bool) -> None:
        database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
        try:
            await turn(database, switch, on=on)
        finally:
            await database.aclose()

    with run_demo(tmp_path) as product:

        def until(condition: Any) -> Any:
            for _ in range(100):
                answer = product.ask(LIST)
                if condition(answer):
                    return answer
                threading.Event().wait(0.1)
            raise AssertionError(answer)

        asyncio.run(order(Switch.STORED_ONLY, True))
        answer = until(lambda found: found.get("extensions", {}).get("outcomes"))
        told = {each["source"]["name"]: each for each in answer["data"]["search"]["outcomes"]}
        assert (told["guangdong"]["status"], told["hangzhou-school"]["status"]) == ("SKIPPED", "SKIPPED")
        assert answer["data"]["search"]["nodes"]
        asyncio.run(order(Switch.STORED_ONLY, False))
        until(lambda found: "extensions" not in found)
        asyncio.run(order(Switch.ANONYMOUS_OFF, True))
        refused = until(lambda found: "errors" in found)
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_the_cost_is_told_before_and_after(product: Any) -> None:
    before = post(product, LIST, huiju_cost="estimate").json()
    assert before["data"] is None
    assert "errors" not in before
    cost = before["extensions"]["cost"]
    assert 0 < cost["estimated"]["cost"] == cost["estimated"]["rows"] + 10 * cost["estimated"]["calls"] < cost["limit"]
    assert "actual" not in cost
    after = post(product, LIST, huiju_trace="1").json()["extensions"]
    steps = after["trace"]["steps"]
    assert after["cost"]["estimated"] == cost["estimated"]
    assert after["cost"]["actual"]["rows"] == sum(step["rows"] for step in steps) > 0
    assert after["cost"]["actual"]["calls"] == sum(step["attempts"] for step in steps) > 0


def test_what_is_estimated_is_not_done(product: Any) -> None:
    mutation = 'mutation { withdrawRecords(ids: ["x"], reason: "wrong") { ids } }'
    assert "errors" not in post(product, mutation, huiju_cost="estimate").json()
    assert post(product, "{ nothing }", huiju_cost="estimate").json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    costly = "{ institutions(first: 100) { nodes { resources(first: 100) { nodes { id } } } } }"
    refused = post(product, costly, huiju_cost="estimate").json()["errors"][0]["extensions"]
    assert refused["code"] == "OPERATION_TOO_EXPENSIVE"
    assert post(product, LIST, huiju_cost="free").json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
