"""Where a model stands on the earth, from whatever it says of that."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import ifcopenshell
import numpy as np

from spatial.models.ifc import crs_words, helmert, local_crs, map_crs, operations, site_place
from spatial.models.ifc.area_of_use import degrees, first_within, lies_within
from spatial.models.ifc.crs_words import CrsWords
from spatial.models.ifc.map_crs import MapCrs
from spatial.models.ifc.operations import Operation
from spatial.models.ifc.placement import Matrix, Placements, axes

_FARTHEST_M = 100_000.0
"""A plane around one point is no place for what lies farther off; coordinates of a map do."""
_APART_M = 10_000.0
"""A site's own latitude that is farther than this from the georeferenced model is a mistake."""
_SHOWN = 60
_MAP_LIKE_M = 10_000.0
"""Coordinates as large as this may be those of a map; nobody builds that far from an origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Georeference:
    """Where a model stands.

    Attributes:
        said: CRS as the file names it, for people; None where it names none that is known.
        crs: horizontal CRS of ``to_map``, ``EPSG:n`` or WKT; None where nobody can tell.
        to_map: (4, 4) from metres of the model to units of ``crs``, heights to metres; None alike.
        height_datum: CRS or name of the heights' zero; None where the file does not say.
        accuracy_m: how far off the place may be, where it is only roughly said.
        warnings: sentences.
    """

    said: str | None = None
    crs: str | None = None
    to_map: Matrix | None = None
    height_datum: str | None = None
    accuracy_m: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What placing a model takes besides what it says of its map.

    Attributes:
        file: the opened model.
        project_m: metres of one unit of the model.
        middle: (3,) a point amid the model, metres.
        placements: multiplies placements out.
    """

    file: ifcopenshell.file
    project_m: float
    middle: Matrix
    placements: Placements


def georeference(around: Surroundings) -> Georeference:
    """Tell where a model stands."""
    said = operations.said(around.file)
    found = _on_map(around, said.crs, said.operations) if said.crs else Georeference()
    if said.crs is None and said.operations:
        found = Georeference(warnings=(f"{said.operations[0].kind} names no CRS",))
    found = replace(found, warnings=(*said.warnings, *found.warnings))
    site = site_place.site_place(around.file)
    found = replace(found, warnings=(*found.warnings, *site.warnings))
    if found.to_map is None:
        return _by_site(around, found, site.place)
    return _compared(around, found, site.place)


def _on_map(around: Surroundings, words: CrsWords, said: tuple[Operation, ...]) -> Georeference:
    meant = crs_words.meant(words)
    if meant.crs is None:
        return Georeference(warnings=(*meant.warnings, *_disagreeing(around, said)))
    if not map_crs.is_of_map(meant.crs):
        other = f"IfcProjectedCRS {words.name[:_SHOWN]!r} leads to {meant.crs.name[:_SHOWN]!r}, "
        other += f"which is of type {meant.crs.type_name!r}: expected e.g. 'EPSG:4547'"
        return Georeference(warnings=(*meant.warnings, other, *_disagreeing(around, said)))
    crs = map_crs.parts(meant.crs, words)
    warnings = (*meant.warnings, *crs.warnings, *_disagreeing(around, said))
    start = Georeference(said=crs.said, height_datum=crs.height_datum, warnings=warnings)
    if not said:
        return _already_there(around, crs, start)
    operation = said[0]
    if crs.geographic:
        return _by_degrees(around, crs, operation, start)
    return _by_operation(around, crs, words, operation, start)


def _disagreeing(around: Surroundings, said: tuple[Operation, ...]) -> Iterator[str]:
    """Yield what buildingSMART's rule GRF001 forbids: contexts that are not placed alike."""
    if not said:
        return
    placed = {each.context for each in said}
    every = operations.contexts(around.file)
    without = [each for each in every if each.id() not in placed]
    if without and placed & {each.id() for each in every}:
        yield (
            f"{len(every)} contexts, but #{without[0].id()} has no {said[0].kind}: "
            "that of the others is taken for it"
        )
    one = said[0]
    different = [each for each in said if each._replace(context=one.context) != one]
    if different:
        other = different[0]
        yield (
            f"{len(said)} contexts are placed differently: {one.kind} of #{one.context} to "
            f"{one.east:.10g}, {one.north:.10g} is taken, that of #{other.context} to "
            f"{other.east:.10g}, {other.north:.10g} is not: expected the same for all"
        )


def _by_operation(
    around: Surroundings, crs: MapCrs, words: CrsWords, operation: Operation, start: Georeference
) -> Georeference:
    inside = _from_world(around)
    middle = inside @ np.append(around.middle, 1.0)
    ways = [
        (each, map_m, helmert.settle_scale(operation, around.project_m, map_m))
        for each in _axes_of(operation, crs)
        for map_m in _map_units(operation, words, crs, around.project_m)
    ]
    matrices = [
        helmert.matrix(each, crs, scale.factor, around.project_m, map_m)
        for each, map_m, scale in ways
    ]
    at = first_within(matrices, middle, crs)
    _, map_m, scale = ways[at or 0]
    warnings = [scale.warning] if scale.warning else []
    if at is None:
        warnings += _outside(operation, crs, matrices[0] @ middle)
    elif not math.isclose(map_m, ways[0][1], rel_tol=1e-9):
        warnings.append(
            f"{operation.kind} is read in {helmert.unit_name(map_m)}, not in "
            f"{helmert.unit_name(ways[0][1])}: only so it lies where {crs.said} may be used"
        )
    to_map = matrices[at or 0] @ inside
    if not np.isfinite(to_map).all():
        return replace(start, warnings=(*start.warnings, f"{operation.kind} holds no usable place"))
    return replace(start, crs=crs.horizontal, to_map=to_map, warnings=(*start.warnings, *warnings))


def _from_world(around: Surroundings) -> Matrix:
    """Return the matrix from the model's own zero to the one that the operation starts from."""
    for context in operations.contexts(around.file):
        world = axes(getattr(context, "WorldCoordinateSystem", None))
        world[:3, 3] *= around.project_m
        return np.asarray(np.linalg.inv(world), np.float64)
    return np.eye(4)


def _axes_of(operation: Operation, crs: MapCrs) -> list[Operation]:
    """Return an operation with its axes as they are named, and as the CRS orders them.

    IfcRigidOperation speaks of a first and a second coordinate; programs write the easting first
    even where the CRS has the northing first.
    """
    if not (operation.rigid and crs.north_first):
        return [operation]
    return [operation, operation._replace(east=operation.north, north=operation.east)]


def _map_units(operation: Operation, words: CrsWords, crs: MapCrs, project_m: float) -> list[float]:
    """Return what the map's unit may be, the likeliest first.

    Left away it is the project's (ISO 16739-1, IfcProjectedCRS.MapUnit), unless the scale says
    that it is that of the CRS.
    """
    usual = [words.unit_m] if words.unit_m else [project_m]
    says_other = operation.scale is not None and helmert.near(
        operation.scale, project_m / crs.unit_m
    )
    if not words.unit_m and says_other:
        usual = [crs.unit_m]
    return list(dict.fromkeys([*usual, crs.unit_m, project_m]))


def _outside(operation: Operation, crs: MapCrs, middle: Matrix) -> list[str]:
    east, north = middle[:2].tolist()
    sentence = f"the model at {east:.10g}, {north:.10g} lies outside the area of use of {crs.said}"
    sentence += f": expected {crs.area}"
    if lies_within(north, east, crs):
        sentence += f"; easting and northing of {operation.kind} look swapped"
    return [sentence]


def _already_there(around: Surroundings, crs: MapCrs, start: Georeference) -> Georeference:
    """Take a model without an operation whose coordinates are those of the map themselves."""
    unit = 1.0 / crs.unit_m
    east, north = (around.middle[:2] * unit).tolist()
    far = math.hypot(*around.middle[:2].tolist()) > _MAP_LIKE_M
    if not crs.geographic and far and lies_within(east, north, crs):
        taken = "no IfcMapConversion: the model's coordinates are taken as those of its map"
        return replace(
            start,
            crs=crs.horizontal,
            to_map=np.diag([unit, unit, 1.0, 1.0]),
            warnings=(*start.warnings, taken),
        )
    nowhere = f"no IfcMapConversion says where in {crs.said} the model stands"
    return replace(start, warnings=(*start.warnings, nowhere))


def _by_degrees(
    around: Surroundings, crs: MapCrs, operation: Operation, start: Georeference
) -> Georeference:
    """Place a model whose map is a CRS of degrees by a plane of metres around its origin."""
    first, second = operation.east, operation.north
    if operation.angles:
        first, second = math.degrees(first), math.degrees(second)
    # Eastings are longitudes; a first coordinate is what the CRS has first.
    ways = [(second, first), (first, second)]
    if operation.angles and crs.north_first:
        ways.reverse()
    fitting = [way for way in ways if abs(way[0]) <= 90 and abs(way[1]) <= 180]  # noqa: PLR2004
    if not fitting:
        wrong = f"{operation.kind} leads to {first:.10g}, {second:.10g}: expected degrees"
        return replace(start, warnings=(*start.warnings, wrong))
    latitude, longitude = fitting[0]
    scale = helmert.settle_scale(operation._replace(scale=None), 1.0, 1.0).factor
    flat = crs._replace(unit_m=1.0)
    turned = helmert.matrix(operation._replace(east=0, north=0), flat, scale, 1.0, 1.0)
    turned[2, 3] = operation.height * around.project_m
    taken = (
        f"{operation.kind} leads to degrees of {crs.said}: the model is laid on a plane "
        f"around {latitude:.7f}, {longitude:.7f}"
    )
    return replace(
        start,
        crs=local_crs.around(latitude, longitude, crs.horizontal),
        to_map=turned @ _from_world(around),
        warnings=(*start.warnings, taken),
    )


def _by_site(
    around: Surroundings, found: Georeference, site: site_place.SitePlace | None
) -> Georeference:
    if site is None:
        nowhere = "the model does not say where it stands: no IfcMapConversion to a known CRS, "
        nowhere += "no latitude and longitude of an IfcSite"
        return replace(found, warnings=(*found.warnings, nowhere))
    to_map, sure = site_place.matrix(around.file, site, around.placements, around.project_m)
    place = site.place
    east, north = (to_map @ np.append(around.middle, 1.0))[:2].tolist()
    if not math.hypot(east, north) < _FARTHEST_M:
        far = (
            f"the model lies {math.hypot(east, north) / 1000:,.0f} km from the origin that latitude"
            f" {place.latitude:.7f} and longitude {place.longitude:.7f} of IfcSite place: its"
            " coordinates look like those of a map, expected IfcProjectedCRS to name it"
        )
        return replace(found, warnings=(*found.warnings, far))
    sentence = (
        f"placed by latitude {place.latitude:.7f} and longitude {place.longitude:.7f} of IfcSite "
        f"alone, which may be {site.accuracy_m:,.0f} m off: expected IfcMapConversion and "
        "IfcProjectedCRS"
    )
    north = () if sure else ("no TrueNorth: the model's y axis is taken for north",)
    datum = "IfcSite.RefElevation" if site.elevation is not None else None
    return replace(
        found,
        crs=local_crs.around(place.latitude, place.longitude),
        to_map=to_map,
        height_datum=found.height_datum or datum,
        accuracy_m=site.accuracy_m,
        warnings=(*found.warnings, sentence, *north),
    )


def _compared(
    around: Surroundings, found: Georeference, site: site_place.SitePlace | None
) -> Georeference:
    """Warn where the site's own latitude and longitude contradict the place of the model."""
    if site is None or found.to_map is None or found.crs is None:
        return found
    east, north = (found.to_map @ np.append(around.middle, 1.0))[:2].tolist()
    place = degrees(east, north, found.crs)
    if place is None or place.metres_to(site.place) < _APART_M:
        return found
    said = site.place
    sentence = (
        f"IfcSite has latitude {said.latitude:.7f} and longitude {said.longitude:.7f}, "
        f"{place.metres_to(said) / 1000:,.0f} km from the model"
    )
    swapped = type(said)(said.latitude, said.longitude)
    if place.metres_to(swapped) < _APART_M * 10:
        sentence += ": they look swapped"
    return replace(found, warnings=(*found.warnings, sentence))
