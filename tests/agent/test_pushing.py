"""What the agent pushes is there, what has not changed is not sent again, what is gone is deleted, and what is not taken is told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from tests.agent.schools import School
from tests.transport.feeds.conftest import House

SEEN = frozenset({"pub", "s:4133010001", "r:teacher@s:4133010001"})
Feed = tuple[str, str]


async def test_what_is_pushed_is_there_and_the_same_is_not_sent_again(house: House, school: School, feed: Feed) -> None:
    school.add(*range(20))
    school.add(*range(20, 25), scope="本校教师")
    first = await school.push(*feed)
    assert first.clean, first
    assert first.counts["accepted"] == 26
    assert first.full == ("libraries", "resources")
    held = await house.held(SEEN)
    assert set(held) == {f"A/{n}" for n in range(25)}
    record = held["A/3"]
    assert (record.title, record.summary, record.published) == ("数控车床 3", "第3课", "2023-05")
    assert record.keywords == ("车床", "数控", "TCP/IP")
    assert [(each.name, each.code, each.catalogue_year) for each in record.majors] == [("数控技术", "460103", 2021)]
    assert [each.name for each in record.creators] == ["张三", "李四"]
    assert record.library is not None
    assert record.library.key == "k1"
    assert held["A/24"].visibility == ("r:teacher@s:4133010001",)
    assert "A/24" not in await house.held()
    second = await school.push(*feed)
    assert second.clean
    assert second.counts["accepted"] == second.counts["unchanged"] == 0
    assert second.full == ("libraries",)
    assert second.kept == 1


async def test_only_what_changed_is_sent_and_tombstones_delete(house: House, school: School, feed: Feed) -> None:
    school.add(*range(20))
    await school.push(*feed)
    school.add(3, 4, title="改 {n}")
    school.write("UPDATE resource SET gone = 1, changed = datetime('now') WHERE no = 'A/5'")
    report = await school.push(*feed)
    assert report.clean
    assert (report.counts["accepted"], report.counts["deleted"]) == (2, 1)
    held = await house.held(SEEN)
    assert held["A/3"].title == "改 3"
    assert "A/5" not in held
    assert len(held) == 19


async def test_a_full_reading_finds_what_is_gone_without_a_word(house: House, school: School, feed: Feed) -> None:
    school.add(*range(40))
    await school.push(*feed)
    school.write("DELETE FROM resource WHERE no IN ('A/7', 'A/8')")
    assert (await school.push(*feed)).swept == 0
    report = await school.push(*feed, full=True)
    assert report.clean
    assert report.swept == 2
    assert report.kept == 39
    assert report.counts["accepted"] == report.counts["unchanged"] == 0
    assert len(await house.held(SEEN)) == 38


async def test_a_large_share_is_deleted_only_when_that_is_confirmed(house: House, school: School, feed: Feed) -> None:
    school.add(*range(60))
    await school.push(*feed)
    school.write("DELETE FROM resource WHERE no > 'A/3'")
    refused = await school.push(*feed, full=True)
    assert refused.error is not None
    assert len(await house.held(SEEN)) == 60
    left = await school.push(*feed, full=True, confirm=True)
    assert left.clean, left
    assert 0 < len(await house.held(SEEN)) < 60


async def test_rows_that_are_not_taken_are_told_until_they_are(house: House, school: School, feed: Feed) -> None:
    school.add(*range(12))
    school.add(2, title="")
    school.add(4, scope="本省教师")
    report = await school.push(*feed)
    assert report.error is None
    assert not report.clean
    told = {each.key: each for each in report.refused}
    assert set(told) == {"A/2", "A/4"}
    assert told["A/2"].rule == "mapping"
    assert told["A/2"].place == "title"
    assert (told["A/4"].rule, told["A/4"].place) == ("record", "visibility")
    assert told["A/4"].fix
    assert "A/4" in report.text("en")
    assert "处理" in report.text("zh")
    unmended = await school.push(*feed)
    assert {each.key for each in unmended.refused} == {"A/2", "A/4"}
    school.add(2, 4)
    assert (await school.push(*feed)).clean
    assert len(await house.held(SEEN)) == 12


async def test_an_item_that_became_unreadable_keeps_what_was_pushed_of_it(house: House, school: School, feed: Feed) -> None:
    school.add(*range(12))
    await school.push(*feed)
    school.add(2, title="")
    report = await school.push(*feed, full=True)
    assert [each.key for each in report.refused] == ["A/2"]
    assert (await house.held(SEEN))["A/2"].title == "数控车床 2"


async def test_a_hub_that_has_lost_everything_is_given_everything_again(school: School, feed: Feed, house: House) -> None:
    school.add(*range(25))
    await school.push(*feed)
    async with house.database.begin_write() as connection:
        await connection.execute(text("DELETE FROM feed_rows"))
    report = await school.push(*feed, full=True)
    assert report.clean, report
    assert report.counts["accepted"] >= 25
    assert (await school.push(*feed, full=True)).kept == 26


async def test_another_mapping_sends_everything_anew(house: House, school: School, feed: Feed) -> None:
    school.add(*range(12))
    await school.push(*feed)
    school.definition = school.definition.replace('title = "title"', 'title = { join = ["title", "no"], separator = "·" }')
    report = await school.push(*feed)
    assert report.counts["accepted"] == 12
    assert (await house.held(SEEN))["A/3"].title == "数控车床 3·A/3"


async def test_a_dry_run_tells_and_keeps_nothing(house: House, school: School, feed: Feed, tmp_path: Any) -> None:
    school.add(*range(12))
    school.add(2, title="")
    report = await school.push(*feed, dry_run=True)
    assert report.dry_run
    assert report.counts["accepted"] == 12
    assert [each.key for each in report.refused] == ["A/2"]
    assert await house.held(SEEN) == {}
    assert (await school.push(*feed)).full == ("libraries", "resources")


async def test_progress_counts_rows(school: School, feed: Feed) -> None:
    school.add(*range(25))
    await school.push(*feed)
    assert [each.rows for each in school.progress] == sorted(each.rows for each in school.progress)
    assert school.progress[-1].rows == 26
