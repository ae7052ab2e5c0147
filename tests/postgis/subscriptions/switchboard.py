"""A planner and a sender at a real store, with a clock of its own and receivers that are lists."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Placeholder

from alerts.subscriptions.outcome import Carrier, Delivered, Letter, Outcome
from alerts.subscriptions.planning import Publish, plan
from alerts.subscriptions.records import add_subscription
from alerts.subscriptions.sending import send_one
from alerts.subscriptions.subscription import KINDS, Subscription
from tests.postgis.register import LEVEL_GAUGE, REACH

Connection = psycopg.Connection[tuple[Any, ...]]

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Receivers:
    """Takes letters; answers what stands in ``answers``, then always that it has them."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, Letter]] = []
        self.answers: list[Outcome] = []

    def send(self, subscription: Subscription, letter: Letter, _now: datetime) -> Outcome:
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, Delivered):
            self.letters.append((subscription.name, letter))
        return answer

    @property
    def told(self) -> list[tuple[str, str]]:
        """Subscriber and reason of what arrived."""
        return [(name, letter.body["reason"]) for name, letter in self.letters]


def publish_nothing(*_told: object) -> None:
    """Issue no public warning."""


class Switchboard:
    """The planner and the sender."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.receivers = Receivers()
        self.now = NOON
        self.publish: Publish = publish_nothing
        self.turn()

    def subscribe(self, name: str = "ops", **settings: object) -> int:
        """Make a webhook."""
        given = {"name": name, "kind": "webhook", "target": "https://ops.example.org/"} | settings
        number, _ = add_subscription(self.connection, given, "tests")
        self.connection.commit()
        return number

    def turn(self, seconds: float = 0) -> None:
        """Let time pass, then plan and send whatever is due."""
        self.now += timedelta(seconds=seconds)
        while plan(self.connection, self.now, self.publish, sweep=True).more:
            pass
        carriers: dict[str, Carrier] = dict.fromkeys(KINDS, self.receivers)
        while send_one(self.connection, carriers, self.now, DAY):
            pass

    def raise_alert(self, rule: str = "river-level", level: str = "red", **columns: object) -> int:
        """Raise an alert at the reach, and commit."""
        values = {
            "mode": "actual",
            "domain": "flood",
            "level": level,
            "entity": REACH,
            "device": LEVEL_GAUGE,
            "rule": rule,
            "rule_version": 1,
            "state": "raised",
            "raised_at": self.now,
            "observed_at": self.now,
            "reason": "high",
        } | columns
        query = SQL("INSERT INTO alert ({}) VALUES ({}) RETURNING id").format(
            SQL(", ").join(map(Identifier, values)), SQL(", ").join(map(Placeholder, values))
        )
        row = self.connection.execute(query, values).fetchone()
        assert row is not None
        self.step(row[0], "raised")
        return int(row[0])

    def step(self, alert: int, event: str, state: str | None = None, level: str = "") -> None:
        """Write a transition, and commit."""
        to = state or event
        self.connection.execute(
            "UPDATE alert SET state = %s, level = coalesce(nullif(%s, ''), level),"
            " version = version + 1 WHERE id = %s",
            [to, level, alert],
        )
        self.connection.execute(
            "INSERT INTO alert_transition (alert_id, event, to_state, level, actor, reason, at)"
            " SELECT id, %s, state, level, 'tests', 'high', %s FROM alert WHERE id = %s",
            [event, self.now, alert],
        )
        self.connection.commit()

    def incident(self, alerts: Sequence[int], state: str = "open") -> int:
        """Make an incident of alerts, the first being its root, and commit."""
        row = self.connection.execute(
            "INSERT INTO incident (mode, domain, level, state, root_alert, title_zh, title_en,"
            " place, began_at, changed_at) SELECT mode, domain, level, %s, a.id, '茅洲河洪水',"
            " 'flood of the Maozhou', e.geom, %s, %s FROM alert a"
            " JOIN entity e ON e.code = a.entity WHERE a.id = %s RETURNING id",
            [state, self.now, self.now, alerts[0]],
        ).fetchone()
        assert row is not None
        for position, alert in enumerate(alerts):
            role = "root" if position == 0 else "consequence"
            self.connection.execute(
                "INSERT INTO incident_alert VALUES (%s, %s, %s, 'same reach', %s)",
                [alert, row[0], role, self.now],
            )
        self.connection.commit()
        return int(row[0])

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        rows = self.connection.execute(query.encode(), values).fetchall()
        self.connection.commit()
        return rows

    def bodies(self) -> Iterator[dict[str, Any]]:
        """Yield the bodies that arrived, in their order."""
        for _, letter in self.receivers.letters:
            yield dict(letter.body)
