"""Crews, pumps and vehicles by their driving time to an incident, from where they were last."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
from shapely.geometry import LineString, Point

from data.roads.boxes import near_box, places_of, proven
from data.roads.building import ready
from data.roads.closures import Closure, UnknownPlaceError
from data.roads.driven import Edge, Tree, edges_by_id, grow, part
from data.roads.spots import OFF_ROAD_M, Place, Spot, places, point_of, spots, too_far

Connection = psycopg.Connection[tuple[Any, ...]]

MOST_AGE = timedelta(minutes=15)
"""Of a position, from which on it is said to be stale; a project default."""
_A_DAY_S = 86_400.0
_NOWHERE = "it has neither a position nor a place"
_NO_ROAD = "no open road leads from it to the incident"

_LATEST = """
    SELECT c.code, p.ts, ST_AsBinary(p.geom)
    FROM unnest(%s::int8[]) AS c (code)
    CROSS JOIN LATERAL (SELECT ts, geom FROM position
                        WHERE entity = c.code AND ts <= %s ORDER BY ts DESC LIMIT 1) p"""
_ALERT = "SELECT entity FROM alert WHERE id = %s"


class Incident(NamedTuple):
    """Where help is needed.

    Attributes:
        place: of it.
        spot: on the nearest open road; None where there is none.
        reason: why nobody drives there; empty if somebody does.
    """

    place: Place
    spot: Spot | None
    reason: str


class Helper(NamedTuple):
    """A crew, pump or vehicle, and its way to the incident.

    Attributes:
        place: where it is.
        seen_at: instant of its position; None where it stands at its place in the register.
        stale: the position is older than asked.
        seconds: of driving; None where it does not come.
        distance_m: along roads.
        off_road_m: from where it is to the road.
        route: from road to road; None where it does not come, or need not drive.
        reason: why it does not come; empty if it does.
    """

    place: Place
    seen_at: datetime | None
    stale: bool
    seconds: float | None
    distance_m: float | None
    off_road_m: float | None
    route: LineString | None
    reason: str


class Nearest(NamedTuple):
    """Helpers of an incident: those that come, the soonest first, then those that do not."""

    incident: Incident
    closed: list[Closure]
    helpers: list[Helper]


class Wanted(NamedTuple):
    """Who may help.

    Attributes:
        codes: of entities.
        classes: of entities.
        at: as of when positions count.
        most_age: of a position that is not stale.
        off_road_m: how far from a road helpers and the incident may be.
        most: so many that come, the soonest.
    """

    codes: Sequence[int]
    classes: Sequence[str]
    at: datetime
    most_age: timedelta = MOST_AGE
    off_road_m: float = OFF_ROAD_M
    most: int = 10


def place_of_alert(connection: Connection, alert: int) -> Place:
    """Return where the entity of an alert is.

    Raises:
        UnknownPlaceError: there is no such alert.
    """
    found = connection.execute(_ALERT, (alert,)).fetchone()
    if found is None:
        raise UnknownPlaceError(f"alert {alert}: not in the store")
    return places(connection, [found[0]])[0]


def nearest(connection: Connection, place: Place, wanted: Wanted, closed: list[Closure]) -> Nearest:
    """Return who is soonest at an incident.

    An incident on a closed road is driven to as near as an open one comes.

    Raises:
        UnknownPlaceError: a code of no entity in use, or nobody of the classes is.
    """
    network = ready(connection)
    who = places(connection, wanted.codes, wanted.classes)
    if not who:
        classes = ", ".join(wanted.classes)
        raise UnknownPlaceError(f"helper: expected a code, or a class ({classes}) of which one is")
    seen = _positions(connection, who, wanted.at)
    who = [one._replace(point=seen[one.code][1]) if one.code in seen else one for one in who]
    points = [place.point, *(one.point for one in who)]
    goal, *beside = spots(connection, points, closed)
    reason = too_far(goal, wanted.off_road_m) if place.point else "it has no place"
    reasons = [_why_not(one, spot, wanted, reason) for one, spot in zip(who, beside, strict=True)]
    able = [spot for spot, why in zip(beside, reasons, strict=True) if spot and not why]
    root = goal if goal and not reason else None
    tree = _ways_to(connection, root, able, closed, network.fastest_kmh)
    helpers = [
        _helper(one, seen, spot, why, tree, wanted)
        for one, spot, why in zip(who, beside, reasons, strict=True)
    ]
    coming = sorted((one for one in helpers if not one.reason), key=_soonest)[: wanted.most]
    drawn = _with_routes(connection, coming, beside, who, tree)
    absent = [one for one in helpers if one.reason]
    return Nearest(Incident(place, goal, reason), closed, [*drawn, *absent])


def _ways_to(
    connection: Connection,
    goal: Spot | None,
    able: Sequence[Spot],
    closed: list[Closure],
    fastest_kmh: float,
) -> Tree:
    """Return the driving times to a goal: looked for around first, and everywhere if need be."""
    if goal is not None and able:
        root, others = places_of(connection, [goal]), places_of(connection, able)
        box = near_box(root, others)
        tree = grow(connection, [goal], closed, _A_DAY_S, able, backwards=True, box=box)
        steps = (tree.step.get(tree.node_of(spot)) for spot in able)
        seconds = np.array([step.seconds if step else math.inf for step in steps])
        if proven(box, root, others, seconds, fastest_kmh):
            return tree
    return grow(connection, [goal] if goal else [], closed, _A_DAY_S, able, backwards=True)


def _positions(
    connection: Connection, who: Sequence[Place], at: datetime
) -> dict[int, tuple[datetime, Point]]:
    rows = connection.execute(_LATEST, ([one.code for one in who], at))
    found = {code: (ts, point_of(wkb)) for code, ts, wkb in rows}
    return {code: (ts, point) for code, (ts, point) in found.items() if point is not None}


def _why_not(one: Place, spot: Spot | None, wanted: Wanted, incident: str) -> str:
    if one.point is None:
        return _NOWHERE
    return too_far(spot, wanted.off_road_m) or (incident and f"the incident: {incident}")


def _helper(
    one: Place,
    seen: dict[int, tuple[datetime, Point]],
    spot: Spot | None,
    reason: str,
    tree: Tree,
    wanted: Wanted,
) -> Helper:
    seen_at = seen[one.code][0] if one.code in seen else None
    stale = seen_at is not None and wanted.at - seen_at > wanted.most_age
    step = tree.step.get(tree.node_of(spot)) if spot and not reason else None
    return Helper(
        place=one,
        seen_at=seen_at,
        stale=stale,
        seconds=None if step is None else step.seconds,
        distance_m=None,
        off_road_m=None if spot is None else spot.off_road_m,
        route=None,
        reason=reason or ("" if step else _NO_ROAD),
    )


def _soonest(helper: Helper) -> tuple[float, int]:
    return helper.seconds or 0.0, helper.place.code


def _with_routes(
    connection: Connection,
    coming: Sequence[Helper],
    beside: Sequence[Spot | None],
    who: Sequence[Place],
    tree: Tree,
) -> list[Helper]:
    spot_of = {one.code: spot for one, spot in zip(who, beside, strict=True) if spot}
    ways = {one.place.code: _way(tree, spot_of[one.place.code]) for one in coming}
    edges = edges_by_id(connection, (edge for way in ways.values() for _, edge, _ in way))
    fractions = {number: fraction for (_, fraction), number in tree.number.items()}
    drawn = []
    for one in coming:
        lines = [_stretch(edges[edge], a, b, fractions) for a, edge, b in ways[one.place.code]]
        length = sum(line[1] for line in lines)
        drawn.append(one._replace(distance_m=length, route=_joined([line[0] for line in lines])))
    return drawn


def _way(tree: Tree, spot: Spot) -> list[tuple[int, int, int]]:
    """Return node, edge and node of each step from a spot to the root of the tree."""
    way, node = [], tree.node_of(spot)
    while (step := tree.step[node]).before != node:
        way.append((node, step.edge, step.before))
        node = step.before
    return way


def _stretch(
    edge: Edge, start: int, end: int, fractions: dict[int, float]
) -> tuple[LineString, float]:
    low, high = (
        fractions[node] if node < 0 else float(node == edge.target) for node in (start, end)
    )
    return part(edge.shape, low, high), abs(high - low) * edge.length_m


def _joined(lines: list[LineString]) -> LineString | None:
    places = [place for line in lines for place in line.coords]
    kept = [at for number, at in enumerate(places) if not number or at != places[number - 1]]
    return LineString(kept) if len(kept) > 1 else None
