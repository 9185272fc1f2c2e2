"""`huiju user`, `client`, `key`, `audit` and `purge`, as an operator types them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from commands import app


@pytest.fixture
def huiju(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("HUIJU_DATA_DIR", str(tmp_path))
    runner = CliRunner()

    def call(*arguments: str, **options: Any) -> Result:
        return runner.invoke(app, [*arguments, "--lang", "en"], **options)

    return call


def test_a_teacher_gets_a_password_and_an_administrator_a_second_factor_too(huiju: Callable[..., Result]) -> None:
    teacher = huiju("user", "add", "li", "--name", "李示例", "--role", "teacher", "--institution", "4133010001", "--json")
    assert teacher.exit_code == 0, teacher.output
    assert set(orjson.loads(teacher.stdout)) == {"id", "username", "password"}
    admin = huiju("user", "add", "wang", "--name", "王示例", "--role", "province_admin", "--province", "33", "--json")
    assert orjson.loads(admin.stdout)["authenticator"].startswith("otpauth://totp/Huiju:wang?secret=")
    assert "li  李示例  teacher  4133010001" in huiju("user", "list").stdout
    assert huiju("user", "disable", "li").exit_code == 0
    assert orjson.loads(huiju("user", "list", "--json").stdout.splitlines()[0])["disabled"] is True
    assert huiju("user", "disable", "nobody").exit_code == 2
    promoted = huiju("user", "change", "li", "--role", "school_admin", "--json")
    assert orjson.loads(promoted.stdout)["authenticator"].startswith("otpauth://")
    assert huiju("user", "change", "li", "--role", "king").exit_code == 2
    assert huiju("user", "change", "li", "--issuer", "https://id.example", "--subject", "u1").exit_code == 0
    assert huiju("user", "change", "wang", "--issuer", "https://id.example", "--subject", "u1").exit_code == 1
    assert "new password, shown once: " in huiju("user", "password", "wang").stdout
    assert "2 entries" not in huiju("audit", "verify").stdout
    assert re.match(r"6 entries, whole; hash of the last one [0-9a-f]{64}", huiju("audit", "verify").stdout)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--role", "king"], "there is no role king"),
        (["--role", "school_admin", "--province", "33"], "needs --institution"),
        (["--role", "system_admin", "--role", "audit_admin"], "cannot be audit_admin and system_admin"),
        (["--province", "Zhejiang"], "a province has two digits"),
        (["--issuer", "https://id.example"], "go together"),
    ],
)
def test_what_cannot_be_is_misuse(huiju: Callable[..., Result], options: list[str], said: str) -> None:
    result = huiju("user", "add", "x", "--name", "示例", *options)
    assert result.exit_code == 2
    assert said in result.output


def test_a_short_password_and_a_taken_name_are_refused(huiju: Callable[..., Result]) -> None:
    assert huiju("user", "add", "x", "--name", "示例", "--password-stdin", input="short\n").exit_code == 2
    assert huiju("user", "add", "x", "--name", "示例", "--password-stdin", input="long enough\n").exit_code == 0
    assert huiju("user", "add", "x", "--name", "示例").exit_code == 1


def test_applications_are_added_listed_and_their_secret_is_shown_once(huiju: Callable[..., Result]) -> None:
    service = huiju("client", "add", "svc", "--name", "服务", "--service", "--scope", "records:push", "--province", "33")
    assert "secret, shown once: " in service.stdout
    assert "secret" not in huiju("client", "add", "web", "--name", "网页", "--redirect", "https://web.example/back").stdout
    assert huiju("client", "add", "bad", "--name", "坏", "--redirect", "http://web.example/back").exit_code == 2
    assert huiju("client", "add", "odd", "--name", "怪", "--service", "--scope", "everything").exit_code == 2
    assert [orjson.loads(line)["client_id"] for line in huiju("client", "list", "--json").stdout.splitlines()] == ["svc", "web"]
    assert huiju("client", "approve", "svc", "--scope", "audit:read").exit_code == 2
    assert huiju("client", "revoke", "web").stdout == "revoked web\n"
    assert [orjson.loads(line)["revoked"] for line in huiju("client", "list", "--json").stdout.splitlines()] == [False, True]
    assert huiju("client", "revoke", "nobody").exit_code == 2


def test_a_key_is_rotated_and_what_is_old_is_purged(huiju: Callable[..., Result]) -> None:
    assert "signs from" in huiju("key", "rotate").stdout
    kinds = ["changes", "tombstones", "runs", "tokens", "sessions", "clients", "attempts", "pseudonyms"]
    assert huiju("purge").stdout.strip() == "  ".join(f"{kind}: 0" for kind in kinds)
