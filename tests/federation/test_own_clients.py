"""A person's own applications by GraphQL, from the explorer's session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.auth.browser import Application, Person

SCRIPT = {"huiju-csrf": "1"}
REGISTER = """mutation ($input: RegisterClientInput!) {
  registerClient(input: $input) {
    client { id name kind state redirectUris scopes awaiting revokedAt }
    secret
    userErrors { code field zh: message en: message(lang: EN) }
  }
}"""
ROTATE = """mutation ($id: ID!, $end: Boolean! = false) {
  rotateClientSecret(id: $id, endPrevious: $end) { client { previousSecretUntil } secret userErrors { code field } }
}"""
REVOKE = "mutation ($id: ID!) { revokeClient(id: $id) { client { state revokedAt } userErrors { code field } } }"
LIST = """query ($first: Int! = 20, $after: String) {
  viewer { clients(first: $first, after: $after) { nodes { id state } pageInfo { hasNextPage endCursor } totalCount } }
}"""
NEW = {"name": "示例应用", "kind": "CONFIDENTIAL", "redirectUris": ["https://a.example/back"], "scopes": ["openid", "statistics:read"]}


class Developer:
    """Somebody who is signed in with a browser."""

    def __init__(self, product: Any, username: str) -> None:
        self.person = Person(product.url)
        self.person.sign_in(username)

    def ask(self, query: str, headers: dict[str, str] = SCRIPT, **variables: Any) -> Any:
        return self.person.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    def do(self, query: str, **variables: Any) -> Any:
        answer = self.ask(query, **variables).json()
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture(scope="module")
def developer(product: Any) -> Iterator[Developer]:
    one = Developer(product, "developer")
    yield one
    one.person.http.close()


def test_an_application_is_registered_renewed_and_ended(developer: Developer) -> None:
    done = developer.do(REGISTER, input=NEW)["registerClient"]
    client = done["client"]
    assert (client["state"], client["scopes"], client["awaiting"]) == ("AWAITING_APPROVAL", ["openid"], ["statistics:read"])
    assert len(done["secret"]) == 43
    changed = developer.do(
        "mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { name state awaiting redirectUris } } }",
        input={"id": client["id"], "scopes": ["openid"]},
    )["updateClient"]["client"]
    assert changed == {"name": NEW["name"], "state": "APPROVED", "awaiting": [], "redirectUris": NEW["redirectUris"]}
    rotated = developer.do(ROTATE, id=client["id"])["rotateClientSecret"]
    assert rotated["secret"] != done["secret"]
    assert rotated["client"]["previousSecretUntil"] is not None
    assert developer.do(ROTATE, id=client["id"], end=True)["rotateClientSecret"]["client"]["previousSecretUntil"] is None
    ended = developer.do(REVOKE, id=client["id"])["revokeClient"]
    assert ended["client"]["state"] == "REVOKED"
    assert developer.do(REVOKE, id=client["id"])["revokeClient"] == ended
    assert developer.do(ROTATE, id=client["id"])["rotateClientSecret"]["userErrors"] == [{"code": "REVOKED", "field": None}]
    assert done["secret"] not in developer.ask(LIST).text


def test_what_is_wrong_is_told_at_its_field_in_both_languages(developer: Developer) -> None:
    hostile = {**NEW, "redirectUris": ["javascript:alert(document.cookie)"]}
    done = developer.do(REGISTER, input=hostile)["registerClient"]
    assert (done["client"], done["secret"]) == (None, None)
    (error,) = done["userErrors"]
    assert (error["code"], error["field"]) == ("REDIRECT_URIS", "redirectUris")
    assert "返回地址" in error["zh"]
    assert "https" in error["en"]
    assert "javascript" not in str(done)
    assert developer.do(REGISTER, input={**NEW, "scopes": ["root"]})["registerClient"]["userErrors"][0]["field"] == "scopes"
    assert developer.do(REGISTER, input={**NEW, "name": ""})["registerClient"]["userErrors"][0]["code"] == "NAME"


def test_anothers_applications_are_absent(product: Any, developer: Developer) -> None:
    client = developer.do(REGISTER, input=NEW)["registerClient"]["client"]["id"]
    admin = Developer(product, "national_admin")
    assert client not in admin.ask(LIST).text
    for query in (ROTATE, REVOKE):
        told = [next(iter(admin.do(query, id=each).values()))["userErrors"] for each in (client, "c-nothing")]
        assert told == [[{"code": "NOT_FOUND", "field": "id"}]] * 2
    assert client in developer.ask(LIST).text


def test_the_list_is_walked_and_its_cursor_is_worth_nothing_to_others(product: Any, developer: Developer) -> None:
    for _ in range(3):
        developer.do(REGISTER, input=NEW)
    seen: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = developer.do(LIST, first=2, after=page["pageInfo"]["endCursor"])["viewer"]["clients"]
        seen += [node["id"] for node in page["nodes"]]
    assert len(seen) == len(set(seen)) == page["totalCount"]
    foreign = Developer(product, "national_admin").ask(LIST, after=page["pageInfo"]["endCursor"]).json()
    assert foreign["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_without_scope_or_header_or_sign_in_nothing_happens(product: Any, developer: Developer) -> None:
    refused = Developer(product, "student").ask(REGISTER, input=NEW).json()
    assert refused["data"]["registerClient"] is None
    assert refused["errors"][0]["extensions"]["scope"] == "clients:write"
    assert product.ask(REGISTER, {"input": NEW})["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    before = developer.do(LIST)["viewer"]["clients"]["totalCount"]
    forged = developer.ask(REGISTER, headers={}, input=NEW)
    assert forged.status_code == 403
    assert developer.person.http.get("/graphql", params={"query": 'mutation { revokeClient(id: "x") { secret } }'}).status_code == 405
    assert developer.do(LIST)["viewer"]["clients"]["totalCount"] == before


def test_an_approved_application_asks_no_more_than_its_person_may(product: Any, developer: Developer) -> None:
    back = "http://127.0.0.1:5999/back"
    wanted = {"name": "示例", "kind": "PUBLIC", "redirectUris": [back], "scopes": ["resources:read", "sources:read", "audit:read"]}
    client = developer.do(REGISTER, input=wanted)["registerClient"]["client"]["id"]
    approve = "mutation ($client: ID!) { approveClient(client: $client) { state } }"
    assert developer.ask(approve, client=client).json()["errors"][0]["extensions"]["scope"] == "clients:approve"
    assert Developer(product, "national_admin").do(approve, client=client)["approveClient"] == {"state": "APPROVED"}
    token = Application(product.url, client, back).tokens("developer", "resources:read sources:read audit:read")
    assert token["scope"].split() == ["resources:read", "sources:read"]


def test_every_scope_has_its_words(product: Any) -> None:
    scopes = product.data("{ scopes { name label en: label(lang: EN) atOnce } }")["scopes"]
    assert {each["name"] for each in scopes if each["atOnce"]} == {"openid", "resources:read"}
    assert all(each["label"] and each["en"] and each["label"] != each["en"] for each in scopes)
