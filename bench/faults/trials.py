"""One source on trial: asked live and harvested while it fails, and after it is well again. What is wrong is told in words."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

from bench.faults.engines import Server as Engine
from bench.faults.modes import BOUNDED, DROPPED, MALFORMED, REFUSED, SPOILED, SWEEP, TIMEOUT, WHOLE
from bench.faults.product import Harvester, Server
from bench.faults.shelf import COUNT, PAGE, content
from bench.upstreams import LOOPBACK

HEALTHY = "healthy"
"""A live source that never fails; it takes part in every live answer."""

STALE = "STALE"
"""What is said of a source that an earlier copy stands in for."""

WAYS = frozenset({"live", "harvest"})
"""How a source is tried."""

BUDGET = 3.0 + 1.0
"""Seconds that an answer may take: the request's budget, and what a busy machine adds."""

RECOVERY = 30.0
"""Seconds after which a source that is well again must be read again."""

NEVER = ("Traceback", 'File "', "java.lang", "10.20.30.40", "at cn.example")
"""What no answer and no log may hold, beside the secrets of the sources, where they live, and in answers any address of this machine."""


class Patient(Protocol):
    """A source that can be made to fail. `alone`: nobody else is tried while it is; `ways` are those in which it can be tried."""

    kind: str
    mode: str
    code: str
    pages: range
    in_order: bool
    alone: bool
    ways: frozenset[str]
    secrets: Sequence[str]

    async def prepare(self, name: str, directory: Path, servers: Mapping[str, Engine]) -> int | None:
        """Come into being, sound, as the source `name`: the port that the product has to reach, if any."""

    def document(self, name: str, mode: str) -> str:
        """Its definition."""

    async def aclose(self) -> None:
        """Give everything back."""

    async def fail(self, page: int) -> None:
        """Fail from this page on."""

    async def recover(self) -> None:
        """Be well again."""

    async def change(self) -> None:
        """Hold what the shelf holds later."""

    def asked(self) -> Sequence[int]:
        """The pages that were asked for since it failed or recovered, nothing where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search gave: records by source, with their titles, and outcomes by source."""

    text: str
    records: Mapping[str, Sequence[tuple[str, str]]]
    outcomes: Mapping[str, Sequence[Mapping[str, Any]]]
    errors: bool

    @classmethod
    def read(cls, body: bytes) -> Answer:
        """Take an answer apart."""
        told = orjson.loads(body)
        page = (told.get("data") or {}).get("search") or {"nodes": [], "outcomes": []}
        records: dict[str, list[tuple[str, str]]] = {}
        for node in page["nodes"]:
            records.setdefault(node["provenance"]["source"]["name"], []).append((node["provenance"]["identifier"], node["title"]))
        outcomes: dict[str, list[Mapping[str, Any]]] = {}
        for outcome in page["outcomes"]:
            outcomes.setdefault(outcome["source"]["name"], []).append(outcome)
        return cls(body.decode(), records, outcomes, "errors" in told)


def leaks(text: str, secrets: Collection[str]) -> list[str]:
    """What stands in `text` and must not."""
    return [f"tells {each!r}" for each in (*NEVER, *secrets) if each in text]


async def tried_live(patient: Patient, name: str, server: Server, *, kept: bool = False) -> list[str]:
    """Ask while it fails from a page on, the first or the second; and again when the source is well.

    `kept`: the definition lets earlier copies stand in, so that once it was well they may.
    """
    problems: list[str] = []
    for page in patient.pages:
        await patient.fail(page)
        body, seconds = await server.search(HEALTHY, name)
        spoken_for = kept and page > patient.pages[0]
        found = _judged_live(patient, name, page, Answer.read(body), seconds, spoken_for=spoken_for)
        await patient.recover()
        found += await _recovered(name, server)
        problems += [f"live, page {page}: {problem}" for problem in found]
    return problems


def _judged_live(patient: Patient, name: str, page: int, answer: Answer, seconds: float, *, spoken_for: bool) -> list[str]:
    problems = leaks(answer.text, [*patient.secrets, LOOPBACK])
    if answer.errors:
        problems.append("the answer has errors")
    if seconds > BUDGET:
        problems.append(f"the answer took {seconds:.1f} s")
    if len(answer.records.get(HEALTHY, ())) != PAGE or [each["status"] for each in answer.outcomes.get(HEALTHY, ())] != ["OK"]:
        problems.append("the healthy source is not whole")
    outcomes = answer.outcomes.get(name, ())
    if len(outcomes) != 1:
        return [*problems, f"{len(outcomes)} outcomes"]
    if patient.code == BOUNDED:
        return problems
    told = (outcomes[0]["status"], outcomes[0]["code"])
    before = PAGE * (page - 1) if patient.in_order or patient.code in (DROPPED, SPOILED, SWEEP) else 0
    records = answer.records.get(name, ())
    if repeated := [key for key, times in Counter(key for key, _ in records).items() if times > 1]:
        problems.append(f"{len(repeated)} records come twice")
    if unknown := dict(records).items() - content(later=False).items():
        problems.append(f"{len(unknown)} records are not as they should be")
    if patient.code == WHOLE:
        wanted, count = ("OK", None), COUNT
    elif patient.code == SWEEP:
        wanted, count = ("OK", None), before
    elif patient.code in (DROPPED, SPOILED):
        wanted, count = ("PARTIAL", None), before
    elif before:
        wanted, count = ("PARTIAL", patient.code), before
    else:
        wanted, count = ("TIMEOUT" if patient.code == TIMEOUT else "UNAVAILABLE", patient.code), 0
    if spoken_for and told == (STALE, None) and patient.code not in (REFUSED, DROPPED, SPOILED):
        wanted, count = told, COUNT
    if told != wanted:
        problems.append(f"the outcome is {told} where {wanted} is due")
    if len(records) != count:
        problems.append(f"{len(records)} records where {count} are due")
    return problems


async def _recovered(name: str, server: Server) -> list[str]:
    until = time.monotonic() + RECOVERY
    while True:
        body, _ = await server.search(HEALTHY, name)
        answer = Answer.read(body)
        if dict(answer.records.get(name, ())) == content(later=False) and answer.outcomes[name][0]["status"] == "OK":
            return []
        if time.monotonic() > until:
            return [f"well again, it gives {len(answer.records.get(name, ()))} records and {answer.outcomes.get(name)}"]
        await asyncio.sleep(0.5)


async def tried_in_harvest(patient: Patient, name: str, server: Server, harvester: Harvester) -> list[str]:
    """Harvest while its last failing page does, look at what the catalog holds, and harvest again when the source is well."""
    await patient.change()
    await patient.fail(patient.pages[-1])
    report = await harvester.harvest(name)
    if patient.code == BOUNDED:
        return leaks(report["error"] or "", patient.secrets)
    problems = _judged_report(patient, report)
    problems += _judged_content(patient, await _held(name, server), interrupted=report["error"] is not None)
    await patient.recover()
    again = await harvester.harvest(name)
    if again["error"] is not None:
        problems.append(f"well again, the run ends with {again['error']}")
    if report["error"] is not None and not (again["resumed"] or again["met"]) and patient.code not in (SPOILED, SWEEP):
        problems.append("the next run begins anew where it should go on")
    if again["resumed"] and patient.asked()[:1] == [1]:
        problems.append("the next run goes on, and reads the first page again")
    if await _held(name, server) != content(later=True):
        problems.append("well again, the catalog does not hold what an undisturbed run gives")
    return [f"harvest: {problem}" for problem in problems]


def _judged_report(patient: Patient, report: Mapping[str, Any]) -> list[str]:
    error = report["error"]
    problems = leaks(error or "", [*patient.secrets, LOOPBACK])
    if patient.code in (WHOLE, DROPPED):
        if error is not None:
            problems.append(f"the run ends with {error}")
        if (report["quarantined"] > 0) != (patient.code == DROPPED):
            problems.append(f"{report['quarantined']} items in quarantine")
    elif patient.code == SWEEP:
        if "nothing was deleted" not in (error or ""):
            problems.append(f"the run ends with {error} where it must ask")
    elif patient.code == SPOILED:
        if not (error or "").startswith(f"{MALFORMED}: none of ") or not report["quarantined"]:
            problems.append(f"the run ends with {error} and {report['quarantined']} items in quarantine where all are spoiled")
    elif not (error or "").startswith(f"{patient.code}:"):
        problems.append(f"the run ends with {error} where {patient.code} is due")
    elif report["quarantined"]:
        problems.append(f"{report['quarantined']} items in quarantine")
    return problems


def _judged_content(patient: Patient, held: Mapping[str, str], *, interrupted: bool) -> list[str]:
    """Nothing is lost by a lie, and nothing is there that the source never held."""
    before, after = content(later=False), content(later=True)
    if patient.code == WHOLE:
        return [] if held == after else ["the catalog does not hold what the source does"]
    kept = before.keys() if interrupted else before.keys() & after.keys()
    problems = []
    if lost := kept - held.keys():
        problems.append(f"{len(lost)} records are lost")
    if strange := held.items() - before.items() - after.items():
        problems.append(f"{len(strange)} records are of nobody's making")
    if patient.pages[-1] > 1 and not held.items() & (after.items() - before.items()):
        problems.append("nothing of the first page was kept")
    return problems


async def _held(name: str, server: Server) -> Mapping[str, str]:
    body, _ = await server.search(name)
    return dict(Answer.read(body).records.get(name, ()))
