"""The directory of definitions: how one gets into it, and what is registered there beside what the catalog holds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.definition import Definition, parse_definition
from connectors.errors import DefinitionInvalid
from store.database import Database
from store.harvests import HarvestRun
from store.sources import HarvestFacts, Sources


class NotRegistered(ValueError):
    """The definition was left where it is: its name belongs to another file or another definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A source of the directory or of the registry.

    `file` is None where only the registry knows it: its definition was taken away. `problems` counts what is wrong with a definition, which
    then has no other facts. `records` counts what the catalog holds; `current` tells that the server has opened this very document.
    """

    name: str
    file: str | None
    problems: int = 0
    title: str | None = None
    tier: str | None = None
    connector: str | None = None
    mode: str | None = None
    every: float | None = None
    key: str | None = None
    version: int | None = None
    current: bool = False
    records: int = 0
    complete_at: datetime | None = None
    last_run: HarvestRun | None = None


def keep(file: Path, into: Path, *, replace: bool = False) -> Path:
    """Copy a definition, and the files that it names, into the directory `into`, as name.toml; the definition last and in one step.

    Raises NotRegistered where the directory has that name already, in another file or, without `replace`, in another document;
    DefinitionInvalid, OSError.
    """
    text = file.read_text("utf-8")
    definition = parse_definition(text)
    target = into / f"{definition.name}.toml"
    named_by_others: set[str] = set()
    for other, known in definitions(into):
        if other == target or isinstance(known, DefinitionInvalid):
            continue
        if known.name == definition.name:
            raise NotRegistered(f"{other.name} defines {definition.name} already: change that file, or take it away")
        named_by_others.update(_named_files(known))
    if target.exists() and not replace and target.read_text("utf-8") != text:
        raise NotRegistered(f"{target.name} holds another definition of this name: choose another name, or use --replace")
    into.mkdir(parents=True, exist_ok=True)
    companions = [(file.parent / name, into / name) for name in _named_files(definition)]
    for companion, copy in companions:
        _refuse_another(companion, copy, into, replace=replace and companion.name not in named_by_others)
    for companion, copy in companions:
        # A password stays readable to its owner alone.
        _write(copy, companion.read_bytes(), companion.stat().st_mode & 0o777)
    _write(target, text.encode(), 0o644)
    return target


def definitions(directory: Path) -> Iterator[tuple[Path, Definition | DefinitionInvalid]]:
    """The documents of the directory, each as a definition or as what is wrong with it."""
    for path in sorted(directory.glob("*.toml")) if directory.is_dir() else ():
        try:
            yield path, parse_definition(path.read_text("utf-8"))
        except DefinitionInvalid as error:
            yield path, error
        except UnicodeDecodeError:
            yield path, DefinitionInvalid(())


def names(directory: Path) -> frozenset[str]:
    """The names of the sources that the directory defines."""
    return frozenset(known.name for _, known in definitions(directory) if isinstance(known, Definition))


async def inventory(directory: Path, database: Database | None) -> list[Listed]:
    """What is registered, by name; without a database what the directory tells."""
    registry = Sources(database) if database is not None else None
    registered = {each.name: each for each in await registry.all()} if registry is not None else {}
    facts = await registry.facts() if registry is not None else {}
    found: list[Listed] = []
    for path, definition in definitions(directory):
        if isinstance(definition, DefinitionInvalid):
            found.append(Listed(name=path.stem, file=path.name, problems=max(1, len(definition.problems))))
            continue
        known = registered.pop(definition.name, None)
        held = facts.get(known.key, HarvestFacts()) if known is not None else HarvestFacts()
        found.append(
            Listed(
                name=definition.name,
                file=path.name,
                title=definition.title,
                tier=definition.tier,
                connector=definition.connector,
                mode=definition.mode,
                every=definition.schedule.every if definition.mode == "harvest" else None,
                key=known.key if known is not None else None,
                version=known.version if known is not None else None,
                current=known is not None and known.document == path.read_text("utf-8"),
                records=held.record_count,
                complete_at=held.complete_at,
                last_run=held.last_run,
            )
        )
    for name, known in registered.items():
        held = facts.get(known.key, HarvestFacts())
        found.append(
            Listed(
                name=name,
                file=None,
                title=known.title,
                key=known.key,
                version=known.version,
                records=held.record_count,
                complete_at=held.complete_at,
                last_run=held.last_run,
            )
        )
    return sorted(found, key=lambda each: each.name)


def _named_files(definition: Definition) -> list[str]:
    """The files beside the definition that it names, by keys such as `select_file`."""
    parts = (definition.connection, *(section for _, section in definition.sections()))
    found = ((name, getattr(part, name)) for part in parts for name in type(part).model_fields if name.endswith("_file"))
    return sorted({value for _, value in found if value is not None})


def _refuse_another(companion: Path, copy: Path, into: Path, *, replace: bool) -> None:
    if not copy.resolve().is_relative_to(into.resolve()):
        raise NotRegistered(f"the file {copy.name} lies elsewhere: put it beside the definition and name it without a directory")
    if copy.exists() and not replace and copy.read_bytes() != companion.read_bytes():
        raise NotRegistered(
            f"{copy.name} is there already with other content: choose another name, or use --replace where it is this source's"
        )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file so that a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
