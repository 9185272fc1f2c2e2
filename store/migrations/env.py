"""What Alembic runs: the migrations, inside the transaction and on the connection that `Database.migrate` holds."""

from alembic import context

from store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
