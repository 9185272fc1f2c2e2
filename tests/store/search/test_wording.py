"""Terms as records write them."""

import pytest

from store.record import MajorRef, Record
from store.search.wording import as_written, has_capitals

RECORD = Record(
    id="r1", source="abcdefgh", key="1", title="ＰＬＣ应用与plc编程", kind="video", tier="school", access="public", visibility=("pub",),
    keywords=("机械制图与CAD/CAM",), majors=(MajorRef("Web前端开发", None, None),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("term", "written"),
    [("机械制图与cad", "机械制图与CAD"), ("web前端开发", "Web前端开发"), ("plc应用", "ＰＬＣ应用"), ("bim建模", "bim建模")],
)
def test_a_term_looks_as_a_record_writes_it(term: str, written: str) -> None:
    assert as_written(term, RECORD) == written


def test_only_what_has_capitals_may_look_otherwise() -> None:
    assert [has_capitals(term) for term in ("plc应用", "数控", "1+x", "460103")] == [True, False, True, False]
