"""Sign-on: accounts and identities, clients and consents, codes and tokens, sessions, signing keys, attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "accounts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("username", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=True),
        sa.Column("roles", TEXT, nullable=False),
        sa.Column("province", TEXT, nullable=True),
        sa.Column("institution", TEXT, nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("signed_in_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("accounts_pkey")),
        sa.UniqueConstraint("username", name=op.f("accounts_username_key")),
    )
    op.create_table(
        "attempts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("attempts_pkey")),
    )
    op.create_table(
        "authorization_codes",
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("session", TEXT, nullable=False),
        sa.Column("redirect_uri", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("challenge", TEXT, nullable=False),
        sa.Column("nonce", TEXT, nullable=True),
        sa.Column("resource", TEXT, nullable=True),
        sa.Column("auth_time", INSTANT, nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("authorization_codes_pkey")),
    )
    op.create_index(op.f("authorization_codes_account"), "authorization_codes", ["account"], unique=False)
    op.create_table(
        "browser_sessions",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("auth_time", INSTANT, nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("browser_sessions_pkey")),
        sa.UniqueConstraint("id", name=op.f("browser_sessions_id_key")),
    )
    op.create_index(op.f("browser_sessions_account"), "browser_sessions", ["account"], unique=False)
    op.create_table(
        "clients",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("redirect_uris", sa.Text(), nullable=False),
        sa.Column("post_logout_redirect_uris", sa.Text(), nullable=False),
        sa.Column("grant_types", sa.Text(), nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("requested", TEXT, nullable=False),
        sa.Column("province", TEXT, nullable=True),
        sa.Column("institution", TEXT, nullable=True),
        sa.Column("registration", sa.LargeBinary(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("clients_pkey")),
    )
    op.create_table(
        "consents",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account", "client", name=op.f("consents_pkey")),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("jti", TEXT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("revoked_tokens_pkey")),
    )
    op.create_index(op.f("revoked_tokens_until"), "revoked_tokens", ["until"], unique=False)
    op.create_table(
        "signing_keys",
        sa.Column("kid", TEXT, nullable=False),
        sa.Column("algorithm", TEXT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("signs_from", INSTANT, nullable=False),
        sa.Column("believed_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("signing_keys_pkey")),
    )
    op.create_table(
        "token_families",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("session", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("resource", TEXT, nullable=True),
        sa.Column("auth_time", INSTANT, nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("token_families_pkey")),
    )
    op.create_index(op.f("token_families_account"), "token_families", ["account"], unique=False)
    op.create_index(op.f("token_families_client"), "token_families", ["client"], unique=False)
    op.create_index(op.f("token_families_session"), "token_families", ["session"], unique=False)
    op.create_table(
        "identities",
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("identities_pkey")),
    )
    op.create_index(op.f("identities_account"), "identities", ["account"], unique=False)
    op.create_table(
        "refresh_tokens",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["family"], ["token_families.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name=op.f("refresh_tokens_pkey")),
    )
    op.create_index(op.f("refresh_tokens_family"), "refresh_tokens", ["family"], unique=False)
