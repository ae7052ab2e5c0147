"""The log of who did what to accounts and keys: it is only ever added to."""

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[tuple[Any, ...]]

_LOG = "INSERT INTO actor_log (actor, action, subject, detail) VALUES (%s, %s, %s, %s)"


def log(connection: Connection, actor: str, action: str, subject: str, **detail: object) -> None:
    """Write down what is done in this transaction; never give it a secret.

    Args:
        connection: the transaction that does it.
        actor: who does it.
        action: noun and verb, e.g. ``account.add``.
        subject: the name of what it is done to.
        **detail: what it is like now, or what changed.
    """
    connection.execute(_LOG, (actor, action, subject, Jsonb(detail)))
