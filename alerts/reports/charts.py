"""Plots as SVG inside a page: no script, no font and nothing from outside."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _HEIGHT = 920, 160
_LEFT, _TOP, _BOTTOM = 60, 10, 24
_ROW, _LABEL = 18, 260
_MOST_BARS = 800


class Bar(NamedTuple):
    """A value at a place on the axis; ``told`` is what a reader is shown or hears of it."""

    value: float
    told: str


class Stretch(NamedTuple):
    """Something that lasted: shares of the width from 0 to 1, a class for its colour, words."""

    begin: float
    end: float
    kind: str
    told: str


class Row(NamedTuple):
    """A line of a timeline with its name."""

    name: str
    stretches: Sequence[Stretch]


class Words(NamedTuple):
    """What a plot is called, and what stands at the two ends of its axis."""

    title: str
    first: str
    last: str


def bars(words: Words, values: Sequence[Bar], line: float | None = None) -> str:
    """Return bars beside each other, the highest of neighbours where they are too many.

    Args:
        words: of the plot.
        values: from left to right, none negative.
        line: a value that is drawn as a line across.
    """
    shown = list(_thinned(values))
    top = max([one.value for one in shown] + ([line] if line is not None else []), default=0) or 1.0
    step = (_WIDTH - _LEFT) / max(len(shown), 1)
    drawn = [_bar(number, one, step, top) for number, one in enumerate(shown) if one.value]
    if line is not None:
        y = _y(line, top)
        drawn.append(f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
    axis = f'<text x="{_LEFT - 6}" y="{_TOP + 10}" text-anchor="end">{top:g}</text>'
    return _svg(words, _HEIGHT, [*drawn, axis, *_ends(words, _LEFT, _HEIGHT)])


def timeline(words: Words, rows: Sequence[Row]) -> str:
    """Return a line for each row with what lasted in it."""
    height = len(rows) * _ROW + _TOP + _BOTTOM
    drawn = [mark for place, row in enumerate(rows) for mark in _row(place, row)]
    return _svg(words, height, [*drawn, *_ends(words, _LABEL, height)])


def _thinned(values: Sequence[Bar]) -> Iterable[Bar]:
    size = -(-len(values) // _MOST_BARS)
    for begin in range(0, len(values), size or 1):
        yield max(values[begin : begin + size], key=lambda one: one.value)


def _bar(number: int, one: Bar, step: float, top: float) -> str:
    y = _y(one.value, top)
    height = _HEIGHT - _BOTTOM - y
    place = f'x="{_LEFT + number * step:.2f}" y="{y:.1f}"'
    size = f'width="{max(step * 0.9, 0.5):.2f}" height="{height:.1f}"'
    return f'<rect class="bar" {place} {size}><title>{escape(one.told)}</title></rect>'


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _row(place: int, row: Row) -> Iterable[str]:
    y = _TOP + place * _ROW
    yield f'<text x="{_LABEL - 6}" y="{y + 12}" text-anchor="end">{escape(row.name)}</text>'
    width = _WIDTH - _LABEL
    for one in row.stretches:
        x, size = _LABEL + one.begin * width, max((one.end - one.begin) * width, 1.0)
        yield (
            f'<rect class="{escape(one.kind)}" x="{x:.2f}" y="{y + 2}" width="{size:.2f}" '
            f'height="{_ROW - 5}"><title>{escape(one.told)}</title></rect>'
        )


def _ends(words: Words, left: int, height: int) -> list[str]:
    return [
        f'<text x="{left}" y="{height - 6}">{escape(words.first)}</text>',
        f'<text x="{_WIDTH}" y="{height - 6}" text-anchor="end">{escape(words.last)}</text>',
    ]


def _svg(words: Words, height: int, marks: Iterable[str]) -> str:
    title = escape(words.title)
    return (
        f'<svg role="img" aria-label="{title}" viewBox="0 0 {_WIDTH} {height}">'
        f"<title>{title}</title>{''.join(marks)}</svg>"
    )
