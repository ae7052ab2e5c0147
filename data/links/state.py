"""How far linking came: up to which change set, and by which rules."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from spatial.links import LinkRule

Cursor = psycopg.Cursor[tuple[Any, ...]]
Row = list[Any]

_READ = "SELECT change_set_id, rules FROM link_state"
_WRITE = """
    INSERT INTO link_state AS s (id, change_set_id, rules, ran_at)
    SELECT 1, coalesce(%(change_set)s::int8, max(id), 0), %(rules)s, now() FROM change_set
    ON CONFLICT (id) DO UPDATE SET change_set_id = excluded.change_set_id,
        rules = excluded.rules, ran_at = excluded.ran_at"""
_NOTHING_DUE = "DELETE FROM link_due"


class LinkState(NamedTuple):
    """Up to which change set the links that stand were found, and the rules of each class then."""

    change_set: int
    rules: dict[str, list[Row]]

    def changed(self, rules: Sequence[LinkRule]) -> list[str]:
        """Return the classes of devices whose rules are others now."""
        new = by_sensor(rules)
        return [klass for klass in {**self.rules, **new} if self.rules.get(klass) != new.get(klass)]


def ask_state(cursor: Cursor) -> None:
    """Ask how far linking came; ``state_of`` reads the row."""
    cursor.execute(_READ)


def state_of(row: tuple[Any, ...] | None) -> LinkState | None:
    """Return how far linking came, None if it never ran."""
    return None if row is None else LinkState(*row)


def write_state(cursor: Cursor, rules: Sequence[LinkRule]) -> None:
    """Say that the links are those of the register as it is now, and no device is due."""
    cursor.execute(_WRITE, {"change_set": None, "rules": Jsonb(by_sensor(rules))})
    cursor.execute(_NOTHING_DUE)


def write_state_at(cursor: Cursor, change_set: int, rules: Sequence[LinkRule]) -> None:
    """Say that the devices around what changed up to a change set are linked or due."""
    cursor.execute(_WRITE, {"change_set": change_set, "rules": Jsonb(by_sensor(rules))})


def by_sensor(rules: Sequence[LinkRule]) -> dict[str, list[Row]]:
    """Return what the rules say of each class of device, in their order."""
    found: dict[str, list[Row]] = {}
    for rule in rules:
        row = [rule.target_class, rule.relation, rule.method, rule.max_distance_m]
        found.setdefault(rule.sensor_class, []).append(row)
    return found
