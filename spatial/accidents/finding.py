"""What can have happened to coordinates on their way here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees (WGS 84)."""


class Accident(StrEnum):
    """What coordinates seem to have suffered."""

    NOT_FINITE = "not-finite"
    ZERO = "zero"
    ZONE_PREFIX = "zone-prefix"
    NO_ZONE_PREFIX = "no-zone-prefix"
    NORTH_FIRST = "north-first"
    LATITUDE_FIRST = "latitude-first"
    DEGREES = "degrees-in-a-metre-file"
    METRES = "metres-in-a-degree-file"
    MILLIMETRES = "millimetres"
    CENTIMETRES = "centimetres"
    KILOMETRES = "kilometres"
    FEET = "feet"
    OTHER_ANGLES = "other-angles"
    WRONG_MERIDIAN = "wrong-central-meridian"
    OTHER_SYSTEM = "other-system"
    OWN_ORIGIN = "own-origin"
    OUTSIDE = "outside"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    WGS84 = "wgs84"
    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with some points.

    Attributes:
        accidents: what they seem to have suffered, all of it together.
        sentence: what it seems to be and what to do.
        count: how many points it is about.
        first: position of the first of them.
        point: its coordinates as they were given.
        crs: CRS in which the coordinates, once mended as the sentence says, would be right.
        shift_m: by how much they lie east and north of where a reference has them.
    """

    accidents: tuple[Accident, ...]
    sentence: str
    count: int
    first: int | None = None
    point: tuple[float, float] | None = None
    crs: str | None = None
    shift_m: tuple[float, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON has it; a number that is none becomes text."""
        point = None if self.point is None else [_told(number) for number in self.point]
        return {
            "accidents": [str(accident) for accident in self.accidents],
            "sentence": self.sentence,
            "count": self.count,
            "first": self.first,
            "point": point,
            "crs": self.crs,
            "shift_m": None if self.shift_m is None else list(self.shift_m),
        }


def _told(number: float) -> float | str:
    return number if number - number == 0 else repr(number)
