"""KingbaseES, which speaks the protocol of PostgreSQL: through pg8000, whose connection we make."""

from __future__ import annotations

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

from connectors.sql.bare import Bare
from connectors.sql.postgresql import PostgreSql


class KingbaseDialect(Bare, PGDialect_pg8000):
    """Statements of PostgreSQL, for a server that calls itself otherwise."""

    supports_statement_cache = True
    import_path = "pg8000"
    server_version_info = (12,)


registry.register("kingbase.huiju", __name__, "KingbaseDialect")


class Kingbase(PostgreSql):
    """The driver of KingbaseES. Users log in by scram-sha-256 or md5: sm3 is known to the vendor's driver only."""

    name = "kingbase+huiju"
    extra = "kingbase"
