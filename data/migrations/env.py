"""How Alembic reaches the store; it calls this file by name."""

from alembic import context
from sqlalchemy import NullPool, create_engine

from data.connection import sqlalchemy_url

engine = create_engine(sqlalchemy_url(context.config.attributes["store_url"]), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
