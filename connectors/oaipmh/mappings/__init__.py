"""Ready mappings of metadata formats: one file for each, written as `[resources.mapping]` is."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

Ready = Literal["oai_dc", "qdc", "lom", "mods", "dim", "xoai"]
READY: tuple[str, ...] = get_args(Ready)


@lru_cache
def ready_mapping(name: str) -> dict[str, Any]:
    """The mapping of a format of `READY`."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
