"""Rows: what is packed comes back as it was."""

import pytest

from store.rows import pack, unpack


@pytest.mark.parametrize("length", [0, 1, 4000, 4090, 5000, 200_000])
def test_a_packed_item_comes_back_whatever_its_length(length: int) -> None:
    native = {"id": "1", "title": "数控" * (length // 6), "rest": "x" * (length % 6)}
    assert unpack(pack(native)) == native
