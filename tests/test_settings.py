"""Settings: what an administrator may write, and what is said when it is wrong."""

import os
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Settings, SettingsInvalid


def problems(**environ: str) -> dict[str, str]:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_environment({f"HUIJU_{name}": value for name, value in environ.items()})
    return {problem.name: problem.text("en") for problem in caught.value.problems}


def test_an_empty_environment_gives_a_server_on_loopback_with_everything_under_var() -> None:
    settings = Settings.from_environment({})
    var = Path("var").absolute()
    assert (settings.host, settings.port, settings.admin_port) == ("127.0.0.1", 8000, None)
    assert settings.data_dir == var
    assert settings.database_url == f"sqlite+aiosqlite:///{var}/catalog.sqlite3"
    assert settings.secret_key_file == var / "secret.key"
    assert settings.definitions_dir == var / "sources"
    assert settings.request_deadline_ms == 3000
    assert (settings.workers, settings.allow_private, settings.sqlite_dir) == (1, (), None)


def test_moving_the_data_directory_moves_what_lies_in_it(tmp_path: Path) -> None:
    settings = Settings.from_environment({"HUIJU_DATA_DIR": str(tmp_path)})
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3"
    assert settings.definitions_dir == tmp_path / "sources"


def test_a_data_directory_with_braces_in_its_name_is_taken_as_written(tmp_path: Path) -> None:
    settings = Settings.from_environment({"HUIJU_DATA_DIR": str(tmp_path / "{port}")})
    assert settings.definitions_dir == tmp_path / "{port}" / "sources"


def test_the_process_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIJU_PORT", "8123")
    assert Settings.from_environment().port == 8123


def test_overrides_win_over_the_environment_and_meet_the_same_checks() -> None:
    assert Settings.from_environment({"HUIJU_PORT": "1"}, {"HUIJU_PORT": "2"}).port == 2
    with pytest.raises(SettingsInvalid, match="HUIJU_PORT='x'"):
        Settings.from_environment({}, {"HUIJU_PORT": "x"})


def test_an_empty_value_counts_as_unset() -> None:
    settings = Settings.from_environment({"HUIJU_PORT": " ", "HUIJU_REDIS_URL": ""})
    assert (settings.port, settings.redis_url) == (8000, None)


def test_every_problem_is_reported_at_once() -> None:
    found = problems(PORT="80000", WORKERS="two", PUBLIC_URL="huiju.example.cn", HSOT="::")
    assert list(found) == ["HUIJU_HSOT", "HUIJU_PORT", "HUIJU_PUBLIC_URL", "HUIJU_WORKERS"]
    assert found["HUIJU_PORT"] == "HUIJU_PORT='80000': expected a whole number from 0 to 65535"
    assert found["HUIJU_HSOT"] == "HUIJU_HSOT: not a setting; did you mean HUIJU_HOST?"


def test_problems_are_told_in_chinese_too() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_environment({"HUIJU_PORT": "-1", "HUIJU_HSOT": "x"})
    assert caught.value.text("zh") == ("HUIJU_HSOT: 没有这个设置；是否想写 HUIJU_HOST？\nHUIJU_PORT='-1': 应为 0 到 65535 的整数")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://huiju:hunter2@db/huiju"),
        ("DATABASE_URL", "postgresql://db/huiju?user=huiju&password=hunter2"),
        ("REDIS_URL", "http://:hunter2@cache"),
        ("REDIS_URL", "hunter2"),
        ("PUBLIC_URL", "https:admin:hunter2@huiju.example.cn"),
        ("PUBLIC_URL", "https://admin:hunter2@huiju.example.cn"),
        ("DATABASE_PASSWORD", "hunter2"),
    ],
)
def test_no_secret_is_repeated_in_a_complaint(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_environment({f"HUIJU_{name}": value})
    assert "hunter2" not in caught.value.text("en") + caught.value.text("zh") + repr(caught.value.problems)


def test_no_secret_is_shown_when_settings_are_printed() -> None:
    settings = Settings.from_environment(
        {"HUIJU_DATABASE_URL": "postgresql+asyncpg://u:hunter2@db/h", "HUIJU_REDIS_URL": "redis://:hunter2@cache/0"}
    )
    assert "hunter2" not in repr(settings)


def test_names_that_kubernetes_injects_are_ignored_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    injected = {
        "HUIJU_SERVICE_HOST": "10.0.0.1",
        "HUIJU_SERVICE_PORT": "8000",
        "HUIJU_SERVICE_PORT_HTTP": "8000",
        "HUIJU_PORT": "tcp://10.0.0.1:8000",
        "HUIJU_PORT_8000_TCP": "tcp://10.0.0.1:8000",
        "HUIJU_PORT_8000_TCP_PROTO": "tcp",
        "HUIJU_PORT_8000_TCP_PORT": "8000",
        "HUIJU_PORT_8000_TCP_ADDR": "10.0.0.1",
        "HUIJU_ADMIN_PORT": "tcp://10.0.0.2:9000",
        "HUIJU_REDIS_SERVICE_HOST": "10.0.0.3",
        "HUIJU_REDIS_PORT": "tcp://10.0.0.3:6379",
    }
    settings = Settings.from_environment(injected)
    assert (settings.port, settings.admin_port) == (8000, None)
    assert len(caplog.records) == 1
    assert all(name in caplog.text for name in injected)


def test_names_of_other_programs_and_of_the_tests_are_nobodys_business(caplog: pytest.LogCaptureFixture) -> None:
    Settings.from_environment({"HUIJUX": "1", "PORT": "x", "HUIJU_TEST_REDIS_URL": "redis://127.0.0.1/0"})
    assert not caplog.records


def test_private_addresses_are_allowed_one_by_one_and_by_network() -> None:
    settings = Settings.from_environment({"HUIJU_ALLOW_PRIVATE": "10.1.2.3:443, 10.2.0.0/16:8080,[fd00::1]:443,::1:80"})
    assert settings.allow_private == (
        (ip_network("10.1.2.3/32"), 443),
        (ip_network("10.2.0.0/16"), 8080),
        (ip_network("fd00::1/128"), 443),
        (ip_network("::1/128"), 80),
    )


@pytest.mark.parametrize(
    "value", ["10.1.2.3", "10.1.2.3:0", "10.1.2.3:99999", "db.example.cn:443", "10.1.2.3/8:443", "10.0.0.1:1,", "*:80"]
)
def test_a_loose_allowance_is_refused(value: str) -> None:
    assert "HUIJU_ALLOW_PRIVATE" in problems(ALLOW_PRIVATE=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "http://0.0.0.0"),
        ("PORT", "8000.0"),
        ("PORT", "９０００"),
        ("WORKERS", "0"),
        ("REQUEST_DEADLINE_MS", "0"),
        ("REQUEST_DEADLINE_MS", "9" * 5000),
        ("DATA_DIR", "~nobody-of-that-name/var"),
        ("DATA_DIR", "var?"),
        ("DATABASE_URL", "sqlite:///var/catalog.sqlite3"),
        ("DATABASE_URL", "mysql+aiomysql://db/huiju"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("PUBLIC_URL", "ftp://huiju.example.cn"),
        ("PUBLIC_URL", "https://huiju.example.cn/api"),
        ("PUBLIC_URL", "https://huiju.example.cn:99999"),
        ("LANG", "fr"),
        ("DEMO_FAULT", "guangdong"),
        ("DEMO_FAULT", "guangdong=hang,"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(name: str, value: str) -> None:
    assert f"HUIJU_{name}" in problems(**{name: value})


def test_the_public_origin_is_kept_without_a_trailing_slash() -> None:
    assert Settings.from_environment({"HUIJU_PUBLIC_URL": "https://Huiju.example.cn/"}).public_url == ("https://huiju.example.cn")


def test_an_administration_address_without_a_port_is_refused() -> None:
    assert problems(ADMIN_HOST="10.0.0.1") == {
        "HUIJU_ADMIN_HOST": "HUIJU_ADMIN_HOST='10.0.0.1': has no effect without HUIJU_ADMIN_PORT; set it too"
    }


def test_the_administration_port_is_not_the_public_one() -> None:
    assert "HUIJU_ADMIN_PORT" in problems(ADMIN_PORT="8000")
    assert Settings.from_environment({"HUIJU_ADMIN_PORT": "0", "HUIJU_PORT": "0"}).admin_port == 0


def test_sqlite_sources_never_reach_the_data_directory(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for directory in (tmp_path / "data", tmp_path, tmp_path / "link"):
        assert "HUIJU_SQLITE_DIR" in problems(DATA_DIR=str(tmp_path / "data"), SQLITE_DIR=str(directory))
    inside = {"HUIJU_DATA_DIR": str(tmp_path), "HUIJU_SQLITE_DIR": str(tmp_path / "sqlite")}
    assert Settings.from_environment(inside).sqlite_dir == tmp_path / "sqlite"


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "HUIJU_LANG": "en"}, "en"),
    ],
)
def test_the_language_follows_the_locale_unless_set(environ: dict[str, str], lang: str) -> None:
    assert Settings.from_environment(environ).lang == lang


@given(
    st.dictionaries(
        st.sampled_from([name for name, _ in Settings.described()]),
        st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40),
    )
)
def test_whatever_the_environment_holds_it_is_read_or_refused(environ: dict[str, str]) -> None:
    try:
        settings = Settings.from_environment(environ)
    except SettingsInvalid as invalid:
        assert {problem.name for problem in invalid.problems} <= environ.keys()  # noqa: PT017
    else:
        assert 0 <= settings.port <= 65535


def test_reading_settings_changes_nothing_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIJU_PORT", "8123")
    before = dict(os.environ)
    Settings.from_environment()
    assert dict(os.environ) == before
