"""Scopes: what an application may ask for, in plain words for the page that asks a person's consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from store.codes import Label

OPENID: Final = "openid"
RESOURCES_READ: Final = "resources:read"
SOURCES_READ: Final = "sources:read"
SOURCES_WRITE: Final = "sources:write"
SOURCES_REVIEW: Final = "sources:review"
RECORDS_PUSH: Final = "records:push"
RECORDS_WITHDRAW: Final = "records:withdraw"
PROFILE_READ: Final = "profile:read"
STUDENTS_READ: Final = "students:read"
TEACHERS_READ: Final = "teachers:read"
STATISTICS_READ: Final = "statistics:read"
ACCOUNT_WRITE: Final = "account:write"
CLIENTS_WRITE: Final = "clients:write"
CLIENTS_APPROVE: Final = "clients:approve"
AUDIT_READ: Final = "audit:read"

SCOPES: Final[Mapping[str, Label]] = {
    OPENID: Label("知道您已登录，并得到一个代表您的编号", "Know that you signed in, and get a number that stands for you"),
    RESOURCES_READ: Label("以您的身份查看您能看到的教学资源", "See the teaching resources that you may see"),
    PROFILE_READ: Label("查看您的姓名、身份、学校和省份", "See your name, your roles, your school and your province"),
    ACCOUNT_WRITE: Label("注销您的账户", "Delete your account"),
    SOURCES_READ: Label("查看资源库的接入地址和状态", "See where libraries are reached and how they are"),
    SOURCES_WRITE: Label("登记和修改本省或本校的资源库", "Register and change libraries of your province or school"),
    SOURCES_REVIEW: Label("审核登记的资源库", "Review libraries that were registered"),
    RECORDS_PUSH: Label("推送资源记录", "Push records of resources"),
    RECORDS_WITHDRAW: Label("撤下资源记录", "Withdraw records of resources"),
    STUDENTS_READ: Label("查看学生信息（个人信息，每次查看都有记录）", "See data of students (personal; each look is written down)"),
    TEACHERS_READ: Label("查看教师信息（个人信息，每次查看都有记录）", "See data of teachers (personal; each look is written down)"),
    STATISTICS_READ: Label("查看统计数据", "See statistics"),
    CLIENTS_WRITE: Label("登记和管理您自己的应用", "Register and manage your own applications"),
    CLIENTS_APPROVE: Label("批准应用申请的权限", "Approve what applications wait for"),
    AUDIT_READ: Label("查看审计日志", "Read the audit log"),
}
"""Every scope that can be granted."""

AT_ONCE: Final = frozenset({OPENID, RESOURCES_READ})
"""What an application that registers itself may ask for before anybody approved it."""


def scopes_in(text: str | None) -> frozenset[str]:
    """The scopes of a space-separated list (RFC 6749, 3.3)."""
    return frozenset((text or "").split())


def in_order(scopes: Iterable[str]) -> list[str]:
    """Known scopes in the order of the table, for people to read."""
    wanted = frozenset(scopes)
    return [scope for scope in SCOPES if scope in wanted]


def written(scopes: Iterable[str]) -> str:
    """Scopes as a space-separated list."""
    return " ".join(sorted(scopes))
