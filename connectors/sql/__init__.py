"""The `sql` kind: tables, views and single SELECTs of a school's database, read page by page: a SQLite file, or a server."""

from connectors.credentials.definition import DatabasePassword
from connectors.registry import Kind
from connectors.sql.connector import open_connector
from connectors.sql.definition import SqlConnection, SqlSection

kind = Kind("sql", SqlConnection, SqlSection, open_connector, DatabasePassword, by_client=False)

__all__ = ["kind"]
