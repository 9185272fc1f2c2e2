"""What is pushed: rows as they were sent, pushes with their parts and receipts, secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "feed_rows",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("native", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("source", "collection", "key", name=op.f("feed_rows_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("feed_rows_position", "feed_rows", ["source", "collection", "position"], unique=False)
    op.create_table(
        "push_secrets",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("push_secrets_pkey")),
    )
    op.create_index("push_secrets_source", "push_secrets", ["source"], unique=False)
    op.create_table(
        "pushes",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("snapshot", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("began", INSTANT, nullable=False),
        sa.Column("finished", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pushes_pkey")),
        sa.UniqueConstraint("source", "name", name=op.f("pushes_source_name_key")),
    )
    op.create_index("pushes_source", "pushes", ["source", "number"], unique=False)
    op.create_table(
        "push_parts",
        sa.Column("push", NUMBER, autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["push"], ["pushes.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("push", "part", name=op.f("push_parts_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "push_receipts",
        sa.Column("push", NUMBER, autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chunk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["push"], ["pushes.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("push", "part", "chunk", name=op.f("push_receipts_pkey")),
        sqlite_with_rowid=False,
    )
