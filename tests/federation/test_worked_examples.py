"""The worked examples of docs/reliability.md: asked as they stand there, answered as they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.loopback import RESET, serving
from tests.federation.nodes import REST, node
from tests.test_docs import DOCS

PASSING = {"startMs", "durationMs", "bytes", "asOf", "rows", "title", "actual"}
"""What is another at each time."""


def example(heading: str) -> list[tuple[str, str]]:
    """The blocks of an example: their language and their text."""
    section = (DOCS / "reliability.md").read_text("utf-8").partition(f"### {heading}\n")[2]
    return re.findall(r"^```(\w*)\n(.*?)^```$", re.split(r"^##", section, maxsplit=1, flags=re.MULTILINE)[0], re.MULTILINE | re.DOTALL)


def lasting(answer: Any, name: str = "") -> Any:
    """An answer without what is another at each time; steps in the order of their sources."""
    if name in PASSING:
        return type(answer).__name__ if isinstance(answer, str) else "number"
    if isinstance(answer, dict):
        return {key: lasting(value, key) for key, value in answer.items()}
    if isinstance(answer, list):
        found = [lasting(each) for each in answer]
        return sorted(found, key=lambda step: step["source"] or "") if name == "steps" else found
    return "OPEN" if answer == "HALF_OPEN" else answer


@pytest.mark.parametrize("heading", ["A province hangs", "A province is down"])
def test_an_example_of_the_demo_is_answered_as_it_says(product: Any, heading: str) -> None:
    assert shutil.which("curl"), "curl is not installed"
    (_, command), (_, told) = example(heading)
    command = command.replace("http://127.0.0.1:8000", product.url)
    for _ in range(3):  # a breaker that others have opened before may just be due to try
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], capture_output=True, text=True, check=True)
        if lasting(json.loads(done.stdout)) == lasting(json.loads(told)):
            return
    assert lasting(json.loads(done.stdout)) == lasting(json.loads(told))


async def test_a_copy_stands_in_as_it_says(tmp_path: Path) -> None:
    (_, cache), (_, query), (_, told) = example("A copy stands in")
    async with serving() as upstream:
        upstream.handler = lambda _: {"total": 1, "list": [{"id": 1, "title": "数控车床编程（示例）"}]}
        sources = {"school": REST.format(name="school", url=upstream.url, more=cache)}
        async with node(tmp_path, sources, HUIJU_ALLOW_PRIVATE=f"127.0.0.1/32:{upstream.port}") as served:
            await served.data(query)
            upstream.handler = lambda _: RESET
            assert lasting(await served.ask(query)) == lasting(json.loads(told))
