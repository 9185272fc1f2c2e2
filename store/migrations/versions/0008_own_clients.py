"""Who registered an application, the secret before its present one, and when it was revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns, and the index of a person's own applications."""
    op.add_column("clients", sa.Column("owner", TEXT, nullable=True))
    op.add_column("clients", sa.Column("previous_secret", sa.LargeBinary(), nullable=True))
    op.add_column("clients", sa.Column("previous_until", INSTANT, nullable=True))
    op.add_column("clients", sa.Column("revoked_at", INSTANT, nullable=True))
    op.create_index("clients_owner", "clients", ["owner", "created_at", "id"], unique=False)
