"""What each alert is in its incident: root, consequence or member, why, and whether it is quiet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.incidents.grouping import MOST_QUIETERS, Found
from alerts.incidents.linking import Linking
from alerts.incidents.loading import AlertRow
from alerts.incidents.members import Ints
from alerts.incidents.pairs import Pairs
from alerts.incidents.sentences import ALONE, ROOT, TOGETHER, sentence
from alerts.rules import AlertLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """An alert in its incident as it is to stand.

    Attributes:
        alert: the alert.
        role: root, consequence or member.
        reason: one sentence.
        cluster: number of the first alert with which it shares a cause.
        cause: number of the alert that it follows from; None for none.
        cause_link: by which link.
        quieters: numbers of alerts of which any one quiets it while it stands.
        quiet_by: the one that does; None where it is to speak.
    """

    alert: AlertRow
    role: str
    reason: str
    cluster: int
    cause: int | None
    cause_link: str | None
    quieters: tuple[int, ...]
    quiet_by: int | None


class Memberships:
    """Alerts with what links say about them."""

    def __init__(self, alerts: Sequence[AlertRow], found: Found, linking: Linking) -> None:
        self._alerts, self._links, self._found = alerts, linking.links, found
        self._caused = _at_effect(found.causes)
        self._shared = _at_effect(found.shares)
        self._row = {alert.id: row for row, alert in enumerate(alerts)}
        first: dict[int, int] = {}
        for row, number in enumerate(found.cluster.tolist()):
            first.setdefault(number, alerts[row].id)
        self._cluster = [first[number] for number in found.cluster.tolist()]
        self._quieting: dict[int, list[int]] = {}
        pairs = zip(found.quieting.effect.tolist(), found.quieting.cause.tolist(), strict=True)
        for effect, cause in pairs:
            self._quieting.setdefault(effect, []).append(alerts[cause].id)

    def of(self, rows: Ints, root: int) -> tuple[Membership, ...]:
        """Return what the alerts of one group are, the root being one of them."""
        return tuple(self._one(row, root, alone=len(rows) == 1) for row in rows.tolist())

    def _one(self, row: int, root: int, *, alone: bool) -> Membership:
        alert, at = self._alerts[row], self._caused.get(row)
        causes = self._found.causes
        quieters = dict.fromkeys([*(alert.quieters or ()), *self._quieting.get(row, ())])
        kept = tuple(quieters)[:MOST_QUIETERS]
        role = "root" if row == root else "consequence" if at is not None else "member"
        return Membership(
            alert=alert,
            role=role,
            reason=(ALONE if alone else ROOT) if role == "root" else self._reason(row, role),
            cluster=self._cluster[row],
            cause=None if at is None else self._alerts[int(causes.cause[at])].id,
            cause_link=None if at is None else self._links[int(causes.rule[at])].name,
            quieters=kept,
            quiet_by=self._quiet_by(alert, kept),
        )

    def _reason(self, row: int, role: str) -> str:
        if role == "consequence":
            return self._sentence(self._found.causes, self._caused[row])
        if row in self._shared:
            return self._sentence(self._found.shares, self._shared[row])
        alert = self._alerts[row]
        kept = alert.role == "member" and alert.reason is not None
        return alert.reason if kept and alert.reason else TOGETHER

    def _sentence(self, pairs: Pairs, at: int) -> str:
        other = self._alerts[int(pairs.cause[at])]
        what = f"alert {other.id} ({other.title_en}, {other.entity_name})"
        return sentence(self._links[int(pairs.rule[at])], pairs, at, what)

    def _quiet_by(self, alert: AlertRow, quieters: Iterable[int]) -> int | None:
        """Return a cause that stands at no lower level; danger above it is told aloud."""
        if not alert.is_open:
            return None
        own = AlertLevel.named(alert.level)
        for number in quieters:
            other = self._alerts[self._row[number]] if number in self._row else None
            if other is not None and other.is_open and AlertLevel.named(other.level) >= own:
                return number
        return None


def _at_effect(pairs: Pairs) -> dict[int, int]:
    return {row: at for at, row in enumerate(pairs.effect.tolist())}
