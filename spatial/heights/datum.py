"""What a height is counted from, and the constant differences between such datums."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pyproj import CRS

ELLIPSOIDAL = "ellipsoidal"
YELLOW_SEA_1985 = "yellow-sea-1985"
YELLOW_SEA_1956 = "yellow-sea-1956"


class HeightDatumError(ValueError):
    """A height that cannot be brought to a datum. Declare the offset or the geoid it lacks."""


class Datum(NamedTuple):
    """A vertical datum: our name, its CRS where EPSG has one, the Chinese name, what it means."""

    datum: str
    crs: str
    title: str
    means: str


class DatumOffset(NamedTuple):
    """A constant difference: a height in ``target`` is one in ``source`` plus ``offset_m``.

    Attributes:
        source: name of a datum, one of ``datums.csv`` or a local one.
        target: alike.
        offset_m: metres.
        accuracy_m: how far off a height may be then; None if nobody says.
        reference: where the difference comes from.
    """

    source: str
    target: str
    offset_m: float
    accuracy_m: float | None = None
    reference: str = ""

    def reversed(self) -> "DatumOffset":
        """Return the same difference, from target to source."""
        return self._replace(source=self.target, target=self.source, offset_m=-self.offset_m)


@dataclass(frozen=True, slots=True)
class Height:
    """A height that says what it is counted from.

    Attributes:
        metres: upwards.
        datum: name of a datum, e.g. ``yellow-sea-1985``.
        accuracy_m: how far off conversions may have left it; None if nobody says.
    """

    metres: float
    datum: str
    accuracy_m: float | None = None

    def __str__(self) -> str:
        return f"{self.metres:.3f} m {self.datum}"


@cache
def datums() -> dict[str, Datum]:
    """Return the rows of ``datums.csv`` by name."""
    return {row["datum"]: Datum(**row) for row in _rows("datums.csv")}


@cache
def known_offsets() -> tuple[DatumOffset, ...]:
    """Return the rows of ``offsets.csv``."""
    return tuple(
        DatumOffset(
            row["source"],
            row["target"],
            float(row["offset_m"]),
            float(row["accuracy_m"]),
            row["reference"],
        )
        for row in _rows("offsets.csv")
    )


@cache
def datum_of(crs: str) -> str | None:
    """Return the datum of a CRS's heights, None where it has no heights.

    A vertical CRS that the table does not have is called by its code.

    Raises:
        pyproj.exceptions.CRSError: ``crs`` names no CRS.
    """
    known = CRS.from_user_input(crs)
    parts = known.sub_crs_list if known.is_compound else [known]
    vertical = next((part for part in parts if part.is_vertical), None)
    if vertical is None:
        return ELLIPSOIDAL if len(known.axis_info) == 3 else None  # noqa: PLR2004 - axes
    code = vertical.to_epsg()
    called = vertical.name if code is None else f"EPSG:{code}"
    return next((each.datum for each in datums().values() if each.crs == called), called)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with files(__package__).joinpath(name).open(encoding="utf-8") as opened:
        yield from csv.DictReader(opened)
