"""Heights and what they are counted from."""

from spatial.heights.conversion import NOTHING_ELSE, Converted, Known, convert, convert_heights
from spatial.heights.datum import (
    ELLIPSOIDAL,
    YELLOW_SEA_1956,
    YELLOW_SEA_1985,
    Datum,
    DatumOffset,
    Height,
    HeightDatumError,
    datum_of,
    datums,
    known_offsets,
)
from spatial.heights.geoid import Geoid

__all__ = [
    "ELLIPSOIDAL",
    "NOTHING_ELSE",
    "YELLOW_SEA_1956",
    "YELLOW_SEA_1985",
    "Converted",
    "Datum",
    "DatumOffset",
    "Geoid",
    "Height",
    "HeightDatumError",
    "Known",
    "convert",
    "convert_heights",
    "datum_of",
    "datums",
    "known_offsets",
]
