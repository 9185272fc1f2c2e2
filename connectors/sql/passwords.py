"""The password of a database user: learnt when it is first needed, and again when the server refuses it."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.credentials.definition import DatabasePassword
from connectors.credentials.keeping import Keeper, needed


@dataclass(slots=True)
class Password:
    """A password that may change while a source is open; empty where the definition names none."""

    credentials: DatabasePassword | None
    keeper: Keeper = field(repr=False)
    value: str = field(default="", repr=False)

    async def learn(self) -> None:
        """Look it up, unless it is known. Raises SourceRefused where it is not set."""
        if self.credentials is not None and not self.value:
            await self.learn_again()

    async def learn_again(self) -> bool:
        """Look it up; tells whether it is another one now. Raises SourceRefused where it is not set."""
        if self.credentials is None:
            return False
        known = self.value
        self.value = (await needed(self.keeper, self.credentials.secrets))["password"]
        return self.value != known
