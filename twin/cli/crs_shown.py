"""What a coordinate system is, as a document and in words."""

from collections.abc import Iterator
from typing import Any

from pyproj import CRS

from spatial.accuracy import operation
from spatial.conversion import System
from spatial.crs import WGS84, area_of_use, transform
from spatial.offsets import Offset

_OFFSETS = {
    Offset.GCJ02: "longitudes and latitudes of public maps of China, shifted against WGS 84 by 300 "
    "to 900 m; not in EPSG",
    Offset.BD09: "longitudes and latitudes of Baidu's maps, shifted once more against GCJ-02 by "
    "about 1 km; not in EPSG",
}
_WHOLE_TURN_DEG = 360.0
_CHINA = (73.66, 3.86, 135.05, 53.55)


def document(system: System) -> dict[str, Any]:
    """Return what there is to know of a system.

    The axes are those of the CRS itself; in this program x is always east and y north.
    """
    crs = CRS.from_user_input(system.crs)
    horizontal = CRS.from_user_input(system.horizontal)
    shown: dict[str, Any] = {
        "name": system.name,
        "title": _title(system, crs),
        "kind": _kind(system, crs),
        "crs": system.crs if system.crs.startswith("EPSG:") else crs.name,
        "unit": horizontal.axis_info[0].unit_name,
        "axes": [f"{axis.name} ({axis.direction})" for axis in crs.axis_info],
        "area": _area(system),
        "datum": horizontal.datum.name if horizontal.datum else None,
        "ellipsoid": _ellipsoid(horizontal),
        "projection": _projection(horizontal),
        "heights": system.heights,
        "local": _local(system),
    }
    return shown | _way_to_wgs84(system)


def lines(shown: dict[str, Any]) -> Iterator[str]:
    """Yield the document in words."""
    yield f"{shown['name']}  {shown['title']}"
    yield f"kind        {shown['kind']}, {shown['unit']}; x east, y north here"
    yield f"axes        {', '.join(shown['axes'])} in the definition"
    if shown["area"]:
        west, south, east, north = shown["area"]
        yield f"area        {west:g} to {east:g} E, {south:g} to {north:g} N"
    if shown["datum"]:
        yield f"datum       {shown['datum']}"
    if shown["ellipsoid"]:
        axis, flattening = shown["ellipsoid"]["a_m"], shown["ellipsoid"]["inverse_flattening"]
        yield f"ellipsoid   a = {axis:.10g} m, 1/f = {flattening:.12g}"
    for name, value in (shown["projection"] or {}).items():
        yield f"projection  {name}: {value}"
    yield f"heights     {shown['heights'] or 'none are defined'}"
    accuracy = shown["accuracy_m"]
    yield f"to WGS 84   {'accuracy unknown' if accuracy is None else f'good to {accuracy:g} m'}"
    for residual in (shown["local"] or {}).get("control", []):
        yield f"control     {residual['name']}: misses by {residual['distance_m']:.4f} m"


def _title(system: System, crs: CRS) -> str:
    if system.local is not None:
        return system.local.declared.title or f"local system that leads to {system.crs}"
    return _OFFSETS.get(system.offset, crs.name)


def _kind(system: System, crs: CRS) -> str:
    if system.local is not None:
        return f"local, {system.local.declared.kind}"
    return "offset" if system.offset in _OFFSETS else crs.type_name


def _area(system: System) -> list[float] | None:
    if system.offset in _OFFSETS:
        return list(_CHINA)
    area = area_of_use(system.horizontal)
    bounds = [area.west, area.south, area.east, area.north]
    return None if float("inf") in bounds else [round(degrees, 6) for degrees in bounds]


def _ellipsoid(crs: CRS) -> dict[str, float] | None:
    found = crs.ellipsoid
    if found is None:
        return None
    return {
        "a_m": found.semi_major_metre,
        "inverse_flattening": found.inverse_flattening,
    }


def _projection(crs: CRS) -> dict[str, str] | None:
    conversion = crs.coordinate_operation
    if not crs.is_projected or conversion is None:
        return None
    parameters = {each.name: f"{each.value:.12g} {each.unit_name}" for each in conversion.params}
    return {"Method": conversion.method_name, **parameters}


def _local(system: System) -> dict[str, Any] | None:
    if system.local is None:
        return None
    declared = system.local.declared.model_dump(mode="json", exclude={"control"})
    control = [
        {
            "name": each.name,
            "east_m": round(each.east_m, 5),
            "north_m": round(each.north_m, 5),
            "distance_m": round(each.distance_m, 5),
        }
        for each in system.local.residuals()
    ]
    return {**declared, "control": control}


def _way_to_wgs84(system: System) -> dict[str, Any]:
    """Return how good the way to WGS 84 is in the middle of the area of use."""
    if system.offset in _OFFSETS:
        return {"accuracy_m": 0.001, "operation": "published offsets, iterated", "warnings": []}
    x, y = _middle(system.horizontal)
    found = operation(system.horizontal, WGS84, x, y)
    warnings = [found.warning] if found.warning else []
    accuracy = found.accuracy_m
    if system.local is not None:
        accuracy = system.local.declared.accuracy_m
        if not system.local.declared.control:
            warnings.append("no control point proves its parameters: give three or more")
    return {"accuracy_m": accuracy, "operation": found.description, "warnings": warnings}


def _middle(crs: str) -> tuple[float, float]:
    area = area_of_use(crs)
    bounds = (area.west, area.south, area.east, area.north)
    if float("inf") in bounds:
        return 0.0, 0.0
    half = (area.east - area.west) % _WHOLE_TURN_DEG / 2 or _WHOLE_TURN_DEG / 2
    x, y = area.west + half, (area.south + area.north) / 2
    x -= _WHOLE_TURN_DEG if x > _WHOLE_TURN_DEG / 2 else 0.0
    east, north = transform(x, y, WGS84, crs, anywhere=True)
    return float(east), float(north)
