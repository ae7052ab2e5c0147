"""What ``twin import`` says of an import: in sum, what changed, what was refused and why."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from twin.cli.printing import say

if TYPE_CHECKING:  # commands load only what they need
    from data.importing import ImportReport
    from data.models import ElementCounts
    from spatial.files import RefusedRow

_SHOWN = 20
_VARYING = re.compile(r"'[^']*'|-?[0-9][0-9.]*")
"""What differs between sentences that say the same of two rows."""
_ROWS_NAMED = 5
TAKEN, PARTLY, REFUSED = 0, 1, 2


def tell(found: "ImportReport", elements: "ElementCounts | None" = None) -> None:
    """Print what came of an import for people; of a model, what became of its elements too."""
    shown = console()
    shown.print(_heading(found, elements), markup=False)
    counts = table("", "rows", "" if elements is None else "elements")
    of_elements = {} if elements is None else elements._asdict()
    for name, count in (dict.fromkeys(of_elements, 0) | found.counts()).items():
        beside = f"{of_elements[name]:,}" if name in of_elements else ""
        counts.add_row(name.replace("_", " "), f"{count:,}", beside)
    shown.print(counts)
    _list_changes(found)
    for code, name, authority in found.conflicts[:_SHOWN]:
        shown.print(f"{code}: {name} is {authority!r}'s to say, kept as a conflict", markup=False)
    for sentence in found.warnings:
        say(f"warning: {sentence}")
    _list_refused(found)


def write(found: "ImportReport", file: Path) -> None:
    """Write the outcome of every row to a file, or say why not."""
    from data.importing import write_report  # noqa: PLC0415 - commands load only what they need

    try:
        write_report(found, file)
    except OSError as error:
        say(f"twin: the report is not written: {error}")


def _heading(found: "ImportReport", elements: "ElementCounts | None") -> str:
    if found.refusal:
        return f"{found.file}: nothing was taken: {found.refusal}"
    if found.dry_run:
        return f"{found.file} as a state of {found.model}: what an import would do"
    if found.change_set is None and elements is not None and elements.differ():
        return f"{found.file} as a state of {found.model}: no entity changed, elements did"
    if found.change_set is None:
        refused = found.counts()["refused"]
        return f"{found.file}: nothing changed" + ("" if refused else ", all of it stands already")
    return f"{found.file} as a state of {found.model}: change set {found.change_set}"


def _list_changes(found: "ImportReport") -> None:
    shown = console()
    rows = list(found.of("changed", "reinstated", "retired"))
    for row in rows[:_SHOWN]:
        who = f"row {row.row} ({row.key}), entity" if row.row is not None else "entity"
        shown.print(f"{who} {row.code} {row.outcome}: {row.detail}", markup=False)
    _list_more(len(rows))


def _list_refused(found: "ImportReport") -> None:
    """Print each kind of reason once, with the rows that it is of."""
    kinds: dict[str, list[RefusedRow]] = {}
    for refused in found.refused():
        kinds.setdefault(_VARYING.sub("#", refused.reason), []).append(refused)
    for alike in list(kinds.values())[:_SHOWN]:
        named = ", ".join(str(refused.row) for refused in alike[:_ROWS_NAMED])
        more = f" and {len(alike) - _ROWS_NAMED:,} more" if len(alike) > _ROWS_NAMED else ""
        rows = f"row {named}" if len(alike) == 1 else f"rows {named}{more}"
        others = "" if len({refused.reason for refused in alike}) == 1 else ", the first because"
        console().print(f"{rows} refused{others}: {alike[0].reason}", markup=False)
    _list_more(len(kinds))


def _list_more(count: int) -> None:
    if count > _SHOWN:
        console().print(f"… and {count - _SHOWN:,} more: --report FILE has them all", markup=False)


def exit_code(found: "ImportReport") -> int:
    """Return what the command ends with."""
    if found.refusal:
        return REFUSED
    return PARTLY if found.counts()["refused"] else TAKEN


def console() -> Console:
    """Return what tables are printed on."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def table(*headings: str) -> Table:
    """Return an empty table; columns of numbers stand to the right."""
    made = Table(box=None, pad_edge=False)
    for heading in headings:
        numbers = heading in {"rows", "filled", "elements"}
        made.add_column(heading, justify="right" if numbers else "left")
    return made
