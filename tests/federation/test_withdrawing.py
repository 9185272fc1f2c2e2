"""Withdrawals, changes and renamed ids, as a frontend and an operator see them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from auth.scopes import RECORDS_WITHDRAW
from commands import app
from demo.arrangement import GRANT
from tests.auth.browser import Application
from tests.federation.conftest import Product, running

RUN = CliRunner()
LIST = """query($sources: [String!], $after: String) { search(first: 100, after: $after, filter: {sources: $sources}) {
  nodes { id title provenance { identifier } } outcomes { status } pageInfo { hasNextPage endCursor } } }"""
NODE = """query($id: ID!) {
  node(id: $id) { __typename id ... on Withdrawn { title withdrawnAt reason { value label } replacedBy { id } } }
  resource(id: $id) { id } }"""
WITHDRAW = "mutation($ids: [ID!]!, $reason: String!) { withdrawRecords(ids: $ids, reason: $reason) { ids } }"
RESTORE = "mutation($ids: [ID!]!) { restoreRecords(ids: $ids) { ids } }"
CHANGES = """query($after: String, $first: Int! = 1000) { changes(after: $after, first: $first) {
  edges { cursor node { __typename
    ... on Upserted { at resource { id } }
    ... on Withdrawn { id title reason { value } replacedBy { id } } } }
  pageInfo { hasNextPage hasPreviousPage endCursor } } }"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("withdrawing")


@pytest.fixture(scope="module")
def office(directory: Path) -> Iterator[Product]:
    """The demo for somebody who may withdraw records."""
    with running(directory, anonymous=replace(GRANT, scopes=GRANT.scopes | {RECORDS_WITHDRAW})) as served:
        yield served


@pytest.fixture
def command(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An operator at the same store."""
    monkeypatch.setenv("HUIJU_DATA_DIR", str(directory))
    monkeypatch.setenv("HUIJU_LANG", "en")
    return lambda *words: RUN.invoke(app, list(words))


def ids(office: Product, source: str) -> list[str]:
    return [node["id"] for node in office.data(LIST, {"sources": [source]})["search"]["nodes"]]


def news(office: Product, after: str | None) -> tuple[list[dict[str, Any]], str]:
    page = office.data(CHANGES, {"after": after})["changes"]
    return [edge["node"] for edge in page["edges"]], page["pageInfo"]["endCursor"]


def now(office: Product) -> str:
    found, after = news(office, None)
    while found:
        found, after = news(office, after)
    return after


def test_a_withdrawn_record_is_gone_everywhere_at_once_and_told_in_the_feed_and_comes_back(office: Product) -> None:
    after = now(office)
    chosen = ids(office, "national-portal")[0]
    assert office.data(WITHDRAW, {"ids": [chosen], "reason": "rights"})["withdrawRecords"]["ids"] == [chosen]
    assert chosen not in ids(office, "national-portal")
    told = office.data(NODE, {"id": chosen})
    assert told["resource"] is None
    assert (told["node"]["__typename"], told["node"]["title"], told["node"]["replacedBy"]) == ("Withdrawn", None, None)
    assert told["node"]["reason"] == {"value": "rights", "label": "权利人主张"}
    assert office.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", {"ids": [chosen]}) == {
        "nodes": [{"__typename": "Withdrawn"}]
    }
    found, after = news(office, after)
    assert [(node["__typename"], node["id"]) for node in found] == [("Withdrawn", chosen)]
    assert office.data(RESTORE, {"ids": [chosen]})["restoreRecords"]["ids"] == [chosen]
    assert chosen in ids(office, "national-portal")
    assert office.data(NODE, {"id": chosen})["resource"] == {"id": chosen}
    found, _ = news(office, after)
    assert [(node["__typename"], node["resource"]["id"]) for node in found] == [("Upserted", chosen)]


@pytest.mark.parametrize("source", ["guangdong", "hangzhou-school"])
def test_a_record_that_a_live_source_still_gives_is_gone_within_two_seconds(office: Product, source: str) -> None:
    chosen = ids(office, source)[0]
    office.data(WITHDRAW, {"ids": [chosen], "reason": "wrong"})
    threading.Event().wait(2)
    page = office.data(LIST, {"sources": [source]})["search"]
    assert chosen not in [node["id"] for node in page["nodes"]]
    assert [outcome["status"] for outcome in page["outcomes"]] == ["OK"]
    assert office.data(NODE, {"id": chosen}) == {"node": None, "resource": None}
    office.data(RESTORE, {"ids": [chosen]})
    threading.Event().wait(2)
    assert chosen in ids(office, source)


def test_the_feed_gives_every_public_record_of_the_catalog_once_and_nothing_else(office: Product) -> None:
    seen: list[str] = []
    after, more = None, True
    while more:
        page = office.data(CHANGES, {"after": after, "first": 300})["changes"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += [edge["node"]["resource"]["id"] for edge in page["edges"] if edge["node"]["__typename"] == "Upserted"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    public: set[str] = set()
    for source in ("national-portal", "zhejiang", "ningbo-school"):
        cursor = None
        while True:
            page = office.data(LIST, {"sources": [source], "after": cursor})["search"]
            public |= {node["id"] for node in page["nodes"]}
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
    assert set(seen) == public
    middle = office.data(CHANGES, {"after": None, "first": 5})["changes"]["edges"][2]["cursor"]
    rest = office.data(CHANGES, {"after": middle, "first": 2})["changes"]["edges"]
    assert [edge["node"]["resource"]["id"] for edge in rest] == seen[3:5]


def test_an_id_leads_to_its_record_after_the_source_changed_its_identifiers(office: Product, command: Any, tmp_path: Path) -> None:
    after = now(office)
    chosen = office.data(LIST, {"sources": ["national-portal"]})["search"]["nodes"][3]
    bucket, number = chosen["provenance"]["identifier"].split("\x1f")
    table = tmp_path / "keys.csv"
    table.write_text(f"old.1,old.2,new.1,new.2\n{bucket},{number},{bucket},x{number}\n", "utf-8")
    result = command("source", "rekey", "national-portal", str(table))
    assert (result.exit_code, result.stdout) == (0, "national-portal: 1 records have new keys, 1 old ids lead to new ones\n")
    told = office.data(NODE, {"id": chosen["id"]})
    moved = told["resource"]["id"]
    assert moved != chosen["id"]
    assert told["node"]["id"] == moved
    assert office.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [chosen["id"]]}) == {"nodes": [{"id": moved}]}
    gone, there = news(office, after)[0]
    assert (gone["id"], gone["title"], gone["replacedBy"]["id"]) == (chosen["id"], chosen["title"], moved)
    assert there["resource"]["id"] == moved


def test_an_operator_withdraws_and_restores_by_command(office: Product, command: Any) -> None:
    chosen = ids(office, "zhejiang")[:2]
    assert command("record", "withdraw", "--reason", "outdated", *chosen).stdout == "withdrawn: 2\n"
    assert not set(chosen) & set(ids(office, "zhejiang"))
    assert set(json.loads(command("record", "restore", *chosen, "--json").stdout)["ids"]) == set(chosen)
    whole = office.data('{ source(name: "zhejiang") { recordCount } }')["source"]["recordCount"]
    assert int(command("record", "withdraw", "--reason", "outdated", "--source", "zhejiang").stdout.split()[1]) >= whole
    assert ids(office, "zhejiang") == []
    assert command("record", "restore", "--source", "zhejiang").exit_code == 0
    assert office.data('{ source(name: "zhejiang") { recordCount } }')["source"]["recordCount"] == whole


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("withdraw", "--reason", "whim", "rabc"), "rights"),
        (("withdraw", "--reason", "rights"), "one of them only"),
        (("withdraw", "--reason", "rights", "nonsense"), "no id of a resource"),
        (("withdraw", "--reason", "rights", "--source", "nowhere"), "no source named nowhere"),
        (("restore",), "one of them only"),
    ],
)
def test_a_command_that_cannot_be_understood_says_what_to_write(command: Any, words: tuple[str, ...], says: str) -> None:
    result = command("record", *words)
    assert result.exit_code == 2
    assert says in result.stderr


def test_without_the_scope_nothing_happens_and_one_error_names_it(product: Product) -> None:
    chosen = ids(product, "national-portal")[0]
    answer = product.ask(WITHDRAW, {"ids": [chosen], "reason": "rights"})
    assert answer["data"] == {"withdrawRecords": None}
    assert [(error["extensions"]["code"], error["extensions"]["scope"]) for error in answer["errors"]] == [
        ("FORBIDDEN", "records:withdraw")
    ]
    assert chosen in ids(product, "national-portal")


@pytest.mark.parametrize(
    "variables",
    [
        {"ids": [], "reason": "rights"},
        {"ids": ["x"] * 101, "reason": "rights"},
        {"ids": ["nonsense"], "reason": "rights"},
        {"ids": ["x"], "reason": "whim"},
    ],
)
def test_arguments_that_cannot_be_used_are_refused(office: Product, variables: dict[str, Any]) -> None:
    [error] = office.ask(WITHDRAW, variables)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("variables", [{"first": 0}, {"first": 1001}, {"after": "nonsense"}])
def test_a_page_of_changes_that_cannot_be_given_is_refused(office: Product, variables: dict[str, Any]) -> None:
    [error] = office.ask(CHANGES, variables)["errors"]
    assert error["extensions"]["code"] in ("BAD_USER_INPUT", "OPERATION_TOO_EXPENSIVE")


def test_an_administrator_answers_for_the_own_province_or_school(product: Product) -> None:
    def attempt(person: str, chosen: str, query: str = WITHDRAW) -> dict[str, Any]:
        token = Application(product.url).tokens(person, "openid resources:read records:withdraw")["access_token"]
        variables = {"ids": [chosen], **({"reason": "wrong"} if query == WITHDRAW else {})}
        answer = product.http.post("/graphql", json={"query": query, "variables": variables}, headers={"authorization": f"Bearer {token}"})
        return answer.json()

    own, foreign, national = (ids(product, source)[0] for source in ("zhejiang", "guangdong", "national-portal"))
    for person, chosen in (("province_admin", foreign), ("province_admin", national), ("school_admin", own), ("teacher", own)):
        assert attempt(person, chosen)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for person, chosen in (("province_admin", own), ("national_admin", own)):
        assert attempt(person, chosen)["data"] == {"withdrawRecords": {"ids": [chosen]}}
        assert attempt(person, chosen, RESTORE)["data"] == {"restoreRecords": {"ids": [chosen]}}
