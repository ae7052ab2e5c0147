"""Readings that came late, or count now: their series are judged anew, from a former state on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from alerts.intervals import Entries, Entry, Name, Span
from alerts.judging import Moved, follow_from
from alerts.latch_book import LatchBook
from alerts.looking_back import Past
from alerts.past_readings import Readings, joined
from alerts.rules.courses import Ints, Rows, States

_DAY_US = 24 * 3_600_000_000

Recorded = Callable[[Mapping[Name, int]], Mapping[Name, Sequence[Span]]]
"""Gives the intervals of latches that ended after an instant, or stand."""


class Rejudged(NamedTuple):
    """Latches of series that were judged anew.

    Attributes:
        moved: with all turns since the former state, told before or not.
        base: that state.
        entries: how their intervals differ from what was recorded.
        confirmed: series of which a reading that had been refused counts now.
    """

    moved: Moved
    base: States
    entries: Entries
    confirmed: frozenset[int] = frozenset()


def rejudge(
    book: LatchBook, until_us: Mapping[int, int], past: Past, recorded: Recorded
) -> Rejudged:
    """Judge series anew.

    Args:
        book: which series has which latches.
        until_us: the newest reading of each series.
        past: gives stored readings, those that came late among them.
        recorded: gives intervals.
    """
    latches = np.concatenate([book.latches_of_series(series) for series in until_us])
    judged_us = book.watchlist.judged_us(book.table.series[latches])
    base = book.table.base(latches, judged_us)
    # Of a series that is new to the rules nobody knows a former state: low, a day ago; of one that
    # is new altogether from the beginning on.
    base = base._replace(ts_us=np.maximum(base.ts_us, np.maximum(judged_us - _DAY_US, 0)))
    rows = _rows(book, (latches, base), until_us, past)
    moved = follow_from(book.table, latches, base, rows)
    moved = moved._replace(before=book.table.states.of(latches))
    names = [book.groups.name(place) for place in latches.tolist()]
    known = recorded(dict(zip(names, base.ts_us.tolist(), strict=True)))
    revised, begun = [], []
    for number, name in enumerate(names):
        told = list(known[name])
        stood = told[0] if told and told[0].from_us <= base.ts_us[number] else None
        fresh = _spans(moved, number, stood, raised=bool(base.raised[number]))
        revised += [Entry(name, span) for span in told if span not in fresh]
        begun += [Entry(name, span) for span in fresh if span not in told]
    return Rejudged(moved, base, Entries(revised, begun))


def _spans(moved: Moved, number: int, stood: Span | None, *, raised: bool) -> list[Span]:
    """Return the intervals of a latch from its former state on."""
    mine = moved.turns.rung == number
    turns = zip(moved.turns.at_us[mine].tolist(), moved.turns.rose[mine].tolist(), strict=True)
    begin = stood.from_us if raised and stood else None
    found = []
    for at, rose in turns:
        if rose:
            begin = at
        elif begin is not None:
            found.append(Span(begin, at))
            begin = None
    return found if begin is None else [*found, Span(begin, None)]


def _rows(
    book: LatchBook, of: tuple[Ints, States], until_us: Mapping[int, int], past: Past
) -> Rows:
    latches, base = of
    series = book.table.series[latches]
    earliest = {
        one: int(base.ts_us[series == one].min()) - book.watchlist.reach_us(one) for one in until_us
    }
    stored = past({one: (earliest[one], until) for one, until in until_us.items()})
    parts = list(_held(book, of, stored))
    rung = np.concatenate([np.full(len(part.ts_us), number) for number, part in parts])
    whole = Readings.none()
    for _, part in parts:
        whole = joined(whole, part)
    order = np.argsort(rung, kind="stable")
    return Rows(rung[order].astype(np.int64), *whole.of(order))


def _held(
    book: LatchBook, of: tuple[Ints, States], stored: Mapping[int, Readings]
) -> Iterator[tuple[int, Readings]]:
    """Yield the numbers that each latch is held against, newer than its former state."""
    latches, base = of
    number_of = {place: number for number, place in enumerate(latches.tolist())}
    for series, line in stored.items():
        for signal, slot in book.watchlist.signals(series).items():
            value, good = signal.along(*line)
            told = Readings(line.ts_us, value, good)
            for place in book.latches_of(slot).tolist():
                number = number_of[place]
                yield number, told.after(int(base.ts_us[number]))
