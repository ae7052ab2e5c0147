"""What was measured of a CityObject, put in words and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from spatial.models.cityjson.geometries import Geometry, Kind
from spatial.models.cityjson.ground import Drawn
from spatial.models.cityjson.roles import Roles
from spatial.models.cityjson.sketching import Sketch
from spatial.models.frames.placing import Frame
from spatial.models.surfaces import Measures, Surfaces
from spatial.models.surfaces.meaning_names import measure_names


@dataclass(slots=True)
class Draft:
    """What is known of a CityObject before its parts are known.

    Attributes:
        sketch: the CityObject; ``reason`` stands there where it is refused.
        shape: outline in the CRS.
        base_m: lowest height.
        top_m: highest height.
        measures: by name.
        about: what was measured on what; joins the properties.
        notes: sentences on what is odd about it.
    """

    sketch: Sketch
    shape: BaseGeometry | None = None
    base_m: float | None = None
    top_m: float | None = None
    measures: dict[str, float] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Positions(NamedTuple):
    """Where the geometries of one CityObject are among those measured."""

    body: int | None
    skin: int | None
    cover: int | None
    spare: int | None

    @classmethod
    def of(cls, roles: Roles, mine: Sequence[Geometry], start: int) -> "Positions":
        """Return the positions of roles among ``mine``, which begins at ``start``."""
        if len(mine) == 1:
            return cls(start, None if roles.skin is None else start, start, None)
        found = []
        for role in (roles.body, roles.skin, roles.cover, roles.spare):
            at = None if role is None else next(at for at, one in enumerate(mine) if one is role)
            found.append(None if at is None else start + at)
        return cls(*found)


class Rows(NamedTuple):
    """Everything measured of the geometries of a batch, as Python's own values."""

    geometries: Sequence[Geometry]
    surfaces: Surfaces
    measures: Measures
    volumes: list[float]
    bases: list[float]
    tops: list[float]
    areas: list[float]
    outline_areas: list[float] | None
    short_rings: list[int]
    wrong_values: list[int]

    @classmethod
    def of(
        cls, drawn: Drawn, measures: Measures, geometries: Sequence[Geometry], frame: Frame
    ) -> "Rows":
        """Return what was measured; areas of outlines where the plan is in metres."""
        unit = frame.plan_unit_m
        areas = None if unit is None else shapely.area(measures.outlines) * unit * unit
        return cls(
            geometries=geometries,
            surfaces=drawn.surfaces,
            measures=measures,
            volumes=measures.volume_m3.tolist(),
            bases=measures.base_m.tolist(),
            tops=measures.top_m.tolist(),
            areas=measures.area_m2.tolist(),
            outline_areas=None if areas is None else areas.tolist(),
            short_rings=measures.short_rings.tolist(),
            wrong_values=drawn.wrong_values,
        )


def describe(draft: Draft, at: Positions, rows: Rows) -> None:
    """Write into a draft what was measured of its geometries."""
    if at.body is None or at.cover is None:
        return
    body = rows.geometries[at.body]
    draft.about["measured.lod"] = body.lod
    draft.about["measured.geometry"] = body.type
    _add_heights(draft, at.body, rows)
    if body.kind is not Kind.FACES:
        draft.shape = _thin(body, at.body, rows.surfaces)
        return
    draft.measures["surface_area_m2"] = rows.areas[at.body]
    _add_volume(draft, at, rows)
    if at.skin is not None:
        _add_meanings(draft, at.skin, at.body, rows)
    _add_outline(draft, at.cover, rows)
    if short := rows.short_rings[at.body]:
        draft.notes.append(f"{short} of its rings have fewer than 3 corners and bound nothing")


def _add_heights(draft: Draft, body: int, rows: Rows) -> None:
    base, top = rows.bases[body], rows.tops[body]
    if base == base:  # noqa: PLR0124 - NaN where nothing is drawn
        draft.base_m, draft.top_m = base, top
        draft.measures["height_m"] = top - base


def _add_volume(draft: Draft, at: Positions, rows: Rows) -> None:
    for position in (at.body, at.spare):
        volume = np.nan if position is None else rows.volumes[position]
        if position is not None and volume == volume:  # noqa: PLR0124 - NaN where it is not closed
            draft.measures["volume_m3"] = volume
            if position != at.body:
                draft.about["measured.volume"] = _named(rows.geometries[position])
            return


def _add_meanings(draft: Draft, skin: int, body: int, rows: Rows) -> None:
    if skin != body:
        draft.about["measured.surfaces"] = _named(rows.geometries[skin])
    for meaning, patch in rows.measures.meanings[skin].items():
        area, count = measure_names(meaning)
        draft.measures[area] = patch.area_m2
        draft.measures[count] = float(patch.count)
    if wrong := rows.wrong_values[skin]:
        draft.notes.append(f"{wrong} of its semantic values point to no polygon or no surface")


def _add_outline(draft: Draft, cover: int, rows: Rows) -> None:
    draft.shape = rows.measures.outlines[cover]
    source = rows.measures.outline_sources[cover]
    if source is not None:
        draft.about["measured.outline"] = f"{source} of {_named(rows.geometries[cover])}"
        if rows.outline_areas is not None:
            draft.measures["footprint_area_m2"] = rows.outline_areas[cover]


def _named(geometry: Geometry) -> str:
    return f"{geometry.type} of LoD {geometry.lod}" if geometry.lod else geometry.type


def _thin(geometry: Geometry, at: int, surfaces: Surfaces) -> BaseGeometry | None:
    """Return a geometry of points or lines, seen from above."""
    first, last = surfaces.drawing_rings[at : at + 2].tolist()
    ends = surfaces.rings[first : last + 1].tolist()
    paths = [surfaces.plan_at(np.arange(start, end)) for start, end in pairwise(ends)]
    if geometry.kind is Kind.POINTS:
        return _one_or_many(
            [shapely.Point(place) for path in paths for place in path], "MultiPoint"
        )
    # A line of one corner goes nowhere.
    return _one_or_many(
        [shapely.LineString(path) for path in paths if len(path) > 1], "MultiLineString"
    )


def _one_or_many(parts: list[Any], kind: str) -> BaseGeometry | None:
    if len(parts) < 2:  # noqa: PLR2004 - one is itself
        return parts[0] if parts else None
    return shapely.MultiPoint(parts) if kind == "MultiPoint" else shapely.MultiLineString(parts)
