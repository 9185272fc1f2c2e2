"""A provincial platform that speaks GraphQL with Relay connections; its caller says which scopes may be shown."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.data.generator import Sample, draw
from demo.data.majors import MAJORS
from demo.data.people import INSTITUTIONS, Institution

COUNT = 600
MOST = 100
HERE = tuple(institution for institution in INSTITUTIONS if institution.province == "44")

_CHINA = ZoneInfo("Asia/Shanghai")
_TYPES = {
    "course": "COURSE",
    "video": "VIDEO",
    "document": "DOCUMENT",
    "textbook": "TEXTBOOK",
    "book": "BOOK",
    "courseware": "COURSEWARE",
    "teaching_case": "CASE",
    "virtual_training": "SIMULATION",
    "teaching_research_video": "RESEARCH_VIDEO",
    "application": "APP",
}
_SCOPES = {"public": "OPEN", "members": "LOGIN", "teachers": "TEACHER", "province": "PROVINCE"}


@strawberry.enum
class ResourceOrder(Enum):
    UPDATED_DESC = "updated"
    ID_ASC = "id"


@strawberry.type
class School:
    code: str
    name: str
    city: str


@strawberry.type
class Major:
    code: str
    name: str


@strawberry.type
class Teacher:
    name: str


@strawberry.type
class Stats:
    status: str
    views: int
    rating: float | None
    seats: int | None


@strawberry.type
class Library:
    id: strawberry.ID
    name: str
    school: School
    major: Major
    homepage: str
    resource_count: int


@strawberry.type
class Resource:
    id: strawberry.ID
    name: str
    abstract: str | None
    type: str
    tags: list[str]
    scope: str
    open_to: str
    school: School
    majors: list[Major]
    teachers: list[Teacher]
    library: Library
    language: str
    licence: str | None
    format: str
    duration: str | None
    file_size: str | None
    link: str
    cover: str | None
    released_on: str | None
    updated_at: str | None
    part_of: strawberry.ID | None
    stats: Stats


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class ResourceEdge:
    cursor: str
    node: Resource


@strawberry.type
class ResourceConnection:
    total_count: int
    edges: list[ResourceEdge]
    page_info: PageInfo

    @strawberry.field
    def nodes(self) -> list[Resource]:
        return [edge.node for edge in self.edges]


@strawberry.type
class LibraryConnection:
    total_count: int
    nodes: list[Library]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    def resources(
        self,
        scopes: list[str],
        first: int = 20,
        after: str | None = None,
        keyword: str | None = None,
        types: list[str] | None = None,
        schools: list[str] | None = None,
        majors: list[str] | None = None,
        languages: list[str] | None = None,
        open_to: list[str] | None = None,
        libraries: list[strawberry.ID] | None = None,
        updated_since: str | None = None,
        order_by: ResourceOrder = ResourceOrder.UPDATED_DESC,
    ) -> ResourceConnection:
        since = _moment(updated_since)
        found = [
            resource
            for resource in resources()
            if resource.scope in scopes
            and (types is None or resource.type in types)
            and (schools is None or resource.school.code in schools)
            and (majors is None or any(major.code in majors for major in resource.majors))
            and (languages is None or resource.language in languages)
            and (open_to is None or resource.open_to in open_to)
            and (libraries is None or resource.library.id in libraries)
            and (not keyword or _mentions(resource, keyword))
            and (since is None or (resource.updated_at is not None and datetime.fromisoformat(resource.updated_at) >= since))
        ]
        if order_by is ResourceOrder.ID_ASC:
            found.sort(key=lambda resource: resource.id)
        return _connection(found, _size(first), after)

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID], scopes: list[str]) -> list[Resource | None]:
        if len(ids) > MOST:
            raise ValueError(f"at most {MOST} ids")
        known = _by_id()
        found = (known.get(identifier) for identifier in ids)
        return [resource if resource is not None and resource.scope in scopes else None for resource in found]

    @strawberry.field
    def libraries(self, first: int = 20, after: str | None = None) -> LibraryConnection:
        start = int(_opened(after)) if after else 0
        rows = libraries()[start : start + _size(first)]
        end = start + len(rows)
        return LibraryConnection(
            total_count=len(libraries()),
            nodes=list(rows),
            page_info=PageInfo(has_next_page=end < len(libraries()), end_cursor=_sealed(str(end)) if rows else None),
        )

    @strawberry.field
    def libraries_by_id(self, ids: list[strawberry.ID]) -> list[Library | None]:
        return [_libraries_by_id().get(identifier) for identifier in ids]


schema = strawberry.Schema(Query)


def guangdong() -> Starlette:
    """The application: one GraphQL endpoint."""
    return Starlette(routes=[Route("/graphql", _graphql, methods=["POST"])])


async def _graphql(request: Request) -> Response:
    try:
        asked = orjson.loads(await request.body())
        query, variables = asked["query"], asked.get("variables")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return Response(b'{"errors":[{"message":"no query"}]}', 400, media_type="application/json")
    result = await schema.execute(query, variable_values=variables, operation_name=asked.get("operationName"))
    body: dict[str, object] = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return Response(orjson.dumps(body), media_type="application/json")


@lru_cache(maxsize=1)
def resources() -> tuple[Resource, ...]:
    """What the platform knows, newest first; ties by id."""
    course: str | None = None
    made = []
    for sample in _samples():
        made.append(_resource(sample, course))
        course = made[-1].id if sample.kind == "course" else course
    made.sort(key=lambda resource: resource.updated_at or "", reverse=True)
    return tuple(made)


@lru_cache(maxsize=1)
def libraries() -> tuple[Library, ...]:
    """A library for every pair of neighbouring majors."""
    held = Counter(_library_of(sample) for sample in _samples())
    return tuple(
        Library(
            id=strawberry.ID(f"gdlib-{major.code}"),
            name=f"广东省{major.name}专业教学资源库（示例）",
            school=_school(HERE[number % len(HERE)]),
            major=Major(code=major.code, name=major.name),
            homepage=f"https://gd.example.com/library/{major.code}",
            resource_count=held[f"gdlib-{major.code}"],
        )
        for number, major in enumerate(MAJORS[::2])
    )


@lru_cache(maxsize=1)
def _by_id() -> dict[str, Resource]:
    return {resource.id: resource for resource in resources()}


@lru_cache(maxsize=1)
def _libraries_by_id() -> dict[str, Library]:
    return {library.id: library for library in libraries()}


def _library_of(sample: Sample) -> str:
    return f"gdlib-{MAJORS[MAJORS.index(sample.major) // 2 * 2].code}"


@lru_cache(maxsize=1)
def _samples() -> tuple[Sample, ...]:
    return draw("guangdong", COUNT, HERE)


def _resource(sample: Sample, course: str | None) -> Resource:
    institution = sample.institution or HERE[0]
    identifier = f"GD{sample.number:06}"
    updated = sample.updated.replace(tzinfo=_CHINA).astimezone(UTC).isoformat() if sample.updated else None
    return Resource(
        id=strawberry.ID(identifier),
        name=sample.title,
        abstract=sample.summary,
        type=_TYPES[sample.kind],
        tags=list(sample.keywords),
        scope=_SCOPES.get(sample.visibility) or f"{sample.visibility.upper()}:{institution.code}",
        open_to=sample.access,
        school=_school(institution),
        majors=[Major(code=sample.major.code, name=sample.major.name)],
        teachers=[Teacher(name=name) for name in sample.people],
        library=_libraries_by_id()[_library_of(sample)],
        language=sample.language,
        licence=sample.licence,
        format=sample.format,
        duration=f"PT{sample.seconds // 60}M{sample.seconds % 60}S" if sample.seconds else None,
        file_size=str(sample.size) if sample.size else None,
        link=f"https://gd.example.com/resource/{identifier}",
        cover=f"https://img.gd.example.com/{identifier}.png" if sample.number % 4 else None,
        released_on=sample.published,
        updated_at=updated,
        part_of=strawberry.ID(course) if sample.kind == "video" and course else None,
        stats=Stats(
            status=("OPEN", "UPCOMING", "CLOSED")[sample.number % 3],
            views=sample.views,
            rating=sample.rating,
            seats=40 + sample.number % 60 if sample.kind == "course" else None,
        ),
    )


def _school(institution: Institution) -> School:
    return School(code=institution.code, name=institution.name, city=institution.name.partition("示例")[0])


def _mentions(resource: Resource, keyword: str) -> bool:
    text = " ".join((resource.name, *resource.tags, resource.abstract or "")).casefold()
    return all(word in text for word in keyword.casefold().split())


def _connection(found: Sequence[Resource], size: int, after: str | None) -> ResourceConnection:
    start = 0
    if after:
        last = _opened(after)
        start = next((number + 1 for number, resource in enumerate(found) if resource.id == last), len(found))
    rows = found[start : start + size]
    edges = [ResourceEdge(cursor=_sealed(row.id), node=row) for row in rows]
    return ResourceConnection(
        total_count=len(found),
        edges=edges,
        page_info=PageInfo(has_next_page=start + len(rows) < len(found), end_cursor=edges[-1].cursor if edges else None),
    )


def _size(first: int) -> int:
    if not 1 <= first <= MOST:
        raise ValueError(f"first is 1 to {MOST}")
    return first


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=_CHINA)


def _sealed(position: str) -> str:
    return urlsafe_b64encode(orjson.dumps([position])).decode()


def _opened(cursor: str) -> str:
    try:
        position = orjson.loads(urlsafe_b64decode(cursor))
    except ValueError as error:
        raise ValueError("invalid cursor") from error
    if not isinstance(position, list) or len(position) != 1 or not isinstance(position[0], str):
        raise ValueError("invalid cursor")
    return position[0]
