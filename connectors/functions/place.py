"""Where a native value stands: what its source's definition says about every value it sends."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo


def _china() -> ZoneInfo:
    return ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Place:
    """The facts of a definition that a named function may need.

    `timezone` is the zone of times written without one, `base_url` the http(s) address that relative links are
    resolved against, `catalogue_year` the edition of the catalogue of majors that the source's codes belong to.
    """

    timezone: ZoneInfo = field(default_factory=_china)
    base_url: str | None = None
    catalogue_year: int | None = None
