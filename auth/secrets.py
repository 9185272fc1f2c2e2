"""The key file: 32-byte keys in base64, one a line, the newest first; made once with mode 0600."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

KEY_BYTES = 32


class KeyFileInvalid(ValueError):
    """The key file cannot be used; the text says which line and what to do, and never holds a key."""


def read_secrets(path: Path) -> list[bytes]:
    """Read the keys, newest first; a file that is not there is made with one new key. Raises KeyFileInvalid."""
    try:
        lines = path.read_text("ascii").split()
    except FileNotFoundError:
        return [_create(path)]
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileInvalid(f"{path} cannot be read as a key file: restore it, or remove it to have a new one made") from error
    keys = [_key(path, number, line) for number, line in enumerate(lines, 1)]
    if not keys:
        raise KeyFileInvalid(f"{path} holds no key: restore it, or remove it to have a new one made")
    return keys


def _create(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(b64encode(key).decode() + "\n")
    except FileExistsError:
        return read_secrets(path)[0]
    return key


def _key(path: Path, number: int, line: str) -> bytes:
    try:
        key = b64decode(line, validate=True)
    except ValueError as error:
        raise KeyFileInvalid(f"line {number} of {path} is not base64: restore the file") from error
    if len(key) != KEY_BYTES:
        raise KeyFileInvalid(f"line {number} of {path} has {len(key)} bytes, a key has {KEY_BYTES}: restore the file")
    return key
