"""Rows of one section, held in half the memory of as many ``Row``."""

from array import array
from collections.abc import Iterator, Sequence
from typing import overload

from spatial.models.inp.rows import Row


class KeptRows(Sequence[Row]):
    """Rows in the order of the file, each made when it is asked for."""

    def __init__(self) -> None:
        self._lines = array("Q")
        self._texts: list[str] = []
        self._notes: dict[int, str] = {}

    def append(self, row: Row) -> None:
        """Add a row at the end."""
        if row.note:
            self._notes[len(self._texts)] = row.note
        self._lines.append(row.line)
        self._texts.append(row.text)

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[Row]:
        for at, (line, text) in enumerate(zip(self._lines, self._texts, strict=True)):
            yield Row(line, text, self._notes.get(at, ""))

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        found = range(len(self))[at]
        if isinstance(found, range):
            return [self[each] for each in found]
        return Row(self._lines[found], self._texts[found], self._notes.get(found, ""))
