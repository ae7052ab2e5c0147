"""The links that stand, as arrays, and the relations that are others' word."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.sql import SQL, Literal

from data.links.columns import columns_of
from data.reference import relation_kinds
from spatial.links import SIDES, Found, Method

Cursor = psycopg.Cursor[tuple[Any, ...]]
Ints = NDArray[np.int64]

RELATIONS = tuple(relation_kinds())
"""The kinds of relation; links in the store are spoken of by their positions."""
LINKING = tuple(str(method) for method in Method if method is not Method.NAME)
"""The methods of relations that linking makes and ends; those of others are others' word."""

_FIELDS = {
    "relation_id": ("r.id", "int8"),
    "device": ("r.origin", "int8"),
    "relation": ("array_position({relations}::text[], r.kind) - 1", "int8"),
    "target": ("r.target", "int8"),
    "method": ("coalesce(array_position({methods}::text[], r.method), 0) - 1", "int8"),
    "distance_m": ("coalesce(r.distance_m, 'NaN')", "float8"),
    "confidence": ("coalesce(l.confidence, 'NaN')", "float8"),
    "limit_m": ("coalesce(l.limit_m, 'NaN')", "float8"),
    "rival": ("coalesce(l.rival, 0)", "int8"),
    "rival_m": ("coalesce(l.rival_m, 'NaN')", "float8"),
    "along_m": ("coalesce(l.along_m, 'NaN')", "float8"),
    "side": ("coalesce(array_position({sides}::text[], l.side), 4) - 2", "int8"),
    "share": ("coalesce(l.share, 'NaN')", "float8"),
    "valid_from": ("coalesce(lower(r.valid), '-infinity')", "timestamptz"),
    "valid_to": ("coalesce(upper(r.valid), 'infinity')", "timestamptz"),
}
_FORMS = "".join("f" if kind == "float8" else "i" for _, kind in _FIELDS.values())

_SEND = {"int8": "int8send", "float8": "float8send", "timestamptz": "timestamptz_send"}
_STANDING = SQL(
    "SELECT "  # noqa: S608 - words of ours
    + ", ".join(
        f"string_agg({_SEND[kind]}(({value})::{kind}), '')" for value, kind in _FIELDS.values()
    )
    + """
    FROM relation r LEFT JOIN link l ON l.relation_id = r.id
    WHERE r.superseded_in IS NULL
    AND (r.kind = ANY (%(kinds)s) OR r.method = ANY (%(linking)s))
    AND (%(codes)s::int8[] IS NULL OR r.origin = ANY (%(codes)s))"""
).format(
    relations=Literal(list(RELATIONS)),
    methods=Literal(list(LINKING)),
    sides=Literal([SIDES[side] for side in sorted(SIDES) if SIDES[side]]),
)


class Standing(NamedTuple):
    """Links that stand (k).

    Attributes:
        relation_id: int64[k], of the relation.
        links: what linking said of them; the confidence is NaN where it never said.
    """

    relation_id: Ints
    links: Found


class Spoken(NamedTuple):
    """Relations that are others' word (o): codes, and the kinds as positions in ``RELATIONS``."""

    device: Ints
    relation: Ints
    target: Ints


def ask_standing(cursor: Cursor, kinds: Sequence[str], codes: list[int] | None) -> None:
    """Ask for the relations of some devices, or of all; ``standing_of`` reads the rows.

    Args:
        cursor: for values in binary form.
        kinds: the kinds of relation that linking speaks of.
        codes: of devices, None for all.
    """
    cursor.execute(_STANDING, {"kinds": list(kinds), "linking": list(LINKING), "codes": codes})


def standing_of(rows: Sequence[tuple[Any, ...]]) -> tuple[Standing, Spoken]:
    """Return the relations that linking made, and those of others."""
    relation_id, *columns = columns_of(rows, _FORMS)
    found = Found(*columns)
    ours = found.method >= 0
    others = found.taken(~ours)
    spoken = Spoken(others.device, others.relation, others.target)
    return Standing(relation_id[ours], found.taken(ours)), spoken
