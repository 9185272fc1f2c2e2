"""The ready definitions against the real software they are for: `make peers`. Needs a network to install it, and PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from tests.peers.software import ENTRIES, PEERS, Missing, Peer, free_port, started

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "peers"
TITLE = "数控车床编程"
QUERY = """{ search(filter: {kinds: ["video"]}, first: 50) {
  nodes { title kind { value } url updatedAt source { name } } outcomes { source { name } status message(lang: EN) } } }"""


def main() -> int:
    """Run every peer; print what passed. 1 where something did not."""
    failed: list[str] = []
    with ExitStack() as stack, tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        (home / "definitions").mkdir()
        ready: dict[Peer, int] = {}
        for peer in PEERS:
            try:
                print(f"{peer.name}: installing")
                version = peer.install(BUILD / peer.name)
                port = stack.enter_context(started(peer, BUILD / peer.name, home / peer.name))
            except (Missing, subprocess.CalledProcessError, OSError) as error:
                print(f"{peer.name}: not run: {error} {getattr(error, 'stderr', None) or b''!r}")
                failed.append(peer.name)
                continue
            print(f"{peer.name} {version} on port {port}")
            ready[peer] = port
        environment = {
            **os.environ,
            "HUIJU_DATA_DIR": str(home / "data"),
            "HUIJU_DEFINITIONS_DIR": str(home / "definitions"),
            "HUIJU_ALLOW_PRIVATE": ",".join(f"127.0.0.1/32:{port}" for port in ready.values()),
            "HUIJU_LANG": "en",
        }
        for peer, port in ready.items():
            definition = home / f"{peer.definition}.toml"
            text = (ROOT / "connectors" / "definitions" / f"{peer.definition}.toml").read_text("utf-8")
            assert peer.address in text
            definition.write_text(text.replace(peer.address, peer.address_at(port)), encoding="utf-8")
            checked = huiju(environment, "source", "check", str(definition))
            print(f"{peer.name}: check: {'usable' if checked.returncode == 0 else 'NOT USABLE'}")
            for line in checked.stdout.splitlines():
                if "holds" in line or "does not hold" in line or "✗" in line or "!" in line:
                    print(f"    {line.strip()}")
            registered = huiju(environment, "source", "register", "--no-check", str(definition))
            if checked.returncode or registered.returncode:
                print(checked.stdout, checked.stderr, registered.stdout, registered.stderr)
                failed.append(f"{peer.name} (check)")
        for _ in range(2):  # the second asks for what changed, where that can be asked
            harvested = huiju(environment, "harvest")
            print(harvested.stdout.strip())
            if harvested.returncode:
                failed.append("harvest")
        found = answered(environment, home)
        for peer in ready:
            records = [node for node in found["nodes"] if node["source"]["name"] == peer.source]
            good = [each for each in records if each["title"].startswith(TITLE) and each["updatedAt"] and each["url"]]
            print(f"{peer.name}: {len(good)} of {ENTRIES} records in search")
            if len(good) != ENTRIES:
                print([outcome for outcome in found["outcomes"] if outcome["source"]["name"] == peer.source])
                failed.append(f"{peer.name} (search)")
    print("all passed" if not failed else f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def huiju(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Huiju."""
    return subprocess.run(
        [sys.executable, "-c", "from commands import app; app()", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def answered(environment: dict[str, str], home: Path) -> dict[str, list[dict[str, object]]]:
    """What a server of these sources answers to one search."""
    port = free_port()
    with (home / "serve.log").open("w") as log:
        serving = subprocess.Popen(
            [sys.executable, "-c", "from commands import app; app()", "serve", "--port", str(port)],
            cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            body = json.dumps({"query": QUERY}).encode()
            request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
            deadline = time.monotonic() + 60
            while True:
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        return dict(json.load(answer)["data"]["search"])
                except OSError as error:
                    if time.monotonic() > deadline or serving.poll() is not None:
                        raise RuntimeError((home / "serve.log").read_text("utf-8")) from error
                    time.sleep(0.5)
        finally:
            serving.terminate()
            serving.wait(20)


if __name__ == "__main__":
    if shutil.which("npm") is None:
        print("npm is not there: PostGraphile will not be run")
    sys.exit(main())
