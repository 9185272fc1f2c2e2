"""A password that is kept apart: learnt when it is needed, learnt again when the server refuses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid, SourceRefused
from connectors.opening import opened
from connectors.protocol import Connector, Query
from egress import Allow
from tests.connectors.credentials.hub import Memory
from tests.connectors.sql.databases import HEAD, SECTION, keys_of
from tests.connectors.sql.servers import Place

CREDENTIALS = '[credentials]\nscheme = "password"\n'


@asynccontextmanager
async def opened_with(place: Place, keeper: Memory, user: str) -> AsyncIterator[Connector]:
    address = f"{place.scheme}://{place.host}:{place.port}/{place.database}"
    head = HEAD.format(mode="harvest", connection=f"user = '{user}'\ntls = false")
    definition = parse_definition(head.replace("sqlite:///school.db", address) + SECTION + CREDENTIALS)
    allow = Allow([(place.host, place.port)])
    async with opened(definition, allow=allow, directory=Path(), sqlite_directory=None, keeper=keeper) as connector:
        yield connector


async def test_a_password_is_learnt_and_learnt_again_when_it_is_changed(mysql: Place) -> None:
    mysql.write("CREATE TABLE resource (id INT PRIMARY KEY, title VARCHAR(9))", "INSERT INTO resource VALUES (1, 't')")
    user = mysql.database[:30]
    mysql.write(f"CREATE USER {user} IDENTIFIED BY '秘密 1'", f"GRANT SELECT ON {mysql.database}.* TO {user}")
    kept = Memory({})
    try:
        async with opened_with(mysql, kept, user) as connector:
            with pytest.raises(SourceRefused, match="secret_missing"):
                await keys_of(connector, Query())
            kept.values["password"] = "秘密 1"
            assert await keys_of(connector, Query()) == ["1"]
            mysql.write(f"SET PASSWORD FOR {user} = PASSWORD('another')")
            with pytest.raises(SourceRefused, match="refused"):
                await keys_of(connector, Query())
            kept.values["password"] = "another"
            assert await keys_of(connector, Query()) == ["1"]
    finally:
        mysql.write(f"DROP USER {user}")


async def open_any(definition: Any) -> None:
    async with opened(definition, allow=Allow(), directory=Path(), sqlite_directory=Path(), keeper=Memory({})):
        pass


async def test_a_password_stands_in_one_place_and_a_file_has_none() -> None:
    sqlite = HEAD.format(mode="live", connection="") + SECTION
    server = sqlite.replace("sqlite:///school.db", "mysql://db.example:3306/school").replace("[resources]", "user = 'u'\n[resources]")
    both = server.replace("[resources]", "password_file = 'secret'\n[resources]")
    for text, words in ((sqlite, "no password"), (both, "password_file")):
        with pytest.raises(DefinitionInvalid, match=words):
            await open_any(parse_definition(text + CREDENTIALS))
