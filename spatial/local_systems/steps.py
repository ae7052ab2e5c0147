"""How each kind of declaration moves coordinates to its base CRS, and back."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import ProjError

from spatial.crs import Floats
from spatial.local_systems.declaration import (
    Declaration,
    FourParameters,
    Grid,
    Pipeline,
    SevenParameters,
)

_TO_RADIANS = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
_TO_DEGREES = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
_GRID_STARTS = (b"NUM_OREC", b"II*\x00", b"MM\x00*")
"""Of NTv2 and GeoTIFF."""


class Places(NamedTuple):
    """Coordinates (n,): x east, y north, z up in metres, zero where nobody knows it."""

    x: Floats
    y: Floats
    z: Floats


Step: TypeAlias = Callable[[Places], Places]


class Steps(NamedTuple):
    """From local to base and back; what has no place there becomes infinite."""

    forth: Step
    back: Step


def steps_of(declared: Declaration) -> Steps:
    """Return how a system is reached.

    Raises:
        ValueError: PROJ cannot do it; the sentence says what is wrong.
    """
    match declared:
        case FourParameters():
            return _in_the_plane(declared)
        case SevenParameters():
            return _between_ellipsoids(declared.crs, declared.base, _helmert(declared))
        case Grid():
            return _between_ellipsoids(declared.crs, declared.base, _grid(declared.grid))
        case Pipeline():
            return _both_ways(_transformer(declared.pipeline))


def _in_the_plane(declared: FourParameters) -> Steps:
    turn = math.radians(declared.rotation_arcsec / 3600)
    if declared.turns == "clockwise":
        turn = -turn
    scale = 1 + declared.scale_ppm * 1e-6
    cosine, sine = scale * math.cos(turn), scale * math.sin(turn)

    def forth(places: Places) -> Places:
        x, y, z = places
        east = declared.east_m + cosine * x - sine * y
        return Places(east, declared.north_m + sine * x + cosine * y, z)

    def back(places: Places) -> Places:
        x, y = places.x - declared.east_m, places.y - declared.north_m
        square = scale * scale
        return Places((cosine * x + sine * y) / square, (cosine * y - sine * x) / square, places.z)

    return Steps(forth, back)


def _between_ellipsoids(local: str, base: str, middle: str) -> Steps:
    """Return local projection to degrees, the datum shift between degrees, and the base's own."""
    local_crs, base_crs = CRS.from_user_input(local), CRS.from_user_input(base)
    pipeline = f"+proj=pipeline {_TO_RADIANS} {middle} {_TO_DEGREES}"
    pipeline = pipeline.replace("ELLIPSOID_IN", _ellipsoid(local_crs))
    pipeline = pipeline.replace("ELLIPSOID_OUT", _ellipsoid(base_crs))
    unproject = _both_ways(_to_degrees(local_crs))
    shift = _both_ways(_transformer(pipeline))
    project = _both_ways(_to_degrees(base_crs))
    return Steps(
        lambda places: project.back(shift.forth(unproject.forth(places))),
        lambda places: unproject.back(shift.back(project.forth(places))),
    )


def _to_degrees(crs: CRS) -> Transformer:
    return Transformer.from_crs(crs, crs.geodetic_crs or crs, always_xy=True)


def _ellipsoid(crs: CRS) -> str:
    found = crs.ellipsoid
    if found is None or not found.inverse_flattening:
        raise ValueError(f"crs {crs.name!r} has no ellipsoid: expected one, e.g. +a= and +rf=")
    return f"+a={found.semi_major_metre!r} +rf={found.inverse_flattening!r}"


def _helmert(declared: SevenParameters) -> str:
    return (
        "+step +proj=cart ELLIPSOID_IN "
        f"+step +proj=helmert +x={declared.x_m!r} +y={declared.y_m!r} +z={declared.z_m!r} "
        f"+rx={declared.rx_arcsec!r} +ry={declared.ry_arcsec!r} +rz={declared.rz_arcsec!r} "
        f"+s={declared.scale_ppm!r} +convention={declared.convention} "
        "+step +inv +proj=cart ELLIPSOID_OUT"
    )


def _grid(path: Path) -> str:
    with path.open("rb") as opened:
        start = opened.read(8)
    if not start.startswith(_GRID_STARTS):
        raise ValueError(f"grid {path.name!r} starts with {start!r}: expected NTv2 or GeoTIFF")
    return f'+step +proj=hgridshift +grids="{path}"'


def _transformer(pipeline: str) -> Transformer:
    try:
        made = Transformer.from_pipeline(pipeline)
    except ProjError as error:
        raise ValueError(f"PROJ refuses {pipeline!r}: {_plain(error)}") from error
    if not made.has_inverse:
        raise ValueError(f"pipeline {pipeline!r} has no inverse: expected steps that have one")
    return made


def _plain(error: ProjError) -> str:
    return str(error).partition(": ")[2].rstrip(".)") or str(error)


def _both_ways(made: Transformer) -> Steps:
    def moved(places: Places, direction: TransformDirection) -> Places:
        x, y, z = made.transform(*places, direction=direction)
        return Places(np.asarray(x), np.asarray(y), np.asarray(z))

    return Steps(
        lambda places: moved(places, TransformDirection.FORWARD),
        lambda places: moved(places, TransformDirection.INVERSE),
    )
