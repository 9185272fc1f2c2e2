"""The repository itself: nothing in it belongs to one machine, and nothing is too big to read."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Bracketed, so that this file does not hold what it looks for.
REGISTRY = re.compile(r"py[p]i\.org|python[h]osted\.org|registry\.np[m]js|np[m]mirror\.com")
MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|root|home/\w+|Users/\w+)/[\w.-]")
LARGEST = 1_000_000


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def holding(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert not holding(REGISTRY)


def test_no_file_names_a_path_of_one_machine() -> None:
    assert not holding(MACHINE)


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert not [path for path in tracked() if path.stat().st_size > LARGEST]


@pytest.mark.parametrize("line", ["see !work/main/x", "'!root/.cache'", "cd !home/wang/huiju"])
def test_the_search_sees_a_machine_path(line: str) -> None:
    assert MACHINE.search(line.replace("!", "/"))


@pytest.mark.parametrize("line", ["WORKDIR /app", "https://example.cn/work/12", "demo/work/12.json", "/home/"])
def test_the_search_lets_an_address_pass(line: str) -> None:
    assert not MACHINE.search(line)


def test_no_lock_of_packages_has_download_addresses() -> None:
    locks = [path for path in tracked() if path.name == "package-lock.json"]
    assert len(locks) > 1
    assert not [str(path) for path in locks if '"resolved"' in path.read_text("utf-8")]


def test_every_migration_follows_the_one_before_it() -> None:
    said = re.compile(r'^(revision|down_revision) = (?:"(\d+)"|None)$', re.M)
    found = [
        (path.name[:4], dict(said.findall(path.read_text("utf-8")))) for path in sorted((ROOT / "store/migrations/versions").glob("*.py"))
    ]
    expected = [(f"{place:04}", f"{place - 1:04}" if place > 1 else "") for place in range(1, len(found) + 1)]
    assert [(told["revision"], told["down_revision"]) for _, told in found] == expected
    assert [name for name, _ in found] == [name for name, _ in expected]
