"""Typed settings: the only reader of the environment."""

import difflib
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

PREFIX = "HUIJU_"

Language = Literal["zh", "en"]

_log = logging.getLogger("settings")

# Kubernetes writes these into every pod beside a Service whose name begins with "huiju".
_SERVICE_LINK = re.compile(r"HUIJU_(\w+_)?(SERVICE_\w+|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
_SERVICE_LINK_URL = re.compile(r"(tcp|udp|sctp)://")
OTLP = "opentelemetry.exporter.otlp.proto.http"
"""The module that traces are sent by: in the extra `otel`."""

_FOR_TESTS = f"{PREFIX}TEST_"
_FAULT = re.compile(r"[\w-]+=[a-z0-9]+(,[\w-]+=[a-z0-9]+)*")
_HOST = re.compile(r"[\w.:-]+")


class SettingsInvalid(ValueError):
    """The environment does not describe a server; `problems` lists everything that is wrong with it at once."""

    def __init__(self, problems: "tuple[Problem, ...]") -> None:
        self.problems = problems
        super().__init__(self.text("en"))

    def text(self, lang: Language) -> str:
        """One line for each problem, in Chinese or English."""
        return "\n".join(problem.text(lang) for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: which variable, what it holds (None where that may be secret), and what would be right."""

    name: str
    value: str | None
    en: str
    zh: str

    def text(self, lang: Language) -> str:
        if self.value is None:
            return f"{self.name}: {self.en if lang == 'en' else self.zh}"
        return f"{self.name}={self.value!r}: {self.en if lang == 'en' else self.zh}"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be: `parse` raises ValueError on anything else."""

    parse: Callable[[str], object]
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class About:
    """What a setting means. `default` is written as the environment would hold it; {data_dir} stands for DATA_DIR."""

    kind: Kind
    default: str | None
    en: str
    zh: str
    secret: bool = False


def _whole(low: int, high: int) -> Kind:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
            raise ValueError(text)
        return int(text)

    return Kind(parse, f"expected a whole number from {low} to {high}", f"应为 {low} 到 {high} 的整数")


def _matching(pattern: re.Pattern[str], en: str, zh: str) -> Kind:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return Kind(parse, en, zh)


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as unknown:  # ~nobody
        raise ValueError(text) from unknown


def _data_path(text: str) -> Path:
    path = _path(text)
    if "?" in str(path):  # would begin the query of the default database URL
        raise ValueError(text)
    return path


def _origin(text: str) -> str:
    parts = urlsplit(text)
    _ = parts.port  # raises ValueError when it is not a port
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(text)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(text)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    if text != "embedded" and (parts.scheme not in {"http", "https"} or not parts.hostname or "@" in text or parts.query or parts.fragment):
        raise ValueError(text)
    return text


def _collector(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in text or parts.query or parts.fragment:
        raise ValueError(text)
    return text.rstrip("/")


def _allowance(text: str) -> tuple[IPv4Network | IPv6Network, int]:
    network, _, port = text.strip().rpartition(":")
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:9]) <= 65535):
        raise ValueError(text)
    return ip_network(network.removeprefix("[").replace("]", "")), int(port)


PORT = _whole(0, 65535)
HOST = _matching(_HOST, "expected a host name or an address, without scheme or port", "应为主机名或地址，不带协议和端口")
DIRECTORY = Kind(_path, "expected a path", "应为路径")
DATA_DIRECTORY = Kind(_data_path, "expected a path without a question mark", "应为不含问号的路径")
DATABASE = _matching(
    re.compile(r"sqlite\+aiosqlite:///[^?]+|postgresql\+asyncpg://\S+"),
    "expected sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE",
    "应为 sqlite+aiosqlite:///路径 或 postgresql+asyncpg://用户:密码@主机/数据库",
)
REDIS = _matching(
    re.compile(r"(rediss?|unix)://\S+"),
    "expected redis://HOST:PORT/N, rediss://… or unix://PATH",
    "应为 redis://主机:端口/N、rediss://… 或 unix://路径",
)
ORIGIN = Kind(
    _origin,
    "expected https://HOST or http://HOST:PORT, without path, query or user name",
    "应为 https://主机 或 http://主机:端口，不带路径、查询和用户名",
)
ALLOWANCES = Kind(
    lambda text: tuple(_allowance(part) for part in text.split(",")),
    "expected address:port or network:port, several by commas: 10.1.2.3:443,10.2.0.0/16:8080,[fd00::1]:443",
    "应为 地址:端口 或 网段:端口，多个以逗号分隔：10.1.2.3:443,10.2.0.0/16:8080,[fd00::1]:443",
)
NETWORKS = Kind(
    lambda text: tuple(ip_network(part.strip()) for part in text.split(",")),
    "expected addresses or networks, several by commas: 127.0.0.1,10.2.0.0/16,fd00::1",
    "应为地址或网段，多个以逗号分隔：127.0.0.1,10.2.0.0/16,fd00::1",
)
ISSUERS = Kind(
    lambda text: tuple(_issuer(part.strip()) for part in text.split(",")),
    "expected embedded, addresses of issuers such as https://id.example.cn, or both, by commas",
    "应为 embedded、签发者地址（如 https://id.example.cn），或两者以逗号分隔",
)
COLLECTOR = Kind(
    _collector,
    "expected the base address of a collector, such as http://127.0.0.1:4318",
    "应为收集器的地址，如 http://127.0.0.1:4318",
)
PUSH_SECRET = _matching(
    re.compile(r"[!-~]{8,200}"),
    "expected the secret of a feed: printable ASCII without blanks",
    "应为推送密钥：可打印字符，不含空格",
)
LANGUAGE = _matching(re.compile("zh|en"), "expected zh or en", "应为 zh 或 en")
FAULTS = _matching(
    _FAULT,
    "expected SOURCE=FAULT, several by commas: guangdong=hang",
    "应为 来源=故障，多个以逗号分隔：guangdong=hang",
)


def _setting(kind: Kind, default: str | None, en: str, zh: str, *, secret: bool = False) -> MappingProxyType[str, About]:
    return MappingProxyType({"about": About(kind, default, en, zh, secret)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an administrator decides before the start. Paths are absolute; the deadline is in milliseconds."""

    data_dir: Path = field(metadata=_setting(DATA_DIRECTORY, "var", "Where Huiju keeps its own files", "汇聚自身文件的目录"))
    host: str = field(metadata=_setting(HOST, "127.0.0.1", "Address to listen on", "监听地址"))
    port: int = field(metadata=_setting(PORT, "8000", "Port to listen on; 0 takes a free one", "监听端口；0 为任一空闲端口"))
    admin_host: str = field(metadata=_setting(HOST, "127.0.0.1", "Address of the administration port", "管理端口的监听地址"))
    admin_port: int | None = field(
        metadata=_setting(
            PORT,
            None,
            "Port for metrics and readiness detail; once set, the public port refuses them",
            "指标与就绪详情的端口；设置后公共端口不再提供",
        )
    )
    database_url: str = field(
        repr=False,
        metadata=_setting(
            DATABASE,
            "sqlite+aiosqlite:///{data_dir}/catalog.sqlite3",
            "The catalog and the accounts",
            "目录库与账户库",
            secret=True,
        ),
    )
    redis_url: str | None = field(
        repr=False,
        metadata=_setting(
            REDIS,
            None,
            "What nodes share: a second cache, and the places and the pace of each source",
            "各节点共享的二级缓存与来源配额",
            secret=True,
        ),
    )
    cache_mb: int = field(
        metadata=_setting(
            _whole(1, 65_536),
            "64",
            "Megabytes of memory that each process keeps live answers in, for sources whose definitions ask for it",
            "每个进程缓存实时应答的内存（兆字节），仅用于定义中要求缓存的来源",
        )
    )
    public_url: str | None = field(
        metadata=_setting(
            ORIGIN,
            None,
            "The origin that people type; once set, requests for another host are refused",
            "对外地址；设置后拒绝其他主机名的请求",
        )
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = field(
        metadata=_setting(
            NETWORKS,
            None,
            "Proxies whose X-Forwarded-For is believed; behind one, everybody else would seem to be at its address",
            "信任其 X-Forwarded-For 的代理；不设置时，代理之后的所有人都会被视为来自代理的地址",
        )
    )
    secret_key_file: Path = field(
        metadata=_setting(
            DIRECTORY,
            "{data_dir}/secret.key",
            "Key that seals cursors and sessions; created once with mode 0600",
            "加密游标与会话的密钥文件；首次启动时以 0600 权限创建",
        )
    )
    issuers: tuple[str, ...] = field(
        metadata=_setting(
            ISSUERS,
            "embedded",
            "Whose access tokens are accepted: this server's own (embedded), other issuers by address",
            "接受谁签发的访问令牌：本机内置（embedded）或其他签发者的地址",
        )
    )
    request_deadline_ms: int = field(
        metadata=_setting(
            _whole(50, 60_000),
            "3000",
            "Milliseconds after which an answer leaves, complete or not",
            "应答最长等待的毫秒数",
        )
    )
    workers: int = field(metadata=_setting(_whole(1, 64), "1", "Processes that answer requests", "应答请求的进程数"))
    definitions_dir: Path = field(metadata=_setting(DIRECTORY, "{data_dir}/sources", "Source definition files", "来源定义文件的目录"))
    identity_dir: Path = field(
        metadata=_setting(
            DIRECTORY, "{data_dir}/identity", "Files of the identity providers that people may sign in with", "身份提供方的配置文件目录"
        )
    )
    allow_private: tuple[tuple[IPv4Network | IPv6Network, int], ...] = field(
        metadata=_setting(
            ALLOWANCES,
            None,
            "Private addresses that sources may be reached at; everything else private is refused",
            "允许访问的内网地址；其余内网地址一律拒绝",
        )
    )
    sqlite_dir: Path | None = field(
        metadata=_setting(
            DIRECTORY,
            None,
            "The only directory that sqlite sources may lie in; unset, there are none",
            "sqlite 来源文件唯一允许的目录；未设置则不允许 sqlite 来源",
        )
    )
    log_format: Literal["text", "json"] = field(
        metadata=_setting(
            _matching(re.compile("text|json"), "expected text or json", "应为 text 或 json"),
            "text",
            "Form of the logs: lines for people, or one JSON object a line",
            "日志格式：text 供人阅读，json 每行一个对象",
        )
    )
    otlp_endpoint: str | None = field(
        metadata=_setting(
            COLLECTOR,
            None,
            "Base address of an OpenTelemetry collector that traces are sent to, by OTLP over HTTP",
            "OpenTelemetry 收集器的地址；设置后以 OTLP/HTTP 发送追踪",
        )
    )
    push_secret: str | None = field(
        repr=False,
        metadata=_setting(
            _matching(
                re.compile(r"[!-~]{8,200}"),
                "expected the secret of a feed: printable ASCII, without blanks",
                "应为推送密钥：可打印字符，不含空格",
            ),
            None,
            "Secret that huiju source push shows to the feed it pushes to",
            "huiju source push 推送时出示的密钥",
            secret=True,
        ),
    )
    lang: Language = field(
        metadata=_setting(
            LANGUAGE,
            None,
            "Language of logs and of the command line; by default that of the locale",
            "日志与命令行的语言；默认随系统区域设置",
        )
    )
    demo_fault: str | None = field(metadata=_setting(FAULTS, None, "Demo sources that misbehave", "令示例来源出现故障（仅演示模式）"))

    @classmethod
    def described(cls) -> Iterator[tuple[str, About]]:
        """Every setting's variable name, such as HUIJU_PORT, with what it means."""
        for each in fields(cls):
            yield PREFIX + each.name.upper(), each.metadata["about"]

    @property
    def metrics_dir(self) -> Path:
        """Where the processes of one server bring their metrics together."""
        return self.data_dir / "metrics"

    def share_metrics(self) -> None:
        """Have the processes that are started from here on write their metrics to one directory, emptied first."""
        shutil.rmtree(self.metrics_dir, ignore_errors=True)
        self.metrics_dir.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.metrics_dir)  # read by prometheus_client when it is imported

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, overrides: Mapping[str, str] = MappingProxyType({})) -> "Settings":
        """Read every setting from `environ` (the process's own when None); an empty value counts as unset.

        `overrides` maps full names such as HUIJU_PORT to values that win over the environment, in the environment's
        own notation: a command line's options take this way and meet the same checks.
        Raises SettingsInvalid, naming every wrong value and unknown name at once.
        """
        given = {**(os.environ if environ is None else environ), **overrides}
        ours, problems = _known({name: value.strip() for name, value in given.items() if name.startswith(PREFIX)})
        values: dict[str, Any] = {}
        for each in fields(cls):
            about: About = each.metadata["about"]
            name = PREFIX + each.name.upper()
            raw = ours.get(name) or (about.default and about.default.format(data_dir=values.get("data_dir")))
            try:
                values[each.name] = about.kind.parse(raw) if raw else None
            except ValueError:
                shown = None if about.secret else re.sub(r"[^/]*@", "***@", raw or "")
                problems.append(Problem(name, shown, about.kind.en, about.kind.zh))
        if not problems:
            values["allow_private"] = values["allow_private"] or ()
            values["trusted_proxies"] = values["trusted_proxies"] or ()
            values["lang"] = values["lang"] or _language(given)
            problems.extend(_contradictions(values, ours))
        if problems:
            raise SettingsInvalid(tuple(problems))
        return cls(**values)


def _known(ours: dict[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Set aside what Kubernetes injected and what belongs to the tests; what is left and unknown is a problem."""
    names = {name for name, _ in Settings.described()}
    links = sorted(
        name
        for name, value in ours.items()
        if (name.endswith("PORT") and _SERVICE_LINK_URL.match(value)) or (name not in names and _SERVICE_LINK.fullmatch(name))
    )
    if links:
        _log.warning(
            "ignored %s: Kubernetes injects these for a Service; set enableServiceLinks: false to be rid of them",
            ", ".join(links),
        )
    problems = []
    for name in sorted(ours.keys() - names - set(links)):
        if name.startswith(_FOR_TESTS):
            continue
        near = difflib.get_close_matches(name, sorted(names), n=1)
        problems.append(
            Problem(
                name,
                None,  # whatever a wrong name holds may be a password
                "not a setting" + (f"; did you mean {near[0]}?" if near else "; docs/settings.md lists them all"),
                "没有这个设置" + (f"；是否想写 {near[0]}？" if near else "；全部设置见 docs/settings.md"),
            )
        )
    return {name: value for name, value in ours.items() if name in names and name not in links}, problems


def _contradictions(values: Mapping[str, Any], ours: Mapping[str, str]) -> Iterator[Problem]:
    """Values that are each right and wrong together."""
    admin = f"{PREFIX}ADMIN_PORT"
    if values["admin_port"] is None and ours.get(f"{PREFIX}ADMIN_HOST"):
        yield Problem(
            f"{PREFIX}ADMIN_HOST",
            values["admin_host"],
            f"has no effect without {admin}; set it too",
            f"需同时设置 {admin} 才生效",
        )
    if values["admin_port"] and (values["admin_host"], values["admin_port"]) == (values["host"], values["port"]):
        yield Problem(
            admin,
            str(values["admin_port"]),
            f"expected a port other than {PREFIX}PORT",
            f"应与 {PREFIX}PORT 不同",
        )
    if values["otlp_endpoint"] is not None and not _installed(OTLP):
        yield Problem(
            f"{PREFIX}OTLP_ENDPOINT",
            values["otlp_endpoint"],
            "traces need the extra otel: pip install 'huiju[otel]'",
            "发送追踪需安装扩展 otel：pip install 'huiju[otel]'",
        )
    if values["sqlite_dir"] and _lies_in(values["data_dir"], values["sqlite_dir"]):
        yield Problem(
            f"{PREFIX}SQLITE_DIR",
            str(values["sqlite_dir"]),
            f"expected a directory that does not hold {PREFIX}DATA_DIR",
            f"该目录不得包含 {PREFIX}DATA_DIR",
        )


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _lies_in(inner: Path, outer: Path) -> bool:
    return Path(os.path.realpath(inner)).is_relative_to(os.path.realpath(outer))


def _language(environ: Mapping[str, str]) -> Language:
    """The locale's language, by POSIX precedence (IEEE 1003.1, 8.2)."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"
