"""What the register says of its health and its past, as commands ask for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import psycopg
import shapely

from data.connection import connect
from data.reference import entity_classes
from data.registry import ChangeRefusedError, EntityUnknownError, srid_of
from data.registry.history import (
    Difference,
    State,
    Version,
    as_of,
    difference,
    imports_of,
    last_change_set,
    versions,
)
from data.registry.lifecycle import follow
from spatial.crs import WGS84, transform_shapes
from twin.app.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

LOCAL = timezone(timedelta(hours=8))
"""Of people's times, and of those that they write without a zone."""


_DEGREE_DIGITS = 8
"""About a millimetre."""


class InvalidMomentError(ValueError):
    """A point in the register's past that there is not. Name an instant or a change set."""


class Moment(NamedTuple):
    """A point in the register's past: after a change set, 0 is the empty register."""

    change_set: int
    recorded_at: datetime | None


class Past(NamedTuple):
    """What became of an entity; ``successors`` are where its code leads now."""

    name: str
    retired: bool
    successors: list[int]
    versions: list[Version]


@contextmanager
def reading(settings: Settings) -> Iterator[Connection]:
    """Give a connection that cannot change the register."""
    with connect(settings.store_url, name="citytwin register") as connection:
        connection.read_only = True
        yield connection


def parse_instant(text: str) -> datetime:
    """Read an instant of ISO 8601; without a zone it is UTC+8, without a time the day's start.

    Raises:
        InvalidMomentError: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidMomentError(
            f"instant {text!r}: expected ISO 8601, e.g. 2026-05-01 or 2026-05-01T08:00:00+08:00"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def find_moment(connection: Connection, text: str) -> Moment:
    """Return the moment that an instant or the number of a change set names.

    Raises:
        InvalidMomentError: neither, or a change set that is not there.
    """
    if not (text.isascii() and text.isdigit()):
        return _moment(connection, last_change_set(connection, parse_instant(text)))
    found = _moment(connection, min(int(text), 2**63 - 1))
    if found.recorded_at is None:
        raise InvalidMomentError(
            f"change set {text[:40]}: not in the register; write a day as 2026-05-01"
        )
    return found


def newest(connection: Connection) -> Moment:
    """Return the register's present."""
    found = connection.execute("SELECT coalesce(max(id), 0) FROM change_set").fetchall()
    return _moment(connection, found[0][0])


def last_two_imports(connection: Connection, model: str) -> tuple[Moment, Moment]:
    """Return the moments after the last two imports of a model that changed something.

    Of a model with one import, the first is the moment before it.

    Raises:
        InvalidMomentError: nothing was imported as this model.
    """
    found = [one.change_set for one in imports_of(connection, model)]
    if not found:
        raise InvalidMomentError(f"model {model!r}: expected one that was imported")
    before = found[-2] if len(found) > 1 else found[-1] - 1
    return _moment(connection, before), _moment(connection, found[-1])


def past_of(connection: Connection, code: int) -> Past:
    """Return every change of an entity and where its code leads.

    Raises:
        EntityUnknownError: the register never had it.
    """
    found = versions(connection, code)
    if not found:
        raise EntityUnknownError(f"entity {code}: not in the register")
    state = connection.execute("SELECT name, retired FROM entity WHERE code = %s", (code,))
    name, retired = state.fetchone() or ("", True)
    return Past(name, retired, follow(connection, code), found)


def state_as_of(connection: Connection, code: int, instant: datetime) -> dict[str, Any] | None:
    """Return an entity as it was, its geometry as GeoJSON; None if the register had it later.

    Raises:
        EntityUnknownError: the register never had it.
    """
    past_of(connection, code)
    found = as_of(connection, code, instant)
    return None if found is None else _document(found, srid_of(connection))


def differences(
    connection: Connection,
    before: Moment,
    after: Moment,
    *,
    code: int | None = None,
    klass: str | None = None,
    model: str | None = None,
) -> list[Difference]:
    """Return what is otherwise at a later moment, of everything that fits all that is given.

    Raises:
        ChangeRefusedError: ``after`` lies before ``before``, or a class that there is not.
        EntityUnknownError: the register never had the entity, or anything of the model.
    """
    if code is not None:
        past_of(connection, code)
    if klass is not None and klass not in entity_classes():
        raise ChangeRefusedError(f"class {klass!r}: expected a row of classes.csv")
    if model is not None and not imports_of(connection, model):
        raise EntityUnknownError(f"model {model!r}: expected one that was imported")
    told = {"code": code, "klass": klass, "model": model}
    return list(difference(connection, before.change_set, after.change_set, **told))


def _moment(connection: Connection, change_set: int) -> Moment:
    found = connection.execute("SELECT recorded_at FROM change_set WHERE id = %s", (change_set,))
    row = found.fetchone()
    return Moment(change_set, row[0] if row else None)


def _document(state: State, srid: int) -> dict[str, Any]:
    told = state._asdict()
    if state.geometry is not None:
        shape = shapely.from_wkb(state.geometry)
        degrees = transform_shapes([shape], f"EPSG:{srid}", WGS84, anywhere=True)[0]
        rounded = shapely.transform(degrees, lambda places: places.round(_DEGREE_DIGITS))
        told["geometry"] = json.loads(shapely.to_geojson(rounded))
    return told
