"""Units of an EPANET file, which all follow from those of flow (2.2 manual, appendix A)."""

from pathlib import Path
from typing import NamedTuple

from spatial.files.errors import refuse
from spatial.models.inp.sections import Sections

FEET_M = 0.3048
INCH_M = 0.0254
_DAY_S = 86_400.0
_GALLON_M3 = 231 * INCH_M**3
_IMPERIAL = {
    "CFS": FEET_M**3,
    "GPM": _GALLON_M3 / 60,
    "MGD": 1e6 * _GALLON_M3 / _DAY_S,
    "IMGD": 4546.09 / _DAY_S,
    "AFD": 43_560 * FEET_M**3 / _DAY_S,
}
"""Units of flow that go with feet and inches: m3/s of one (gallons: US, acre-foot, imperial)."""
_METRIC = {
    "LPS": 0.001,
    "LPM": 0.001 / 60,
    "MLD": 1000 / _DAY_S,
    "CMH": 1 / 3600,
    "CMD": 1 / _DAY_S,
    "CMS": 1.0,
    "SI": 0.001,
}
_SHOWN = 40


class Options(NamedTuple):
    """What the figures of a file mean.

    Attributes:
        length_m: of one unit of length, level and width of a tank.
        diameter_m: of one unit of the diameter of a pipe.
        flow_m3_s: of one unit of flow.
        map_unit: of the coordinates; empty where the file does not say.
        warnings: sentences on what was assumed.
    """

    length_m: float
    diameter_m: float
    flow_m3_s: float
    map_unit: str
    warnings: tuple[str, ...]


def options_of(path: Path, sections: Sections) -> Options:
    """Return the units of a file.

    Raises:
        FileRefusedError: they are none of EPANET's, so that every figure would be wrong.
    """
    found = ""
    for row in sections.taken("OPTIONS"):
        values = row.values()
        if len(values) > 1 and values[0].upper().startswith("UNIT"):
            found = _unit(path, row.line, values[1].upper())
    if found in _METRIC:
        return Options(1.0, 0.001, _METRIC[found], _map_unit(sections), ())
    warnings = (
        () if found else ("no UNITS in [OPTIONS]: taken as GPM, feet and inches, as EPANET does",)
    )
    return Options(FEET_M, INCH_M, _IMPERIAL[found or "GPM"], _map_unit(sections), warnings)


def _unit(path: Path, line: int, units: str) -> str:
    known = (*_IMPERIAL, *_METRIC)
    found = next((each for each in known if units.startswith(each)), None)
    if found is None:
        raise refuse(
            path, f"line {line}: units {units[:_SHOWN]!r}, expected one of {', '.join(known)}"
        )
    return found


def _map_unit(sections: Sections) -> str:
    for row in sections.taken("BACKDROP"):
        values = row.values()
        if values[0].upper().startswith("UNIT") and len(values) > 1:
            said = values[1].lower()
            return "" if said == "none" else said
    return ""
