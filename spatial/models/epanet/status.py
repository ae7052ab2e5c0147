"""Which links are shut at first: the section STATUS (EPANET 2.2 manual, C.2)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from spatial.files.errors import RowRefusedError
from spatial.models.inp.objects import PipeModel
from spatial.models.inp.remarks import Remark
from spatial.models.inp.rows import Row, number

MOST_RANGES = 1_000
"""Rows that name links from one to another; each of them goes through all links."""
_PUMP = "pump"
_LEADING = re.compile(r"\d+", re.ASCII)
_RANGE_VALUES = 3


def take_status(model: PipeModel, rows: Sequence[Row]) -> None:
    """Shut or open the links that the rows name, one or from one name to another.

    A pump that is off at first is switched on by the controls: it is not taken as shut, only said
    to be off.
    """
    wrong = Remark("STATUS", "cannot be read")
    ranges = 0
    for row in rows:
        values = row.values()
        ranges += len(values) == _RANGE_VALUES
        try:
            if ranges > MOST_RANGES:
                _refuse_more_ranges()
            _take(model, values)
        except RowRefusedError as error:
            wrong.add(f"line {row.line}: {error}")
    wrong.put(model)


def _refuse_more_ranges() -> None:
    raise RowRefusedError(f"more than {MOST_RANGES:,} rows that name links from one to another")


def _take(model: PipeModel, values: Sequence[str]) -> None:
    state = values[-1].upper()
    shut = state.startswith("CLOSED")
    if not shut and not state.startswith("OPEN"):
        number(values[-1], "setting")
    links = list(_named(model, values[:-1]))
    if not links:
        raise RowRefusedError(f"{' '.join(values[:-1])[:60]!r}, expected a link of the file")
    for name in links:
        link = model.links[name]
        link.properties["status"] = values[-1]
        if link.kind != _PUMP:
            model.links[name] = replace(link, closed=shut)


def _named(model: PipeModel, names: Sequence[str]) -> Iterator[str]:
    if len(names) == 1 and names[0] in model.links:
        yield names[0]
    if len(names) == _RANGE_VALUES - 1:
        first, last = names
        low, high = _leading(first), _leading(last)
        numbered = low > 0 and high > 0
        for name in model.links:
            if low <= _leading(name) <= high if numbered else first <= name <= last:
                yield name


def _leading(name: str) -> int:
    """Return the number that a name begins with, 0 where it begins with none."""
    found = _LEADING.match(name)
    return int(found[0][:18]) if found else 0
