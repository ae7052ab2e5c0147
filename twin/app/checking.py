"""Is everything up: the questions behind ``twin status``."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from data import locks
from data.connection import StoreUnavailableError, connect
from data.migrations import pending
from twin.app.settings import Settings

_WRITER = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
                   AND ((classid::int8 << 32) | objid::int8) = %s)"""


def status(settings: Settings) -> dict[str, Any]:
    """Return where everything is and what is wrong, as ``twin status --json`` prints it."""
    problems = list(find_problems(settings))
    client = settings.accounts["client"]
    return {
        "http": settings.http_url,
        "mqtt": {
            "host": client.host,
            "port": client.port,
            "username": client.username,
            "password_file": str(client.password_file),
        },
        "database": settings.store_url,
        "live": settings.live_url,
        "credentials_file": str(settings.credentials_file),
        "healthy": not problems,
        "problems": problems,
    }


def find_problems(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each part that is not as it should be."""
    yield from _store_problems(settings)
    account = settings.accounts["client"]
    if not answers(account.host, account.port):
        yield f"broker {account.host}:{account.port} does not answer: run scripts/services up"
    yield from _web_problems(settings)


def ingest_runs(settings: Settings) -> bool:
    """Whether an ingest process holds the writer's lock."""
    with connect(settings.store_url, name="citytwin status") as connection:
        found = connection.execute(_WRITER, (locks.WRITER,)).fetchone()
    return found is not None and bool(found[0])


def answers(host: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def _store_problems(settings: Settings) -> Iterator[str]:
    try:
        with connect(settings.store_url, name="citytwin status"):
            pass
    except StoreUnavailableError as error:
        yield f"{error}: run scripts/services up"
        return
    if missing := pending(settings.store_url):
        yield f"the store lacks migrations {', '.join(missing)}: run twin migrate"
    elif not ingest_runs(settings):
        yield "no ingest process is running: run twin up or twin ingest"


def _web_problems(settings: Settings) -> Iterator[str]:
    address = f"{settings.http_url}/readyz"
    try:
        with urllib.request.urlopen(address, timeout=3):  # noqa: S310 - our own http address
            return
    except urllib.error.HTTPError as error:
        yield f"{address} answers {error.code}: {error.read(2000).decode(errors='replace')}"
    except OSError as error:
        yield f"{address} does not answer ({error}): run twin up or twin serve"
