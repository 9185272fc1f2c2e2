"""What the SQLAlchemy dialects of drivers that are given a finished session have in common."""

from __future__ import annotations

import importlib
from typing import Any


class Bare:
    """Mixed into a dialect: nothing is asked of the server first, and the session stays as its driver made it."""

    import_path: str
    """The module of the driver."""

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver's module; it is there, or its session would not be."""
        return importlib.import_module(cls.import_path)

    def initialize(self, connection: Any) -> None:
        """Not asked for its version: some servers have no name that SQLAlchemy knows."""

    def on_connect(self) -> None:
        """Nothing is set on a connection."""

    def get_isolation_level_values(self, _connection: Any) -> Any:
        """What `Server` asks for."""
        return ("AUTOCOMMIT",)

    def set_isolation_level(self, _connection: Any, _level: str) -> None:
        """The driver did that."""

    def detect_autocommit_setting(self, _connection: Any) -> bool:
        """Nothing is ever rolled back."""
        return True
