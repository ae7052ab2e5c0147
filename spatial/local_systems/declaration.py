"""``[[systems]]`` of a TOML file: a local system and how its coordinates lead to a known CRS."""

from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pyproj import CRS
from pyproj.exceptions import CRSError

from spatial.offsets import Offset

RESERVED = frozenset({*Offset, "cgcs2000", "epsg", "esri", "ogc", "urn", "proj"})
"""Names that mean something else already."""

Text = Annotated[str, Field(min_length=1, max_length=500)]
Pair = Annotated[list[FiniteFloat], Field(min_length=2, max_length=3)]
_LARGEST_SHIFT_M = 10_000.0
_LARGEST_TURN_ARCSEC = 3600.0
_LARGEST_SCALE_PPM = 1000.0

Shift = Annotated[FiniteFloat, Field(ge=-_LARGEST_SHIFT_M, le=_LARGEST_SHIFT_M)]
Turn = Annotated[FiniteFloat, Field(ge=-_LARGEST_TURN_ARCSEC, le=_LARGEST_TURN_ARCSEC)]
Scale = Annotated[FiniteFloat, Field(ge=-_LARGEST_SCALE_PPM, le=_LARGEST_SCALE_PPM)]


def _known_crs(text: str) -> str:
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise ValueError(f"unknown CRS {text!r}: expected e.g. 'EPSG:4547'") from error
    if not (crs.is_projected or crs.is_geographic) or len(crs.axis_info) != 2:  # noqa: PLR2004
        raise ValueError(f"{text!r} is {crs.name!r}: expected a projected or geographic CRS, 2-D")
    return text


def _free_name(text: str) -> str:
    if text.casefold() in RESERVED:
        raise ValueError(f"name {text!r} means another system: expected one of its own")
    return text


def _beside(written: object, info: ValidationInfo) -> Path:
    if not isinstance(written, str) or not written:
        raise ValueError(f"{written!r}: expected the name of a grid file")
    folder: Path = (info.context or {}).get("folder", Path())
    path = (folder / written).absolute()
    if not path.is_file() or '"' in written:
        raise ValueError(f"there is no grid {written!r} in {str(folder)!r}")
    return path


GridFile = Annotated[Path, BeforeValidator(_beside)]
KnownCrs = Annotated[Text, AfterValidator(_known_crs)]
Name = Annotated[str, Field(pattern=r"^\w[\w-]{1,39}$"), AfterValidator(_free_name)]


class _Table(BaseModel):
    """A table of the file: frozen, and it refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ControlPoint(_Table):
    """A point whose coordinates are known in both systems.

    Attributes:
        name: of the point.
        local: east, north and perhaps height in the local system.
        base: the same in ``base``, longitude first where that has degrees.
    """

    name: Text
    local: Pair
    base: Pair


class _System(_Table):
    """What every declaration says.

    Attributes:
        name: by which the system is called, letters of any script, digits, ``-`` and ``_``.
        title: as people call it.
        base: CRS that the parameters lead to.
        source: who gave the parameters, and when.
        accuracy_m: how far off a place may be.
        tolerance_m: by how much a control point may miss.
        control: points that prove the parameters.
    """

    name: Name
    title: Text | None = None
    base: KnownCrs
    source: Text | None = None
    accuracy_m: Annotated[FiniteFloat, Field(gt=0)] | None = None
    tolerance_m: Annotated[FiniteFloat, Field(gt=0, le=100)] = 0.1
    control: list[ControlPoint] = []


class SevenParameters(_System):
    """Helmert's similarity in space (EPSG methods 9606 and 9607), from local to ``base``.

    Attributes:
        crs: projection and ellipsoid of the local system: ``EPSG:n`` or a PROJ string.
        convention: what a positive rotation turns. ``position_vector`` (EPSG 9606, the points) and
            ``coordinate_frame`` (EPSG 9607, the axes) differ in the sign of all three.
        x_m: shift along the geocentric axes, metres.
        y_m: alike.
        z_m: alike.
        rx_arcsec: rotation about the geocentric axes, seconds of arc.
        ry_arcsec: alike.
        rz_arcsec: alike.
        scale_ppm: scale less one, in millionths.
    """

    kind: Literal["seven-parameter"]
    crs: KnownCrs
    convention: Literal["position_vector", "coordinate_frame"]
    x_m: Shift
    y_m: Shift
    z_m: Shift
    rx_arcsec: Turn
    ry_arcsec: Turn
    rz_arcsec: Turn
    scale_ppm: Scale


class FourParameters(_System):
    """Helmert's similarity in the plane, from local to ``base``, which has metres.

    Attributes:
        east_m: shift after turning and scaling, metres.
        north_m: alike.
        rotation_arcsec: by which points turn about the origin of the local system.
        turns: which way a positive rotation turns them, seen from above with east to the right.
        scale_ppm: scale less one, in millionths.
    """

    kind: Literal["four-parameter"]
    east_m: FiniteFloat
    north_m: FiniteFloat
    rotation_arcsec: Annotated[FiniteFloat, Field(ge=-648_000, le=648_000)]
    turns: Literal["counterclockwise", "clockwise"]
    scale_ppm: Scale

    @model_validator(mode="after")
    def _metres(self) -> Self:
        if not CRS.from_user_input(self.base).is_projected:
            raise ValueError(f"base {self.base!r} has degrees: expected a projected CRS")
        return self


class Grid(_System):
    """A grid of differences (NTv2 or GeoTIFF), from local to ``base``.

    Attributes:
        crs: projection and ellipsoid of the local system: ``EPSG:n`` or a PROJ string.
        grid: file beside the declaration.
    """

    kind: Literal["grid"]
    crs: KnownCrs
    grid: GridFile


class Pipeline(_System):
    """A PROJ pipeline, from local east and north to ``base``, x before y.

    Attributes:
        pipeline: the text that begins with ``+proj=pipeline``; it must have an inverse.
    """

    kind: Literal["pipeline"]
    pipeline: Annotated[Text, Field(pattern=r"^\+proj=")]


Declaration: TypeAlias = SevenParameters | FourParameters | Grid | Pipeline


class HeightOffset(_Table):
    """A constant difference between two vertical datums.

    Attributes:
        source: name of a datum.
        target: alike.
        offset_m: a height in ``target`` is one in ``source`` plus this.
        accuracy_m: how far off it may be in the district.
        reference: who says so.
    """

    source: Name
    target: Name
    offset_m: Annotated[FiniteFloat, Field(ge=-100, le=100)]
    accuracy_m: Annotated[FiniteFloat, Field(gt=0)] | None = None
    reference: Text = "declared"


class GeoidGrid(_Table):
    """A geoid model.

    Attributes:
        datum: of the heights that it gives, e.g. ``yellow-sea-1985``.
        grid: GTX or GeoTIFF file beside the declaration, heights of the datum above the ellipsoid.
        accuracy_m: as its maker says.
    """

    datum: Name
    grid: GridFile
    accuracy_m: Annotated[FiniteFloat, Field(gt=0)] | None = None


class Declarations(_Table):
    """The whole file."""

    systems: list[Annotated[Declaration, Field(discriminator="kind")]] = []
    heights: list[HeightOffset] = []
    geoids: list[GeoidGrid] = []

    @field_validator("systems")
    @classmethod
    def _names_once(cls, systems: list[Declaration]) -> list[Declaration]:
        names = [system.name.casefold() for system in systems]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"declared twice: {twice!r}, expected one system a name")
        return systems
