"""What the comparison with the register says of each row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from data.importing.report import Outcome, RowOutcome
from data.importing.resolving import NEW, Resolved
from data.importing.rows import Rows
from data.registry.staging import Cursor
from spatial.files import RefusedRow

_CHANGED = "SELECT code, changed FROM next_state WHERE NOT is_new"

_CONFLICTS = """
    SELECT c.code, c.property, a.source FROM property_conflict c
    JOIN entity e USING (code)
    JOIN authority a ON a.class_code = e.class_code AND a.property = c.property
    WHERE c.change_set_id = currval(pg_get_serial_sequence('change_set', 'id'))
    AND c.resolved_in IS NULL ORDER BY 1, 2"""


@dataclass(slots=True)
class Comparison:
    """What a change set finds when it is compared with what stands.

    Attributes:
        changed: names of the fields that differ, by entity code.
        conflicts: (code, property, source that is its authority).
    """

    changed: dict[int, list[str]] = field(default_factory=dict)
    conflicts: list[tuple[int, str, str]] = field(default_factory=list)

    def look(self, cursor: Cursor) -> None:
        """Read the comparison while its temporary tables are there."""
        cursor.execute(_CHANGED)
        self.changed = dict(cursor.fetchall())
        cursor.execute(_CONFLICTS)
        self.conflicts = cursor.fetchall()

    def add(self, codes: Iterable[int], field_name: str) -> None:
        """Say that something beside the fields of these entities differs."""
        for code in set(codes):
            self.changed.setdefault(code, []).append(field_name)


def outcomes_of(
    rows: Rows, resolved: Resolved, codes: list[int], comparison: Comparison, *, issued: bool
) -> Iterator[RowOutcome]:
    """Yield what came of the rows that could be read.

    Args:
        rows: of the file.
        resolved: which entities they are.
        codes: (n,) of the entities.
        comparison: of the change set.
        issued: whether the codes of new entities are theirs for good.
    """
    reasons = dict(zip(_positions(rows), rows.sieve.refused(), strict=True))
    for at, (number, key, known) in enumerate(
        zip(rows.numbers.tolist(), rows.keys, resolved.codes.tolist(), strict=True)
    ):
        if at in reasons:
            yield RowOutcome(number, key, known or None, "refused", reasons[at].reason)
        elif known == NEW:
            yield RowOutcome(number, key, codes[at] if issued else None, "created")
        elif known in comparison.changed:
            changed = comparison.changed[known]
            outcome: Outcome = "reinstated" if "retired" in changed else "changed"
            yield RowOutcome(number, key, known, outcome, ", ".join(changed))
        else:
            yield RowOutcome(number, key, known, "unchanged")


def unread_outcomes(unread: Iterable[RefusedRow]) -> Iterator[RowOutcome]:
    """Yield the rows that could not be read at all."""
    return (RowOutcome(row.row, "", None, "refused", row.reason) for row in unread)


def retired_outcomes(codes: Iterable[int]) -> Iterator[RowOutcome]:
    """Yield the entities that the file has no more."""
    return (RowOutcome(None, "", code, "retired", "not in the file") for code in codes)


def _positions(rows: Rows) -> list[int]:
    passed = rows.passed()
    return [at for at, kept in enumerate(passed.tolist()) if not kept]
