"""Connections to the store, and the errors that tell a lost one from a bad row."""

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL


class StoreUnavailableError(Exception):
    """The database cannot be reached. Keep the messages unacknowledged and try again."""


def connect(store_url: str, *, name: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection that shows as ``name`` in the server's list.

    Raises:
        StoreUnavailableError: the server does not answer or refuses us.
    """
    try:
        return psycopg.connect(store_url, application_name=name, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise StoreUnavailableError(f"store {redacted(store_url)!r}: {error}") from error


def sqlalchemy_url(store_url: str) -> URL:
    """Return the libpq URL or key=value text in SQLAlchemy's form, driver psycopg 3."""
    parts = conninfo_to_dict(store_url)
    port = parts.pop("port", None)
    return URL.create(
        "postgresql+psycopg",
        username=_text(parts.pop("user", None)),
        password=_text(parts.pop("password", None)),
        host=_text(parts.pop("host", None)),
        port=int(port) if port else None,
        database=_text(parts.pop("dbname", None)),
        query={key: str(value) for key, value in parts.items() if value is not None},
    )


def redacted(store_url: str) -> str:
    """Return where the store is, without any secret."""
    parts = conninfo_to_dict(store_url)
    return f"{parts.get('host', '')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
