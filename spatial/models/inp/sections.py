"""Sections of an ``.inp`` file: rows under a heading in brackets, comments after a semicolon."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from spatial.files.errors import refuse
from spatial.models.inp.kept_rows import KeptRows
from spatial.models.inp.rows import Row
from spatial.models.inp.text import encoding_of, lines
from spatial.models.model import Progress

MOST_HEADINGS = 10_000
MOST_ROWS = 2_000_000
"""Rows that are held in memory; a city of 100,000 pipes has half a million to a million."""
_REPORT_EVERY = 100_000
_NAMED = 5
_SHOWN = 40


class Section(NamedTuple):
    """One section of a dialect.

    Attributes:
        stem: the letters by which the program knows it; a heading may go on after them.
        name: as its manual writes it.
        family: what its rows are: ``node``, ``link``, ``subcatchment``, ``raingage``; ``beside``
            where they say more of such things; empty where we do not need them.
        kind: of the nodes or links, as ``Network`` has it.
        entity_class: class of our entity code, empty where none fits.
        own: whether the other program has no such section.
    """

    stem: str
    name: str
    family: str
    kind: str
    entity_class: str
    own: bool


@dataclass(frozen=True)
class Dialect:
    """What one of the programs calls its sections.

    Attributes:
        program: as people call it.
        schema: its file format.
        note_above: whether words on a thing stand in a comment above its row, not at its end.
        end: heading after which nothing is read.
    """

    program: str
    schema: str
    package: str
    note_above: bool
    end: str = ""

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Every section, in the order of the manual."""
        text = resources.files(self.package).joinpath("sections.csv").read_text(encoding="utf-8")
        return tuple(
            Section(
                row["stem"],
                row["section"],
                row["family"],
                row["kind"],
                row["entity_class"],
                row["own"] == "yes",
            )
            for row in csv.DictReader(text.splitlines())
        )

    def section(self, heading: str) -> Section | None:
        """Return the section of a heading such as ``[Junctions]`` or ``[JUNC``; None if unknown."""
        said = heading[1:].upper()
        fitting = (each for each in self.sections if said.startswith(each.stem))
        return max(fitting, key=lambda each: len(each.stem), default=None)

    def of_family(self, family: str) -> Iterator[Section]:
        """Yield the sections whose rows are such things."""
        return (each for each in self.sections if each.family == family)


@dataclass(slots=True)
class Sections:
    """Rows of the sections that we need, by the section's name, and what was odd."""

    rows: dict[str, KeptRows] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def taken(self, name: str) -> KeptRows:
        """Return the rows of a section, which are not kept: they are asked for once."""
        return self.rows.pop(name, KeptRows())


class _Gatherer:
    """Takes lines one by one, and knows in which section it is."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.found = Sections()
        self.ended = False
        self._path = path
        self._dialect = dialect
        self._section: Section | None = None
        self._note = ""
        self._kept = 0
        self._unheaded = 0
        self._first_unheaded = 0
        self._headings = 0
        self._foreign: dict[str, int] = {}
        self._ignored: Counter[str] = Counter()
        self._heading = ""

    def take(self, number: int, line: str) -> None:
        """Take the next line."""
        text, _, comment = line.partition(";")
        text = text.strip(" \t\r\x1a\ufeff")
        if not text:
            self._note = "" if comment.startswith(";") else comment.strip()
        elif text.startswith("["):
            self._enter(number, text.split(maxsplit=1)[0])
        else:
            above, self._note = self._note, ""
            self._row(Row(number, text, above if self._dialect.note_above else comment.strip()))

    def _enter(self, number: int, heading: str) -> None:
        self._note, self._heading = "", heading
        self._headings += 1
        if self._headings > MOST_HEADINGS:
            raise refuse(self._path, f"more than {MOST_HEADINGS:,} sections up to line {number:,}")
        self.ended = bool(self._dialect.end) and heading.upper().startswith(self._dialect.end)
        self._section = self._dialect.section(heading)
        if self._section is None and not self.ended:
            self._foreign.setdefault(heading, number)

    def _row(self, row: Row) -> None:
        if self._section is not None:
            if self._section.family:
                self._keep(self._section.name, row)
        elif self._headings:
            self._ignored[self._heading] += 1
        else:
            self._unheaded += 1
            self._first_unheaded = self._first_unheaded or row.line

    def _keep(self, name: str, row: Row) -> None:
        self._kept += 1
        if self._kept > MOST_ROWS:
            raise refuse(self._path, f"more than {MOST_ROWS:,} rows up to line {row.line:,}")
        self.found.rows.setdefault(name, KeptRows()).append(row)

    def remarks(self) -> Iterator[str]:
        """Yield a sentence on what was not taken."""
        if self._unheaded:
            yield (
                f"{self._unheaded:,} lines from line {self._first_unheaded} on stand before any "
                "section and are ignored"
            )
        for heading, number in list(self._foreign.items())[:_NAMED]:
            rows = self._ignored[heading]
            yield (
                f"line {number}: {self._dialect.program} has no section {heading[:_SHOWN]!r}; "
                f"its {rows:,} rows are ignored"
            )


def read_sections(path: Path, dialect: Dialect, progress: Progress) -> Sections:
    """Read the sections of a file that we need.

    Raises:
        FileRefusedError: it is no text, a line is longer than any row, or there are too many.
    """
    encoding = encoding_of(path)
    gatherer = _Gatherer(path, dialect)
    if encoding.assumed:
        gatherer.found.warnings.append(encoding.assumed)
    for number, line in lines(path, encoding.codec):
        gatherer.take(number, line)
        if gatherer.ended:
            break
        if not number % _REPORT_EVERY:
            progress("reading lines", number, 0)
    gatherer.found.warnings += gatherer.remarks()
    return gatherer.found


def headings(path: Path) -> Iterator[str]:
    """Yield every heading of a file.

    Raises:
        FileRefusedError: it is no text, or has more headings than any program.
    """
    found = 0
    for number, line in lines(path, encoding_of(path).codec):
        text = line.lstrip(" \t\ufeff")
        if text.startswith("["):
            found += 1
            if found > MOST_HEADINGS:
                raise refuse(path, f"more than {MOST_HEADINGS:,} sections up to line {number:,}")
            yield text.split(maxsplit=1)[0]
