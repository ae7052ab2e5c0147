"""Resolves names of devices and cameras to codes as ingest does it, beside a bare dictionary.

What counts is one look at the register's revision a batch, the names that it holds, and the
device of each reading. Then devices are registered and named one by one, and it is measured how
long after each commit the name leads to its device: ingest asks before every batch, so a batch
later than that resolves it.
"""

import argparse
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import psycopg
from shapely.geometry import Point

from data.catalogue import Catalogue
from data.connection import connect
from data.migrations import migrate
from data.registry import ChangeSet, EntityChange, NewName, record
from ingest.config import PipelineConfig
from twin.app import settings as app_settings
from twin.model import Name

_GAUGE = 4403118501900001
_CAMERA = 4403118601900001
_LATER = 4403118502900001
_MESSAGES = PipelineConfig().batch_messages
_READINGS_A_MESSAGE = 3
_PATIENCE_S = 30.0
_LIMIT_NAMES_S = 1_000_000


@dataclass(frozen=True)
class Report:
    """Figures of one run; ``ratio`` is the catalogue by the dictionary."""

    names: int
    cold_s: float
    dictionary_names_s: float
    catalogue_names_s: float
    limit_names_s: int
    ratio: float
    registered_ms_p50: float
    registered_ms_max: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=13_000)
    parser.add_argument("--cameras", type=int, default=41_000)
    parser.add_argument("--readings", type=int, default=3_000_000)
    parser.add_argument("--registrations", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    store_url = app_settings.load().store_url
    migrate(store_url)
    with connect(store_url, name="citytwin bench") as connection:
        names = _register(connection, options.devices, options.cameras)
        catalogue = Catalogue()
        cold_s = _cold(connection, catalogue, names)
        bare, resolved = _rates(connection, catalogue, names, options.readings)
        with connect(store_url, name="citytwin bench") as other:
            waits = [
                _registered(other, connection, catalogue) for _ in range(options.registrations)
            ]
    report = Report(
        names=len(names),
        cold_s=round(cold_s, 2),
        dictionary_names_s=round(bare),
        catalogue_names_s=round(resolved),
        limit_names_s=_LIMIT_NAMES_S,
        ratio=round(resolved / bare, 2),
        registered_ms_p50=round(statistics.median(waits) * 1000, 1),
        registered_ms_max=round(max(waits) * 1000, 1),
    )
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:20} {figure:>12,}")


def _register(
    connection: psycopg.Connection[tuple[object, ...]], devices: int, cameras: int
) -> list[Name]:
    """Register devices and cameras with a name each, where they do not stand already."""
    codes = [*range(_GAUGE, _GAUGE + devices), *range(_CAMERA, _CAMERA + cameras)]
    schemes = ["mqtt"] * devices + ["onvif"] * cameras
    named = [
        NewName(code, scheme, f"bench-{code}") for code, scheme in zip(codes, schemes, strict=True)
    ]
    entities = (
        EntityChange(code, f"device {code}", Point(490_000 + code % 997, 2_516_000 + code % 991))
        for code in codes
    )
    record(connection, ChangeSet("bench", "devices", "bench", entities, named))
    connection.commit()
    return [Name(name.scheme, name.value) for name in named]


def _cold(
    connection: psycopg.Connection[tuple[object, ...]], catalogue: Catalogue, names: Sequence[Name]
) -> float:
    started = time.perf_counter()
    catalogue.refresh(connection)
    refused = catalogue.look_up(connection, names)
    connection.commit()
    if refused:
        raise RuntimeError(f"{len(refused)} names refused, e.g. {next(iter(refused.values()))}")
    return time.perf_counter() - started


def _rates(
    connection: psycopg.Connection[tuple[object, ...]],
    catalogue: Catalogue,
    names: Sequence[Name],
    readings: int,
) -> tuple[float, float]:
    """Return names a second of a dictionary and of the catalogue, taking turns batch by batch."""
    codes = {name: at for at, name in enumerate(names)}
    chance = np.random.default_rng(440311)
    bare_s = catalogue_s = 0.0
    count = 0
    while count < readings:
        senders = [names[at] for at in chance.integers(0, len(names), _MESSAGES)]
        bare_s += _dictionary(codes, _decoded(senders))
        catalogue_s += _catalogue(connection, catalogue, _decoded(senders))
        count += len(senders) * _READINGS_A_MESSAGE
    return count / bare_s, count / catalogue_s


def _decoded(senders: Sequence[Name]) -> list[Name]:
    """Return the name of each reading; a message has its own, whose text was not hashed before."""
    told = [Name(sender.scheme, sender.value.encode().decode()) for sender in senders]
    return [name for name in told for _ in range(_READINGS_A_MESSAGE)]


def _dictionary(codes: Mapping[Name, int], batch: Sequence[Name]) -> float:
    """Return seconds of the one look-up that cannot be left out."""
    started = time.perf_counter()
    for name in batch:
        codes.get(name)
    return time.perf_counter() - started


def _catalogue(
    connection: psycopg.Connection[tuple[object, ...]], catalogue: Catalogue, batch: Sequence[Name]
) -> float:
    started = time.perf_counter()
    catalogue.refresh(connection)
    connection.commit()
    catalogue.look_up(connection, set(batch))
    devices = catalogue.devices
    for name in batch:
        devices.get(name)
    return time.perf_counter() - started


def _registered(
    writer: psycopg.Connection[tuple[object, ...]],
    reader: psycopg.Connection[tuple[object, ...]],
    catalogue: Catalogue,
) -> float:
    """Register a device whose name was refused before, and return seconds until it is known."""
    found = writer.execute(
        "SELECT coalesce(max(code) + 1, %(first)s) FROM entity"
        " WHERE code BETWEEN %(first)s AND %(first)s + 99998",
        {"first": _LATER},
    ).fetchall()
    code = int(str(found[0][0]))
    name = Name("mqtt", f"bench-{code}")
    catalogue.look_up(reader, [name])
    reader.commit()
    entity, named = EntityChange(code, f"device {code}"), NewName(code, *name)
    record(writer, ChangeSet("bench", "one more", "bench", [entity], [named]))
    writer.commit()
    committed = time.perf_counter()
    while name not in catalogue.devices:
        catalogue.refresh(reader)
        catalogue.look_up(reader, [name])
        reader.commit()
        if time.perf_counter() - committed > _PATIENCE_S:
            raise TimeoutError(f"name {name.value!r} not resolved in {_PATIENCE_S:g} s")
    return time.perf_counter() - committed


if __name__ == "__main__":
    main()
