"""Row-level security on PostgreSQL: a reader's transaction names its keys, and no statement in it sees more than they open."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A transaction that names no keys is not a reader's: the catalog's own, which writes, counts and indexes everything.
_OPENED = (
    "coalesce(current_setting('huiju.keys', true), '') = '' OR visibility_set IN (SELECT set_number FROM visibility_members "
    "WHERE key = ANY (string_to_array(current_setting('huiju.keys', true), chr(10))))"
)


def upgrade() -> None:
    """Switch it on; also for the owner of the tables, which we are."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("records", "libraries"):
        op.execute(f"CREATE POLICY {table}_opened ON {table} USING ({_OPENED})")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
