"""The key file is made once, closed to others, and never shows its keys."""

import stat
from base64 import b64encode
from pathlib import Path

import pytest

from auth.secrets import KeyFileInvalid, read_secrets


def test_a_missing_file_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret.key"
    first = read_secrets(path)
    assert read_secrets(path) == first
    assert len(first[0]) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_newest_key_comes_first_and_older_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    keys = [bytes([number]) * 32 for number in range(2)]
    path.write_text("\n".join(b64encode(key).decode() for key in keys))
    assert read_secrets(path) == keys


@pytest.mark.parametrize("content", ["", "!!!", b64encode(b"short").decode(), "密钥"])
def test_a_damaged_file_is_refused_in_words_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KeyFileInvalid, match=r"secret\.key") as caught:
        read_secrets(path)
    assert not content or content not in str(caught.value)
