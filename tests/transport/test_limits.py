"""Each limit refuses on its own, by name, with what to do."""

from dataclasses import fields, replace

import pytest

from transport.errors import TooExpensive
from transport.limits import Limits, Measured, refuse_over, too_expensive

NOTHING = Measured(**dict.fromkeys((figure.name for figure in fields(Measured)), 0))
CHECKED = {figure.name for figure in fields(Measured)} - {"rows", "calls"}


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_a_figure_at_its_limit_passes_and_one_over_is_refused_by_name(name: str) -> None:
    limits = Limits()
    allowed = getattr(limits, name)
    refuse_over(limits, replace(NOTHING, **{name: allowed}))
    with pytest.raises(TooExpensive) as refused:
        refuse_over(limits, replace(NOTHING, **{name: allowed + 1}))
    assert refused.value.code == "OPERATION_TOO_EXPENSIVE"
    assert refused.value.extensions == {"limit": name, "figure": allowed + 1, "allowed": allowed}
    for message in (refused.value.message_en, refused.value.message_zh):
        assert all(part in message for part in (name, str(allowed), str(allowed + 1)))


@pytest.mark.parametrize("name", [limit.name for limit in fields(Limits)])
def test_every_limit_has_its_advice(name: str) -> None:
    assert too_expensive(Limits(), name, 1).message_zh.endswith("。")


def test_rows_and_calls_are_limited_through_their_cost() -> None:
    refuse_over(Limits(), replace(NOTHING, rows=10**9, calls=10**9))
