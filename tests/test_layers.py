"""The direction of imports: each layer sees only what stands below it, and some libraries have one home."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Top to bottom. Packages on one line are siblings and do not see each other.
LAYERS = (
    ("commands",),
    ("server",),
    ("federation",),
    ("settings",),
    ("transport",),
    ("schema",),
    ("resolvers", "harvest", "agent"),
    ("connectors", "auth"),
    ("store", "egress"),
)
HEIGHT = {name: -depth for depth, names in enumerate(LAYERS) for name in names}
OUTSIDE = {"demo", "bench", "tests"}

# A library, or a part of one, and the only modules that may import it.
HOMES = {
    "strawberry": ("schema", "transport"),
    "starlette": ("server", "transport", "auth"),
    "sqlalchemy": ("store", "auth", "connectors.sql"),
    "alembic": ("store",),
    "aiohttp": ("egress",),
    "redis": ("store", "connectors"),
    "uvicorn": ("server", "commands"),
    "typer": ("commands",),
    "tantivy": ("store.search",),
    "rjieba": ("store.search",),
    "opentelemetry": ("transport",),
    "requests": ("transport",),
}
REFUSED = {"utils", "common", "core", "helpers", "models", "services", "managers"}
RECORDS_IN_SQL = re.compile(r"\b(from|join|into|update)\s+records\b", re.IGNORECASE)


def within(module: str, home: str) -> bool:
    return module == home or module.startswith(home + ".")


def imported(tree: ast.AST, module: str, *, is_package: bool = False) -> Iterator[tuple[str, int]]:
    """Every module or name that `module` imports, anywhere in it, with the line: import, from, importlib."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=origin, names=names, level=level):
                above = package[: len(package) - level + 1] if level else []
                base = ".".join([*above, *([origin] if origin else [])])
                yield from ((f"{base}.{alias.name}".strip("."), node.lineno) for alias in names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name, node.lineno


def faults(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """What is wrong with one module's imports, in words."""
    tree = ast.parse(source)
    own = module.partition(".")[0]
    found = []
    for name, line in imported(tree, module, is_package=is_package):
        top = name.partition(".")[0]
        if top in OUTSIDE and not (top == "demo" and own == "commands" and line in _inside_functions(tree)):
            found.append(f"{module}:{line} imports {name}, which stands outside the product")
        if top != own and top in HEIGHT and HEIGHT[top] >= HEIGHT[own]:
            found.append(f"{module}:{line} imports {name}, which does not stand below it")
        if top in HOMES and not any(within(module, home) for home in HOMES[top]):
            found.append(f"{module}:{line} imports {name}, which belongs to {', '.join(HOMES[top])}")
        if own != "settings" and name in {"os.environ", "os.getenv", "os.environb"}:
            found.append(f"{module}:{line} reads the environment, which belongs to settings")
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv") if own != "settings":
                found.append(f"{module}:{node.lineno} reads the environment, which belongs to settings")
    if own != "store":
        found.extend(_touches_records(tree, module))
    return found


def _inside_functions(tree: ast.AST) -> set[int]:
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _touches_records(tree: ast.AST, module: str) -> Iterator[str]:
    """Records are read through the narrowed reader only: neither the table, nor its name in SQL, leaves the store."""
    from_store = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (node.module or "" if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0] == "store"
    }
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(origin), names=names) if origin.partition(".")[0] == "store":
                touched = any(alias.name in {"records", "RECORDS"} for alias in names)
            case ast.Attribute(attr="records", value=value):
                touched = any(isinstance(part, ast.Name) and part.id in from_store for part in ast.walk(value))
            case ast.Subscript(value=ast.Attribute(attr="tables"), slice=ast.Constant(value="records")):
                touched = True
            case ast.Constant(value=str(text)):
                touched = id(node) not in docstrings and bool(RECORDS_IN_SQL.search(text))
            case _:
                touched = False
        if touched:
            yield f"{module}:{getattr(node, 'lineno', 0)} touches the records table, which belongs to store"


def product() -> Iterator[Path]:
    for name in HEIGHT:
        yield from (ROOT / name).rglob("*.py")
        if (alone := ROOT / f"{name}.py").exists():
            yield alone


@pytest.mark.parametrize("path", sorted(product()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    is_package = path.name == "__init__.py"
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = ".".join(parts[:-1] if is_package else parts)
    assert not faults(path.read_text("utf-8"), module, is_package=is_package)


def test_every_top_level_module_has_its_place_in_the_layers() -> None:
    alone = {path.stem for path in ROOT.glob("*.py")}
    packages = {path.parent.name for path in ROOT.glob("*/*.py") if not path.parent.name.startswith(".")}
    assert alone | packages <= HEIGHT.keys() | OUTSIDE | {"docs"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    places = [path for name in (*HEIGHT, *OUTSIDE) for path in (ROOT / name).rglob("*.py")]
    named = {part for path in places for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not named & REFUSED


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("store.tables", "import connectors"),
        ("store.tables", "def late():\n    from connectors.rest import kind"),
        ("store.tables", "import importlib\nimportlib.import_module('schema.query')"),
        ("store.tables", "if TYPE_CHECKING:\n    from schema import query"),
        ("resolvers.search", "from harvest import runs"),
        ("connectors.rest", "import auth.grant"),
        ("store.reader", "import egress"),
        ("server", "import commands"),
        ("transport.http", "from settings import Settings"),
        ("resolvers.search", "import strawberry"),
        ("connectors.rest", "import sqlalchemy"),
        ("connectors.rest", "from aiohttp import ClientSession"),
        ("connectors.sqlite", "import sqlalchemy"),
        ("resolvers.search", "from starlette.requests import Request"),
        ("transport.limits", "import redis.asyncio"),
        ("server", "import os\nos.environ['HUIJU_PORT']"),
        ("server", "from os import environ"),
        ("server", "import os\nos.getenv('HUIJU_PORT')"),
        ("server", "def start():\n    import demo"),
        ("commands", "import demo"),
        ("schema.query", "from tests.fixtures import page"),
        ("resolvers.search", "from store.tables import records"),
        ("resolvers.search", "from store import tables\ntables.records.select()"),
        ("resolvers.search", "import store.tables\nstore.tables.records.select()"),
        ("auth.accounts", "metadata.tables['records']"),
        ("auth.accounts", "text('SELECT id FROM records')"),
    ],
)
def test_the_rule_sees(module: str, source: str) -> None:
    assert faults(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("commands", "import server\ndef demo():\n    from demo import stage"),
        ("connectors.rest", "from connectors.protocol import Batch"),
        ("connectors.sql.reader", "import sqlalchemy"),
        ("connectors.rest.reader", "from . import paging\nfrom ..protocol import Query"),
        ("harvest.run", "from store import Reader"),
        ("settings", "import os\nos.environ"),
        ("store.reader", "from store.tables import records"),
        ("harvest.run", "self.records"),
        ("harvest.run", "def f():\n    '''Takes ids from records.'''"),
    ],
)
def test_the_rule_allows(module: str, source: str) -> None:
    assert not faults(source, module)
