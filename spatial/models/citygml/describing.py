"""What was measured of objects, put in words and numbers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from spatial.models.citygml.laying import Laid, lay_out
from spatial.models.citygml.pieces import Pieces
from spatial.models.citygml.roles import Drawing
from spatial.models.citygml.scene import Scene
from spatial.models.citygml.sketching import Draft
from spatial.models.citygml.tracing import Kind
from spatial.models.surfaces import Measures, measure
from spatial.models.surfaces.layout import Floats
from spatial.models.surfaces.meaning_names import measure_names

_FEWEST_OF_A_LINE = 2


class _Table(NamedTuple):
    """Everything measured of the drawings of a batch."""

    drawings: Sequence[Drawing]
    laid: Laid
    measures: Measures
    outline_areas: list[float] | None


def check(drafts: Sequence[Draft], pieces: Pieces, scene: Scene) -> Floats:
    """Refuse the objects that cannot be drawn; nothing is measured.

    Returns:
        float64[v, 3], the places of the others as the file has them.
    """
    laid, owners, _ = _laid(drafts, pieces, scene)
    _refuse(drafts, laid, owners)
    lost = {at for at, owner in enumerate(owners) if drafts[owner].reason is not None}
    starts = laid.surfaces.rings[laid.surfaces.drawing_rings]
    kept = np.ones(len(laid.surfaces.corners), bool)
    for at in lost:
        kept[starts[at] : starts[at + 1]] = False
    return laid.written[laid.surfaces.corners[kept]]


def describe(drafts: Sequence[Draft], pieces: Pieces, scene: Scene) -> None:
    """Measure the objects of a batch together and write into them what was found."""
    laid, owners, drawings = _laid(drafts, pieces, scene)
    _refuse(drafts, laid, owners)
    covers = np.zeros(len(drawings), bool)
    positions = {id(drawing): at for at, drawing in enumerate(drawings)}
    for draft in drafts:
        if draft.roles.cover is not None:
            covers[positions[id(draft.roles.cover)]] = _wants_area(draft)
    measures = measure(laid.surfaces, outlines=covers)
    table = _Table(drawings, laid, measures, _areas(measures, scene))
    for draft in drafts:
        if draft.reason is None:
            _describe(draft, positions, table)


def _laid(
    drafts: Sequence[Draft], pieces: Pieces, scene: Scene
) -> tuple[Laid, list[int], list[Drawing]]:
    pairs = [(at, drawing) for at, draft in enumerate(drafts) for drawing in draft.drawings()]
    drawings = [drawing for _, drawing in pairs]
    return lay_out(drawings, pieces, scene), [at for at, _ in pairs], drawings


def _refuse(drafts: Sequence[Draft], laid: Laid, owners: Sequence[int]) -> None:
    for at, reason in laid.reasons.items():
        draft = drafts[owners[at]]
        draft.reason = draft.reason or reason


def _wants_area(draft: Draft) -> bool:
    thin = {"line": draft.roles.line, "point": draft.roles.point}.get(draft.draws)
    return thin is None


def _areas(measures: Measures, scene: Scene) -> list[float] | None:
    """Return areas of outlines, None where the plan is in degrees."""
    unit = scene.frame.plan_unit_m
    if unit is None:
        return None
    areas: list[float] = (shapely.area(measures.outlines) * unit * unit).tolist()
    return areas


def _describe(draft: Draft, positions: dict[int, int], table: _Table) -> None:
    roles = draft.roles
    main = roles.body or roles.line or roles.point
    if main is None:
        return
    draft.about["measured.geometry"] = main.source
    _add_heights(draft, positions[id(main)], table)
    if roles.body is not None:
        draft.measures["surface_area_m2"] = float(table.measures.area_m2[positions[id(main)]])
        _add_volume(draft, positions, table)
    if roles.skin is not None:
        _add_meanings(draft, positions[id(roles.skin)], table)
    if roles.line is not None and (roles.body is None or draft.draws == "line"):
        draft.measures["length_m"] = _length(positions[id(roles.line)], table)
    _add_shape(draft, positions, table)


def _add_heights(draft: Draft, at: int, table: _Table) -> None:
    base, top = float(table.measures.base_m[at]), float(table.measures.top_m[at])
    if table.laid.tall[at] and not np.isnan(base):
        draft.base_m, draft.top_m = base, top
        draft.measures["height_m"] = top - base


def _add_volume(draft: Draft, positions: dict[int, int], table: _Table) -> None:
    for drawing in (draft.roles.body, draft.roles.spare):
        volume = np.nan if drawing is None else table.measures.volume_m3[positions[id(drawing)]]
        if drawing is not None and not np.isnan(volume):
            draft.measures["volume_m3"] = float(volume)
            if drawing is not draft.roles.body:
                draft.about["measured.volume"] = drawing.source
            return


def _add_meanings(draft: Draft, at: int, table: _Table) -> None:
    if draft.roles.skin is not draft.roles.body:
        draft.about["measured.surfaces"] = table.drawings[at].source
    for meaning, patch in table.measures.meanings[at].items():
        area, count = measure_names(meaning)
        draft.measures[area] = patch.area_m2
        draft.measures[count] = float(patch.count)


def _add_shape(draft: Draft, positions: dict[int, int], table: _Table) -> None:
    roles = draft.roles
    if roles.cover is not None and _wants_area(draft):
        at = positions[id(roles.cover)]
        draft.shape = table.measures.outlines[at]
        source = table.measures.outline_sources[at]
        if draft.shape is not None and source is not None:
            draft.about["measured.outline"] = f"{source} of {roles.cover.source}"
            if table.outline_areas is not None:
                draft.measures["footprint_area_m2"] = table.outline_areas[at]
            return
    first, second = roles.line, roles.point
    if draft.draws == "point":
        first, second = second, first
    for drawing in (first, second):
        if draft.shape is None and drawing is not None:
            draft.shape = _thin(positions[id(drawing)], table)
            draft.about["measured.outline"] = drawing.source


def _thin(at: int, table: _Table) -> BaseGeometry | None:
    """Return lines or points as seen from above."""
    surfaces = table.laid.surfaces
    plan = surfaces.places[:, :2] if surfaces.plan is None else surfaces.plan
    paths = _paths(at, table, plan)
    if table.drawings[at].kind is Kind.POINTS:
        points = [shapely.Point(place) for path in paths for place in path]
        return points[0] if len(points) == 1 else shapely.MultiPoint(points)
    lines = [shapely.LineString(path) for path in paths if len(path) >= _FEWEST_OF_A_LINE]
    if not lines:  # a line of one place goes nowhere
        return None
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def _length(at: int, table: _Table) -> float:
    """Return the length of lines in space."""
    paths = _paths(at, table, table.laid.surfaces.places)
    return float(sum(np.linalg.norm(np.diff(path, axis=0), axis=1).sum() for path in paths))


def _paths(at: int, table: _Table, places: Floats) -> list[Floats]:
    surfaces = table.laid.surfaces
    first, last = surfaces.drawing_rings[at : at + 2].tolist()
    ends = surfaces.rings[first : last + 1].tolist()
    return [places[surfaces.corners[start:end]] for start, end in pairwise(ends)]
