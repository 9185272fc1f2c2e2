"""How a definition says where one canonical field comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from connectors.functions import FUNCTIONS
from connectors.mapping.paths import parse_path

Scalar = str | int | float | bool


def _readable(path: str) -> str:
    parse_path(path)
    return path


Path = Annotated[str, BeforeValidator(lambda value: _readable(value) if isinstance(value, str) else value)]


class FieldSpecification(BaseModel):
    """One origin (`path`, `first`, `join`, `value`, `each` or `members`), then a `function`, a `table` and a `default`.

    A bare string in the document is a path.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = Field(None, description="where the value stands in the native item")
    first: tuple[Path, ...] | None = Field(None, min_length=1, description="paths tried in order; the first that holds something")
    join: tuple[Path, ...] | None = Field(None, min_length=1, description="paths whose values are joined by `separator`")
    separator: str = Field(" ", description="between joined values")
    value: Scalar | tuple[Scalar, ...] | None = Field(None, description="a constant")
    each: Path | None = Field(None, description="the list whose elements become one value each, by `members`")
    members: dict[str, MemberSpecification] | None = Field(None, description="the parts of a composite value")
    function: str | None = Field(None, description="a named function applied to what was found")
    table: str | None = Field(None, description="a lookup table of this definition, applied last")
    default: Scalar | None = Field(None, description="used where nothing was found or the table does not know the value")
    source: str | None = Field(None, description="the name of the source that holds the referenced object, by default this one")
    required: bool = Field(False, description="an item without this field is put into quarantine")

    @field_validator("function")
    @classmethod
    def _known_function(cls, name: str | None) -> str | None:
        if name is not None and name not in FUNCTIONS:
            raise ValueError(f"there is no function {name!r}; known are {', '.join(sorted(FUNCTIONS))}")
        return name

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [name for name in ("path", "first", "join", "value") if getattr(self, name) is not None]
        if self.each is not None and self.members is None:
            raise ValueError("`each` needs `members`: say which parts every element has")
        if len(origins) + (self.members is not None) != 1:
            raise ValueError("write exactly one of path, first, join, value or members")
        return self

    def paths(self) -> Iterator[str]:
        """Every path that this field reads, members below their `each`."""
        yield from (self.path,) if self.path is not None else ()
        yield from self.first or ()
        yield from self.join or ()
        for member in (self.members or {}).values():
            yield from (path if self.each is None else f"{self.each}.{path}" for path in member.paths())


def _from_path(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


MemberSpecification = Annotated[FieldSpecification, BeforeValidator(_from_path)]
"""A specification, or a bare path."""

FieldSpecification.model_rebuild()
