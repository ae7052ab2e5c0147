"""Sentences about many CityObjects: said once, with how many and which first."""

from collections.abc import Iterator

_NAMED = 5
_LONGEST = 80


class Notes:
    """Collects what is remarkable; its memory does not grow with the number of CityObjects."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}

    def add(self, remark: str, key: str) -> None:
        """Note that a remark is true of what is called ``key``."""
        self._counts[remark] = self._counts.get(remark, 0) + 1
        names = self._names.setdefault(remark, [])
        if len(names) < _NAMED:
            names.append(f"{key[:_LONGEST]!r}" if key else "''")

    def __bool__(self) -> bool:
        return bool(self._counts)

    def sentences(self) -> Iterator[str]:
        """Give each remark with how many it is true of, and the first of them."""
        for remark, count in self._counts.items():
            names = ", ".join(self._names[remark])
            more = count - len(self._names[remark])
            yield f"{count:,} {remark}: {names}{f' and {more:,} more' if more else ''}"
