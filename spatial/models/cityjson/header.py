"""What a CityJSON object says of itself beside its CityObjects: version, transform, CRS."""

import math
import re
from pathlib import Path
from typing import Any, NamedTuple

from spatial.files.errors import refuse
from spatial.models.frames.reference_system import ReferenceSystem, understood
from spatial.models.frames.wording import shown

Triple = tuple[float, float, float]

_VERSION = re.compile(r"(1\.0|1\.1|2\.0)(\.\d+)?")
_OLDEST = "1.0"
_EXTENT = 6
FARTHEST = 1e12
"""No coordinate of any CRS is larger; beyond it sums of products would overflow."""


class Transform(NamedTuple):
    """Coordinates = scale × whole numbers + translate (CityJSON 2.0, 4)."""

    scale: Triple
    translate: Triple


class Header(NamedTuple):
    """What is said once for the whole file.

    Attributes:
        version: as the file writes it: ``1.1``.
        transform: None where vertices are written as they are, which only 1.0 allows.
        system: CRS; None where there is none that can be used.
        extent: ``metadata.geographicalExtent``: lowest x, y, z and highest; None where not said.
        templates: the member ``geometry-templates``, not looked into yet.
        warnings: sentences.
    """

    version: str
    transform: Transform | None
    system: ReferenceSystem | None
    extent: tuple[float, ...] | None
    templates: Any
    warnings: tuple[str, ...]


def header_of(path: Path, document: object) -> Header:
    """Return the header of a CityJSON object.

    Raises:
        FileRefusedError: it is none, its version is unknown, or its transform is not one.
    """
    if not isinstance(document, dict):
        raise refuse(path, f"is {shown(document)}: expected a CityJSON object")
    kind = document.get("type")
    if kind == "CityJSONFeature":
        raise refuse(
            path,
            "begins with a CityJSONFeature: expected the CityJSON object with version, transform "
            "and metadata in the first line",
        )
    if kind != "CityJSON":
        raise refuse(path, f"is JSON of type {shown(kind)}: expected 'CityJSON'")
    version = document.get("version")
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise refuse(path, f"version is {shown(version)}: expected '1.0', '1.1' or '2.0'")
    metadata = document.get("metadata")
    said = metadata if isinstance(metadata, dict) else {}
    crs = understood(said.get("referenceSystem"), url_expected=found[1] != _OLDEST)
    odd = metadata is not None and not isinstance(metadata, dict)
    about = [f"metadata is {shown(metadata)}: expected an object"] if odd else []
    return Header(
        version=found[0],
        transform=_transform(path, document.get("transform"), needed=found[1] != _OLDEST),
        system=crs.system,
        extent=extent_of(said.get("geographicalExtent")),
        templates=document.get("geometry-templates"),
        warnings=(*about, *([crs.warning] if crs.warning else [])),
    )


def extent_of(value: object) -> tuple[float, ...] | None:
    """Return six numbers, lowest x, y, z and highest; None where the value is not that."""
    if not isinstance(value, list) or len(value) != _EXTENT or not all(map(_is_number, value)):
        return None
    lowest, highest = value[:3], value[3:]
    if any(low > high for low, high in zip(lowest, highest, strict=True)):
        return None
    return tuple(map(float, value))


def _transform(path: Path, value: object, *, needed: bool) -> Transform | None:
    if value is None or (value == {} and not needed):
        if needed:
            raise refuse(path, "has no transform: expected scale and translate since CityJSON 1.1")
        return None
    if not isinstance(value, dict):
        raise refuse(path, f"transform is {shown(value)}: expected scale and translate")
    scale = _triple(path, "scale", value.get("scale"))
    if 0.0 in scale:
        raise refuse(path, f"transform.scale is {list(scale)!r}: expected no zero")
    return Transform(scale, _triple(path, "translate", value.get("translate")))


def _triple(path: Path, name: str, value: object) -> Triple:
    if not isinstance(value, list) or len(value) != 3 or not all(map(_is_number, value)):  # noqa: PLR2004
        raise refuse(path, f"transform.{name} is {shown(value)}: expected three numbers")
    x, y, z = map(float, value)
    return x, y, z


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) <= FARTHEST
    )
