"""The wheel: what an installation gets, and that nobody else owns our names."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "agent",
    "auth",
    "commands",
    "connectors",
    "demo",
    "egress",
    "federation",
    "harvest",
    "resolvers",
    "schema",
    "store",
    "transport",
}
MODULES = {"server", "settings"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    into = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    made = subprocess.run([sys.executable, "-c", build, str(into)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stderr
    return zipfile.ZipFile(next(into.glob("*.whl")))


def entry_points(wheel: zipfile.ZipFile) -> ConfigParser:
    found = ConfigParser(delimiters=("=",))
    found.read_string(wheel.read(next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))).decode())
    return found


def test_the_wheel_holds_our_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    information = {top for top in tops if top.endswith(".dist-info")}
    assert len(information) == 1
    assert tops - information == PACKAGES | {f"{module}.py" for module in MODULES}


def test_the_wheel_holds_every_tracked_file_of_our_packages_once(wheel: zipfile.ZipFile) -> None:
    held = wheel.namelist()
    assert len(held) == len(set(held))
    sources = {path.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    assert sources <= set(held)


def test_the_image_is_built_from_everything_that_the_wheel_needs() -> None:
    let_through = [line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    shown = {path.resolve().relative_to(ROOT).as_posix() for path in (ROOT / "transport" / "pages").glob("*.md")}
    needed = PACKAGES | {f"{module}.py" for module in MODULES} | shown
    assert not [name for name in sorted(needed) if not any(fnmatch(name, pattern) for pattern in let_through)]


def test_the_wheel_explains_its_errors(wheel: zipfile.ZipFile) -> None:
    assert wheel.read("transport/pages/errors.md") == (ROOT / "docs" / "errors.md").read_bytes()


def test_the_wheel_tells_type_checkers_that_it_is_typed(wheel: zipfile.ZipFile) -> None:
    assert "connectors/py.typed" in wheel.namelist()


def test_the_wheel_carries_its_license(wheel: zipfile.ZipFile) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_every_entry_point_names_something_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    declared = entry_points(wheel)
    assert {"console_scripts", "huiju.connectors"} <= set(declared.sections())
    for group in declared.sections():
        for name, target in declared[group].items():
            path = target.partition(":")[0].replace(".", "/")
            assert held & {f"{path}.py", f"{path}/__init__.py"}, f"{group} {name} = {target}"


def test_every_entry_point_loads() -> None:
    for group, targets in {"console_scripts": PROJECT["scripts"], **PROJECT["entry-points"]}.items():
        for name, value in targets.items():
            importlib.metadata.EntryPoint(name, value, group).load()


@pytest.mark.parametrize("name", sorted(PACKAGES | MODULES))
def test_no_other_installed_distribution_owns_our_top_level_name(name: str) -> None:
    owners = {canonicalize_name(owner) for owner in importlib.metadata.packages_distributions().get(name, [])}
    assert owners <= {"huiju"}


@pytest.mark.parametrize("name", sorted(PACKAGES | MODULES))
def test_our_names_come_from_this_checkout(name: str, tmp_path: Path) -> None:
    """An installation in place must not leave copies behind that go stale."""
    find = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).origin)"
    found = subprocess.run(
        [sys.executable, "-c", find, name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    try:
        importlib.metadata.distribution("huiju")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("not installed in this environment; make sets that up")
    assert found.stdout.startswith(str(ROOT)), found.stderr


def test_the_lock_pins_everything_the_project_asks_for() -> None:
    lines = (ROOT / "requirements.lock").read_text("utf-8").split()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    pins = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in lines}
    seen: set[tuple[str, str]] = set()
    asked = [Requirement(line) for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            assert name in pins, f"{requirement} is not locked"
            assert requirement.specifier.contains(pins[name]), f"{requirement} is locked at {pins[name]}"
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in importlib.metadata.requires(name) or []:
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    needed.marker = None
                    asked.append(needed)
