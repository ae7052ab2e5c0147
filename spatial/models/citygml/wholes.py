"""Wholes that draw nothing themselves get what their parts say."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from spatial.models.citygml.sketching import Draft
from spatial.models.surfaces.uniting import dissolved

_PART = "Part"
_GROUP = "CityObjectGroup"
# Of these a whole has the sum of its parts; heights and outlines are taken together otherwise.
_NOT_ADDED = frozenset({"height_m", "footprint_area_m2"})


def fill_wholes(drafts: Sequence[Draft], plan_unit_m: float | None) -> None:
    """Give wholes without geometry the outline, heights and sums of their parts.

    Args:
        drafts: the objects of one or more members, wholes before their parts.
        plan_unit_m: length of the plan's unit; None where it is degrees.
    """
    known = {draft.key: draft for draft in drafts}
    parts: dict[str, list[Draft]] = {}
    for draft in drafts:
        if draft.parent in known and draft.reason is None:
            parts.setdefault(draft.parent, []).append(draft)
    for draft in reversed(drafts):  # parts stand behind their wholes
        mine = parts.get(draft.key, [])
        if mine and not draft.drawings() and draft.native_class != _GROUP:
            _fill(draft, [part for part in mine if _is_part(part)] or mine)
            if draft.shape is not None and plan_unit_m is not None:
                draft.measures["footprint_area_m2"] = draft.shape.area * plan_unit_m**2


def _is_part(draft: Draft) -> bool:
    return draft.native_class.endswith(_PART)


def _fill(whole: Draft, parts: Sequence[Draft]) -> None:
    whole.lods = tuple(sorted({lod for part in parts for lod in part.lods}))
    whole.about["measured.geometry"] = whole.about["measured.outline"] = "its parts"
    whole.shape = _outline(parts)
    bases = [part.base_m for part in parts if part.base_m is not None]
    tops = [part.top_m for part in parts if part.top_m is not None]
    if bases and tops:
        whole.base_m, whole.top_m = min(bases), max(tops)
        whole.measures["height_m"] = whole.top_m - whole.base_m
    if all(map(_is_part, parts)):  # rooms do not add up to a building
        _add_up(whole.measures, [part.measures for part in parts])


def _add_up(sums: dict[str, float], parts: Sequence[Mapping[str, float]]) -> None:
    for name in dict.fromkeys(name for part in parts for name in part):
        values = [part[name] for part in parts if name in part]
        # The volume of a whole is known where that of every part is.
        if name not in _NOT_ADDED and (name != "volume_m3" or len(values) == len(parts)):
            sums[name] = math.fsum(values)


def _outline(parts: Sequence[Draft]) -> shapely.geometry.base.BaseGeometry | None:
    shapes = np.array([part.shape for part in parts], object)
    pieces = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
    areas = pieces[shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON]
    if not len(areas):
        return None
    outlines, _ = dissolved(areas, np.zeros(len(areas), np.int64), 1)
    outline: shapely.geometry.base.BaseGeometry | None = outlines[0]
    return outline
