"""Wholes that draw nothing themselves get what their parts say."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from spatial.models.cityjson.describing import Draft
from spatial.models.surfaces.uniting import Shapes, dissolved

_PART = "Part"
_GROUP = "CityObjectGroup"
_VOLUME = "volume_m3"
# Heights and outlines of parts are taken together otherwise than by adding them.
_NOT_ADDED = frozenset({"height_m", "footprint_area_m2"})


def fill_wholes(drafts: Sequence[Draft], plan_unit_m: float | None) -> None:
    """Give wholes without geometry the outline, heights and sums of their parts.

    Args:
        drafts: families, wholes before their parts; refused ones among them are left out.
        plan_unit_m: length of the plan's unit; None where it is degrees.
    """
    positions = {draft.sketch.member.key: at for at, draft in enumerate(drafts)}
    children = _children(drafts, positions)
    for level in _levels(children):
        groups = [_proper(children[at], drafts) for at in level]
        outlines = _outlines(groups, drafts)
        for at, group, outline in zip(level, groups, outlines.tolist(), strict=True):
            _fill(drafts[at], [drafts[part] for part in group])
            drafts[at].shape = outline
            if outline is not None and plan_unit_m is not None:
                drafts[at].measures["footprint_area_m2"] = outline.area * plan_unit_m**2


def _children(drafts: Sequence[Draft], positions: Mapping[str, int]) -> dict[int, list[int]]:
    """Return by position of a whole that draws nothing the positions of its children."""
    children: dict[int, list[int]] = {}
    for at, draft in enumerate(drafts):
        parent = draft.sketch.member.parent
        if parent is None or draft.sketch.reason is not None:
            continue
        whole = drafts[positions[parent]]
        if not whole.sketch.geometries and whole.sketch.member.thing["type"] != _GROUP:
            children.setdefault(positions[parent], []).append(at)
    return children


def _levels(children: Mapping[int, list[int]]) -> list[list[int]]:
    """Return the wholes by their height above the lowest, lowest first."""
    heights: dict[int, int] = {}
    for at in sorted(children, reverse=True):  # children stand behind their wholes
        heights[at] = 1 + max(heights.get(child, 0) for child in children[at])
    levels: dict[int, list[int]] = {}
    for at in sorted(heights):
        levels.setdefault(heights[at], []).append(at)
    return [levels[height] for height in sorted(levels)]


def _proper(children: list[int], drafts: Sequence[Draft]) -> list[int]:
    """Return the parts in the narrow sense, where there are some; else all children."""
    return [at for at in children if _is_part(drafts[at])] or children


def _is_part(draft: Draft) -> bool:
    kind: str = draft.sketch.member.thing["type"]
    return kind.endswith(_PART)


def _outlines(groups: Sequence[list[int]], drafts: Sequence[Draft]) -> Shapes:
    """Return what the areas of each group cover."""
    shapes = np.array([drafts[part].shape for group in groups for part in group], object)
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    pieces, index = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON
    outlines, _ = dissolved(pieces[areas], owners[index[areas]], len(groups))
    return outlines


def _fill(whole: Draft, parts: Sequence[Draft]) -> None:
    whole.sketch.lods = sorted({lod for part in parts for lod in part.sketch.lods})
    whole.about["measured.geometry"] = whole.about["measured.outline"] = "its parts"
    bases = [part.base_m for part in parts if part.base_m is not None]
    tops = [part.top_m for part in parts if part.top_m is not None]
    if bases and tops:
        whole.base_m, whole.top_m = min(bases), max(tops)
        whole.measures["height_m"] = whole.top_m - whole.base_m
    if all(_is_part(part) for part in parts):
        _add_up(whole.measures, [part.measures for part in parts])


def _add_up(sums: dict[str, float], parts: Sequence[Mapping[str, float]]) -> None:
    """Add areas and counts of parts; the volume where that of every part is known."""
    for part in parts:
        for name, value in part.items():
            if name not in _NOT_ADDED:
                sums[name] = sums.get(name, 0.0) + value
    if not all(_VOLUME in part for part in parts):
        sums.pop(_VOLUME, None)
