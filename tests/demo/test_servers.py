"""The demo servers asked directly, and the files of the school."""

import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from demo import guangdong, portal, school
from demo.world import FAULTS, FaultUnknown, World, read_faults


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, ports="free") as running:
        yield running


async def post(world: World, source: str, path: str, body: object) -> Any:
    async with aiohttp.ClientSession() as session, session.post(f"http://127.0.0.1:{world.ports[source]}{path}", json=body) as reply:
        assert reply.status == 200
        return await reply.json()


async def graphql(world: World, query: str, **variables: object) -> Any:
    return await post(world, "guangdong", "/graphql", {"query": query, "variables": variables})


async def test_the_portal_lists_everything_once(world: World) -> None:
    seen: list[Mapping[str, Any]] = []
    for page in range(1, portal.COUNT // 300 + 2):
        content = (await post(world, "national-portal", "/gjzyjy/zyk/list", {"page": page, "size": 300}))["content"]
        assert content["total"] == str(portal.COUNT)
        seen += content["list"]
    assert len({(row["bucket"], row["id"]) for row in seen}) == len(seen) == portal.COUNT
    assert len({row["id"] for row in seen}) < portal.COUNT
    assert all(row["id"] > 2**53 for row in seen)
    times = [row["gxsj"] or "" for row in seen]
    assert times == sorted(times, reverse=True)


async def test_the_home_page_has_the_buckets_of_the_national_portal_and_only_public_items(world: World) -> None:
    content = (await post(world, "national-portal", "/gjzyjy/index/getData", None))["content"]
    assert content.keys() == {"index_zyzyk", "index_zxjpk", "index_spgkk", "index_jck", "index_xnfzk", "index_jsnl"}
    titles = {"index_zyzyk": "ziymc", "index_zxjpk": "kcmc", "index_spgkk": "kcmc", "index_jck": "jcmc", "index_jsnl": "ztmc"}
    assert all(row[title] for bucket, title in titles.items() for row in content[bucket])
    assert all(len(rows) == 5 and {row["kjfw"] for row in rows} == {"0"} for rows in content.values())


def test_links_of_the_portal_have_the_faults_of_real_ones() -> None:
    links = [item.get("fwdz") or item["tzlj"] for item in portal.items()]
    assert any(link.startswith("//") for link in links)
    assert any(re.match(r"[\d.]+:\d+/", link) for link in links)
    assert any("×tamp=" in link for link in links)
    assert any(link.startswith("zyk.example.com") for link in links)


async def test_the_portal_tells_what_changed_since(world: World) -> None:
    rows = (await post(world, "national-portal", "/gjzyjy/zyk/list", {"since": "2026-08-01T00:00:00Z", "size": 500}))["content"]["list"]
    assert 0 < len(rows) < 500
    assert all(row["gxsj"] is None or row["gxsj"] >= "2026-08-01 08:00:00" for row in rows)


async def test_the_portal_refuses_inside_a_200(world: World) -> None:
    for body in ({"size": 501}, {"page": 0}, {"page": "x"}, {"since": "yesterday"}):
        answer = await post(world, "national-portal", "/gjzyjy/zyk/list", body)
        assert answer["success"] is False
        assert answer["code"] == -100


async def test_the_portal_has_libraries_and_institutions(world: World) -> None:
    libraries = (await post(world, "national-portal", "/gjzyjy/zyk/libraries", {"size": 100}))["content"]["list"]
    assert all("（示例）" in library["zykmc"] for library in libraries)
    institutions = (await post(world, "national-portal", "/gjzyjy/xx/list", {}))["content"]["list"]
    assert "4133010001" in {institution["xxdm"] for institution in institutions}
    url = f"http://127.0.0.1:{world.ports['national-portal']}/gjzyjy/zyk/libraries/"
    async with aiohttp.ClientSession() as session:
        async with session.get(url + libraries[3]["id"]) as reply:
            assert (await reply.json())["content"] == libraries[3]
        async with session.get(url + "nothing") as reply:
            assert reply.status == 404


WALK = """query ($scopes: [String!]!, $after: String) {
  resources(scopes: $scopes, first: 100, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id scope updatedAt stats { views } } }
  }
}"""


async def walked(world: World, *scopes: str) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    after = None
    while True:
        found = (await graphql(world, WALK, scopes=scopes, after=after))["data"]["resources"]
        rows += (edge["node"] for edge in found["edges"])
        if not found["pageInfo"]["hasNextPage"]:
            assert found["totalCount"] == len(rows)
            return rows
        after = found["pageInfo"]["endCursor"]


async def test_guangdong_shows_only_what_the_scopes_open(world: World) -> None:
    everything = Counter(resource.scope for resource in guangdong.resources())
    assert sum(everything.values()) == guangdong.COUNT
    assert {row["scope"] for row in await walked(world, "OPEN")} == {"OPEN"}
    rows = await walked(world, *everything)
    assert len({row["id"] for row in rows}) == len(rows) == guangdong.COUNT
    assert [row["updatedAt"] or "" for row in rows] == sorted((row["updatedAt"] or "" for row in rows), reverse=True)
    assert await walked(world) == []


async def test_guangdong_finds_by_id_type_and_word(world: World) -> None:
    hidden = next(resource for resource in guangdong.resources() if resource.scope == "TEACHER")
    query = "query ($ids: [ID!]!, $scopes: [String!]!) { nodes(ids: $ids, scopes: $scopes) { id } }"
    answer = await graphql(world, query, ids=["GD000002", hidden.id, "nothing"], scopes=["TEACHER", "OPEN"])
    assert answer["data"]["nodes"][1:] == [{"id": hidden.id}, None]
    answer = await graphql(world, query, ids=[hidden.id], scopes=["OPEN"])
    assert answer["data"]["nodes"] == [None]
    query = 'query ($word: String) { resources(scopes: ["OPEN"], keyword: $word, types: ["VIDEO"]) { nodes { name type tags } } }'
    nodes = (await graphql(world, query, word="护理"))["data"]["resources"]["nodes"]
    assert nodes
    assert all(node["type"] == "VIDEO" and "护理" in node["name"] + "".join(node["tags"]) for node in nodes)


@pytest.mark.parametrize("query", ["{ resources(scopes: [], first: 101) { totalCount } }", "{ nothing }", "{"])
async def test_guangdong_answers_a_bad_query_with_errors(world: World, query: str) -> None:
    assert (await graphql(world, query))["errors"]


async def test_the_school_is_a_database_with_pinyin_columns(world: World) -> None:
    with closing(sqlite3.connect(world.sqlite_directory / "hangzhou-school.db")) as connection:
        rows = connection.execute("SELECT zjsjwyxbs, xxdm, kjfw FROM ODS_SZZYJBSJ").fetchall()
        assert len(rows) == school.COUNT
        assert all(re.fullmatch(r"[A-Z0-9]{32}", key) and code == "4133010001" for key, code, _ in rows)
        assert {scope for *_, scope in rows} == set(school.SCOPES.values())
        assert connection.execute("SELECT count(资源名称) FROM 数字资源总览").fetchone() == (school.COUNT,)


@pytest.mark.parametrize(("fault", "message"), [("hang", "locked"), ("garble", "no such column: zymc"), ("fail", "malformed")])
async def test_the_school_fails_as_asked(world: World, fault: str, message: str) -> None:
    name = re.search(r"sqlite:///([\w-]+\.db)", world.definition("hangzhou-school", fault))
    assert name is not None
    path = world.sqlite_directory / name[1]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.1)) as connection, pytest.raises(sqlite3.Error, match=message):
        connection.execute("SELECT zymc FROM ODS_SZZYJBSJ").fetchall()


async def test_the_school_that_is_down_has_no_file(world: World) -> None:
    assert "sqlite:///hangzhou-school-down.db" in world.definition("hangzhou-school", "down")
    assert not (world.sqlite_directory / "hangzhou-school-down.db").exists()


async def test_definitions_lead_to_the_real_ports_and_to_the_faces_asked_for(world: World) -> None:
    portal_text, _, guangdong_text, *_ = world.definitions({"guangdong": "hang", "national-portal": "down"})
    assert f"http://127.0.0.1:{world.ports['guangdong']}/~hang/graphql" in guangdong_text
    assert f"http://127.0.0.1:{world.ports['down']}" in portal_text
    assert f"http://127.0.0.1:{world.ports['national-portal']}" in world.definitions()[0]


def test_faults_are_read_and_unknown_ones_named() -> None:
    assert read_faults("guangdong=hang, hangzhou-school=garble") == {"guangdong": "hang", "hangzhou-school": "garble"}
    assert read_faults(None) == {}
    for text in ("guangdong=sing", "nowhere=hang", "guangdong", "hangzhou-school=html"):
        with pytest.raises(FaultUnknown, match=r"there are|it can"):
            read_faults(text)
    assert FAULTS.keys() == {"national-portal", "zhejiang", "guangdong", "hangzhou-school", "ningbo-school"}


async def test_two_worlds_stand_side_by_side(world: World, tmp_path: Path) -> None:
    async with World(tmp_path / "first") as first, World(tmp_path / "second") as second:
        ports = [port for each in (world, first, second) for port in each.ports.values()]
        assert len(set(ports)) == len(ports)
