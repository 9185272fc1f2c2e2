"""The first tables: records with their terms and payloads, change log, visibility sets, sources, harvests."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "changes",
        sa.Column("seq", NUMBER, autoincrement=True, nullable=False),
        sa.Column("record", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("op", sa.String(length=6), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("changes_pkey")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "harvest_runs",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("started", INSTANT, nullable=False),
        sa.Column("finished", INSTANT, nullable=True),
        sa.Column("seen", NUMBER, nullable=False),
        sa.Column("changed", NUMBER, nullable=False),
        sa.Column("gone", NUMBER, nullable=False),
        sa.Column("quarantined", NUMBER, nullable=False),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("next_due", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("harvest_runs_pkey")),
    )
    op.create_index("harvest_runs_source", "harvest_runs", ["source", "number"], unique=False)
    op.create_table(
        "harvest_seen",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "collection", "key", name=op.f("harvest_seen_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "harvest_states",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("lease_owner", TEXT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("run_started", INSTANT, nullable=True),
        sa.Column("window_since", INSTANT, nullable=True),
        sa.Column("window_date", INSTANT, nullable=True),
        sa.Column("window_version", sa.Integer(), nullable=True),
        sa.Column("collection", TEXT, nullable=True),
        sa.Column("cursor", TEXT, nullable=True),
        sa.Column("sweeping", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("harvest_states_pkey")),
    )
    op.create_table(
        "institutions",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("province", TEXT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("institutions_pkey")),
    )
    op.create_index("institutions_code", "institutions", ["code", "source", "key"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=True),
        sa.Column("field", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("native", sa.LargeBinary(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("quarantine_pkey")),
    )
    op.create_index("quarantine_source", "quarantine", ["source", "collection"], unique=False)
    op.create_table(
        "sources",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("sources_pkey")),
        sa.UniqueConstraint("name", name=op.f("sources_name_key")),
    )
    op.create_table(
        "store_facts",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("store_facts_pkey")),
    )
    op.create_table(
        "visibility_sets",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("visibility_sets_pkey")),
        sa.UniqueConstraint("digest", name=op.f("visibility_sets_digest_key")),
    )
    op.create_table(
        "libraries",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("visibility_set", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("province", TEXT, nullable=True),
        sa.Column("institution", TEXT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visibility_set"],
            ["visibility_sets.number"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("libraries_pkey")),
        sa.UniqueConstraint("source", "key", name=op.f("libraries_source_key_key")),
    )
    op.create_table(
        "records",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("visibility_set", NUMBER, nullable=False),
        sa.Column("newest", NUMBER, nullable=False),
        sa.Column("title_key", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("access", TEXT, nullable=False),
        sa.Column("province", TEXT, nullable=True),
        sa.Column("institution", TEXT, nullable=True),
        sa.Column("library", TEXT, nullable=True),
        sa.Column("license", TEXT, nullable=True),
        sa.Column("format", TEXT, nullable=True),
        sa.Column("published", TEXT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=True),
        sa.Column("duration_seconds", NUMBER, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visibility_set"],
            ["visibility_sets.number"],
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("records_pkey")),
        sa.UniqueConstraint("id", name=op.f("records_id_key")),
        sa.UniqueConstraint("source", "key", name=op.f("records_source_key_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("records_institution", "records", ["institution"], unique=False)
    op.create_index("records_library", "records", ["library", "visibility_set"], unique=False)
    op.create_index("records_newest", "records", [sa.literal_column("newest DESC"), "id", "source", "visibility_set"], unique=False)
    op.create_index("records_source_newest", "records", ["source", sa.literal_column("newest DESC"), "id", "visibility_set"], unique=False)
    op.create_index("records_title", "records", ["title_key", "id", "source", "visibility_set"], unique=False)
    op.create_table(
        "visibility_members",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("set_number", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["set_number"], ["visibility_sets.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "set_number", name=op.f("visibility_members_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "payloads",
        sa.Column("record", NUMBER, autoincrement=False, nullable=False),
        sa.Column("native", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record", name=op.f("payloads_pkey")),
    )
    op.create_table(
        "record_terms",
        sa.Column("record", NUMBER, autoincrement=False, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record", "field", "value", name=op.f("record_terms_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("record_terms_value", "record_terms", ["field", "value", "record"], unique=False)
