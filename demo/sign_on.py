"""The demo's people and applications; their password and secret stand in the documentation, so the demo listens on loopback only."""

from __future__ import annotations

from dataclasses import replace

from auth.passwords import Passwords
from auth.scopes import RECORDS_PUSH, RESOURCES_READ, SCOPES, SOURCES_READ, STATISTICS_READ
from auth.sealing import digest
from demo.data.people import HANGZHOU
from store.accounts import Account, Accounts
from store.clients import Client, Clients
from store.database import Database

PASSWORD = "huiju-demo"  # noqa: S105
SECRET = "huiju-demo-secret"  # noqa: S105
REDIRECT = "http://127.0.0.1/*"


def _person(username: str, name: str, *roles: str, province: str | None = None, institution: str | None = None) -> Account:
    identifier = f"demo-{username.replace('_', '-')}"
    return Account(id=identifier, username=username, name=name, roles=frozenset(roles), province=province, institution=institution)


PEOPLE = (
    _person("student", "示例学生", "student", province=HANGZHOU.province, institution=HANGZHOU.code),
    _person("teacher", "示例教师", "teacher", province=HANGZHOU.province, institution=HANGZHOU.code),
    _person("school_admin", "示例学校管理员", "school_admin", province=HANGZHOU.province, institution=HANGZHOU.code),
    _person("province_admin", "示例浙江省管理员", "province_admin", province="33"),
    _person("province_admin_44", "示例广东省管理员", "province_admin", province="44"),
    _person("national_admin", "示例国家级管理员", "national_admin", "audit_admin"),
    _person("developer", "示例开发者", "developer"),
)
CLIENTS = (
    Client(
        id="demo-web",
        name="示例网页应用",
        redirect_uris=(REDIRECT,),
        post_logout_redirect_uris=(REDIRECT,),
        scopes=frozenset(SCOPES),
        approved=True,
    ),
    Client(
        id="demo-service",
        name="示例服务",
        secret=digest(SECRET),
        grant_types=("client_credentials",),
        scopes=frozenset({RESOURCES_READ, SOURCES_READ, STATISTICS_READ, RECORDS_PUSH}),
        approved=True,
    ),
)


async def seed(database: Database) -> None:
    """Add who is not there yet."""
    accounts, clients = Accounts(database), Clients(database)
    known = {account.id for account in await accounts.all()}
    if missing := [account for account in PEOPLE if account.id not in known]:
        password = await Passwords().hash(PASSWORD)
        for account in missing:
            await accounts.add(replace(account, password=password))
    for client in CLIENTS:
        if await clients.by_id(client.id) is None:
            await clients.add(client)
