"""Alembic runs this for each migration run: on the connection that `schema.migrate` opened, in its transaction.

In: the connection. Out: migrations applied. Never: a connection or settings of its own.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
