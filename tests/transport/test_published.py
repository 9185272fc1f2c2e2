"""The pages that the server shows: every link on them leads somewhere."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from transport.published import DOCUMENTS, explained

PAGES = {name: explained(name) for name in DOCUMENTS}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_of_a_page_leads_to_a_page_and_a_heading(name: str) -> None:
    for link in re.findall(r'<a href="([^":]+)"', PAGES[name]):
        path, _, anchor = unquote(link).partition("#")
        page = PAGES[path.removeprefix("/docs/") if path else name]
        assert not anchor or f'id="{anchor}"' in page, link


def test_a_link_to_a_page_that_is_not_shown_is_text() -> None:
    assert "commands.md" not in PAGES["clients"]
    assert "the other faults" in PAGES["clients"]
