"""Credentials in a definition: every mistake has its place and fix, and a secret that was written there by mistake is not repeated."""

from __future__ import annotations

import traceback

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid
from tests.connectors.credentials.hub import DANCE, REST, document

SQL = """
connector = "sql"
connection = { url = "mysql://db.example:3306/school", user = "huiju" }
[resources]
table = "t"
identifier = "id"
mapping = { title = "name" }
"""


def problems(text: str) -> DefinitionInvalid:
    with pytest.raises(DefinitionInvalid) as caught:
        parse_definition(text.replace("{url}", "https://hub.example"))
    return caught.value


@pytest.mark.parametrize(
    ("credentials", "place", "words"),
    [
        ('[credentials]\nscheme = "magic"', "credentials", "basic"),
        ('[credentials]\nscheme = "basic"', "credentials.user", "missing"),
        ('[credentials]\nscheme = "basic"\nuser = "a:b"', "credentials.user", "match"),
        ('[credentials]\nscheme = "basic"\nusr = "a"\nuser = "b"', "credentials.usr", "`user`"),
        ('[credentials]\nscheme = "api_key"', "credentials", "`name`"),
        ('[credentials]\nscheme = "api_key"\nin = "query"', "credentials", "`name`"),
        ('[credentials]\nscheme = "api_key"\nname = "a b"', "credentials", "header"),
        ('[credentials]\nscheme = "oauth2"\nclient_id = "x"\ntoken_url = "ftp://x"', "credentials.token_url", "https://"),
        (DANCE.replace("{nonce}", "{nonsense}"), "credentials.request", "{nonsense} is no placeholder"),
        (DANCE.replace("{nonce}", "{1+1}"), "credentials.request", "is no placeholder"),
        (DANCE.replace("{nonce}", "{sorted}"), "credentials.request", "signature only"),
        (DANCE.replace(', sign = "{signature}"', ""), "credentials", "go together"),
        (DANCE.replace("{sorted}&key={secret.app_secret}", "{sorted}"), "credentials", "names no secret"),
        (DANCE.replace('"md5"', '"md4"'), "credentials.signature.function", "'md5'"),
        (DANCE.replace('"md5"', '"hmac-sha256"'), "credentials.signature", "name of their key"),
        (DANCE.replace(", is = [-100]", ""), "credentials", "go together"),
        (DANCE.replace('path = "/oauth/token"', 'path = "/t"\nurl = "https://x.example/t"'), "credentials.request", "or `url`"),
        (DANCE.replace('token = "data.token"', 'token = "data..token"'), "credentials.answer.token", "a dot stands"),
        (DANCE.replace("path = \"/oauth/token\"", "path = \"/t\"\nmethod = \"GET\""), "credentials.request", "no body"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_its_fix(credentials: str, place: str, words: str) -> None:
    found = problems(document(credentials)).problems
    assert any(each.place.startswith(place) and words in each.message + each.fix for each in found), found


@pytest.mark.parametrize(
    "written",
    [
        '[credentials]\nscheme = "basic"\nuser = "u"\npassword = "pa55-in-the-definition"',
        '[credentials]\nscheme = "bearer"\ntoken = "pa55-in-the-definition"',
        '[credentials]\nscheme = "oauth2"\nclient_id = "c"\ntoken_url = "https://x.example"\nclient_secret = "pa55-in-the-definition"',
        '[credentials]\nscheme = "basic"\nuser = "u"\npasswort = "pa55-in-the-definition"',
    ],
)
def test_a_secret_in_a_definition_is_refused_and_not_repeated(written: str) -> None:
    error = problems(document(written))
    assert "credentials" in str(error)
    told = "".join(traceback.format_exception(error))
    assert "huiju source credential set" in told or "passwort" in told
    assert "pa55" not in told


@pytest.mark.parametrize("header", ["Authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "token", "AppSecret"])
def test_headers_that_are_secrets_are_refused(header: str) -> None:
    text = document("", REST.replace('url = "{url}"', f'url = "{{url}}", headers = {{ {header} = "pa55-in-the-definition" }}'))
    error = problems(text)
    assert "[credentials]" in str(error)
    assert "pa55" not in "".join(traceback.format_exception(error))


def test_secrets_are_named_by_the_scheme() -> None:
    parsed = parse_definition(document(DANCE).replace("{url}", "https://hub.example"))
    assert parsed.credentials.secrets == ("app_secret",)
    parsed = parse_definition(document('[credentials]\nscheme = "password"\n', SQL))
    assert parsed.credentials.secrets == ("password",)


def test_a_kind_takes_its_own_schemes_only() -> None:
    basic = '[credentials]\nscheme = "basic"\nuser = "u"\n'
    assert "credentials" in str(problems(document(basic, SQL)))
    assert "credentials" in str(problems(document('[credentials]\nscheme = "password"')))
