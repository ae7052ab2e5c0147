"""What a check of the register is, and what it comes to."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

from twin.codes import EntityCode


class Severity(StrEnum):
    """How bad it is when a check finds something."""

    ERROR = "error"
    """The register contradicts itself or the world; ``twin registry check`` ends with 1."""
    WARNING = "warning"
    """Probably wrong; a person has to look."""
    NOTICE = "notice"
    """Not known, or not cared for yet."""


class Check(NamedTuple):
    """A row of the table of checks.

    Attributes:
        id: as people name it, e.g. ``no-place``.
        severity: of whatever it finds.
        finds_en: what it finds.
        finds_zh: the same.
        remedy: what to do about it.
        query: gives the columns ``code`` (of an entity, or NULL) and ``sentence``, one row for
            each finding; its parameters are those of ``parameters``.
    """

    id: str
    severity: Severity
    finds_en: str
    finds_zh: str
    remedy: str
    query: LiteralString


class Example(NamedTuple):
    """One of the things that a check found; ``code`` is None where it is no entity."""

    code: int | None
    name: str
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it, the code as machines and as labels write it."""
        code = None if self.code is None else EntityCode.from_int(self.code)
        written = {"code": code and str(code), "printed": code and code.printed()}
        return written | {"name": self.name, "sentence": self.sentence}


class Result(NamedTuple):
    """What a check came to: how many it found, and the first of them by code."""

    check: Check
    total: int
    examples: Sequence[Example]

    @property
    def is_error(self) -> bool:
        """Whether the register must not stay like this."""
        return self.total > 0 and self.check.severity is Severity.ERROR

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it, without the query."""
        told = self.check._asdict()
        told.pop("query")
        return told | {"count": self.total, "examples": [x.as_dict() for x in self.examples]}
