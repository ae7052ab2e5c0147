"""What is asked of roads, as documents: the same for the web service and the commands."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import shapely
from shapely.geometry import MultiPolygon, mapping, shape
from shapely.geometry.base import BaseGeometry

from data.roads.building import RoadNetwork
from data.roads.closures import Closure
from data.roads.coverage import Coverage, Covered, Share
from data.roads.nearest import Helper, Nearest
from data.roads.reach import Reach, Reached, Start
from data.roads.spots import Place
from spatial.crs import WGS84, transform_shapes
from spatial.feature_tables import Layout, framed

if TYPE_CHECKING:  # pandas takes half a second to load
    import geopandas as gpd

_DECIMALS = 7
_REACHED: Layout = {
    "shape": "text", "minutes": "number", "edges": "count", "length_m": "number",
    "area_m2": "number",
}  # fmt: skip
_COMING: Layout = {
    "shape": "text", "code": "text", "name": "text", "class": "text", "seen_at": "instant",
    "stale": "flag", "travel_s": "number", "distance_m": "number", "off_road_m": "number",
}  # fmt: skip
_SHARES: Layout = {
    f"{what}.{figure}": "number"
    for what in ("land_m2", "people", "buildings", "risk_sites")
    for figure in ("reached", "total", "share")
}
_AREAS: Layout = {
    "shape": "text", "code": "text", "name": "text", **_SHARES,
    "people.unknown_buildings": "count", "risk_sites.missed": "object",
}  # fmt: skip
SHAPES: Mapping[str, tuple[tuple[str, ...], Layout]] = {
    "reached": (("roads", "land"), _REACHED),
    "coming": (("route",), _COMING),
    "areas": (("gap",), _AREAS),
}
"""By the member of a document: the shapes that each of its items has, and columns of a table."""


def network_document(network: RoadNetwork) -> dict[str, Any]:
    """Return what is known of the network."""
    return network._asdict() | {"built_at": _utc(network.built_at)}


def reach_document(found: Reach, crs: str) -> dict[str, Any]:
    """Return what is reached; shapes are GeoJSON in WGS 84."""
    return {
        "stations": [_start(start) for start in found.starts],
        "closed": _closed(found.closed),
        "reached": [_reached(one, crs) for one in found.reached],
    }


def nearest_document(found: Nearest, crs: str) -> dict[str, Any]:
    """Return who comes to an incident, and who does not and why."""
    place, spot, reason = found.incident
    return {
        "incident": _place(place)
        | {"off_road_m": _rounded(spot and spot.off_road_m), "reason": reason},
        "closed": _closed(found.closed),
        "coming": [_helper(one, crs) for one in found.helpers if not one.reason],
        "unreachable": [_helper(one, crs) for one in found.helpers if one.reason],
    }


def coverage_document(found: Coverage, crs: str) -> dict[str, Any]:
    """Return how much of areas is reached; gaps are GeoJSON in WGS 84."""
    return {
        "stations": [_start(start) for start in found.starts],
        "closed": _closed(found.closed),
        "areas": [_covered(area, crs) for area in found.areas],
    }


def shapes_table(document: dict[str, Any]) -> "gpd.GeoDataFrame":
    """Return the shapes of a document as a table in WGS 84; ``shape`` says what each is."""
    for member, (names, layout) in SHAPES.items():
        if member in document:
            shaped = [(one, name) for one in document[member] for name in names]
            shapes = [None if one[name] is None else shape(one[name]) for one, name in shaped]
            return framed([one | {"shape": name} for one, name in shaped], shapes, layout, WGS84)
    raise KeyError(f"document of {', '.join(document)}: expected one of {', '.join(SHAPES)}")


def _start(start: Start) -> dict[str, Any]:
    off = start.spot and start.spot.off_road_m
    return _place(start.place) | {"off_road_m": _rounded(off), "reason": start.reason}


def _reached(one: Reached, crs: str) -> dict[str, Any]:
    return {
        "minutes": one.minutes,
        "edges": one.edges,
        "length_m": _rounded(one.length_m),
        "area_m2": _rounded(one.land.area),
        "roads": _degrees(one.roads, crs),
        "land": _degrees(one.land, crs),
    }


def _helper(one: Helper, crs: str) -> dict[str, Any]:
    return _place(one.place) | {
        "class": one.place.klass,
        "seen_at": one.seen_at and _utc(one.seen_at),
        "stale": one.stale,
        "travel_s": _rounded(one.seconds),
        "distance_m": _rounded(one.distance_m),
        "off_road_m": _rounded(one.off_road_m),
        "route": None if one.route is None else _degrees(one.route, crs),
        "reason": one.reason,
    }


def _covered(area: Covered, crs: str) -> dict[str, Any]:
    return {
        "code": str(area.code),
        "name": area.name,
        "land_m2": _share(area.land_m2),
        "people": _share(area.people) | {"unknown_buildings": area.unknown_buildings},
        "buildings": _share(area.buildings),
        "risk_sites": _share(area.sites) | {"missed": [_place(site) for site in area.missed]},
        "gap": _degrees(area.gap, crs),
    }


def _share(share: Share) -> dict[str, Any]:
    part = None if share.share is None else round(share.share, 4)
    return {"reached": _rounded(share.reached), "total": _rounded(share.total), "share": part}


def _place(place: Place) -> dict[str, Any]:
    return {"code": str(place.code) if place.code else None, "name": place.name}


def _closed(closed: Iterable[Closure]) -> list[dict[str, str]]:
    return [{"code": str(one.code), "reason": one.reason} for one in closed]


def _degrees(shape: BaseGeometry, crs: str) -> Any:  # noqa: ANN401 - GeoJSON
    if shape.is_empty:
        return mapping(MultiPolygon()) if shape.geom_type == "MultiPolygon" else mapping(shape)
    (degrees,) = transform_shapes([shape], crs, WGS84, anywhere=True)
    rounded = shapely.transform(degrees, lambda places: places.round(_DECIMALS))
    return orjson.loads(orjson.dumps(mapping(rounded)))


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
