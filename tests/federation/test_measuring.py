"""What operators see: health in the schema, metrics of all processes together, logs that a machine reads and that name nobody."""

import asyncio
import json
import logging
import re
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import Counter, Gauge, Histogram

from commands.logs import JsonLines
from federation import Federation, arrange, measure
from settings import Settings
from tests.federation.test_serving import serving
from tests.test_docs import CODES, DOCS
from transport.metrics import Metrics
from transport.requests import REQUEST_ID, request_id

LIST = "{ search(first: 5) { nodes { title } } }"
HEALTH = """{ source(name: "guangdong") { health {
  state breaker latencyP50 latencyP95 errorRate lastSuccessAt lastFailure { code at } cacheHitRate calls(last: 3) { at latencyMs code }
} } }"""


def value(page: str, name: str, **labels: str) -> float:
    """The sum of a metric's lines that carry these labels."""
    lines = re.findall(rf"^{name}(?:{{(.*?)}})? (\S+)$", page, re.MULTILINE)
    found = [float(number) for told, number in lines if all(f'{key}="{wanted}"' in told for key, wanted in labels.items())]
    assert found, f"{name} {labels} is not on the page"
    return sum(found)


def test_the_health_of_a_source_is_data(run_demo: Any, tmp_path: Path) -> None:
    with run_demo(tmp_path) as product:
        before = product.data(HEALTH)["source"]["health"]
        assert (before["state"], before["breaker"], before["errorRate"], before["lastFailure"]) == ("UNKNOWN", "CLOSED", None, None)
        product.data(LIST)
        health = product.data(HEALTH)["source"]["health"]
        assert (health["state"], health["breaker"], health["errorRate"]) == ("UP", "CLOSED", 0)
        assert 0 <= health["latencyP50"] <= health["latencyP95"]
        assert health["lastSuccessAt"]
        assert [(call["at"], call["code"]) for call in health["calls"]] == [(health["lastSuccessAt"], None)]
        runs = "{ sources { nodes { mode harvests(first: 3) { finishedAt error } } } }"
        for source in product.data(runs)["sources"]["nodes"]:
            assert bool(source["harvests"]) == (source["mode"] != "LIVE")
        assert product.ask("{ sources { nodes { harvests(first: 201) { seen } } } }")["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        for _ in range(5):
            product.ask(LIST, fault="guangdong=down")
        answer = product.ask(HEALTH, fault="guangdong=down")
        failing = answer["data"]["source"]["health"]
        assert (failing["state"], failing["breaker"], failing["errorRate"]) == ("DOWN", "OPEN", 1)
        assert failing["lastFailure"]["code"] == "SOURCE_UNAVAILABLE"
        assert [call["code"] for call in failing["calls"]] == ["SOURCE_UNAVAILABLE"] * 3
        assert failing["calls"][0]["at"] == failing["lastFailure"]["at"]
        told = product.ask("{ search { outcomes(only: [UNAVAILABLE]) { code message } } }", fault="guangdong=down")
        assert told["data"]["search"]["outcomes"] == [{"code": "SOURCE_UNAVAILABLE", "message": "来源连续出错，暂停询问片刻"}]
        assert product.data(LIST)


def test_metrics_count_calls_operations_and_errors_by_bounded_labels(run_demo: Any, tmp_path: Path) -> None:
    with run_demo(tmp_path) as product:
        product.data(LIST)
        product.ask(LIST, fault="guangdong=fail")
        product.ask("{ search(first: 0) { nodes { id } } }")
        product.ask("{ nonsense")
        page = product.http.get("/metrics").text
        assert value(page, "huiju_source_calls_total", source="guangdong", outcome="OK") >= 1
        assert value(page, "huiju_source_calls_total", source="guangdong", outcome="SOURCE_UNAVAILABLE") == 2
        assert value(page, "huiju_source_retries_total", source="guangdong") == 1
        assert value(page, "huiju_operations_total", kind="query", result="ok") >= 1
        assert value(page, "huiju_operations_total", kind="query", result="partial") == 1
        assert value(page, "huiju_errors_total", code="BAD_USER_INPUT") == 1
        assert value(page, "huiju_errors_total", code="GRAPHQL_PARSE_FAILED") == 1
        assert value(page, "huiju_harvest_age_seconds", source="national-portal") >= 0
        assert value(page, "huiju_harvest_quarantined", source="national-portal") >= 0
        assert "127.0.0.1" not in page


async def test_the_administration_port_tells_of_all_processes_and_the_public_one_of_none(tmp_path: Path) -> None:
    with serving(tmp_path, HUIJU_ADMIN_PORT="0", HUIJU_LOG_FORMAT="json") as server:
        async with await server.client() as http:
            await server.ready(http)
            for _ in range(20):
                await http.post("/graphql", json={"query": "{ provinces { code } }"}, headers={"x-request-id": "from-a-proxy-1"})
            assert (await http.get("/metrics")).status_code == 404
            assert "checks" not in (await http.get("/readyz")).json()
            address = (await server.said(r"metrics on (http://[^/]+)"))[1]
            async with httpx.AsyncClient(base_url=address) as admin:
                page = (await admin.get("/metrics")).text
                assert value(page, "huiju_operations_total", kind="query", result="ok") == 20
                assert (await admin.get("/readyz")).json()["checks"] == {"store": True, "harvest": True, "index": True}
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
        operations = [line for line in lines if line["logger"] == "huiju.operations"]
        assert len(operations) == 20
        assert operations[0]["request"] == "from-a-proxy-1"
        always = {"time", "level", "logger", "process", "message", "request"}
        assert operations[0].keys() - always == {"kind", "result", "cost", "bytes", "milliseconds", "codes", "troubled"}


OURS = re.compile(r"huiju_[a-z_]+")
KINDS = {"query", "mutation", "unknown"}


def told_by(metrics: Metrics) -> dict[str, set[str]]:
    """Every name that a page may hold, by the suffixes of its type, and its labels."""
    found: dict[str, set[str]] = {}
    for each in vars(metrics).values():
        if isinstance(each, Counter | Gauge | Histogram):
            suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}[each._type]
            found |= {each._name + suffix: {*each._labelnames, *(["le"] if suffix == "_bucket" else [])} for suffix in suffixes}
    return found


def test_rules_dashboard_and_manual_speak_of_the_metrics_that_there_are() -> None:
    there = told_by(Metrics())
    rules = (DOCS / "alerts.yml").read_text("utf-8")
    dashboard = json.loads((DOCS / "dashboard.json").read_text("utf-8"))
    expressions = re.findall(r"expr: (.*)", rules) + [each["expr"] for panel in dashboard["panels"] for each in panel["targets"]]
    assert len(expressions) > 15
    for expression in expressions:
        names = OURS.findall(expression)
        assert names
        assert set(names) <= there.keys(), expression
        grouped = [label.strip() for found in re.findall(r"by \(([\w, ]+)\)", expression) for label in found.split(",")]
        labels = {*re.findall(r"(\w+)!?=~?\"", expression), *grouped}
        assert labels <= set().union(*(there[name] for name in names)), expression
    manual = (DOCS / "reliability.md").read_text("utf-8").partition("## Metrics")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(huiju_\w+)` \| ([\w, ]*) ?\|", manual, re.MULTILINE)
    written = {name: {label for label in labels.replace(" ", "").split(",") if label} for name, labels in rows}
    bases = {name.removesuffix("_bucket"): labels - {"le"} for name, labels in there.items() if not name.endswith(("_count", "_sum"))}
    assert written == bases


def test_what_strangers_send_makes_no_new_label(product: Any) -> None:
    for number in range(5):
        product.http.post("/graphql", json={"query": f"query q{number} {{ nonsense{number} }}", "operationName": f"q{number}"})
        product.http.get(f"/graphql?query={{x{number}}}", headers={"x-request-id": f"request-{number:05}"})
        product.ask(f'{{ search(filter: {{ sources: ["stranger{number}"] }}) {{ nodes {{ id }} }} }}')
    page = product.http.get("/metrics").text
    labels = {(name, value) for found in re.findall(r"{(.*?)} ", page) for name, value in re.findall(r'(\w+)="(.*?)"', found)}
    sources = {node["name"] for node in product.data("{ sources(first: 100) { nodes { name } } }")["sources"]["nodes"]}
    assert {value for name, value in labels if name == "source"} <= sources
    assert {value for name, value in labels if name == "kind"} <= KINDS
    assert {value for name, value in labels if name in ("code", "outcome")} <= {*CODES, "OK"}
    assert {name for name, _ in labels} <= {"source", "outcome", "kind", "result", "code", "le"}


def test_the_index_is_behind_while_nobody_keeps_it(run_demo: Any, tmp_path: Path) -> None:
    with run_demo(tmp_path) as product:
        assert value(product.http.get("/metrics").text, "huiju_index_lag_seconds") == 0
        assert value(product.http.get("/metrics").text, "huiju_harvest_interval_seconds", source="national-portal") > 0
    aside = tmp_path / "search-index"
    (tmp_path / "index").rename(aside)
    lag = asyncio.run(_lag_of(tmp_path))
    assert 0 < lag < 600


async def _lag_of(directory: Path) -> float:
    """The gauge as a process sets it that has no index over this store."""
    settings = Settings.from_environment({"HUIJU_DATA_DIR": str(directory), "HUIJU_DEFINITIONS_DIR": str(directory / "none")})
    metrics = Metrics()
    federation = Federation(settings, arrange(settings), metrics)
    async with AsyncExitStack() as stack:
        await federation.open(stack)
        await measure(federation, metrics)
    return float(metrics.index_lag._value.get())


def test_the_gauges_of_a_process_that_has_ended_are_forgotten(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    gauge, counter = tmp_path / f"gauge_livemax_{ended.pid}.db", tmp_path / f"counter_{ended.pid}.db"
    gauge.write_bytes(bytes(4096))
    counter.write_bytes(bytes(4096))
    Metrics(tmp_path).page()
    assert not gauge.exists()
    assert counter.exists()


def test_a_request_id_is_the_callers_where_it_is_sound() -> None:
    assert request_id("0123456789abcdef") == "0123456789abcdef"
    for bad in (None, "short", "x" * 65, 'a"b\nc00000', "电话号码电话号码"):
        assert re.fullmatch(r"[0-9a-f]{16}", request_id(bad))


def test_a_line_of_the_log_is_one_object_whatever_is_told() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("huiju", logging.ERROR, "x.py", 1, "not\nanswered %s", ("…",), sys.exc_info())
    token = REQUEST_ID.set("12345678")
    try:
        line = JsonLines().format(record)
    finally:
        REQUEST_ID.reset(token)
    told = json.loads(line)
    assert "\n" not in line
    assert (told["message"], told["request"], told["level"]) == ("not\nanswered …", "12345678", "error")
    assert "ValueError" in told["error"]
