"""CityObjects of a batch drawn and measured together."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spatial.models.cityjson.describing import Draft, Positions, Rows, describe
from spatial.models.cityjson.geometries import Geometry
from spatial.models.cityjson.ground import Ground, checked, drawn
from spatial.models.cityjson.roles import Roles, roles_of
from spatial.models.cityjson.sketching import Seat, Sketch, sketched
from spatial.models.cityjson.templates import Templates, placed
from spatial.models.frames.placing import Frame
from spatial.models.surfaces import measure

_AS_POINT = "its template is drawn too often: taken as the point it stands on"


class Context(NamedTuple):
    """What all CityObjects of a file share."""

    templates: Templates
    frame: Frame


def refused_of(seats: Sequence[Seat], ground: Ground, context: Context) -> list[Sketch]:
    """Return the CityObjects that are refused; nothing is measured."""
    sketches, ground, _ = _sketches(seats, ground, context)
    _check([(sketch, each) for sketch in sketches for each in sketch.geometries], ground)
    return [sketch for sketch in sketches if sketch.reason is not None]


def drafts_of(seats: Sequence[Seat], ground: Ground, context: Context) -> list[Draft]:
    """Return what is known of CityObjects (n), in their order."""
    sketches, ground, as_points = _sketches(seats, ground, context)
    roles = [roles_of(sketch.geometries) for sketch in sketches]
    pairs = zip(sketches, roles, strict=True)
    _check([(sketch, each) for sketch, role in pairs for each in role.others], ground)
    drafts = [Draft(sketch) for sketch in sketches]
    for at in as_points:
        drafts[at].notes.append(_AS_POINT)
    _measure(drafts, roles, ground, context.frame)
    return drafts


def _sketches(
    seats: Sequence[Seat], ground: Ground, context: Context
) -> tuple[list[Sketch], Ground, list[int]]:
    """Return CityObjects taken apart, their instances placed, and which of them as points."""
    sketches = [sketched(seat, context.templates) for seat in seats]
    if ground.bad is not None:
        _refuse_astray(sketches, ground)
    owners = [at for at, sketch in enumerate(sketches) for _ in sketch.placements]
    if not owners:
        return sketches, ground, []
    waiting = [placement for sketch in sketches for placement in sketch.placements]
    done = placed(waiting, ground, context.frame)
    for at, geometry in zip(owners, done.geometries, strict=True):
        sketches[at].geometries.append(geometry)
    return sketches, done.ground, [owners[each] for each in done.as_points]


def _refuse_astray(sketches: Sequence[Sketch], ground: Ground) -> None:
    """Refuse instances that stand on a vertex that is none."""
    for sketch in sketches:
        for placement in sketch.placements:
            if ground.bad is not None and ground.bad[placement.anchor]:
                sketch.reason = sketch.reason or ground.why(placement.anchor)


def _check(geometries: Sequence[tuple[Sketch, Geometry]], ground: Ground) -> None:
    for at, reason in checked([geometry for _, geometry in geometries], ground).items():
        sketch, _ = geometries[at]
        sketch.reason = sketch.reason or reason


def _measure(drafts: Sequence[Draft], roles: Sequence[Roles], ground: Ground, frame: Frame) -> None:
    geometries: list[Geometry] = []
    owners: list[Draft] = []
    positions: list[Positions] = []
    for draft, role in zip(drafts, roles, strict=True):
        start = len(geometries)
        mine = _distinct(role)
        geometries += mine
        owners += [draft] * len(mine)
        positions.append(Positions.of(role, mine, start))
    covers = np.zeros(len(geometries), bool)
    covers[[each.cover for each in positions if each.cover is not None]] = True
    result = drawn(geometries, ground)
    for at, reason in result.reasons.items():
        owners[at].sketch.reason = owners[at].sketch.reason or reason
    rows = Rows.of(result, measure(result.surfaces, outlines=covers), geometries, frame)
    for draft, place in zip(drafts, positions, strict=True):
        if draft.sketch.reason is None:
            describe(draft, place, rows)


def _distinct(role: Roles) -> list[Geometry]:
    if role.body is None:
        return []
    if role.body is role.cover and (role.skin is None or role.skin is role.body) and not role.spare:
        return [role.body]
    mine: list[Geometry] = []
    for each in (role.body, role.skin, role.cover, role.spare):
        if each is not None and not any(each is other for other in mine):
            mine.append(each)
    return mine
