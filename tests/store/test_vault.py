"""The vault: what is sealed opens for its source and field only, by the key that sealed it, and never stands in the clear."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from store.database import Database
from store.errors import SecretUnreadable
from store.vault import SharedToken, Vault, source_secrets, source_tokens

OLD, NEW = os.urandom(32), os.urandom(32)
SECRET = "a-secret-of-the-source-1f3a"
LEASE = timedelta(seconds=30)


async def test_a_secret_is_kept_for_one_source_and_replaced(database: Database) -> None:
    vault = Vault(database, [NEW])
    await vault.set("aaaaaaaa", "password", "first-password")
    await vault.set("aaaaaaaa", "password", SECRET)
    await vault.set("aaaaaaaa", "pin", "1234")
    assert await vault.of("aaaaaaaa").secrets() == {"password": SECRET, "pin": "1234"}
    assert await vault.of("bbbbbbbb").secrets() == {}
    assert [(each.field, each.ending) for each in await vault.kept("aaaaaaaa")] == [("password", "1f3a"), ("pin", "")]
    assert await vault.remove("aaaaaaaa", "pin")
    assert not await vault.remove("aaaaaaaa", "pin")
    assert SECRET not in repr(await vault.kept("aaaaaaaa"))


@pytest.mark.parametrize("change", [{"source": "bbbbbbbb"}, {"field": "token"}, {"sealed": b"x" * 60}])
async def test_what_was_moved_or_changed_does_not_open(database: Database, change: dict[str, object]) -> None:
    vault = Vault(database, [NEW])
    await vault.set("aaaaaaaa", "password", SECRET)
    async with database.begin_write() as connection:
        await connection.execute(update(source_secrets).values(**change))
    with pytest.raises(SecretUnreadable, match="set it again") as caught:
        await vault.of(str(change.get("source", "aaaaaaaa"))).secrets()
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None


async def test_keys_are_rotated(database: Database) -> None:
    await Vault(database, [OLD]).set("aaaaaaaa", "password", SECRET)
    both = Vault(database, [NEW, OLD])
    assert await both.of("aaaaaaaa").secrets() == {"password": SECRET}
    with pytest.raises(SecretUnreadable, match="restore that key"):
        await Vault(database, [NEW]).of("aaaaaaaa").secrets()
    assert [each.ending for each in await Vault(database, [NEW]).kept("aaaaaaaa")] == [None]
    with pytest.raises(SecretUnreadable):
        await Vault(database, [NEW]).reseal()
    assert await both.reseal() == 1
    assert await both.reseal() == 0
    assert await Vault(database, [NEW]).of("aaaaaaaa").secrets() == {"password": SECRET}


async def test_one_claims_and_the_others_get_its_token(database: Database) -> None:
    vaults = [Vault(database, [NEW]).of("aaaaaaaa") for _ in range(5)]
    claims = await asyncio.gather(*(vault.claim(str(number), None, LEASE) for number, vault in enumerate(vaults)))
    assert sorted(claims) == [False] * 4 + [True]
    owner = str(claims.index(True))
    assert await vaults[0].share("somebody else", "token", None) is None
    assert await vaults[0].share(owner, "the-token", datetime.now(UTC) + timedelta(hours=1))
    found = [await vault.claim("other", None, LEASE) for vault in vaults]
    assert all(isinstance(each, SharedToken) and each.token == "the-token" and each.generation == 1 for each in found)
    assert await vaults[0].claim("other", 1, LEASE) is True
    await vaults[0].release("other")
    assert await vaults[0].claim("another", 1, LEASE) is True


async def test_a_claim_ends_with_its_lease_and_a_token_with_its_time(database: Database) -> None:
    now = [datetime.now(UTC)]
    vault = Vault(database, [NEW], lambda: now[0]).of("aaaaaaaa")
    assert await vault.claim("killed", None, LEASE) is True
    assert await vault.claim("next", None, LEASE) is False
    now[0] += LEASE
    assert await vault.claim("next", None, LEASE) is True
    assert await vault.share("next", "token", now[0] + timedelta(seconds=5))
    now[0] += timedelta(seconds=5)
    assert await vault.claim("later", None, LEASE) is True


async def test_a_token_that_no_key_opens_is_got_anew(database: Database) -> None:
    old = Vault(database, [OLD]).of("aaaaaaaa")
    await old.claim("a", None, LEASE)
    await old.share("a", "token", None)
    assert await Vault(database, [NEW]).of("aaaaaaaa").claim("b", None, LEASE) is True
    await Vault(database, [NEW, OLD]).reseal()
    async with database.begin_read() as connection:
        assert (await connection.execute(select(source_tokens.c.sealed))).scalar_one() is None


async def test_nothing_stands_in_the_files_of_the_store_in_the_clear(tmp_path: Path) -> None:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/store.sqlite3")
    await database.migrate()
    vault = Vault(database, [NEW])
    await vault.set("aaaaaaaa", "password", SECRET)
    await vault.of("aaaaaaaa").claim("a", None, LEASE)
    await vault.of("aaaaaaaa").share("a", "a-token-that-processes-share", None)
    found = b"".join(path.read_bytes() for path in list(tmp_path.iterdir()))  # noqa: ASYNC240
    assert b"password" in found
    assert SECRET.encode() not in found
    assert SECRET[-4:].encode() not in found
    assert b"a-token-that-processes-share" not in found
    await database.aclose()


async def test_a_token_is_renewed_once_however_many_want_it_at_once(database: Database) -> None:
    """Whoever looks while another shares must not take the claim that has just become free: it would end the token of all others."""
    vault = Vault(database, [NEW]).of("aaaaaaaa")

    async def renewed(owner: str, refused: int) -> int:
        while True:
            found = await vault.claim(owner, refused, LEASE)
            if isinstance(found, SharedToken):
                return found.generation
            if found:
                shared = await vault.share(owner, f"token of {owner}", None)
                assert shared is not None
                return shared.generation
            await asyncio.sleep(0)

    for refused in range(12):
        assert set(await asyncio.gather(*(renewed(str(number), refused) for number in range(4)))) == {refused + 1}
