"""`huiju user`, `huiju client`, `huiju key`, `huiju audit` and `huiju purge`: sign-on from the command line."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

import orjson
import typer

from auth import administration, own_clients
from auth.addresses import registrable
from auth.administration import NotDone
from auth.own_clients import NotChanged
from auth.roles import RolesRefused
from auth.scopes import written
from auth.secrets import read_secrets
from auth.sign_on import Policy, SignOn, open_sign_on
from commands.options import AsJson, Lang, fail, misuse, read_settings, run
from settings import Settings
from store.audit import SYSTEM, Action, AuditBroken, Event
from store.clients import Client
from store.database import Database
from store.errors import NameTaken

T = TypeVar("T")

users = typer.Typer(name="user", help="Add, list and close accounts.", no_args_is_help=True, rich_markup_mode=None)
clients = typer.Typer(name="client", help="Add, list and approve applications.", no_args_is_help=True, rich_markup_mode=None)
keys = typer.Typer(name="key", help="Look after signing keys.", no_args_is_help=True, rich_markup_mode=None)
audit = typer.Typer(name="audit", help="Look after the audit log.", no_args_is_help=True, rich_markup_mode=None)

_PROVINCE = re.compile(r"\d{2}")
_INSTITUTION = re.compile(r"\d{10}")


@users.command("add")
def add_user(
    username: Annotated[str, typer.Argument(help="what the person signs in with")],
    name: Annotated[str, typer.Option(help="how to address them")],
    role: Annotated[list[str] | None, typer.Option(help="student, teacher, school_admin …; several by repeating it")] = None,
    province: Annotated[str | None, typer.Option(help="GB/T 2260, two digits")] = None,
    institution: Annotated[str | None, typer.Option(help="学校（机构）标识码, ten digits")] = None,
    issuer: Annotated[str | None, typer.Option(help="the identity provider that vouches for them, instead of a password")] = None,
    subject: Annotated[str | None, typer.Option(help="their `sub` there")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="read the password from standard input")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Add an account. Without a password one is drawn and shown once; an administrator's second factor is shown once too."""
    settings = read_settings(lang)
    identity = _identity(settings, province, institution, issuer, subject)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None

    async def add(sign_on: SignOn) -> administration.Added:
        place = {"province": province, "institution": institution}
        return await administration.add_person(
            sign_on, username, name, frozenset(role or ()), **place, password=password, identity=identity
        )

    _tell(settings, _done(settings, add), username, as_json=as_json)


@users.command()
def change(
    username: Annotated[str, typer.Argument(help="whose account")],
    role: Annotated[list[str] | None, typer.Option(help="instead of the roles so far; several by repeating it")] = None,
    province: Annotated[str | None, typer.Option(help="GB/T 2260, two digits")] = None,
    institution: Annotated[str | None, typer.Option(help="学校（机构）标识码, ten digits")] = None,
    issuer: Annotated[str | None, typer.Option(help="an identity provider that vouches for them")] = None,
    subject: Annotated[str | None, typer.Option(help="their `sub` there")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Change what somebody is and where, or link an identity; what is left out stays."""
    settings = read_settings(lang)
    identity = _identity(settings, province, institution, issuer, subject)
    roles = frozenset(role) if role else None

    async def apply(sign_on: SignOn) -> administration.Added:
        place = {"province": province, "institution": institution}
        return await administration.change_person(sign_on, username, roles, **place, identity=identity)

    _tell(settings, _done(settings, apply), username, as_json=as_json)


@users.command("list")
def list_users(as_json: AsJson = False, lang: Lang = None) -> None:
    """List accounts."""
    settings = read_settings(lang)
    found = _done(settings, lambda sign_on: sign_on.accounts.all())
    for each in found:
        told = {
            "username": each.username,
            "name": each.name,
            "roles": sorted(each.roles),
            "province": each.province,
            "institution": each.institution,
            "disabled": each.disabled,
        }
        if as_json:
            typer.echo(orjson.dumps(told).decode())
        else:
            place = each.institution or each.province or "-"
            state = "" if not each.disabled else {"zh": "  已停用", "en": "  closed"}[settings.lang]
            typer.echo(f"{each.username or each.id}  {each.name}  {' '.join(sorted(each.roles)) or '-'}  {place}{state}")


@users.command()
def disable(
    username: Annotated[str, typer.Argument(help="whose account")],
    enable: Annotated[bool, typer.Option("--enable", help="open it again")] = False,
    lang: Lang = None,
) -> None:
    """Close an account: its sign-ins and tokens end within a minute everywhere."""
    settings = read_settings(lang)
    _done(settings, lambda sign_on: administration.close_account(sign_on, username, disabled=not enable))
    zh, en = (f"已启用 {username}", f"opened {username}") if enable else (f"已停用 {username}", f"closed {username}")
    typer.echo(zh if settings.lang == "zh" else en)


@users.command()
def password(username: Annotated[str, typer.Argument(help="whose password")], lang: Lang = None) -> None:
    """Draw a new password, shown once; what was signed in with the old one ends."""
    settings = read_settings(lang)
    drawn = _done(settings, lambda sign_on: administration.reset_password(sign_on, username))
    typer.echo({"zh": f"新密码（仅显示一次）：{drawn}", "en": f"new password, shown once: {drawn}"}[settings.lang])


@users.command("second-factor")
def second_factor(username: Annotated[str, typer.Argument(help="whose second factor")], lang: Lang = None) -> None:
    """Take a lost second factor away; what was signed in with it ends, and its owner enrols another after signing in."""
    settings = read_settings(lang)
    _done(settings, lambda sign_on: administration.take_second_factor_away(sign_on, username))
    zh, en = f"已停用 {username} 的二次验证", f"took the second factor of {username} away"
    typer.echo(zh if settings.lang == "zh" else en)


@clients.command("add")
def add_client(
    identifier: Annotated[str, typer.Argument(help="the client_id")],
    name: Annotated[str, typer.Option(help="how people know it")],
    redirect: Annotated[list[str] | None, typer.Option(help="an address to be sent back to; several by repeating it")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="what it may ask for; several by repeating it")] = None,
    service: Annotated[bool, typer.Option("--service", help="asks on its own, with a secret")] = False,
    confidential: Annotated[bool, typer.Option("--confidential", help="has a secret; by default it is public and uses PKCE alone")] = False,
    province: Annotated[str | None, typer.Option(help="the province that a service asks for")] = None,
    institution: Annotated[str | None, typer.Option(help="the school that a service asks for")] = None,
    lang: Lang = None,
) -> None:
    """Add an application that you vouch for. A secret is shown once."""
    settings = read_settings(lang)
    addresses = tuple(redirect or ())
    if not service and (not addresses or not all(registrable(each) for each in addresses)):
        said = {
            "zh": "需要 --redirect：https 地址、127.0.0.1 的 http 地址，或 com.example.app 形式的协议",
            "en": "--redirect is https, http on 127.0.0.1, or a scheme such as com.example.app",
        }
        misuse(said[settings.lang])
    client = Client(
        id=identifier,
        name=name,
        redirect_uris=addresses,
        grant_types=("client_credentials",) if service else ("authorization_code", "refresh_token"),
        scopes=frozenset(scope or ("openid", "resources:read")),
        province=province,
        institution=institution,
    )
    secret = _done(settings, lambda sign_on: administration.add_client(sign_on, client, confidential=service or confidential))
    zh, en = f"已添加 {identifier}", f"added {identifier}"
    if secret is not None:
        zh, en = f"{zh}\n密钥（仅显示一次）：{secret}", f"{en}\nsecret, shown once: {secret}"
    typer.echo(zh if settings.lang == "zh" else en)


@clients.command("list")
def list_clients(as_json: AsJson = False, lang: Lang = None) -> None:
    """List applications, with what waits for approval."""
    settings = read_settings(lang)
    for each in _done(settings, lambda sign_on: sign_on.clients.all()):
        told = {
            "client_id": each.id,
            "name": each.name,
            "owner": each.owner,
            "approved": each.approved,
            "revoked": each.disabled,
            "scope": written(each.scopes),
            "awaiting": written(each.requested),
            "redirect_uris": each.redirect_uris,
        }
        if as_json:
            typer.echo(orjson.dumps(told).decode())
        else:
            waiting = {"zh": f"  待批准：{told['awaiting']}", "en": f"  waits for: {told['awaiting']}"}[settings.lang]
            typer.echo(f"{each.id}  {each.name}  {told['scope']}{waiting if each.requested else ''}")


@clients.command()
def approve(
    identifier: Annotated[str, typer.Argument(help="the client_id")],
    scope: Annotated[list[str] | None, typer.Option(help="only this one; several by repeating it; by default all it asked for")] = None,
    lang: Lang = None,
) -> None:
    """Give an application what it registered for."""
    settings = read_settings(lang)
    wanted = frozenset(scope) if scope else None
    client = _done(settings, lambda sign_on: administration.approve_client(sign_on, identifier, SYSTEM, wanted))
    zh, en = f"{identifier} 现可申请：{written(client.scopes)}", f"{identifier} may now ask for: {written(client.scopes)}"
    typer.echo(zh if settings.lang == "zh" else en)


@clients.command()
def revoke(identifier: Annotated[str, typer.Argument(help="the client_id")], lang: Lang = None) -> None:
    """End an application: its secret and its tokens are worth nothing within a minute everywhere."""
    settings = read_settings(lang)
    _done(settings, lambda sign_on: own_clients.revoke(sign_on, None, identifier))
    typer.echo({"zh": f"已停用 {identifier}", "en": f"revoked {identifier}"}[settings.lang])


@keys.command()
def rotate(lang: Lang = None) -> None:
    """Make a new signing key; it signs once everybody who keeps the key set has seen it, and the old one stays believed meanwhile."""
    settings = read_settings(lang)

    async def make(sign_on: SignOn) -> str:
        kid, signs_from = await sign_on.keys.rotate()
        await sign_on.audit.write(Event(SYSTEM, Action.KEY_ROTATED, kid))
        zh, en = f"新密钥 {kid}，{signs_from:%H:%M:%S} UTC 起签名", f"new key {kid}, signs from {signs_from:%H:%M:%S} UTC"
        return zh if settings.lang == "zh" else en

    typer.echo(_done(settings, make))


@audit.command()
def verify(lang: Lang = None) -> None:
    """Follow the audit log from its first entry to its last."""
    settings = read_settings(lang)

    async def follow(sign_on: SignOn) -> str:
        count, last = await sign_on.audit.verify()
        zh, en = f"{count} 条，完整；最后一条的摘要 {last.hex()}", f"{count} entries, whole; hash of the last one {last.hex()}"
        return zh if settings.lang == "zh" else en

    typer.echo(_done(settings, follow))


def purge(lang: Lang = None) -> None:
    """Delete what is past its time: changes, tombstones, runs, ended tokens and sessions, counters."""
    from federation import tidy

    settings = read_settings(lang)
    found = _done(settings, lambda sign_on: tidy(sign_on.database))
    typer.echo("  ".join(f"{name}: {count}" for name, count in found.items()))


def _identity(
    settings: Settings, province: str | None, institution: str | None, issuer: str | None, subject: str | None
) -> tuple[str, str] | None:
    if (province and not _PROVINCE.fullmatch(province)) or (institution and not _INSTITUTION.fullmatch(institution)):
        misuse({"zh": "省份为两位数字，学校为十位数字", "en": "a province has two digits, an institution ten"}[settings.lang])
    if (issuer is None) != (subject is None):
        misuse({"zh": "--issuer 与 --subject 需同时给出", "en": "--issuer and --subject go together"}[settings.lang])
    return (issuer, subject) if issuer is not None and subject is not None else None


def _tell(settings: Settings, done: administration.Added, username: str, *, as_json: bool) -> None:
    told = {"id": done.account.id, "username": username, "password": done.password, "authenticator": done.authenticator}
    if as_json:
        typer.echo(orjson.dumps({key: value for key, value in told.items() if value is not None}).decode())
        return
    zh, en = [f"已保存 {username}"], [f"kept {username}"]
    if done.password is not None:
        zh.append(f"密码（仅显示一次）：{done.password}")
        en.append(f"password, shown once: {done.password}")
    if done.authenticator is not None:
        zh.append(f"二次验证（仅显示一次，加入身份验证器）：{done.authenticator}")
        en.append(f"second factor, shown once, for an authenticator: {done.authenticator}")
    typer.echo("\n".join(zh if settings.lang == "zh" else en))


def _done(settings: Settings, work: Callable[[SignOn], Awaitable[T]]) -> T:
    """Do work on the store, and tell in words what keeps it from being done."""

    async def opened() -> T:
        async with _opened(settings) as sign_on:
            return await work(sign_on)

    try:
        return run(opened())
    except (NotDone, NotChanged, RolesRefused) as error:
        misuse(error.message.zh if settings.lang == "zh" else error.message.en)
    except (NameTaken, AuditBroken) as error:
        fail(str(error))


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[SignOn]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    secrets = read_secrets(settings.secret_key_file)
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        sign_on = open_sign_on(database, secrets, Policy(), language_of=lambda _: settings.lang)
        await sign_on.keys.begin()
        yield sign_on
    finally:
        await database.aclose()
