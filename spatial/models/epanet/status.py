"""Which links are shut at first: the section STATUS (EPANET 2.2 manual, C.2)."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from spatial.files.errors import RowRefusedError
from spatial.models.inp.objects import PipeModel
from spatial.models.inp.remarks import Remark
from spatial.models.inp.rows import Row, number

MOST_RANGES = 1_000
"""Rows that name links from one to another."""
MOST_NAMED = 5_000_000
"""Links that all such rows name together: some seconds, whatever the file."""
_PUMP, _PIPE = "pump", "conduit"
_LEADING = re.compile(r"\d+", re.ASCII)
_RANGE_VALUES = 3


def take_status(model: PipeModel, rows: Sequence[Row]) -> None:
    """Shut or open the links that the rows name, one or from one name to another.

    A pump that is off at first is switched on by the controls: it is not taken as shut, only said
    to be off.
    """
    wrong = Remark("STATUS", "cannot be read")
    named = _Named(model)
    for row in rows:
        try:
            _take(model, named, row.values())
        except RowRefusedError as error:
            wrong.add(f"line {row.line}: {error}")
    wrong.put(model)


def _take(model: PipeModel, named: "_Named", values: Sequence[str]) -> None:
    state = values[-1].upper()
    shut = state.startswith("CLOSED")
    worded = shut or state.startswith("OPEN")
    if not worded:
        number(values[-1], "setting")
    links = named.by(values[:-1])
    if not links:
        raise RowRefusedError(f"{' '.join(values[:-1])[:60]!r}, expected a link of the file")
    for name in links:
        link = model.links[name]
        link.properties["status"] = values[-1]
        # A number sets a valve to work, and says nothing of a pipe.
        if link.kind != _PUMP and (worded or link.kind != _PIPE) and link.closed is not shut:
            model.links[name] = replace(link, closed=shut)


class _Named:
    """Finds links by one name, or from one name to another."""

    def __init__(self, model: PipeModel) -> None:
        self._links = model.links
        self._ranges = 0
        self._found = 0

    def by(self, names: Sequence[str]) -> Sequence[str]:
        """Return the links that one name or two mean, none of them where there are none.

        Raises:
            RowRefusedError: the rows up to here name more links than any file does.
        """
        if len(names) == 1 and names[0] in self._links:
            return names
        if len(names) != _RANGE_VALUES - 1:
            return ()
        found = self._between(*names)
        self._ranges += 1
        self._found += len(found)
        if self._ranges > MOST_RANGES:
            raise RowRefusedError(
                f"more than {MOST_RANGES:,} rows that name links from one to another"
            )
        if self._found > MOST_NAMED:
            raise RowRefusedError(f"more than {MOST_NAMED:,} links named from one to another")
        return found

    def _between(self, first: str, last: str) -> Sequence[str]:
        low, high = _leading(first), _leading(last)
        if low > 0 and high > 0:
            numbers, names = self._by_number
            return names[bisect_left(numbers, low) : bisect_right(numbers, high)]
        return self._by_name[bisect_left(self._by_name, first) : bisect_right(self._by_name, last)]

    @cached_property
    def _by_name(self) -> list[str]:
        return sorted(self._links)

    @cached_property
    def _by_number(self) -> tuple[list[int], list[str]]:
        """Every link by the number that its name begins with, ascending, beside those numbers."""
        pairs = sorted((_leading(name), name) for name in self._links)
        return [leading for leading, _ in pairs], [name for _, name in pairs]


def _leading(name: str) -> int:
    """Return the number that a name begins with, 0 where it begins with none."""
    found = _LEADING.match(name)
    return int(found[0][:18]) if found else 0
