"""Lines that an extract has cut: the stretches whose nodes are in the file stay."""

from typing import NamedTuple

import shapely
from osmium.osm import Way

_FEWEST = 2


class Line(NamedTuple):
    """A line as hexadecimal WKB, None where nothing is left; its nodes by part where it was cut."""

    wkb: str | None
    nodes: tuple[tuple[int, ...], ...] = ()
    cut: int = 0


def known_parts(way: Way) -> Line:
    """Return the stretches of a way of which some nodes have no place.

    Nothing is drawn across a gap: a road that leaves the extract and comes back becomes two parts.
    """
    parts: list[list[tuple[int, float, float]]] = [[]]
    missing = 0
    for node in way.nodes:
        if node.location.valid():
            parts[-1].append((node.ref, node.lon, node.lat))
        else:
            missing += 1
            parts.append([])
    lines = [part for part in parts if len({place[1:] for place in part}) >= _FEWEST]
    drawn = [shapely.LineString([place[1:] for place in part]) for part in lines]
    if not drawn:
        return Line(None, cut=missing)
    shape = drawn[0] if len(drawn) == 1 else shapely.MultiLineString(drawn)
    nodes = tuple(tuple(place[0] for place in part) for part in lines)
    return Line(shapely.to_wkb(shape, hex=True), nodes, missing)
