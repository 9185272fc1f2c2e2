"""The check of a source: what holds is shown to hold, and each thing wrong is found with its place, its value and its fix."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from string import Formatter

import orjson
import pytest
import pytest_asyncio

from connectors.definition import Definition
from connectors.mapping import Binding
from demo.world import World
from egress import Allow
from harvest.checking import BATCHES, ITEMS, PAIRS, SourceCheck, check_document
from harvest.findings import RULES, Finding
from harvest.telling import check_text
from resolvers.sources import bind
from store.identity import source_key

PORTAL, GUANGDONG, SCHOOL = "national-portal", "guangdong", "hangzhou-school"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with World(tmp_path_factory.mktemp("world"), "free") as running:
        yield running


async def checked(world: World, name: str, *changes: tuple[str, str], fault: str | None = None) -> SourceCheck:
    """Check a source of the demo whose definition is changed in places."""
    text = world.definition(name, fault)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return await check_document(
        text.encode(),
        name,
        Path(),
        sqlite_directory=world.sqlite_directory,
        allow=lambda _: Allow([("127.0.0.1", port) for port in world.ports.values()]),
        bind=lambda definition: bind(
            source_key(definition.name), definition, version=1, keys_by_name={PORTAL: source_key(PORTAL)}
        ),
        registered=frozenset({PORTAL}),
    )  # fmt: skip


def the(check: SourceCheck, rule: str) -> Finding:
    found = [each for each in check.findings if each.rule == rule]
    assert found, check.findings
    return found[0]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", [PORTAL, GUANGDONG, SCHOOL])
async def test_a_sound_source_is_usable_and_every_claim_is_shown_to_hold(world: World, name: str) -> None:
    check = await checked(world, name)
    assert check.usable, check.findings
    assert not check.findings
    resources = check.collections[0]
    assert not [each for each in resources.capabilities if each.state != "holds"]
    assert {"paging", "total", "since"} <= {each.name for each in resources.capabilities}


@pytest.mark.parametrize("name", [PORTAL, GUANGDONG, SCHOOL])
async def test_no_more_than_a_bounded_sample_is_read(world: World, name: str) -> None:
    for collection in (await checked(world, name)).collections:
        assert collection.items <= ITEMS
        assert collection.batches <= BATCHES
        assert len(collection.pairs) <= PAIRS


async def test_the_sample_shows_native_items_beside_records_coverage_and_who_sees_them(world: World) -> None:
    resources = (await checked(world, GUANGDONG)).collections[0]
    pair = resources.pairs[0]
    assert len(resources.pairs) == PAIRS
    title = next(each for each in pair.beside if each.field == "title")
    assert pair.native["name"] == title.native == title.record == pair.record["title"]
    assert {each.field: each.filled for each in resources.coverage}["title"] == resources.items
    assert sum(resources.visibility.values()) == resources.items
    assert resources.visibility["pub"] > 0


async def test_values_that_a_table_lacks_are_listed_with_their_counts(world: World) -> None:
    check = await checked(world, GUANGDONG, ('VIDEO = "video"\n', ""))
    counts = check.collections[0].unknown["kind: kinds"]
    assert counts["VIDEO"] > 0
    found = the(check, "table-unknown")
    assert (found.place, found.value, found.blocks) == ("resources.mapping.kind", "VIDEO", False)
    assert f"VIDEO ({counts['VIDEO']})" in found.en
    assert "[tables.kinds]" in found.fix_en
    assert check.usable


@pytest.mark.parametrize(
    ("name", "change", "rule", "place"),
    [
        (GUANGDONG, ('pub = "OPEN", member = "LOGIN"', 'pub = "LOGIN", member = "OPEN"'), "visibility-violated", "filters.visibility"),
        (GUANGDONG, ('video = "VIDEO", document = "DOCUMENT"', 'video = "DOCUMENT", document = "VIDEO"'), "filter-loses", "filters.kinds"),
        (SCHOOL, ('course = "01", video = "02"', 'course = "01"'), "filter-values", "filters.kinds.values"),
        (SCHOOL, ('formats = { column = "zygsm" }', 'formats = { column = "zylxm" }'), "filter-loses", "filters.formats"),
        (SCHOOL, ('newest = { column = "zygxsj" }', 'newest = { column = "zycjsj" }'), "order-broken", "orders.newest"),
        (SCHOOL, ('identifier = "zybh"', 'identifier = "sszyh"'), "duplicate-key", "identifier"),
        (PORTAL, ('identifier = ["bucket", "id"]', 'identifier = ["bucket"]'), "resume-broken", "paging"),
        (PORTAL, ('"kcmc", "ziymc", "jcmc", "ztmc"', '"kcmcx"'), "items-unreadable", "mapping.title"),
        (SCHOOL, ('mode = "live"', 'mode = "live"\nall_public = true'), "public-violated", "mapping.visibility"),
    ],
)
async def test_a_claim_that_does_not_hold_blocks(world: World, name: str, change: tuple[str, str], rule: str, place: str) -> None:
    check = await checked(world, name, change)
    found = the(check, rule)
    assert found.place == f"resources.{place}"
    assert found.blocks
    assert not check.usable


@pytest.mark.parametrize(
    ("name", "change", "rule", "place"),
    [
        (PORTAL, ('param = "since"', 'param = "sinse"'), "since-ignored", "since"),
        (PORTAL, ('summary = "jj"', 'summary = "jjj"'), "field-empty", "mapping.summary"),
        (PORTAL, ('size_bytes = "wjdx"', 'size_bytes = { path = "kcmc", function = "integer" }'), "value-unreadable", "mapping.size_bytes"),
        (SCHOOL, ('library = "zykbh"', 'library = { path = "zykbh", source = "nowhere" }'), "reference-unknown", "mapping.library.source"),
    ],
)
async def test_what_can_be_lived_with_is_told_and_does_not_block(
    world: World, name: str, change: tuple[str, str], rule: str, place: str
) -> None:
    check = await checked(world, name, change)
    found = the(check, rule)
    assert found.place == f"resources.{place}"
    assert not found.blocks
    assert check.usable


async def test_keys_that_repeat_inside_a_page_are_missed_by_the_total(world: World) -> None:
    check = await checked(world, PORTAL, ('identifier = "xxdm"', 'identifier = "sfdm"'))
    found = the(check, "items-missing")
    assert (found.place, found.blocks) == ("institutions.identifier", True)


async def test_since_in_the_wrong_zone_is_found_to_lose_what_changed(world: World) -> None:
    check = await checked(world, PORTAL, ('format = "local"', 'format = "local", zone = "Pacific/Kiritimati"'))
    found = the(check, "since-loses")
    assert found.blocks
    assert "zone" in found.fix_en


async def test_a_live_source_that_cannot_filter_by_visibility_is_told_that_it_is_left_out(world: World) -> None:
    check = await checked(world, PORTAL, ('mode = "harvest"', 'mode = "live"'))
    assert "left out" in the(check, "visibility-unfiltered").en
    assert not check.usable


@pytest.mark.parametrize(
    ("name", "fault", "words"),
    [
        (GUANGDONG, "garble", "malformed"),
        (GUANGDONG, "html", "html"),
        (GUANGDONG, "401", "refused"),
        (GUANGDONG, "hang", "timeout"),
        (GUANGDONG, "down", "refused_connection"),
        (PORTAL, "shape", "shape"),
        (PORTAL, "loop", "loop"),
        (PORTAL, "huge", "too_large"),
        (SCHOOL, "garble", "schema"),
        (SCHOOL, "down", "gone"),
    ],
)
async def test_a_source_that_fails_is_not_usable_and_the_reason_is_told(world: World, name: str, fault: str, words: str) -> None:
    check = await checked(world, name, fault=fault)
    assert not check.usable
    assert any(words in each.en and each.fix_en and each.fix_zh for each in check.findings), check.findings
    assert "traceback" not in check_text(check, "en").lower()


async def test_every_problem_of_a_definition_is_told_in_both_languages(world: World) -> None:
    check = await checked(world, SCHOOL, ('tier = "school"', 'teir = "school"'), ('title = "zymc"', 'titel = "zymc"'))
    assert {each.place for each in check.findings} >= {"teir", "tier", "resources.mapping.titel"}
    assert not check.usable
    chinese, english = check_text(check, "zh"), check_text(check, "en")
    assert "是否想写 `title`？" in chinese
    assert "缺少这个键" in chinese
    assert "did you mean `title`?" in english


async def test_a_document_that_is_no_text_is_told_so() -> None:
    check = await check_document(b"\xff\xfe", "x", Path(), sqlite_directory=None, allow=lambda _: Allow([]), bind=_never)
    assert "UTF-8" in the(check, "definition").en


async def test_secrets_in_a_definition_are_never_shown(world: World) -> None:
    address = f"http://127.0.0.1:{world.ports[GUANGDONG]}/graphql"
    check = await checked(
        world,
        GUANGDONG,
        (f'url = "{address}"', f'url = "{address.replace("//", "//somebody:hunter2@")}"\nheaders = {{ Cookie = "hunter2" }}'),
    )
    assert not check.usable
    assert "hunter2" not in check_text(check, "en") + orjson.dumps(check).decode()


async def test_what_a_source_sends_cannot_steer_the_terminal(world: World) -> None:
    check = await checked(world, SCHOOL, ('value = "杭州示例职业技术学院"', r'value = "\u001b[2J学院\u202e"'))
    text = check_text(check, "zh")
    assert "学院" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


async def test_the_text_tells_every_part_in_each_language(world: World) -> None:
    check = await checked(world, SCHOOL)
    chinese, english = check_text(check, "zh"), check_text(check, "en")
    for part in ("能力", "各字段的填充率", "谁能看到", "来源条目与记录", "成立", "可用"):
        assert part in chinese
    for part in ("capabilities", "filled, by field", "seen by", "native items and records", "holds", "usable"):
        assert part in english


async def test_a_check_as_json_can_be_read_by_a_script(world: World) -> None:
    told = orjson.loads(orjson.dumps(await checked(world, PORTAL)))
    assert told["usable"] is True
    assert [each["collection"] for each in told["collections"]] == ["resources", "libraries", "institutions"]
    assert set(told["collections"][0]["pairs"][0]) == {"key", "native", "record", "problem", "beside"}


async def test_every_rule_speaks_both_languages() -> None:
    for rule in RULES.values():
        assert all((rule.zh, rule.en, rule.fix_zh, rule.fix_en))
        assert set(_fields(rule.zh)) <= {*_fields(rule.en), "message_zh"}


def _fields(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def _never(_: Definition) -> Binding:
    raise AssertionError
