"""What changed since a moment: asked in the granularity of the repository, and never too late."""

from datetime import UTC, datetime

import pytest

from connectors.errors import SourceTimeout, SourceUnavailable
from connectors.protocol import Query
from egress import Bounds
from tests.connectors.loopback import HANG, Answer, Asked, keys, opened, read, serving
from tests.connectors.oaipmh.repository import Entry, Repository, definition, entries

SINCE = datetime(2026, 5, 17, 9, 30, 15, 700_000, tzinfo=UTC)
SECONDS = [Entry("before", "2026-05-17T09:30:14Z"), Entry("at", "2026-05-17T09:30:15Z"), Entry("after", "2026-05-18T00:00:00Z")]
DAYS = [Entry("before", "2026-05-16"), Entry("at", "2026-05-17"), Entry("after", "2026-05-18")]


@pytest.mark.parametrize(
    ("stamped", "granularity", "connection", "sent", "verbs"),
    [
        (SECONDS, "YYYY-MM-DDThh:mm:ssZ", "", "2026-05-17T09:30:15Z", ["Identify", "ListIdentifiers"]),
        (SECONDS, "YYYY-MM-DDThh:mm:ssZ", 'granularity = "second"', "2026-05-17T09:30:15Z", ["Identify"]),
        (DAYS, "YYYY-MM-DDThh:mm:ssZ", "", "2026-05-17", ["Identify", "ListIdentifiers"]),
        (SECONDS, "YYYY-MM-DDThh:mm:ssZ", 'granularity = "day"', "2026-05-17", ["Identify"]),
        (DAYS, "YYYY-MM-DD", "", "2026-05-17", ["Identify"]),
        (DAYS, "", "", "2026-05-17", ["Identify"]),
    ],
)
async def test_since_is_written_as_the_repository_stamps(
    stamped: list[Entry], granularity: str, connection: str, sent: str, verbs: list[str]
) -> None:
    repository = Repository(stamped, granularity=granularity)
    async with serving() as upstream, opened(upstream, definition(connection)) as connector:
        upstream.handler = repository
        found = keys(await read(connector, Query(since=SINCE)))
        assert found[-2:] == ["at", "after"]
        assert upstream.asked[-1].params["from"] == [sent]
        assert repository.verbs == [*verbs, "ListRecords"]
        repository.verbs.clear()
        await read(connector, Query(since=SINCE))
        assert repository.verbs == ["ListRecords"]


async def test_a_moment_before_the_first_stamp_asks_for_everything() -> None:
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = Repository(entries(3), earliest="2025-12-01T00:00:00Z")
        assert len(keys(await read(connector, Query(since=datetime(1971, 1, 1, tzinfo=UTC))))) == 3
        assert "from" not in upstream.asked[-1].params


@pytest.mark.parametrize("identity", ['<error code="badVerb"/>', "<Identify/>", "<Identify><granularity>?</granularity></Identify>"])
async def test_a_repository_that_cannot_identify_itself_is_asked_by_days(identity: str) -> None:
    repository = Repository(DAYS)
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda asked: repository.answer(identity) if "Identify" in asked.target else repository(asked)
        assert keys(await read(connector, Query(since=SINCE))) == ["at", "after"]
        assert upstream.asked[-1].params["from"] == ["2026-05-17"]


async def test_a_repository_that_is_down_when_it_should_identify_itself_is_an_error_and_learnt_of_later() -> None:
    repository = Repository(SECONDS)
    async with serving() as upstream, opened(upstream, definition(), bounds=Bounds(deadline=0.3)) as connector:
        for answer, error in ((HANG, SourceTimeout), (Answer(b"", 503), SourceUnavailable)):
            upstream.handler = lambda _asked: answer  # noqa: B023
            with pytest.raises(error):
                await read(connector, Query(since=SINCE))
        upstream.handler = repository
        assert keys(await read(connector, Query(since=SINCE))) == ["at", "after"]


async def test_stamps_that_cannot_be_looked_at_are_taken_for_days() -> None:
    repository = Repository(SECONDS)
    async with serving() as upstream, opened(upstream, definition(), bounds=Bounds(deadline=0.3)) as connector:
        upstream.handler = lambda asked: HANG if "ListIdentifiers" in asked.target else repository(asked)
        assert keys(await read(connector, Query(since=SINCE))) == ["before", "at", "after"]
        assert upstream.asked[-1].params["from"] == ["2026-05-17"]


async def test_spans_of_time_meet_without_gap_or_overlap_and_the_last_is_open() -> None:
    repository = Repository(entries(60), earliest="2026-01-05T00:00:00Z")
    async with serving() as upstream, opened(upstream, definition('slice = "30d"')) as connector:
        upstream.handler = repository
        batches = await read(connector)
        assert len(keys(batches)) == len(set(keys(batches))) == 60
        assert {batch.total for batch in batches} == {None}
        lists = [
            asked.params for asked in upstream.asked if asked.params["verb"] == ["ListRecords"] and "resumptionToken" not in asked.params
        ]
        starts, ends = [each.get("from", [""])[0] for each in lists], [each.get("until", [""])[0] for each in lists]
        assert starts[:3] == ["", "2026-02-04T00:00:00Z", "2026-03-06T00:00:00Z"]
        assert ends[:2] == ["2026-02-03T23:59:59Z", "2026-03-05T23:59:59Z"]
        assert ends[-1] == ""
        upstream.asked.clear()
        assert keys(await read(connector, Query(since=datetime(2026, 3, 1, 12, tzinfo=UTC)))) == [
            each.key for each in repository.entries if each.stamp >= "2026-03-01T12"
        ]
        assert upstream.asked[0].params["from"] == ["2026-03-01T12:00:00Z"]


async def test_spans_that_were_never_begun_do_not_begin_where_the_earliest_stamp_is_unknown() -> None:
    async with serving() as upstream, opened(upstream, definition('slice = "30d"')) as connector:
        upstream.handler = Repository(entries(9), earliest="unknown")
        assert len(keys(await read(connector))) == 9


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("<responseDate>2026-11-23T08:00:00Z</responseDate>", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("<responseDate>2026-11-23</responseDate>", datetime(2026, 11, 23, tzinfo=UTC)),
        ("", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("<responseDate>now</responseDate>", datetime(2026, 11, 23, 9, tzinfo=UTC)),
    ],
)
async def test_the_clock_of_the_repository_is_told(told: str, moment: datetime) -> None:
    repository = Repository(entries(9), response_date=told)
    async with serving() as upstream, opened(upstream, definition()) as connector:

        def dated(asked: Asked) -> Answer:
            answer = repository(asked)
            return Answer(answer.body, answer.status, (("Date", "Mon, 23 Nov 2026 09:00:00 GMT"),))

        upstream.handler = dated
        assert {batch.date for batch in await read(connector)} == {moment}
        assert (await read(connector, Query(ids=(repository.entries[0].key,))))[0].date == moment
