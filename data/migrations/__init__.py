"""Alembic's migrations of the store: from nothing to the declared tables, step by step."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine

from data.connection import sqlalchemy_url


def migrate(store_url: str) -> None:
    """Bring the store at ``store_url`` (libpq form) to the newest version."""
    command.upgrade(_config(store_url), "head")


def pending(store_url: str) -> list[str]:
    """Return the ids of the migrations that the store lacks, oldest first."""
    scripts = ScriptDirectory.from_config(_config(store_url))
    engine = create_engine(sqlalchemy_url(store_url), poolclass=NullPool)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    newer = scripts.iterate_revisions("head", current or "base")
    return [script.revision for script in newer][::-1]


def _config(store_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["store_url"] = store_url
    return config
