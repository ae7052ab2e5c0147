"""How good a transformation is that pyproj chooses, said before anybody trusts its centimetres."""

from functools import cache
from typing import NamedTuple

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from spatial.crs import WGS84, called

_ALIKE = {4326, 4978, 4979, 4490, 4479, 4480}
"""Geodetic CRS of WGS 84 and CGCS2000, which both follow the ITRF."""
_ALIKE_M = 1.0
"""How far Eurasia has moved against the ITRF since the epoch of CGCS2000 (2000.0), about."""


class Operation(NamedTuple):
    """What leads from one CRS to another.

    Attributes:
        description: as PROJ gives it, its steps joined by ``+``.
        accuracy_m: as EPSG states it; None where nobody does.
        ballpark: there is no datum shift, although the datums differ.
        warning: a sentence on what that means here; empty where nothing does.
    """

    description: str
    accuracy_m: float | None
    ballpark: bool
    warning: str = ""


def operation(source: str, target: str, x: float, y: float) -> Operation:
    """Return the operation that pyproj chooses for a place.

    Args:
        source: CRS that PROJ knows.
        target: alike.
        x: easting or longitude in ``source``; other places may get other operations.
        y: northing or latitude.

    Raises:
        pyproj.exceptions.CRSError: one of them names no CRS.
    """
    chosen = _chosen(source, target, x, y)
    accuracy = chosen.accuracy if chosen.accuracy >= 0 else None
    ballpark = "ballpark" in chosen.description.lower()
    if ballpark and _geodetic(source) in _ALIKE and _geodetic(target) in _ALIKE:
        return Operation(chosen.description, _ALIKE_M, ballpark=False)
    warning = _warning(source, target, x, y) if ballpark else ""
    return Operation(chosen.description, accuracy, ballpark, warning)


def _chosen(source: str, target: str, x: float, y: float) -> Transformer:
    made = _transformer(source, target)
    if np.isfinite(made.transform(x, y)).all():
        try:
            return made.get_last_used_operation()
        except ProjError:  # there is but one
            return made
    return made


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _warning(source: str, target: str, x: float, y: float) -> str:
    from_datum, to_datum = _datum(source), _datum(target)
    sentence = (
        f"PROJ has no datum shift from {from_datum} to {to_datum} here and takes the degrees as "
        "they are, which is some 100 m off between the older datums and CGCS2000: declare a local "
        "system with parameters for the district"
    )
    if _geodetic(target) in _ALIKE and called(target) != WGS84:
        by_way = operation(source, WGS84, x, y)
        if not by_way.ballpark and by_way.accuracy_m is not None:
            sentence += (
                f"; by way of {WGS84} there is one that EPSG states to be good to "
                f"{by_way.accuracy_m:g} m"
            )
    return sentence


@cache
def _geodetic(crs: str) -> int | None:
    geodetic = CRS.from_user_input(crs).geodetic_crs
    return None if geodetic is None else geodetic.to_epsg()


def _datum(crs: str) -> str:
    geodetic = CRS.from_user_input(crs).geodetic_crs
    return called(crs) if geodetic is None else geodetic.name
