"""Ready definitions of known systems, shipped as they are written: `connectors/definitions/NAME.toml`."""

from __future__ import annotations

from importlib.resources import files

_FOLDER = files("connectors").joinpath("definitions")


def ready_names() -> tuple[str, ...]:
    """The names of all, sorted."""
    return tuple(sorted(each.name.removesuffix(".toml") for each in _FOLDER.iterdir() if each.name.endswith(".toml")))


def ready_document(name: str) -> str:
    """The text of one, comments and all. Raises KeyError where there is none of that name."""
    if name not in ready_names():
        raise KeyError(name)
    return _FOLDER.joinpath(f"{name}.toml").read_text("utf-8")


def ready_title(name: str) -> str:
    """The first line of its comment: what it is for, in Chinese and English."""
    return ready_document(name).partition("\n")[0].lstrip("# ")
