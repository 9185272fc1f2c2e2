"""Personal data: a scope, a caller who answers for the people, a purpose; and every look is written down, whoever sees nothing too."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from store.identity import institution_id
from tests.auth.browser import Application, Person

SCHOOL = "4133010001"
ALL = "openid resources:read profile:read students:read teachers:read"
QUERY = """query ($id: ID!, $purpose: PersonalDataPurpose!, $first: Int! = 20, $after: String) {
  node(id: $id) { ... on Institution {
    teachers(purpose: $purpose, first: $first, after: $after) { totalCount nodes { id name } pageInfo { hasNextPage endCursor } }
    students(purpose: $purpose) { nodes { id } }
  } }
}"""
LOG = """{ auditEvents(first: 200, actions: ["personal_data_read"]) {
  nodes { actor subject purpose details { name value } } } }"""


def look(product: Any, token: str, institution: str = SCHOOL, **more: Any) -> Any:
    variables = {"id": institution_id(institution), "purpose": "INSPECTION", **more}
    headers = {"authorization": f"Bearer {token}"}
    return product.http.post("/graphql", json={"query": QUERY, "variables": variables}, headers=headers).json()


def log(product: Any) -> list[Any]:
    token = Application(product.url).tokens("national_admin", "audit:read")["access_token"]
    reply = product.http.post("/graphql", json={"query": LOG}, headers={"authorization": f"Bearer {token}"}).json()
    found: list[Any] = reply["data"]["auditEvents"]["nodes"]
    return found


def token_of(product: Any, name: str, scope: str = ALL) -> str:
    token: str = Application(product.url).tokens(name, scope)["access_token"]
    return token


@pytest.mark.parametrize("name", ["school_admin", "province_admin"])
def test_who_answers_for_a_school_sees_its_people_and_that_is_written_down(product: Any, name: str) -> None:
    before = len(log(product))
    found = look(product, token_of(product, name))["data"]["node"]
    assert {"id": "demo-teacher", "name": "示例教师"} in found["teachers"]["nodes"]
    assert {"id": "demo-student"} in found["students"]["nodes"]
    assert found["teachers"]["totalCount"] == len(found["teachers"]["nodes"])
    entries = log(product)
    written = {(each["subject"], each["purpose"]) for each in entries[: len(entries) - before]}
    assert written >= {("demo-teacher", "inspection"), ("demo-student", "inspection")}
    assert {each["actor"] for each in entries[: len(entries) - before]} == {f"demo-{name.replace('_', '-')}"}
    assert {"name": "client", "value": "demo-web"} in entries[0]["details"]
    assert "示例" not in str(entries)


def test_who_does_not_answer_for_a_school_sees_nobody_and_the_look_is_written_down(product: Any) -> None:
    here, elsewhere = token_of(product, "province_admin_44"), token_of(product, "school_admin")
    before = len(log(product))
    nothing = {"teachers": {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}, "students": {"nodes": []}}
    assert look(product, here) == {"data": {"node": nothing}}
    assert look(product, elsewhere, "4144010001") == {"data": {"node": nothing}}
    entries = log(product)
    assert [each["subject"] for each in entries[: len(entries) - before]] == [None] * 4


@pytest.mark.parametrize(
    ("name", "scope"), [("teacher", ALL), ("national_admin", ALL), ("school_admin", "openid resources:read students:read")]
)
def test_without_the_scope_nothing_is_read_and_nothing_written(product: Any, name: str, scope: str) -> None:
    token, before = token_of(product, name, scope), len(log(product))
    answer = look(product, token)
    assert answer["data"]["node"]["teachers"] is None
    refused = [error for error in answer["errors"] if error["path"][-1] == "teachers"]
    assert [error["extensions"]["scope"] for error in refused] == ["teachers:read"]
    students = answer["data"]["node"]["students"]
    assert (students is None) == (name != "school_admin")
    assert len(log(product)) - before == (len(students["nodes"]) if students is not None else 0)


def test_a_purpose_has_to_be_told(product: Any) -> None:
    token = token_of(product, "school_admin")
    assert look(product, token, purpose="CURIOSITY")["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert look(product, token, purpose=None)["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_walk_belongs_to_who_began_it(product: Any) -> None:
    school, province = token_of(product, "school_admin"), token_of(product, "province_admin")
    whole = look(product, school)["data"]["node"]["teachers"]
    page, met = look(product, school, first=1)["data"]["node"]["teachers"], []
    cursor = page["pageInfo"]["endCursor"]
    while True:
        met += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        page = look(product, school, first=1, after=page["pageInfo"]["endCursor"])["data"]["node"]["teachers"]
    assert met == whole["nodes"]
    assert look(product, province, after=cursor)["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_no_cache_keeps_personal_data_and_a_person_learns_who_looked(product: Any) -> None:
    token = token_of(product, "school_admin")
    variables = orjson.dumps({"id": institution_id(SCHOOL), "purpose": "ADMINISTRATION"}).decode()
    asked = {"query": QUERY, "variables": variables}
    reply = product.http.get("/graphql", params=asked, headers={"authorization": f"Bearer {token}"})
    assert reply.json()["data"]["node"]["teachers"]["nodes"]
    assert reply.headers["cache-control"] == "no-store"
    assert "etag" not in reply.headers
    teacher = Person(product.url)
    teacher.sign_in("teacher")
    export = teacher.http.post("/graphql", json={"query": "mutation { exportMyData { json } }"}, headers={"huiju-csrf": "1"}).json()
    looks = orjson.loads(export["data"]["exportMyData"]["json"])["looks"]
    assert (looks[0]["by"], looks[0]["purpose"]) == ("demo-school-admin", "administration")


def test_an_application_without_profile_read_learns_a_number_and_no_name(product: Any) -> None:
    token = token_of(product, "teacher", "resources:read")

    def ask(fields: str) -> Any:
        body = {"query": f"{{ viewer {{ {fields} }} }}"}
        return product.http.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"}).json()

    assert ask("id") == {"data": {"viewer": {"id": "demo-teacher"}}}
    for fields in ("id name", "roles { value }"):
        answer = ask(fields)
        assert answer["data"] == {"viewer": None}
        assert [error["extensions"]["scope"] for error in answer["errors"]] == ["profile:read"]
    answer = ask("id institution { code } province { code }")
    assert answer["data"] == {"viewer": {"id": "demo-teacher", "institution": None, "province": None}}
    assert len(answer["errors"]) == 2
