"""What people do with their own data, and administrators with applications and the audit log, by GraphQL."""

from __future__ import annotations

from typing import Any

import orjson

from tests.auth.browser import Application, Person
from tests.federation.test_brokering import arrive


def ask(product: Any, token: str | None, query: str, **variables: Any) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    return product.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()


def test_somebody_takes_a_copy_and_then_leaves(product: Any) -> None:
    person, _ = arrive(product, "zhejiang-idp", "zj-student")
    script = {"huiju-csrf": "1"}

    def do(query: str, **variables: Any) -> Any:
        return person.http.post("/graphql", json={"query": query, "variables": variables}, headers=script).json()

    copy = orjson.loads(do("mutation { exportMyData { json } }")["data"]["exportMyData"]["json"])
    assert copy["account"]["institution"] == "4133010001"
    assert copy["identities"][0]["subject"] == "zj-student"
    assert copy["signIns"]
    assert "personal_data_exported" in [deed["action"] for deed in copy["deeds"]]
    delete = "mutation ($id: ID!) { deleteMyAccount(confirm: $id) }"
    assert do(delete, id="somebody")["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert do(delete, id=copy["account"]["id"])["data"]["deleteMyAccount"] is True
    assert person.http.post("/graphql", json={"query": "{ viewer { id } }"}, headers=script).status_code == 401
    other, _ = arrive(product, "zhejiang-idp", "zj-student")
    viewer = other.http.post("/graphql", json={"query": "{ viewer { id } }"}, headers=script).json()["data"]["viewer"]
    assert viewer["id"] != copy["account"]["id"]


def test_a_consent_that_is_taken_back_ends_the_tokens_that_came_of_it(product: Any) -> None:
    app = Application(product.url)
    tokens = app.tokens("developer")
    query = 'mutation { withdrawConsent(client: "demo-web") }'
    assert ask(product, tokens["access_token"], query)["data"]["withdrawConsent"] is True
    assert app.refresh(tokens["refresh_token"]).status_code == 400
    assert ask(product, tokens["access_token"], "{ viewer { id } }")["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_nobody_does_it_for_nobody(product: Any) -> None:
    for query in ("mutation { exportMyData { json } }", 'mutation { deleteMyAccount(confirm: "x") }'):
        answer = ask(product, None, query)
        assert list(answer["data"].values()) == [None]
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_the_audit_log_is_read_under_its_scope_and_names_what_was_done(product: Any) -> None:
    query = '{ auditEvents(first: 20, actions: ["signed_in"]) { nodes { id at actor action hash } hasNextPage } }'
    refused = ask(product, Application(product.url).tokens("province_admin", None)["access_token"], query)
    assert refused["data"]["auditEvents"] is None
    assert (len(refused["errors"]), refused["errors"][0]["extensions"]["scope"]) == (1, "audit:read")
    token = Application(product.url).tokens("national_admin", "audit:read")["access_token"]
    page = ask(product, token, query)["data"]["auditEvents"]
    assert page["nodes"][0]["actor"] == "demo-national-admin"
    assert {node["action"] for node in page["nodes"]} == {"signed_in"}
    older = ask(product, token, "query ($after: String) { auditEvents(first: 3, after: $after) { nodes { id } endCursor } }", after="3")
    assert [node["id"] for node in older["data"]["auditEvents"]["nodes"]] == ["2", "1"]
    assert "huiju-demo" not in str(ask(product, token, "{ auditEvents(first: 200) { nodes { actor subject details { name value } } } }"))


def test_an_administrator_approves_what_an_application_registered_for(product: Any) -> None:
    wanted = {"client_name": "统计应用", "redirect_uris": ["https://a.example/back"], "scope": "resources:read statistics:read"}
    client = product.http.post("/oauth/register", json=wanted).json()["client_id"]
    query = "mutation ($client: ID!) { approveClient(client: $client) { scopes awaiting } }"
    student = Application(product.url).tokens("student", None)["access_token"]
    assert ask(product, student, query, client=client)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    admin = Application(product.url).tokens("national_admin", "clients:approve")["access_token"]
    approved = ask(product, admin, query, client=client)["data"]["approveClient"]
    assert approved == {"scopes": ["resources:read", "statistics:read"], "awaiting": []}
    assert ask(product, admin, query, client="nobody")["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_an_application_that_nobody_checked_is_shown_as_such(product: Any) -> None:
    wanted = {"client_name": "<b>陌生应用</b>", "redirect_uris": ["https://a.example/back"], "token_endpoint_auth_method": "none"}
    client = product.http.post("/oauth/register", json=wanted).json()["client_id"]
    app, person = Application(product.url, client, "https://a.example/back"), Person(product.url)
    person.sign_in("student")
    page = person.http.get("/oauth/authorize", params=app.authorize("resources:read"), headers={"accept-language": "zh"})
    assert "尚未经管理员核验" in page.text
    assert "&lt;b&gt;" in page.text
    assert "<b>" not in page.text
