"""A feature as every model hands it over."""

from shapely.geometry.base import BaseGeometry

from spatial.models.model import Element, Json
from spatial.models.osm.objects import Draft
from spatial.models.osm.tags import class_of, height_of, metres_of, name_of, native_class


def element(draft: Draft, shape: BaseGeometry | None) -> Element:
    """Return the element of a feature; what is not a tag has a name that starts with ``@``.

    ``@height`` says what the height was taken from, ``@cut`` how many nodes of a line are not in
    the file. ``@nodes`` are for each part of a line of a network the numbers of its nodes (lines
    that share one are joined), ``@members`` those of a relation without a shape: key and role.
    """
    measures, about = _heights(draft.tags)
    if draft.cut:
        about["@cut"] = draft.cut
    if draft.nodes:
        about["@nodes"] = [list(part) for part in draft.nodes]
    if draft.members:
        about["@members"] = [list(member) for member in draft.members]
    return Element(
        key=draft.key,
        native_class=native_class(draft.tags),
        klass=class_of(draft.tags) or "",
        name=name_of(draft.tags),
        shape=shape,
        measures=measures,
        properties={**draft.tags, **about},
    )


def _heights(tags: dict[str, str]) -> tuple[dict[str, float], dict[str, Json]]:
    """Return heights above the ground, which OSM has no datum for, and where they come from."""
    measures: dict[str, float] = {}
    about: dict[str, Json] = {}
    height = height_of(tags)
    if height is not None:
        measures["height_m"] = height.metres
        about["@height"] = f"{height.source}{', an estimate' if height.estimated else ''}"
    bottom = metres_of(tags["min_height"]) if "min_height" in tags else None
    if bottom is not None:
        measures["min_height_m"] = bottom
    return measures, about
