"""Ids of emergency warnings as China's warning centre writes them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Self

from twin.codes.layout import InvalidIdentifierError, shown

_TEXT = re.compile(
    r"(?P<county>[1-9]\d{5})(?P<industry>\d{3})(?P<unit>\d{3})(?P<extension>\d{2})"
    r"_(?P<issued>[12]\d{13})(?:_(?P<sequence>\d{1,6}))?",
    re.ASCII,
)
_STAMP = "%Y%m%d%H%M%S"
_CHINA = timezone(timedelta(hours=8))


class InvalidWarningIdError(InvalidIdentifierError):
    """An identifier that is not an emergency warning's. Correct it where it was typed or sent."""


@dataclass(frozen=True, slots=True, order=True)
class WarningId:
    """A warning such as ``44030041600000_20250506131649``.

    The layout is known from published warnings; what sequence and extension mean is not.

    Attributes:
        county: six digits of GB/T 2260 of who warns.
        industry: three digits of GB/T 4657.
        unit: three digits.
        extension: two digits.
        issued: when, China time (UTC+8).
        sequence: the digits after a second ``_``; empty if there is none.
    """

    county: str
    industry: str
    unit: str
    extension: str
    issued: datetime
    sequence: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the printed form.

        Raises:
            InvalidWarningIdError: another layout, or a time that does not exist.
        """
        if not (found := _TEXT.fullmatch(text)):
            raise InvalidWarningIdError(
                f"warning id {shown(text)}: expected 14 digits, _ and yyyymmddhhmmss,"
                " e.g. 44030041600000_20250506131649"
            )
        try:
            issued = datetime.strptime(found["issued"], _STAMP).replace(tzinfo=_CHINA)
        except ValueError as error:
            raise InvalidWarningIdError(
                f"warning id {shown(text)}: expected a time that exists, found {found['issued']!r}"
            ) from error
        county, industry, unit, extension, _, sequence = found.groups(default="")
        return cls(county, industry, unit, extension, issued, sequence)

    def __str__(self) -> str:
        sender = f"{self.county}{self.industry}{self.unit}{self.extension}"
        tail = f"_{self.sequence}" if self.sequence else ""
        return f"{sender}_{self.issued:{_STAMP}}{tail}"
