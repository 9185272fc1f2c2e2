"""Enums: Huiju's own closed sets. They may still grow: clients keep a default branch."""

from __future__ import annotations

from enum import Enum

import strawberry

from auth.own_clients import Kind, State


@strawberry.enum(description="A language of labels and messages.")
class Lang(Enum):
    """简体中文 or English."""

    ZH = "zh"
    EN = "en"


@strawberry.enum(description="The level that a library belongs to: 国家级, 省级, 校级.")
class Tier(Enum):
    """Values are the domain's."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    SCHOOL = "school"


@strawberry.enum(description="The kind of interface through which a source is read.")
class ConnectorKind(Enum):
    """PLUGIN stands for every kind that another package brings."""

    REST = "rest"
    SQL = "sql"
    OAIPMH = "oaipmh"
    GRAPHQL = "graphql"
    FEED = "feed"
    PLUGIN = "plugin"


@strawberry.enum(description="How a source is reached: asked at query time, copied on a schedule, or sent to us.")
class ReachMode(Enum):
    """Values are those of definitions."""

    LIVE = "live"
    HARVEST = "harvest"
    PUSH = "push"


@strawberry.enum(description="Why personal data are read (个人信息处理目的); it is written to the audit log with the look itself.")
class PersonalDataPurpose(Enum):
    """教学, 管理, 统计, 检查: a closed list."""

    TEACHING = "teaching"
    ADMINISTRATION = "administration"
    STATISTICS = "statistics"
    INSPECTION = "inspection"


@strawberry.enum(description="Who may open the content.")
class AccessLevel(Enum):
    """Widest first."""

    PUBLIC = "public"
    MEMBERS = "members"
    TEACHERS = "teachers"
    PROVINCE = "province"
    SCHOOL = "school"
    RESTRICTED = "restricted"


@strawberry.enum(description="What became of one source in one answer.")
class OutcomeStatus(Enum):
    """Only OK means that nothing is missing."""

    OK = "ok"
    STALE = "stale"
    PARTIAL = "partial"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    SKIPPED = "skipped"


@strawberry.enum(name="BreakerState", description="Whether a live source is asked: CLOSED lets calls through, OPEN none, HALF_OPEN one.")
class BreakerPosition(Enum):
    """Values are the breaker's."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@strawberry.enum(name="HealthState", description="UP answers, DEGRADED fails now and then, DOWN does not answer, UNKNOWN was not asked.")
class HealthWord(Enum):
    """Values are those of the source's health."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@strawberry.enum(
    description="PUBLIC keeps no secret (a page, an app on a device), CONFIDENTIAL has a server that keeps one, SERVICE asks on its own."
)
class ClientKind(Enum):
    """Values are those of registration."""

    PUBLIC = Kind.PUBLIC
    CONFIDENTIAL = Kind.CONFIDENTIAL
    SERVICE = Kind.SERVICE


@strawberry.enum(description="APPROVED may ask for all that it wants, AWAITING_APPROVAL for some of it, REVOKED for nothing any more.")
class ClientState(Enum):
    """Values are those of registration."""

    APPROVED = State.APPROVED
    AWAITING_APPROVAL = State.AWAITING_APPROVAL
    REVOKED = State.REVOKED


@strawberry.enum(
    description="NAME, REDIRECT_URIS, SCOPES, KIND: a field of the input. NOT_FOUND: no such application of yours. REVOKED: it has ended. "
    "NO_SECRET: a public one has none. TOO_MANY: applications. TOO_OFTEN: pause for half an hour."
)
class ClientErrorCode(Enum):
    """Named as in `resolvers.applications`."""

    NAME = "name"
    REDIRECT_URIS = "redirect_uris"
    SCOPES = "scopes"
    KIND = "kind"
    NOT_FOUND = "not_found"
    REVOKED = "revoked"
    NO_SECRET = "no_secret"  # noqa: S105 - a reason, no secret
    TOO_MANY = "too_many"
    TOO_OFTEN = "too_often"


@strawberry.enum(description="What the catalog is counted by. MAJOR_CATEGORY is the 专业大类; YEAR that of publication.")
class FacetField(Enum):
    """Values are fields of the index."""

    TIER = "tier"
    KIND = "kind"
    PROVINCE = "province"
    INSTITUTION = "institution"
    LIBRARY = "library"
    SOURCE = "source"
    MAJOR_CATEGORY = "major_category"
    MAJOR = "major"
    LANGUAGE = "language"
    LICENSE = "license"
    ACCESS = "access"
    YEAR = "year"


@strawberry.enum(
    description="RELEVANCE without text is NEWEST; NEWEST is by updatedAt, else published, records without either last; TITLE by pinyin."
)
class ResourceOrderBy(Enum):
    """Ties are broken by id."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    TITLE = "title"
