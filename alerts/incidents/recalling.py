"""What was found before about alerts, as their memberships keep it."""

from collections.abc import Iterable, Sequence

import numpy as np

from alerts.incidents.grouping import Known
from alerts.incidents.linking import Linking
from alerts.incidents.loading import AlertRow
from alerts.incidents.members import NOWHERE, Ints, Members
from alerts.incidents.pairs import Pairs


def recall(alerts: Sequence[AlertRow], members: Members, linking: Linking) -> Known:
    """Return what is known of alerts; a cause that is not among them is forgotten."""
    row = {alert.id: at for at, alert in enumerate(alerts)}
    return Known(
        cluster=_numbers(alert.cluster for alert in alerts),
        incident=_numbers(alert.incident for alert in alerts),
        causes=_causes(alerts, members, linking, row),
        ties=_ties(alerts),
    )


def _numbers(values: Iterable[int | None]) -> Ints:
    return np.array([NOWHERE if value is None else value for value in values], np.int64)


def _causes(
    alerts: Sequence[AlertRow], members: Members, linking: Linking, row: dict[int, int]
) -> Pairs:
    known = [
        (row[alert.cause], at, alert.cause_link)
        for at, alert in enumerate(alerts)
        if alert.cause in row and alert.cause is not None and alert.cause_link is not None
    ]
    if not known:
        return Pairs.none()
    cause, effect, names = zip(*known, strict=True)
    ends = (np.array(cause, np.int64), np.array(effect, np.int64))
    return linking.recalled(members, *ends, names)


def _ties(alerts: Sequence[AlertRow]) -> Ints:
    """Return pairs of rows that people put into one incident."""
    first: dict[int, int] = {}
    ties = []
    for at, alert in enumerate(alerts):
        if alert.incident is None:
            continue
        head = first.setdefault(alert.incident, at)
        if alert.pinned and head != at:
            ties.append((head, at))
    return np.array(ties, np.int64).reshape(-1, 2)
