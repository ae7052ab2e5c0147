"""Where everything stands on one label.

The code runs along the lower edge as large as the width allows, because it is what people read
out and type; the QR code takes the room above it, and the words what is left beside or below.
All figures are millimetres from the label's upper left corner.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from viz.labels.address import entity_address
from viz.labels.label import Label
from viz.labels.sheet import Sheet
from viz.labels.symbol import QUIET_ZONE, Correction, Symbol, symbol
from viz.labels.texts import CODE_EM, broken, cut, printable

LEAST_MODULE_MM = 0.4
"""Below this, phones fail on labels that are dirty or seen from an arm's length."""

_COMFORTABLE_MODULE_MM = 0.5
_ANY_CODE = "0" * 16
_LEAST_CODE_MM = 2.0
_MOST_CODE_MM = 5.0
_DIGIT_EM = 0.65
_LINE_EM = 1.25
_SMALL = 0.75
_BLOCK_EM = 2 * _LINE_EM * (1 + _SMALL)
"""Height of all four lines by the size of the name."""

_LEAST_NAME_MM, _MOST_NAME_MM = 2.0, 4.0
_LEAST_SMALL_MM = 1.7
_WORDS_GAP_MM = 0.8

Role = Literal["code", "name", "small"]


class SheetTooSmallError(ValueError):
    """Labels on which code or QR code would be unreadable. Take a larger sheet."""


class Text(NamedTuple):
    """A line of text; ``y`` is its baseline, ``size`` the height of its font."""

    role: Role
    content: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A label that is ready to be drawn.

    Attributes:
        symbol: the QR code.
        at: its upper left module.
        module: side of a module.
        texts: all lines of text.
    """

    symbol: Symbol
    at: tuple[float, float]
    module: float
    texts: tuple[Text, ...]


class _Room(NamedTuple):
    """The part of a label above its code; paddings are within width and outside height."""

    width: float
    height: float
    pad_x: float
    pad_y: float

    @property
    def beside(self) -> bool:
        """Whether words stand beside the QR code rather than below it."""
        return self.width > 1.2 * self.height


def draw(label: Label, sheet: Sheet, public_url: str) -> Drawing:
    """Lay out a label.

    Raises:
        SheetTooSmallError: a module below 0.4 mm, or digits of the code below 2 mm.
        InvalidPublicUrlError: nothing that a label can lead to.
    """
    code = tuple(_code(label, sheet))
    width, height = sheet.label_mm
    pad_x, pad_y = sheet.padding_mm
    top_of_code = code[0].y - _DIGIT_EM * code[0].size
    room = _Room(width, min(top_of_code, height - pad_y), pad_x, pad_y)
    address = entity_address(public_url, label.code)
    # Addresses of one length need symbols of one size.
    correction, module = _fitted(address[: -len(str(label.code))] + _ANY_CODE, sheet.name, room)
    chosen = symbol(address, correction)
    at = _place(chosen.side * module, QUIET_ZONE * module, room)
    words = tuple(_words(label, room, at, chosen.side * module, QUIET_ZONE * module))
    return Drawing(chosen, at, module, (*words, *code))


def _code(label: Label, sheet: Sheet) -> Iterator[Text]:
    """Yield the printed code in one line, or in two on a narrow label."""
    (width, height), (pad_x, pad_y) = sheet.label_mm, sheet.padding_mm
    printed = label.code.printed()
    half = printed.rindex("-", 0, printed.rindex("-")) + 1
    for lines in ((printed,), (printed[:half], printed[half:])):
        size = min(_MOST_CODE_MM, (width - 2 * pad_x) / (CODE_EM * len(lines[0])))
        if size >= _LEAST_CODE_MM:
            break
    else:
        raise SheetTooSmallError(
            f"sheet {sheet.name!r}: the code would be {size:.1f} mm high, "
            f"expected at least {_LEAST_CODE_MM:g} mm"
        )
    for below, content in zip(reversed(range(len(lines))), lines, strict=True):
        x = (width - CODE_EM * size * len(content)) / 2
        yield Text("code", content, x, height - pad_y - below * size, size)


@lru_cache(maxsize=16)
def _fitted(address: str, sheet_name: str, room: _Room) -> tuple[Correction, float]:
    """Return the level that withstands more dirt, unless it makes the modules too small."""
    module = _module(symbol(address, "Q").side, room)
    if module >= _COMFORTABLE_MODULE_MM:
        return "Q", module
    module = _module(symbol(address, "M").side, room)
    if module < LEAST_MODULE_MM:
        raise SheetTooSmallError(
            f"sheet {sheet_name!r}: a module of the QR code of {address!r} would be "
            f"{module:.2f} mm wide, expected at least {LEAST_MODULE_MM:g} mm: take a larger label "
            "or a shorter public address"
        )
    return "M", module


def _module(side: int, room: _Room) -> float:
    """Return the side of a module, so large as the room and its words allow."""
    whole = side + 2 * QUIET_ZONE
    most = min(
        room.width / whole,
        (room.width - 2 * room.pad_x) / side,
        room.height / whole,
        (room.height - room.pad_y) / (side + QUIET_ZONE),
    )
    share = 0.55 * room.width if room.beside else 0.65 * room.height
    return min(most, max(share / whole, LEAST_MODULE_MM))


def _place(side: float, quiet: float, room: _Room) -> tuple[float, float]:
    if room.beside:
        return max(room.pad_x, quiet), max(room.pad_y, (room.height - side) / 2)
    return (room.width - side) / 2, max(room.pad_y, quiet)


def _words(
    label: Label, room: _Room, at: tuple[float, float], side: float, quiet: float
) -> Iterator[Text]:
    """Yield class, name in up to two lines, and owner, as far as there is room."""
    past = side + quiet
    left, top = (at[0] + past, room.pad_y) if room.beside else (room.pad_x, at[1] + past)
    width, height = room.width - room.pad_x - left, room.height - _WORDS_GAP_MM - top
    size = _name_size(label.name, width, height)
    if width < 3 * size:
        return
    baseline = top
    for role, content, line_size in _fitting(label, width, height, size):
        baseline += line_size * _LINE_EM
        # Descenders hang a quarter of the size below the baseline.
        yield Text(role, content, left, baseline - 0.25 * line_size, line_size)


def _name_size(name: str, width: float, height: float) -> float:
    """Return the largest size at which the name needs no cutting, or the smallest there is."""
    size = max(_LEAST_NAME_MM, min(_MOST_NAME_MM, height / _BLOCK_EM))
    while size > _LEAST_NAME_MM and broken(printable(name), width / size)[1].endswith("…"):
        size = max(_LEAST_NAME_MM, 0.9 * size)
    return size


def _fitting(
    label: Label, width: float, height: float, size: float
) -> list[tuple[Role, str, float]]:
    small = max(_LEAST_SMALL_MM, _SMALL * size)
    first, second = broken(printable(label.name), width / size)
    lines: list[tuple[Role, str, float]] = [
        ("small", cut(printable(label.class_name), width / small), small),
        ("name", first, size),
        ("name", second, size),
        ("small", cut(printable(label.owner), width / small), small),
    ]
    # What is given up first where it gets tight: owner, the name's second line, class.
    for given_up in ((), (3,), (2, 3), (0, 2, 3)):
        kept = [line for at, line in enumerate(lines) if at not in given_up and line[1]]
        if sum(line_size * _LINE_EM for _, _, line_size in kept) <= height:
            return kept
    return []
