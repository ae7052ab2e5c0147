"""From grouped alerts to incidents: what each one is to be, without a database."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from alerts.incidents.grouping import Found, roots, rows_of
from alerts.incidents.joining import Membership, Memberships
from alerts.incidents.linking import Linking
from alerts.incidents.loading import AlertRow, IncidentRow
from alerts.incidents.members import Flags, Ints, Members
from alerts.incidents.passing import Event, events
from alerts.rules import AlertLevel

NEW = 0


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts (n) with their groups.

    Attributes:
        rows: as the store has them.
        members: the same as columns.
        found: their groups and links.
        linking: the table of links.
    """

    rows: Sequence[AlertRow]
    members: Members
    found: Found
    linking: Linking


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An incident as it is to stand.

    Attributes:
        id: its number, ``NEW`` for one to be made.
        absorbed: incidents that go into it.
        before: as it stood; None for a new one.
        root: the alert that it began with.
        level: highest of those that stand, else the last one.
        state: open, ended or closed.
        standing: how many alerts stand.
        members: all of them.
        place: hull of the alerts' places, metres; None where nobody knows.
        events: what happened.
    """

    id: int
    absorbed: tuple[int, ...]
    before: IncidentRow | None
    root: AlertRow
    level: str
    state: str
    standing: int
    members: tuple[Membership, ...]
    place: Any
    events: tuple[Event, ...] = field(default=())


def decide(alerts: Alerts, incidents: Mapping[int, IncidentRow]) -> list[Decided]:
    """Return the incidents that change, in the order of their first alerts.

    Args:
        alerts: those that changed, with all of the incidents that they may belong to.
        incidents: those that the alerts are in so far.
    """
    group = alerts.found.group
    caused = np.zeros(len(group), np.bool_)
    caused[alerts.found.causes.effect] = True
    root = roots(alerts.members, group, caused)
    owned = _owned(alerts)
    memberships = Memberships(alerts.rows, alerts.found, alerts.linking)
    parts = list(rows_of(group))
    decided = []
    for number in np.unique(group[_touched(alerts, owned)]).tolist():
        mine = sorted(i for i, owner in owned.items() if owner == number)
        members = memberships.of(parts[number], int(root[number]))
        one = _decided(alerts, parts[number], alerts.rows[int(root[number])], members)
        before = incidents.get(mine[0]) if mine else None
        one = replace(one, id=mine[0] if mine else NEW, absorbed=tuple(mine[1:]), before=before)
        one = _standing(one)
        decided.append(replace(one, events=tuple(events(one))))
    return decided


def _owned(alerts: Alerts) -> dict[int, int]:
    """Return the group that each incident goes on as: the one with most of its alerts."""
    counts = Counter(
        (alert.incident, group)
        for alert, group in zip(alerts.rows, alerts.found.group.tolist(), strict=True)
        if alert.incident is not None
    )
    owned: dict[int, int] = {}
    for (incident, group), _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        owned.setdefault(incident, group)
    return owned


def _touched(alerts: Alerts, owned: Mapping[int, int]) -> Flags:
    """Tell which alerts changed, belong elsewhere now, or have a cause that is new: bool[n]."""
    group = alerts.found.group.tolist()
    changed = [
        alert.incident is None
        or alert.seen_version != alert.version
        or owned[alert.incident] != number
        for alert, number in zip(alerts.rows, group, strict=True)
    ]
    touched = np.array(changed, np.bool_)
    left = {
        owned[alert.incident]
        for alert, number in zip(alerts.rows, group, strict=True)
        if alert.incident is not None and owned[alert.incident] != number
    }
    touched |= np.isin(alerts.found.group, list(left))
    return touched


def _decided(
    alerts: Alerts, rows: Ints, root: AlertRow, members: tuple[Membership, ...]
) -> Decided:
    mine = [alerts.rows[row] for row in rows.tolist()]
    standing = [alert for alert in mine if alert.is_open]
    highest = max(AlertLevel.named(alert.level) for alert in standing or mine)
    return Decided(
        id=NEW,
        absorbed=(),
        before=None,
        root=root,
        level=highest.text,
        state="closed" if all(alert.state == "closed" for alert in mine) else "open",
        standing=len(standing),
        members=members,
        place=_hull(alerts.members, rows),
    )


def _standing(one: Decided) -> Decided:
    """Return an incident that goes on with its level and state where nothing stands."""
    if one.standing or one.before is None:
        return one
    state = one.before.state if one.state == "open" else one.state
    return replace(one, level=one.before.level, state=state)


def _hull(members: Members, rows: Ints) -> Any:  # noqa: ANN401 - shapely's own
    x, y = members.x[rows], members.y[rows]
    placed = np.isfinite(x) & np.isfinite(y)
    if not placed.any():
        return None
    return shapely.convex_hull(shapely.multipoints(np.column_stack([x[placed], y[placed]])))


def instant_us(at: datetime) -> int:
    """Return microseconds since 1970."""
    return round(at.timestamp() * 1_000_000)


def members_of(decided: Iterable[Decided]) -> list[Membership]:
    """Return all alerts of incidents."""
    return [member for one in decided for member in one.members]
