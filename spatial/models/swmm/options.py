"""What a SWMM file is written in: units by its flow units, offsets as depths or as levels."""

from pathlib import Path
from typing import NamedTuple

from spatial.files.errors import refuse
from spatial.models.inp.rows import Row
from spatial.models.inp.sections import Sections

FEET_M = 0.3048
ACRE_M2 = 43_560 * FEET_M**2
HECTARE_M2 = 10_000.0
_IMPERIAL = ("CFS", "GPM", "MGD")
_METRIC = ("CMS", "LPS", "MLD")
_DEPTH, _ELEVATION = "DEPTH", "ELEVATION"
_SHOWN = 40


class Options(NamedTuple):
    """What the figures of a file mean (SWMM 5.2 user's manual, appendix A.1 and D.2).

    Attributes:
        length_m: of one unit of length.
        area_m2: of one unit of area of a subcatchment.
        elevation: whether offsets of links are levels, not heights above the node's invert.
        warnings: sentences on what was assumed.
    """

    length_m: float
    area_m2: float
    elevation: bool
    warnings: tuple[str, ...]


def options_of(path: Path, sections: Sections) -> Options:
    """Return the units of a file.

    Raises:
        FileRefusedError: they are none of SWMM's, so that every figure would be wrong.
    """
    said = {}
    for row in sections.taken("OPTIONS"):
        key, *values = row.values() or [""]
        said[key.upper()] = (row, values[0].upper() if values else "")
    imperial = _choice(path, said.get("FLOW_UNITS"), (*_IMPERIAL, *_METRIC), "CFS") in _IMPERIAL
    offsets = _choice(path, said.get("LINK_OFFSETS"), (_DEPTH, _ELEVATION), _DEPTH)
    warnings = (
        ()
        if "FLOW_UNITS" in said
        else ("no FLOW_UNITS in [OPTIONS]: taken as CFS, lengths in feet, as SWMM does",)
    )
    return Options(
        FEET_M if imperial else 1.0,
        ACRE_M2 if imperial else HECTARE_M2,
        offsets == _ELEVATION,
        warnings,
    )


def _choice(path: Path, said: tuple[Row, str] | None, known: tuple[str, ...], default: str) -> str:
    if said is None:
        return default
    row, value = said
    if value not in known:
        raise refuse(
            path,
            f"line {row.line}: {row.text[:_SHOWN]!r}, expected one of {', '.join(known)}",
        )
    return value


def map_unit(sections: Sections) -> str:
    """Return the unit of the coordinates, lower case; empty where the file does not say."""
    said = ""
    for row in sections.taken("MAP"):
        values = row.values()
        if values[0].upper() == "UNITS" and len(values) > 1:
            said = values[1].lower()
    return "" if said == "none" else said
