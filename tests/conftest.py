"""What every test may ask for: a store of its own, and the broker that scripts/test started."""

import gc
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.migrations import migrate
from tests.emptying import SharedStore

SHARED = Path(__file__).parents[2] / "shared"
EXTENSIONS = ("timescaledb", "postgis", "pgrouting", "btree_gist")


@dataclass(frozen=True)
class MqttAccount:
    """How a test reaches the broker as one of its accounts."""

    host: str
    port: int
    username: str
    password: str


@pytest.fixture(scope="session")
def services() -> dict[str, Any]:
    """What scripts/services wrote about the servers of this test run."""
    folder = os.environ.get("CITYTWIN_STATE_DIR", "")
    found = Path(folder) / "services.toml"
    if not folder or not found.exists():
        pytest.skip("no services: run scripts/test, or scripts/services up with a state folder")
    return tomllib.loads(found.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def mqtt_accounts(services: dict[str, Any]) -> dict[str, MqttAccount]:
    """Accounts of the test broker by name: ingest, web, client, exercise, replay."""
    mqtt = services["mqtt"]
    return {
        name: MqttAccount(
            mqtt["host"],
            mqtt["port"],
            entry["username"],
            Path(entry["password_file"]).read_text(encoding="utf-8").strip(),
        )
        for name, entry in mqtt["accounts"].items()
    }


@pytest.fixture(scope="session")
def migrated_store(services: dict[str, Any]) -> Iterator[str]:
    """A database of this session, brought to the newest migration."""
    store_url = make_database(services)
    migrate(store_url)
    yield store_url
    drop_database(services, store_url)


@pytest.fixture(scope="session")
def shared_store(services: dict[str, Any], migrated_store: str) -> Iterator[SharedStore]:
    """The session's database, with what empties it between tests."""
    name = conninfo_to_dict(migrated_store)["dbname"]
    store = SharedStore(migrated_store, make_conninfo(services["store"]["admin_url"], dbname=name))
    yield store
    store.close()


@pytest.fixture
def empty_store(services: dict[str, Any]) -> Iterator[str]:
    """A database of one test with the extensions and nothing else."""
    store_url = make_database(services)
    yield store_url
    drop_database(services, store_url)


@pytest.fixture
def database_url(shared_store: SharedStore) -> str:
    """The session's database with every table emptied."""
    shared_store.empty()
    return shared_store.url


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """An open connection to the emptied database."""
    with psycopg.connect(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with recordings and facts beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("../shared is absent: its recordings and facts are needed here")
    return SHARED


def make_database(services: dict[str, Any]) -> str:
    """Create an empty database with the extensions and return its URL for the plain owner."""
    name = f"test_{uuid4().hex[:12]}"
    admin_url = services["store"]["admin_url"]
    with psycopg.connect(admin_url, autocommit=True) as admin:
        owner = sql.Identifier(str(conninfo_to_dict(services["store"]["url"])["user"]))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), owner))
    with psycopg.connect(make_conninfo(admin_url, dbname=name), autocommit=True) as admin:
        for extension in EXTENSIONS:
            admin.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
        # The Apache edition cannot run this job and would log an error every time it tries.
        admin.execute(
            "UPDATE _timescaledb_config.bgw_job SET scheduled = false"
            " WHERE proc_name = 'policy_job_stat_history_retention'"
        )
    return make_conninfo(services["store"]["url"], dbname=name)


def drop_database(services: dict[str, Any], store_url: str) -> None:
    """Drop a database that ``make_database`` made."""
    # A connection that was given up amid its making is closed when it is collected, and until
    # then the server waits for it, a minute at most.
    gc.collect()
    name = str(conninfo_to_dict(store_url)["dbname"])
    with psycopg.connect(services["store"]["admin_url"], autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
