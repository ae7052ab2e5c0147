"""An ``.inp`` file as arrays: a network and the land that drains to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial import crs as systems
from spatial.models.inp.destinations import destinations
from spatial.models.inp.objects import PipeModel, Place
from spatial.models.inp.outlines import outlines
from spatial.models.inp.programs import reader_of
from spatial.models.model import Progress, RefusedElement, silent
from spatial.networks.catchments import Catchments
from spatial.networks.hydraulics import full_bore_m_s, travel_s
from spatial.networks.network import Floats, Network

_FOOT_M = 0.3048


class Drawing(NamedTuple):
    """What was read, in metres.

    Attributes:
        network: nodes and links, keyed by their names in the file.
        catchments: subcatchments, alike.
        refused: what stayed out.
        warnings: sentences on the file as a whole.
    """

    network: Network
    catchments: Catchments
    refused: tuple[RefusedElement, ...]
    warnings: tuple[str, ...]


def read_drawing(
    path: Path,
    *,
    crs: str | None = None,
    to: str = systems.DISTRICT,
    progress: Progress = silent,
) -> Drawing:
    """Read a SWMM or EPANET file as arrays.

    Args:
        path: a local file.
        crs: of its coordinates, which it cannot say itself. Without one they stay where they are,
            in metres where the file says that they are feet.
        to: metric CRS that they are brought to.
        progress: is told how far it is.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
        CheckCoordinatesError: a place lies outside the area of use of ``crs`` or ``to``.
    """
    model = reader_of(path).read(path, progress)
    place = _Placing(crs, to, model.map_unit)
    return Drawing(
        network_of(model, place),
        catchments_of(model, place),
        tuple(model.refused),
        tuple(model.warnings),
    )


class _Placing(NamedTuple):
    """How coordinates of the file become metres."""

    crs: str | None
    to: str
    map_unit: str

    def moved(self, places: list[Place]) -> Floats:
        """Return places in metres: float64[k, 2]; NaN stays NaN."""
        found = np.array(places, np.float64).reshape(-1, 2)
        if self.crs is None:
            return found * (_FOOT_M if self.map_unit == "feet" else 1.0)
        known = np.isfinite(found).all(axis=1)
        x, y = systems.transform(found[known, 0], found[known, 1], self.crs, self.to)
        found[known] = np.column_stack([x, y])
        return found


def network_of(model: PipeModel, place: _Placing) -> Network:
    """Return nodes and links as arrays."""
    nodes, links = list(model.nodes.values()), list(model.links.values())
    at = {key: position for position, key in enumerate(model.nodes)}
    nowhere = (np.nan, np.nan)
    places = place.moved([model.places.get(key, nowhere) for key in model.nodes])
    upper, lower = _floats(links, "invert_from_m"), _floats(links, "invert_to_m")
    length = _floats(links, "length_m")
    with np.errstate(all="ignore"):
        speed = full_bore_m_s(
            _floats(links, "radius_m"), (upper - lower) / length, _floats(links, "manning_n")
        )
    return Network(
        node_key=_texts(nodes, "name"),
        node_kind=_texts(nodes, "kind"),
        node_x=places[:, 0],
        node_y=places[:, 1],
        node_invert_m=_floats(nodes, "invert_m"),
        node_ground_m=_floats(nodes, "ground_m"),
        link_key=_texts(links, "name"),
        link_kind=_texts(links, "kind"),
        link_from=np.array([at[link.start] for link in links], np.int64),
        link_to=np.array([at[link.end] for link in links], np.int64),
        link_directed=np.array([link.directed for link in links], np.bool_),
        link_length_m=length,
        link_diameter_m=_floats(links, "height_m"),
        link_invert_from_m=upper,
        link_invert_to_m=lower,
        link_travel_s=travel_s(length, speed, np.array([link.gravity for link in links], np.bool_)),
        link_path=_objects([place.moved(model.vertices.get(key, [])) for key in model.links]),
        link_closed=np.array([link.closed for link in links], np.bool_),
        link_pressure=np.array(
            [link.kind == "conduit" and not link.gravity for link in links], np.bool_
        ),
        crs=place.crs and place.to,
    )


def catchments_of(model: PipeModel, place: _Placing) -> Catchments:
    """Return subcatchments as arrays; one that drains to another has the node of that one."""
    at = {key: position for position, key in enumerate(model.nodes)}
    areas = model.subcatchments
    shapes = _objects([outline for _, outline in outlines(model)])
    drawn = ~shapely.is_missing(shapes)
    shapes[drawn] = shapely.transform(shapes[drawn], lambda points: place.moved(points.tolist()))
    return Catchments(
        key=_texts(list(areas.values()), "name"),
        node=np.array([at.get(node or "", -1) for node in destinations(model).values()], np.int64),
        shape=shapes,
        area_m2=_floats(list(areas.values()), "area_m2"),
    )


def _floats(things: Sequence[object], name: str) -> Floats:
    return np.array([getattr(thing, name) for thing in things], np.float64)


def _texts(things: Sequence[object], name: str) -> NDArray[np.object_]:
    return _objects([getattr(thing, name) for thing in things])


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    array = np.empty(len(values), object)
    for at, value in enumerate(values):
        array[at] = value
    return array
