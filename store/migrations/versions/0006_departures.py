"""Tombstones, withdrawals and aliases; what each change means to everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.add_column("changes", sa.Column("public", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "tombstones",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("record", name=op.f("tombstones_pkey")),
    )
    op.create_table(
        "withdrawals",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("record", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("withdrawn_by", TEXT, nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=False),
        sa.Column("restored_by", TEXT, nullable=True),
        sa.Column("restored_at", INSTANT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("native", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("withdrawals_pkey")),
    )
    in_force = sa.text("restored_at IS NULL")
    op.create_index("withdrawals_in_force", "withdrawals", ["record"], unique=True, sqlite_where=in_force, postgresql_where=in_force)
    op.create_index("withdrawals_source", "withdrawals", ["source", "key"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("old", TEXT, nullable=False),
        sa.Column("record", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("old", name=op.f("aliases_pkey")),
    )
    op.create_index("aliases_record", "aliases", ["record"], unique=False)
