"""Native items of libraries and institutions."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "natives",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("native", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "collection", "key", name=op.f("natives_pkey")),
    )
