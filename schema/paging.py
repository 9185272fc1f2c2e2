"""What every connection shares (Relay cursor connections)."""

from __future__ import annotations

import strawberry

from schema.fields import resolved


@strawberry.type(description="Where a page stands in its walk.")
class PageInfo:
    has_next_page: bool = resolved(text="Ask again with after: endCursor.")
    has_previous_page: bool = resolved(text="This page was asked for with a cursor.")
    start_cursor: str | None = resolved(text="The cursor of the first edge.")
    end_cursor: str | None = resolved(text="Where the next page begins; valid for 24 hours.")
