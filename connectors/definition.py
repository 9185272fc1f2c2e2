"""Definitions: the document that registers a source, read strictly, with a fix for every problem."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model, field_validator, model_validator
from pydantic_core import ErrorDetails

from connectors.durations import Seconds
from connectors.errors import DefinitionInvalid, Problem
from connectors.functions import Place
from connectors.mapping.profile import MEMBERS, PROFILES, Target
from connectors.mapping.specification import FieldSpecification, MemberSpecification, Path
from connectors.openings import Hours, Maintenance, within
from connectors.protocol import Collection
from connectors.registry import KindBroken, find_kind, known_kinds

LONGEST = 1_000_000
"""Characters of a definition, at most."""

MOST_PROBLEMS = 100
"""Told of one definition; who has mended them is told the rest."""

_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){32}""")
"""A key so long that reading it takes time without measure: its parts are looked up one in another, again for each."""

Paths = Annotated[tuple[Path, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value), Field(min_length=1)]


class Strict(BaseModel):
    """A part of a definition: unknown keys are problems, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Section(Strict):
    """One collection of a source. A connector kind adds how it is asked."""

    identifier: Paths = Field(description="path of the native key; several for a composite key")
    mapping: dict[str, MemberSpecification] = Field(description="canonical field = where it comes from")
    max_batch: int = Field(100, ge=1, le=1000, description="items asked for at once, at most")

    def kept(self) -> Iterator[str]:
        """The paths of what is kept of a native item: the rest may hold people's addresses and telephones."""
        yield from self.identifier
        for specification in self.mapping.values():
            yield from specification.paths()


class Limits(Strict):
    """What this source is given and spared."""

    timeout: Seconds = Field(default=2.5, gt=0, le=30, description="seconds for a live answer, within the request's budget")
    concurrency: int = Field(default=8, ge=1, le=64, description="requests under way at once")
    queue: int = Field(default=64, ge=0, le=4096, description="questions that may wait for a place; the next one is refused at once")
    rate: float | None = Field(default=None, gt=0, le=10_000, description="requests begun in a second, at most; none is set by default")
    retries: int = Field(default=1, ge=0, le=1, description="live: how often a lost connection, a 429 or a 5xx is asked again")


class Breaker(Strict):
    """When a live source is left alone, and for how long."""

    window: int = Field(default=20, ge=1, le=1000, description="the latest requests that are judged by")
    least: int = Field(default=5, ge=1, le=1000, description="fewest requests to judge by")
    failures: float = Field(default=0.5, gt=0, le=1, description="share of late and unavailable answers that opens the breaker")
    cooldown: Seconds = Field(default=10.0, gt=0, le=3600, description="time until one request tries again")


class Cache(Strict):
    """How long a live source's answers may be given again. By default nothing is kept."""

    lists: Seconds = Field(default=0.0, ge=0, le=86_400, description="time that a page of a list counts as fresh")
    records: Seconds = Field(default=0.0, ge=0, le=86_400, description="time that a record asked for by its key counts as fresh")
    absent: Seconds = Field(default=0.0, ge=0, le=60, description="time that a key without a record is remembered as such")
    refresh: Seconds = Field(default=0.0, ge=0, le=86_400, description="time beyond `lists` that a page is given while it is read anew")
    stale: Seconds = Field(default=0.0, ge=0, le=604_800, description="time beyond freshness that a copy stands in for a failing source")


class Schedule(Strict):
    """When a harvested source is copied."""

    every: Seconds = Field(default=3600.0, ge=1, le=31_622_400, description="time between two harvests")
    sweep: Seconds = Field(
        default=604_800.0, ge=0, description="where only changes are read: time between two listings that tell what is gone; 0: never"
    )
    hours: Annotated[tuple[Hours, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)] = Field(
        (), description="hours of the day in which it may be harvested, in the source's zone, one or several; by default all"
    )


class Definition(Strict):
    """A source as registered. `connection` and the collections are of the models that its connector kind brings."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,62}$", description="how people call the source; letters, digits, hyphens")
    renamed_from: str | None = Field(
        None, description="the name that the source had before: it keeps its identity, and its records their ids"
    )
    title: str = Field(min_length=1, max_length=200, description="the name shown in Chinese")
    title_en: str | None = Field(None, max_length=200, description="the name shown in English")
    tier: Literal["national", "provincial", "school"] = Field(description="the level that the library belongs to")
    province: str | None = Field(None, pattern=r"^\d{2}$", description="GB/T 2260, two digits")
    institution: str | None = Field(None, pattern=r"^\d{10}$", description="学校（机构）标识码, ten digits")
    connector: str = Field(description="the kind of interface")
    mode: Literal["live", "harvest", "push"] = Field(description="asked at query time, copied on a schedule, or sent to us")
    timezone: str = Field("Asia/Shanghai", description="zone of times without one")
    catalogue_year: int | None = Field(None, ge=1990, le=2100, description="edition of the catalogue of majors that the codes belong to")
    all_public: bool = Field(False, description="every item is for everybody; verified item by item")
    base_url: str | None = Field(None, description="what relative links are resolved against, by default the address of the connection")
    terms_url: str | None = Field(None, description="terms of use of the source")
    metadata_license: str | None = Field(None, description="licence of the metadata, as a code or an address")
    attribution: str | None = Field(None, description="words to show beside the records")
    limits: Limits = Field(default=Limits(), description="timeouts, concurrency, rate and retries")
    breaker: Breaker = Field(default=Breaker(), description="when a failing source is left alone")
    cache: Cache = Field(default=Cache(), description="how long answers may be given again")
    schedule: Schedule = Field(default=Schedule(), description="when to harvest")
    maintenance: tuple[Maintenance, ...] = Field((), description="announced spans of time in which the source is not asked at all")
    tables: dict[str, dict[str, str]] = Field(default_factory=dict, description="lookup tables: native value = code")
    connection: Any = Field(description="where and how the source is reached")
    credentials: Any = Field(None, description="how the source knows us; the secrets themselves are set apart")
    resources: Any = Field(description="the teaching resources")
    libraries: Any = Field(None, description="the collections that resources belong to")
    institutions: Any = Field(None, description="schools and colleges")
    live: Any = Field(None, description="what only the source knows now: status, views, rating, seats")

    @field_validator("credentials")
    @classmethod
    def _no_credentials(cls, found: object) -> object:
        if found is not None and cls.model_fields["credentials"].annotation is Any:
            raise ValueError("a source of this kind needs no credentials; leave them out")
        return found

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"there is no time zone {name!r}; write a name such as Asia/Shanghai or UTC") from error
        return name

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.tier == "provincial" and self.province is None:
            raise ValueError("a provincial source names its `province`, two digits of GB/T 2260")
        if self.tier == "school" and self.institution is None:
            raise ValueError("a school source names its `institution`, ten digits")
        if (self.connector == "feed") != (self.mode == "push"):
            raise ValueError('a feed is pushed, and nothing else is: write connector = "feed" with mode = "push"')
        if not self.all_public and "visibility" not in self.resources.mapping:
            raise ValueError("say `all_public = true`, or map `visibility` in [resources.mapping]: nothing is shown by silence")
        return self

    def sections(self) -> Iterator[tuple[Collection, Section]]:
        """The collections that the source offers."""
        for collection in Collection:
            section = getattr(self, collection)
            if section is not None:
                yield collection, section

    def section(self, collection: Collection) -> Section | None:
        """One collection, None where the source does not offer it."""
        section: Section | None = getattr(self, collection)
        return section

    def in_maintenance(self, now: datetime) -> bool:
        """Tell whether the source's owner has announced maintenance for an aware moment."""
        return any(each.covers(now, ZoneInfo(self.timezone)) for each in self.maintenance)

    def may_be_harvested(self, now: datetime) -> bool:
        """Tell whether the schedule may read the source at an aware moment."""
        return not self.in_maintenance(now) and within(self.schedule.hours, now, ZoneInfo(self.timezone))

    def place(self) -> Place:
        """What the named functions may know of this source."""
        address = str(self.base_url or getattr(self.connection, "url", ""))
        base_url = address if address.startswith(("http://", "https://")) else None
        return Place(timezone=ZoneInfo(self.timezone), base_url=base_url, catalogue_year=self.catalogue_year)


def parse_definition(document: str) -> Definition:
    """Read a definition from TOML. Raises DefinitionInvalid that names every problem, its place and its fix."""
    if len(document) > LONGEST:
        raise _unreadable(f"a definition has {LONGEST} characters at most", "shorten it, or look whether it is this file")
    if _DOTTED.search(document):
        raise _unreadable("a key has more than 32 parts joined by dots", "write a table, such as [resources.mapping]")
    try:
        content = tomllib.loads(document)
    except ValueError as error:  # a number of thousands of digits is none for Python, and no error of TOML
        raise _unreadable(f"this is not TOML: {error}", "mend the line it names") from error
    except RecursionError as error:
        raise _unreadable("lists and tables are nested too deeply", "write it flatter") from error
    return build_definition(content)


def _unreadable(message: str, fix: str) -> DefinitionInvalid:
    return DefinitionInvalid((Problem("(document)", "", message, fix),))


def build_definition(content: Mapping[str, Any]) -> Definition:
    """Make a definition of a document already taken apart. Raises DefinitionInvalid."""
    name = content.get("connector")
    try:
        kind = find_kind(name) if isinstance(name, str) else None
    except KindBroken as error:
        raise DefinitionInvalid((Problem("connector", repr(name), str(error), "mend or remove the package that brings it"),)) from error
    if kind is None:
        problem = Problem("connector", repr(name)[:80], "there is no such connector kind", _fix(str(name)[:80], known_kinds()))
        raise DefinitionInvalid((problem,))
    model = _model(kind.name)
    try:
        definition = model.model_validate(content)
    except ValidationError as error:
        problems = (*(_problem(each, model) for each in error.errors(include_url=False)), *_unknown_fields(content))
        raise DefinitionInvalid(problems[:MOST_PROBLEMS]) from error
    if problems := tuple(_mapping_problems(definition)):
        raise DefinitionInvalid(problems)
    return definition


@lru_cache
def _model(name: str) -> type[Definition]:
    kind = find_kind(name)
    if kind is None:
        raise AssertionError(name)
    section: Any = kind.section
    optional: Any = (section | None, None)
    credentials: Any = (Any if kind.credentials is None else kind.credentials | None, None)
    return create_model(
        f"{name.title()}Definition",
        __base__=Definition,
        connection=(kind.connection, ...),
        credentials=credentials,
        resources=(section, ...),
        libraries=optional,
        institutions=optional,
        live=optional,
    )


def _unknown_fields(content: Mapping[str, Any]) -> Iterator[Problem]:
    """Canonical fields that do not exist, in a document that is not good enough to look further."""
    for collection, profile in PROFILES.items():
        section = content.get(collection)
        mapping = section.get("mapping") if isinstance(section, dict) else None
        for name in mapping if isinstance(mapping, dict) else ():
            if name not in profile:
                yield Problem(f"{collection}.mapping.{name}", name, "there is no such field", _fix(name, profile))


def _mapping_problems(definition: Definition) -> Iterator[Problem]:
    for collection, section in definition.sections():
        profile = PROFILES[collection]
        for name, target in profile.items():
            if target.required and name not in section.mapping:
                yield Problem(f"{collection}.mapping", "", f"`{name}` is missing", f"map `{name}`: every record has one")
        for name, specification in section.mapping.items():
            place = f"{collection}.mapping.{name}"
            if name not in profile:
                yield Problem(place, name, "there is no such field", _fix(name, profile))
                continue
            yield from _field_problems(place, specification, profile[name], definition)


def _field_problems(place: str, specification: FieldSpecification, target: Target, definition: Definition) -> Iterator[Problem]:
    if specification.table is not None and specification.table not in definition.tables:
        yield Problem(f"{place}.table", specification.table, "there is no such table", _fix(specification.table, definition.tables))
    if (specification.function or target.function) == "major_code" and definition.catalogue_year is None:
        yield Problem("catalogue_year", "", "codes of majors mean nothing without their catalogue", "write catalogue_year = 2021 or 2015")
    if specification.members is None:
        return
    parts = MEMBERS.get(target.shape)
    if parts is None:
        yield Problem(f"{place}.members", "", "this field has no parts", "write a path instead")
        return
    for name, member in specification.members.items():
        if name not in parts:
            yield Problem(f"{place}.members.{name}", name, "there is no such part", _fix(name, parts))
        else:
            yield from _field_problems(f"{place}.members.{name}", member, parts[name], definition)


def _problem(error: ErrorDetails, model: type[BaseModel]) -> Problem:
    steps, known = _place(model, [str(step) for step in error["loc"]])
    place = ".".join(steps) or "(document)"
    if error["type"] == "extra_forbidden":
        return Problem(place, steps[-1], "there is no such key", _fix(steps[-1], known))
    if error["type"] == "missing":
        return Problem(place, "", "this key is missing", f"write {steps[-1]} = …")
    message = error["msg"].removeprefix("Value error, ")
    found = repr(error["input"])[:80] if isinstance(error["input"], str | int | float | bool) else type(error["input"]).__name__
    return Problem(place, found, message, "write a value of that form")


def _place(model: type[BaseModel], loc: list[str]) -> tuple[list[str], Mapping[str, Any]]:
    """Where in the document an error is, without the tags that pydantic adds for alternatives, and the keys known there."""
    found: Any = model
    steps: list[str] = []
    known: Mapping[str, Any] = {}
    for step in loc:
        tagged = next((each for each in _models_of(found) if step in _tags(each)), None)
        if tagged is not None and len(_models_of(found)) > 1:
            found = tagged
            continue
        steps.append(step)
        known = _keys(next(iter(_models_of(found)), FieldSpecification))
        found = known[step].annotation if step in known else found if found is FieldSpecification else FieldSpecification
    return steps, known


def _keys(model: type[BaseModel]) -> Mapping[str, Any]:
    """The keys of a part of a definition, as they are written."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    """The models that a type allows."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_of(argument)]


def _tags(model: type[BaseModel]) -> set[Any]:
    """The constants that tell a model from its alternatives: its `style`, its `scheme`."""
    return {tag for name in ("style", "scheme") if name in model.model_fields for tag in get_args(model.model_fields[name].annotation)}


def _fix(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(known))}"
