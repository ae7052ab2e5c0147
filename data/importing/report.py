"""What came of an import, or would come of it: row by row and in sum."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from spatial.files import RefusedRow

Outcome = Literal["created", "changed", "reinstated", "unchanged", "refused", "retired"]
OUTCOMES: tuple[Outcome, ...] = (
    "created", "changed", "reinstated", "unchanged", "retired", "refused",
)  # fmt: skip


class RowOutcome(NamedTuple):
    """What came of one row.

    Attributes:
        row: its number as a person finds it; None for an entity that the file has no more.
        key: by which the register knows it; empty if the row has none.
        code: entity code; None if there is none, or none yet in a dry run.
        outcome: one of ``OUTCOMES``.
        detail: the fields that changed, or why the row was refused.
    """

    row: int | None
    key: str
    code: int | None
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of an import.

    Attributes:
        model: that the file is a state of.
        file: its name.
        digest: its SHA-256.
        dry_run: whether it was only asked what would come of it.
        change_set: id of the change set; None if nothing was written.
        refusal: why nothing of the file was taken, empty otherwise.
        outcomes: of every row, in the order of the file; then of entities that it has no more.
        left_out: rows that the map does not select.
        names: names added or ended.
        relations: relations added or ended.
        conflicts: (code, property, source) of values that another source is the authority of.
        warnings: sentences.
    """

    model: str
    file: str
    digest: str
    dry_run: bool
    change_set: int | None = None
    refusal: str = ""
    outcomes: list[RowOutcome]
    left_out: int = 0
    names: int = 0
    relations: int = 0
    conflicts: list[tuple[int, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many rows had which outcome, and what else was counted."""
        counted = Counter(row.outcome for row in self.outcomes)
        found: dict[str, int] = {outcome: counted[outcome] for outcome in OUTCOMES}
        found |= {"left_out": self.left_out, "names": self.names, "relations": self.relations}
        return found | {"conflicts": len(self.conflicts)}

    def of(self, *outcomes: Outcome) -> Iterator[RowOutcome]:
        """Yield the rows with one of these outcomes."""
        return (row for row in self.outcomes if row.outcome in outcomes)

    def refused(self) -> list[RefusedRow]:
        """Return the refused rows with their reasons."""
        return [RefusedRow(row.row or 0, row.detail) for row in self.of("refused")]

    def changes_nothing(self) -> bool:
        """Tell whether the register stays as it is."""
        counts = self.counts()
        still = ("unchanged", "refused", "left_out")
        return not any(count for name, count in counts.items() if name not in still)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for programs; unchanged and created rows are only counted."""
        told = self.of("changed", "reinstated", "retired", "refused")
        return {
            "model": self.model,
            "file": self.file,
            "digest": self.digest,
            "dry_run": self.dry_run,
            "change_set": self.change_set,
            "refusal": self.refusal or None,
            "counts": self.counts(),
            "rows": [_plain(row) for row in told],
            "conflicts": [
                {"code": str(code), "property": name, "authority": source}
                for code, name, source in self.conflicts
            ],
            "warnings": self.warnings,
        }


def write_report(report: ImportReport, path: Path) -> None:
    """Write every row to a file: JSON if its name ends so, CSV otherwise.

    Raises:
        OSError: the file cannot be written.
    """
    rows = (_plain(row) for row in report.outcomes)
    if path.suffix.lower() == ".json":
        document = report.as_dict() | {"rows": list(rows)}
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        return
    # The mark lets spreadsheets read Chinese.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, RowOutcome._fields)
        table.writeheader()
        table.writerows(rows)


def _plain(row: RowOutcome) -> dict[str, Any]:
    return row._asdict() | {"code": None if row.code is None else str(row.code)}
