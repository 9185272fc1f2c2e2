"""Institutions: schools and colleges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.scopes import STUDENTS_READ, TEACHERS_READ
from resolvers import search
from resolvers.context import Context
from schema.fields import resolved
from schema.inputs import ResourceFilter, resource_filter
from schema.node import Node
from schema.paging import PageInfo
from schema.person import PersonConnection, students, teachers
from schema.province import Province, province_of
from store import filters

if TYPE_CHECKING:
    from schema.library import LibraryConnection
    from schema.resource import ResourceConnection


async def _libraries(institution: Any, context: Context, first: int = 20, after: str | None = None) -> Any:
    wanted = filters.ResourceFilter(institutions=(institution.code,))
    return await search.libraries(context, wanted, None, first, after)


async def _resources(
    institution: Any,
    context: Context,
    filter: ResourceFilter | None = None,
    first: int = 20,
    after: str | None = None,
    *,
    selected: frozenset[str],
) -> Any:
    wanted = resource_filter(filter, institutions=(institution.code,))
    return await search.search(context, wanted, None, first, after, selected)


@strawberry.type(description="A school or college, known by its ten-digit code (学校（机构）标识码).")
class Institution(Node):
    id: strawberry.ID = resolved(text="Opaque; the same for every source that names the institution.")
    code: str = resolved(text="Ten digits; digits 3 and 4 are the province.")
    name: str = resolved(text="Its name.")
    province: Province | None = resolved(lambda institution, _: province_of(institution.province), text="Where it is.")
    libraries: Annotated[LibraryConnection, strawberry.lazy("schema.library")] = resolved(_libraries, text="Its libraries, by name.")
    resources: Annotated[ResourceConnection, strawberry.lazy("schema.resource")] = resolved(_resources, text="Its resources, newest first.")
    teachers: PersonConnection | None = resolved(
        teachers,
        text="Its teachers who have an account (教师), for an administrator of the school or its province; each look is written down.",
        scope=TEACHERS_READ,
    )
    students: PersonConnection | None = resolved(
        students,
        text="Its students who have an account (学生), for an administrator of the school or its province; each look is written down.",
        scope=STUDENTS_READ,
    )


@strawberry.type(description="An institution with its cursor.")
class InstitutionEdge:
    cursor: str = resolved(text="Resumes behind this institution.")
    node: Institution = resolved(text="The institution.")


@strawberry.type(description="A page of institutions, by code.")
class InstitutionConnection:
    edges: list[InstitutionEdge] = resolved(text="With cursors.")
    nodes: list[Institution] = resolved(text="Without cursors.")
    page_info: PageInfo = resolved(text="Where the page stands.")
    total_count: int = resolved(text="All institutions of the filter.")
