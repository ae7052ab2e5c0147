"""Object identifiers: the OID tree of ISO/IEC 9834 and ITU-T X.660."""

import re
from dataclasses import dataclass
from typing import NoReturn, Self

from twin.codes.layout import InvalidIdentifierError, shown

_ARC = re.compile(r"0|[1-9]\d*", re.ASCII)
_MAX_CHARS = 200
_ROOTS = ("0", "1", "2")
_BELOW_SMALL_ROOTS = 40


class InvalidObjectIdentifierError(InvalidIdentifierError):
    """An identifier that is not an OID. Correct it where it was typed or sent."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectIdentifier:
    """A path in the OID tree, written with dots: ``1.2.156.…`` and ``2.16.156.…`` in China.

    Whether an arc is registered is not checked; GB/T 26231 says how China's are given out.

    Attributes:
        arcs: two or more numbers; the first is 0, 1 or 2, the second under 40 unless the first
            is 2.
    """

    arcs: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read arcs divided by dots.

        Raises:
            InvalidObjectIdentifierError: not arcs of digits without leading zeros, fewer than
                two, or a root that does not exist.
        """
        if len(text) > _MAX_CHARS:
            _refuse(text, f"expected at most {_MAX_CHARS} characters, found {len(text)}")
        arcs = text.split(".")
        for position, arc in enumerate(arcs, start=1):
            if not _ARC.fullmatch(arc):
                _refuse(text, f"expected a number without leading zeros as arc {position}", arc)
        if arcs[0] not in _ROOTS:
            _refuse(text, "expected 0, 1 or 2 as first arc", arcs[0])
        if len(arcs) == 1:
            _refuse(text, "expected two arcs or more, found one")
        if arcs[0] != "2" and int(arcs[1]) >= _BELOW_SMALL_ROOTS:
            _refuse(text, f"expected a second arc under 40 below {arcs[0]}", arcs[1])
        return cls(tuple(map(int, arcs)))

    def __str__(self) -> str:
        return ".".join(map(str, self.arcs))


def _refuse(text: str, expected: str, found: str | None = None) -> NoReturn:
    tail = "" if found is None else f", found {shown(found)}"
    raise InvalidObjectIdentifierError(f"OID {shown(text)}: {expected}{tail}")
