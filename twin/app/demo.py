"""The demo district in the store, and its storm through the broker."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from data.connection import connect
from data.demo.district import District, make_district
from data.demo.storm import StormRun, storm_truth, write_truth
from data.demo.storm.rehearsal import HORIZON_MIN
from data.links import run_links
from data.registry import ChangeSet, record
from ingest.publisher import Publisher
from ingest.runner import now_us
from twin.api.accounts import create_account
from twin.api.keys import create_api_key
from twin.api.passwords import new_password
from twin.app.settings import Settings

DEMO_SEED = 20260521
_MINUTE_US = 60_000_000
_STORM_LEAD_US = 3 * 60 * _MINUTE_US
"""How far behind our clock the storm starts: it runs fast and ends about now."""


def load_demo(settings: Settings, size: int, say: Callable[[str], None]) -> District:
    """Return the demo district; put it into the store unless one of its size stands there."""
    say(f"making the demo district of about {size:,} entities")
    district = make_district(size=size, seed=DEMO_SEED)
    with connect(settings.store_url, name="citytwin demo") as connection:
        if not _stands(connection, size):
            say(f"writing {len(district.entities):,} entities to the register")
            _record_district(connection, district, size)
            say(f"linking {len(district.devices):,} devices to what they watch")
            run_links(connection)
            connection.commit()
    _write_credentials(settings)
    return district


def run_storm(settings: Settings, district: District, speed: float) -> Iterator[int]:
    """Send the storm through the broker, mode exercise; yields each simulated minute once sent.

    The storm runs ``speed`` times as fast as the clock; after its end the calm weather goes on
    at the pace of the clock.
    """
    run = StormRun(
        network=district.network,
        devices=tuple(district.devices),
        seed=DEMO_SEED,
        start_us=_start_us(settings),
    )
    _write_truth(settings.state_dir / "demo", run)
    publisher = Publisher(settings.accounts["exercise"], "citytwin-storm")
    publisher.start()
    due = time.monotonic()
    try:
        for step in run:
            for code, payload in step.readings.items():
                publisher.send(f"citytwin/exercise/v1/{code}/telemetry", json.dumps(payload))
            for event in step.events:
                topic = f"citytwin/exercise/v1/{event.camera}/onvif-ej/{event.topic}"
                publisher.send(topic, json.dumps(event.payload))
            publisher.wait_until_confirmed()
            yield step.minute
            due += 60.0 / (speed if step.minute < HORIZON_MIN else 1.0)
            time.sleep(max(0.0, due - time.monotonic()))
    finally:
        publisher.stop()


def _stands(connection: psycopg.Connection[tuple[Any, ...]], size: int) -> bool:
    found = connection.execute(
        "SELECT source FROM change_set WHERE source LIKE 'demo district %%' LIMIT 1"
    ).fetchone()
    if found and found[0] != _source(size):
        raise DemoSizeError(
            f"the store holds {found[0]!r}: expected {_source(size)!r}; start with that size, or "
            "remove the state folder to begin anew"
        )
    return found is not None


class DemoSizeError(Exception):
    """The store holds a demo district of another size. Use that size or another state folder."""


def _source(size: int) -> str:
    return f"demo district {size}"


def _record_district(
    connection: psycopg.Connection[tuple[Any, ...]], district: District, size: int
) -> None:
    record(
        connection,
        ChangeSet(
            actor="twin up --demo",
            reason="the demo district",
            source=_source(size),
            entities=district.entities,
            names=district.names,
            relations=district.relations,
        ),
    )
    connection.commit()


def _start_us(settings: Settings) -> int:
    """Return where the storm's clock starts: after everything that the exercise holds already."""
    with connect(settings.store_url, name="citytwin demo") as connection:
        found = connection.execute(
            "SELECT (extract(epoch FROM max(l.ts)) * 1000000)::int8 FROM series_latest l"
            " JOIN series s ON s.id = l.series_id WHERE s.mode = 'exercise'"
        ).fetchone()
    newest = int(found[0]) if found and found[0] is not None else 0
    start = max(now_us() - _STORM_LEAD_US, newest + _MINUTE_US)
    return start - start % _MINUTE_US


def _write_truth(folder: Path, run: StormRun) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_truth(storm_truth(run), folder / "truth.json")


def _write_credentials(settings: Settings) -> None:
    """Make the demo's accounts and API key, once, and write them where ``twin status`` says."""
    path = settings.credentials_file
    if path.exists():
        return
    people = {name: new_password() for name in ("operator", "administrator")}
    with connect(settings.store_url, name="citytwin demo") as connection:
        for name, password in people.items():
            create_account(connection, name, password, name, by="twin up --demo")
        key = create_api_key(connection, "demo", "operator", by="twin up --demo")
        connection.commit()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    accounts = [
        {"username": name, "password": password, "role": name} for name, password in people.items()
    ]
    path.write_text(json.dumps({"accounts": accounts, "api_key": key}, indent=2) + "\n")
