"""The measurement itself: everybody is asked the same, answers the same, and makes the fewest upstream calls."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from bench import queries
from bench.contenders import Upstreams, by_hand, product, upstreams
from bench.floor import record_id
from bench.measure import Client, WrongAnswer, agree, calls, compare
from bench.records import COUNT, SOURCES

BODIES = {
    "list": queries.list_query(),
    "join": queries.join_query(),
    "byid": queries.byid_query(record_id(*queries.byid_key())),
}


@pytest.fixture(scope="module")
def sources() -> Iterator[Upstreams]:
    with upstreams() as running:
        yield running


@pytest.fixture(scope="module")
def floor(sources: Upstreams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with by_hand("floor", sources, tmp_path_factory.mktemp("floor")) as contender, Client(contender) as client:
        yield client


@pytest.fixture(scope="module")
def ours(sources: Upstreams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with product(sources, tmp_path_factory.mktemp("product")) as contender, Client(contender) as client:
        yield client


@pytest.mark.parametrize("question", BODIES)
def test_the_floor_makes_the_fewest_calls(question: str, floor: Client, sources: Upstreams) -> None:
    assert calls(floor, sources, BODIES[question]) == queries.CALLS[question]


@pytest.mark.parametrize("question", BODIES)
def test_the_product_makes_the_fewest_calls(question: str, ours: Client, sources: Upstreams) -> None:
    assert calls(ours, sources, BODIES[question]) == queries.CALLS[question]


@pytest.mark.parametrize("question", BODIES)
def test_the_product_answers_what_the_floor_answers_in_no_more_bytes(question: str, floor: Client, ours: Client) -> None:
    agree([floor, ours], BODIES[question])
    assert len(ours.data(BODIES[question])) <= len(orjson.dumps(orjson.loads(floor.data(BODIES[question]))))


def test_naive_strawberry_answers_the_same_list(floor: Client, sources: Upstreams, tmp_path: Path) -> None:
    with by_hand("naive", sources, tmp_path) as contender, Client(contender) as naive:
        agree([floor, naive], BODIES["list"])
        assert calls(naive, sources, BODIES["list"]) == queries.CALLS["list"]


def test_the_list_has_three_sources_of_fifty_records_with_ten_fields(floor: Client) -> None:
    data = orjson.loads(floor.data(BODIES["list"]))
    assert [[len(record) for record in data[source]["nodes"]] for source in SOURCES] == [[10] * COUNT] * len(SOURCES)


def test_cpu_is_that_of_the_program_and_not_of_the_client(floor: Client) -> None:
    series = compare([floor], BODIES["byid"], rounds=2, count=20)["floor"]
    assert len(series.rounds) == 2
    assert 0 < series.cpu < series.percentile(99)


def test_a_wrong_answer_ends_the_measurement_and_says_where(floor: Client) -> None:
    class Liar(Client):
        def ask(self, body: bytes) -> bytes:
            return super().ask(body).replace(b'"tier":"SCHOOL"', b'"tier":"NATIONAL"', 1)

    with Liar(floor.contender) as liar, pytest.raises(WrongAnswer, match=r"data\.school\.nodes\[0\]\.tier"):
        agree([floor, liar], BODIES["list"])


def test_figures_come_last_one_to_a_line() -> None:
    ran = subprocess.run([sys.executable, "-m", "bench", "--rounds", "1"], capture_output=True, text=True, timeout=120, check=True)
    figures = dict(line.split()[1:] for line in ran.stdout.splitlines() if line.startswith("figure "))
    assert list(figures) == [
        "list_cpu_ratio",
        "join_cpu_ratio",
        "byid_cpu_ratio",
        "list_p50_ratio",
        "list_upstream_calls",
        "join_upstream_calls",
        "join_data_bytes",
        "naive_list_cpu_ratio",
    ]
    assert ran.stdout.splitlines()[-len(figures) :] == [f"figure {name} {value}" for name, value in figures.items()]
