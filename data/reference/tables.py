"""How the tables of this folder are read: UTF-8 CSV with a header line."""

import csv
from collections.abc import Iterator
from importlib.resources import files


def table_text(name: str) -> str:
    """Return a file of this folder."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def table_rows(name: str) -> Iterator[list[str]]:
    """Yield the rows of a table below its header."""
    lines = csv.reader(table_text(name).splitlines())
    next(lines)
    return lines
