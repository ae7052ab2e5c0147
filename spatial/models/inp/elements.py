"""An ``.inp`` file as elements of a model: points, lines and outlines in the file's own CRS."""

import math
from collections.abc import Iterator

from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from spatial.models.inp.objects import (
    Link,
    Node,
    PipeModel,
    Properties,
    Raingage,
    Subcatchment,
    said,
)
from spatial.models.inp.outlines import outlines
from spatial.models.model import Element, Progress, RefusedElement

_REPORT_EVERY = 10_000


def key_of(family: str, name: str) -> str:
    """Return the key of an element: names are unique among nodes, among links, ... only."""
    return f"{family}/{name}"


def elements(model: PipeModel, progress: Progress) -> Iterator[Element | RefusedElement]:
    """Yield nodes, links, subcatchments and rain gages, then what was refused."""
    total = sum(model.counts.values())
    for done, element in enumerate(_taken(model)):
        if not done % _REPORT_EVERY:
            progress("reading elements", done, total)
        yield element
    yield from model.refused


def _taken(model: PipeModel) -> Iterator[Element]:
    for key, node in model.nodes.items():
        yield _node(model, node, _point(model.places.get(key)))
    for key, link in model.links.items():
        yield _link(model, link, line_of(model, key))
    for key, outline in outlines(model):
        yield _subcatchment(model, model.subcatchments[key], outline)
    for key, gage in model.raingages.items():
        yield _raingage(model, gage, _point(model.symbols.get(key)))


def line_of(model: PipeModel, key: str) -> BaseGeometry | None:
    """Return the course of a link; None where one of its ends has no place."""
    link = model.links[key]
    start, end = model.places.get(link.start), model.places.get(link.end)
    if start is None or end is None:
        return None
    return LineString([start, *model.vertices.get(key, ()), end])


def _point(place: tuple[float, float] | None) -> BaseGeometry | None:
    return None if place is None else Point(place)


def _node(model: PipeModel, node: Node, shape: BaseGeometry | None) -> Element:
    return Element(
        key=key_of("node", node.name),
        native_class=node.section,
        klass=model.classes[node.section],
        name=node.name,
        shape=shape,
        base_m=_known(node.invert_m),
        top_m=_known(node.ground_m),
        properties=node.properties,
    )


def _link(model: PipeModel, link: Link, shape: BaseGeometry | None) -> Element:
    inverts = [each for each in (link.invert_from_m, link.invert_to_m) if math.isfinite(each)]
    joined: Properties = {
        "from": key_of("node", model.nodes[link.start].name),
        "to": key_of("node", model.nodes[link.end].name),
        "directed": link.directed,
        "closed": link.closed,
        "gravity": link.gravity,
    }
    levels = said(invert_from_m=link.invert_from_m, invert_to_m=link.invert_to_m)
    inside = said(hydraulic_radius_m=link.radius_m)
    measures = {"length_m": link.length_m, "diameter_m": link.height_m}
    return Element(
        key=key_of("link", link.name),
        native_class=link.section,
        klass=model.classes[link.section],
        name=link.name,
        shape=shape,
        base_m=min(inverts, default=None),
        top_m=_known(max(inverts, default=math.nan) + link.height_m),
        measures={name: value for name, value in measures.items() if math.isfinite(value)},
        properties={**joined, **levels, **inside, **link.properties},
    )


def _subcatchment(model: PipeModel, area: Subcatchment, shape: BaseGeometry | None) -> Element:
    known = model.nodes if area.to_node else model.subcatchments
    family = "node" if area.to_node else "subcatchment"
    measures = {"area_m2": area.area_m2}
    drawn = model.fold(area.name) in model.polygons
    return Element(
        key=key_of("subcatchment", area.name),
        native_class=area.section,
        klass=model.classes[area.section],
        name=area.name,
        shape=shape,
        measures={name: value for name, value in measures.items() if math.isfinite(value)},
        properties={
            "outlet": key_of(family, known[area.outlet].name),
            **said(outline="cannot be drawn" if drawn and shape is None else None),
            **area.properties,
        },
    )


def _raingage(model: PipeModel, gage: Raingage, shape: BaseGeometry | None) -> Element:
    return Element(
        key=key_of("raingage", gage.name),
        native_class=gage.section,
        klass=model.classes[gage.section],
        name=gage.name,
        shape=shape,
        properties=gage.properties,
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
