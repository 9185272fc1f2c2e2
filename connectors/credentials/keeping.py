"""Where the secrets of a source are kept: in the store's vault, in a file of one's own, or nowhere."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from connectors.errors import SourceRefused
from store.errors import SecretUnreadable
from store.vault import SharedToken


class SharedTokens(Protocol):
    """The one token that processes share; `store.vault.SourceVault` says what each does."""

    async def claim(self, owner: str, refused: int | None, lease: timedelta) -> SharedToken | bool: ...
    async def share(self, owner: str, token: str, expires: datetime | None) -> SharedToken | None: ...
    async def release(self, owner: str) -> None: ...


class Keeper(Protocol):
    """The secrets of one source, as they are now: who asks again may get others. `shared` is None where processes share nothing."""

    @property
    def shared(self) -> SharedTokens | None: ...

    async def secrets(self) -> Mapping[str, str]:
        """The secrets by field. Raises SecretUnreadable."""
        ...


class SecretsInvalid(ValueError):
    """A file of secrets cannot be used; the text says what to mend and never holds a secret."""


class SecretFile:
    """Secrets in a TOML file, `field = "secret"`, that nobody else may read."""

    shared: SharedTokens | None = None

    def __init__(self, path: Path) -> None:
        self._path = path

    async def secrets(self) -> Mapping[str, str]:
        """Read the file. Raises SecretsInvalid."""
        return read_secret_file(self._path)


class Nothing:
    """No secrets at all."""

    shared: SharedTokens | None = None

    async def secrets(self) -> Mapping[str, str]:
        """None."""
        return {}


def read_secret_file(path: Path) -> Mapping[str, str]:
    """Read a file of secrets. Raises SecretsInvalid."""
    try:
        # Windows keeps who may read a file elsewhere than in its mode.
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise SecretsInvalid(f"others may read {path.name}: take that away with chmod 600")
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SecretsInvalid(f"{path.name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        if isinstance(error, SecretsInvalid):
            raise
        content = None
    if content is None or not all(isinstance(value, str) and value for value in content.values()):
        raise SecretsInvalid(f'{path.name} is no file of secrets: write lines such as password = "…"')
    return content


async def needed(keeper: Keeper, names: tuple[str, ...]) -> dict[str, str]:
    """The secrets of these names. Raises SourceRefused where one is not set or does not open."""
    try:
        found = await keeper.secrets()
    except (SecretUnreadable, SecretsInvalid) as error:
        raise SourceRefused("secret_unreadable") from error
    if missing(found, names):
        raise SourceRefused("secret_missing")
    return {name: found[name] for name in names}


def missing(found: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, ...]:
    """The names that have no secret."""
    return tuple(name for name in names if not found.get(name))
