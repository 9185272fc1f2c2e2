"""Signing on from end to end over real HTTP: each person sees what is theirs, and every known attack fails."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey, import_key

from tests.auth.browser import Application, Page, Person

VIEWER = "{ viewer { id name roles { value label } scopes province { code } institution { code name } } }"
SIZES = """query ($names: [String!]) {
  search(filter: {sources: $names}, first: 100) { totalCount nodes { id access { level } } outcomes { status } }
}"""


def ask(product: Any, token: str | None, query: str, variables: dict[str, Any] | None = None) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    return product.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()


def test_a_viewer_is_who_signed_in(product: Any) -> None:
    token = Application(product.url).tokens("teacher")["access_token"]
    viewer = ask(product, token, VIEWER)["data"]["viewer"]
    assert viewer["name"] == "示例教师"
    assert viewer["roles"] == [{"value": "teacher", "label": "教师"}]
    assert viewer["institution"]["code"] == "4133010001"
    assert viewer["province"] == {"code": "33"}
    assert {"openid", "profile:read", "resources:read"} <= set(viewer["scopes"])
    assert ask(product, None, VIEWER)["data"]["viewer"] is None


@pytest.mark.parametrize("source", ["national-portal", "hangzhou-school", "guangdong", "zhejiang"])
def test_three_people_see_three_sizes_of_one_source(product: Any, source: str) -> None:
    sizes = {None: ask(product, None, SIZES, {"names": [source]})["data"]["search"]["totalCount"]}
    for name in ("student", "teacher", "province_admin_44"):
        token = Application(product.url).tokens(name)["access_token"]
        sizes[name] = ask(product, token, SIZES, {"names": [source]})["data"]["search"]["totalCount"]
    assert 0 < sizes[None] < sizes["student"] < sizes["teacher"]
    assert sizes[None] < sizes["province_admin_44"]


def test_a_restricted_record_is_there_for_the_right_ones_only(product: Any) -> None:
    tokens: dict[str | None, str | None] = {None: None}
    tokens |= {name: Application(product.url).tokens(name)["access_token"] for name in ("student", "teacher", "province_admin_44")}
    query = '{ search(filter: {access: [RESTRICTED], sources: ["national-portal"]}, first: 100) { nodes { id institution { code } } } }'
    own = [
        node["id"]
        for node in ask(product, tokens["teacher"], query)["data"]["search"]["nodes"]
        if (node["institution"] or {}).get("code") == "4133010001"
    ]
    assert own
    lookup = "query ($id: ID!) { resource(id: $id) { title } node(id: $id) { id } }"
    absent = ask(product, None, lookup, {"id": own[0][:-3] + "xxx"})
    for name, token in tokens.items():
        found = ask(product, token, lookup, {"id": own[0]})
        if name == "teacher":
            assert found["data"]["resource"] is not None
        else:
            assert found == absent == {"data": {"resource": None, "node": None}}


def test_a_token_without_resources_read_shows_what_everybody_sees(product: Any) -> None:
    token = Application(product.url).tokens("teacher", "openid profile:read")["access_token"]
    everybody = ask(product, None, SIZES, {"names": ["national-portal"]})["data"]["search"]["totalCount"]
    assert ask(product, token, SIZES, {"names": ["national-portal"]})["data"]["search"]["totalCount"] == everybody


def test_an_application_asks_on_its_own(product: Any) -> None:
    form = {"grant_type": "client_credentials", "scope": "resources:read"}
    reply = product.http.post("/oauth/token", data=form, auth=("demo-service", "huiju-demo-secret"))
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    assert "refresh_token" not in reply.json()
    assert ask(product, reply.json()["access_token"], "{ viewer { id } sources { totalCount } }")["data"]["viewer"] is None
    wrong = product.http.post("/oauth/token", data=form, auth=("demo-service", "guess"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    more = product.http.post("/oauth/token", data={**form, "scope": "audit:read"}, auth=("demo-service", "huiju-demo-secret"))
    assert more.json()["error"] == "invalid_scope"


def test_of_two_who_redeem_one_code_at_once_one_wins(product: Any) -> None:
    app = Application(product.url)
    code = app.code(Person(product.url), "student")
    with ThreadPoolExecutor(2) as two:
        replies = list(two.map(lambda _: app.redeem(code), range(2)))
    assert sorted(reply.status_code for reply in replies) == [200, 400]
    winner = next(reply for reply in replies if reply.status_code == 200).json()
    assert app.refresh(winner["refresh_token"]).json()["error"] == "invalid_grant"  # a replay ends everything that came of the code


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "a" * 43},
        {"redirect_uri": "http://127.0.0.1:5999/other"},
        {"code": "b" * 43},
        {"code_verifier": ""},
        {"resource": "https://elsewhere.example/graphql"},
    ],
)
def test_a_code_is_for_one_verifier_one_address_and_this_api(product: Any, changed: dict[str, str]) -> None:
    app = Application(product.url)
    code = app.code(Person(product.url), "student")
    reply = app.redeem(changed.get("code", code), **{name: value for name, value in changed.items() if name != "code"})
    assert reply.status_code == 400
    assert reply.json()["error"] in ("invalid_grant", "invalid_request", "invalid_target")


def test_refresh_tokens_rotate_and_a_replay_within_ten_seconds_gets_the_successor(product: Any) -> None:
    app = Application(product.url)
    first = app.tokens("student")["refresh_token"]
    second = app.refresh(first).json()["refresh_token"]
    assert app.refresh(first).json()["refresh_token"] == second != first
    assert app.refresh(second).status_code == 200
    assert app.refresh(second, scope="resources:read sources:read").json()["error"] == "invalid_scope"
    assert app.refresh(second, client_id="demo-service").status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1:5999@evil.example/back"},
        {"redirect_uri": "http://127.0.0.1.evil.example/back"},
        {"redirect_uri": "http://localhost:5999/back"},
        {"redirect_uri": "http://127.0.0.1:5999/back#fragment"},
        {"redirect_uri": "http://127.0.0.1:5999\\@evil.example/"},
        {"redirect_uri": ""},
        {"client_id": "nobody"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(product: Any, changed: dict[str, str]) -> None:
    app = Application(product.url)
    reply = product.http.get("/oauth/authorize", params=app.authorize(**changed))
    assert reply.status_code == 400
    assert "location" not in reply.headers
    assert reply.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
        ({"prompt": "none"}, "login_required"),
        ({"request": "e30.e30."}, "request_not_supported"),
    ],
)
def test_other_faults_go_back_to_the_application_with_state_and_issuer(product: Any, changed: dict[str, str], error: str) -> None:
    reply = product.http.get("/oauth/authorize", params={**Application(product.url).authorize(), **changed})
    said = parse_qs(urlsplit(reply.headers["location"]).query)
    assert (said["error"], said["state"], said["iss"]) == ([error], ["st4te"], [product.url])


def test_who_denies_is_believed_and_who_allowed_once_is_not_asked_again(product: Any) -> None:
    app, person = Application(product.url), Person(product.url)
    reply = person.sign_in("developer", target=f"/oauth/authorize?{urlencode(app.authorize())}")
    consent = person.http.get(urljoin(product.url, reply.headers["location"]))
    assert "示例网页应用" in consent.text
    denied = person.fill_in(consent, deny="deny")
    assert parse_qs(urlsplit(denied.headers["location"]).query)["error"] == ["access_denied"]
    allowed = person.fill_in(consent, allow="allow")
    assert "code" in parse_qs(urlsplit(allowed.headers["location"]).query)
    again = person.http.get("/oauth/authorize", params=app.authorize())
    assert "code" in parse_qs(urlsplit(again.headers["location"]).query)


def test_forms_are_taken_from_our_own_pages_only(product: Any) -> None:
    person, stranger = Person(product.url), Person(product.url)
    page = person.http.get("/oauth/login")
    assert stranger.fill_in(page, username="student", password="huiju-demo").status_code == 403
    fields = {**Page(page.text).fields, "username": "student", "password": "huiju-demo"}
    assert person.http.post("/oauth/login", data=fields, headers={"origin": "https://evil.example"}).status_code == 403
    assert person.http.post("/oauth/login", data=fields).status_code == 303


@pytest.mark.parametrize("path", ["/oauth/login", "/oauth/authorize"])
def test_no_other_site_can_frame_a_page(product: Any, path: str) -> None:
    reply = product.http.get(path)
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["x-frame-options"] == "DENY"
    assert "<script" not in reply.text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(product: Any, target: str) -> None:
    assert Person(product.url).sign_in("student", target=target).headers["location"] == "/oauth/account"


def test_a_wrong_password_and_an_unknown_name_are_one_answer(product: Any) -> None:
    wrong = Person(product.url).sign_in("student", "wrong")
    unknown = Person(product.url).sign_in("nobody-of-this-name", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert "the user name or the password is wrong" in wrong.text
    assert "the user name or the password is wrong" in unknown.text


def test_a_browser_with_a_cookie_has_the_same_grant_and_must_show_that_a_page_of_ours_asks(product: Any) -> None:
    person = Person(product.url)
    cookie = person.sign_in("teacher").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    bare = person.http.post("/graphql", json={"query": VIEWER})
    assert (bare.status_code, bare.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    shown = person.http.post("/graphql", json={"query": VIEWER}, headers={"huiju-csrf": "1"})
    assert shown.json()["data"]["viewer"]["name"] == "示例教师"


def forged(product: Any, **changed: Any) -> dict[str, Any]:
    token = Application(product.url).tokens("student")["access_token"]
    claims: dict[str, Any] = orjson.loads(jwt_part(token, 1))
    return {**claims, **changed}


def jwt_part(token: str, number: int) -> bytes:
    from base64 import urlsafe_b64decode

    part = token.split(".")[number]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_tokens_that_somebody_else_made_are_refused(product: Any) -> None:
    token = Application(product.url).tokens("student")["access_token"]
    header = orjson.loads(jwt_part(token, 0))
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    claims = orjson.loads(jwt_part(token, 1))
    public = product.http.get("/oauth/jwks").json()["keys"][0]
    own = ECKey.generate_key("P-256")

    def unsigned(algorithm: str) -> str:
        parts = orjson.dumps({**header, "alg": algorithm}), orjson.dumps(claims)
        return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."

    symmetric = OctKey.import_key(orjson.dumps(public))
    attempts = [
        unsigned("none"),
        unsigned("None"),
        jwt.encode({**header, "alg": "HS256"}, claims, symmetric, algorithms=["HS256"]),
        jwt.encode({**header, "alg": "RS256"}, claims, RSAKey.generate_key(2048), algorithms=["RS256"]),
        jwt.encode(header, claims, own),
        jwt.encode({**header, "kid": "unknown"}, claims, own),
        jwt.encode({**header, "jwk": own.as_dict(private=False)}, claims, own, algorithms=["ES256"]),
        token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB"),
        "a.b.c",
        "x" * 20_000,
    ]
    for attempt in attempts:
        reply = product.http.post("/graphql", json={"query": VIEWER}, headers={"authorization": f"Bearer {attempt}"})
        assert reply.status_code == 401, attempt
        assert reply.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert reply.headers["www-authenticate"].startswith('Bearer realm="huiju", error="invalid_')
    assert import_key(public).key_type == "EC"


def test_an_id_token_is_no_access_token(product: Any) -> None:
    token = Application(product.url).tokens("student")["id_token"]
    reply = product.http.post("/graphql", json={"query": VIEWER}, headers={"authorization": f"Bearer {token}"})
    assert reply.status_code == 401


def test_userinfo_tells_what_the_token_opens(product: Any) -> None:
    full = Application(product.url).tokens("teacher")
    said = product.http.get("/oauth/userinfo", headers={"authorization": f"Bearer {full['access_token']}"}).json()
    assert said["sub"] == orjson.loads(jwt_part(full["id_token"], 1))["sub"]
    assert said["name"] == "示例教师"
    bare = Application(product.url).tokens("teacher", "openid")["access_token"]
    assert set(product.http.get("/oauth/userinfo", headers={"authorization": f"Bearer {bare}"}).json()) == {"sub"}
    assert product.http.get("/oauth/userinfo").status_code == 403


def test_pages_of_registered_applications_ask_with_a_token_and_no_others_do(product: Any) -> None:
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, huiju-deadline-ms"}
    own, other = "http://127.0.0.1:5173", "https://evil.example"
    allowed = product.http.options("/graphql", headers={"origin": own, **preflight})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, own)
    assert "access-control-allow-credentials" not in allowed.headers
    assert {"authorization", "huiju-deadline-ms", "if-none-match"} <= set(allowed.headers["access-control-allow-headers"].split(", "))
    answered = product.http.post("/graphql", json={"query": VIEWER}, headers={"origin": own})
    assert answered.headers["access-control-allow-origin"] == own
    assert "access-control-allow-origin" not in product.http.options("/graphql", headers={"origin": other, **preflight}).headers
    assert "access-control-allow-origin" not in product.http.post("/graphql", json={"query": VIEWER}, headers={"origin": other}).headers
