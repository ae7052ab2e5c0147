"""Rules that hold numbers against limits, at work on batches and ticks."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from alerts.explaining import Told, tell, tell_given_up, tell_unbound
from alerts.explaining_late import revised_groups, tell_rejudged
from alerts.intervals import Entries, Entry, Span, spans_of
from alerts.judging import Moved, by_clock, by_readings, changed_latches
from alerts.latch_book import LatchBook, Name
from alerts.latches import LATENESS_US
from alerts.late import Recorded, Rejudged, rejudge
from alerts.looking_back import Loud, Past
from alerts.memory import Group, Key
from alerts.rules import LadderRule, Reason
from alerts.rules.courses import Ints
from alerts.run import Run
from alerts.stored_latches import StoredLatch
from alerts.watchlist import Sifted
from twin.model import JudgedBatch, SeriesInfo

_NOBODY: Mapping[int, SeriesInfo] = MappingProxyType({})


class Passed(NamedTuple):
    """What a batch or a tick came to; give it to ``adopt`` after the commit.

    Attributes:
        moved: the latches that were touched.
        judged_us: int64[m], until when the series of each had been judged.
        sifted: until when series are judged with it; None for a tick.
        gone: places of latches that are bound no more.
        rejudged: latches of series whose readings came late.
    """

    moved: Moved
    judged_us: Ints
    sifted: Sifted | None
    gone: tuple[int, ...]
    rejudged: Rejudged | None = None

    @property
    def all_moved(self) -> tuple[Moved, ...]:
        """All latches that were touched, each once."""
        return (self.moved,) if self.rejudged is None else (self.moved, self.rejudged.moved)


class Ladders:
    """Rules with limits; one writer, which judges and commits in order.

    Args:
        rules: those in force.
        stored: latches that the store knows not to be idle.
        judged_us: until when series are judged.

    Attributes:
        book: which series has which latches.
    """

    def __init__(
        self,
        rules: Iterable[LadderRule],
        stored: Mapping[Name, StoredLatch],
        judged_us: Mapping[int, int],
    ) -> None:
        self.book = LatchBook(rules, stored)
        self.book.watchlist.remember(judged_us)

    def forget_bindings(self) -> None:
        """Look up rules and limits of every series again when it next comes."""
        self.book.watchlist.forget()

    def busy_series(self) -> list[int]:
        """Return the series that have latches which are not idle."""
        return self.book.busy_series()

    def bind(self, run: Run, infos: Iterable[SeriesInfo]) -> None:
        """Look up the rules of series."""
        run.reasons.update(self.book.bind(infos))

    def unbind(self, series_ids: Iterable[int]) -> None:
        """Let nobody judge some series any more; their latches fall with the next batch or tick."""
        self.book.unbind(series_ids)

    def give_up_unbound(self, run: Run) -> list[Name]:
        """Give up what the store knows of latches that no rule binds any more; return these."""
        left = self.book.take_unbound()
        told = Told(self.book.table, self.book.groups, self.book.bindings)
        for (group, key), latch in left.items():
            tell_given_up(run, told, (group, key), latch)
        return list(left)

    def judge(
        self,
        run: Run,
        batch: JudgedBatch,
        past: Past,
        recorded: Recorded,
        confirmed: Mapping[int, SeriesInfo] = _NOBODY,
    ) -> Passed:
        """Judge the rows of a batch.

        Args:
            run: notes what changes.
            batch: stored already, so that ``past`` knows it too.
            past: gives stored readings.
            recorded: gives recorded intervals.
            confirmed: series of which an older reading is reliable now.
        """
        watchlist = self.book.watchlist
        unknown = watchlist.unknown(batch.series_id)
        self.bind(run, [batch.series[series_id] for series_id in unknown])
        self.bind(run, [confirmed[one] for one in watchlist.unknown(_numbers(confirmed))])
        sifted = watchlist.sift(batch, past)
        run.reasons[Reason.UNRELIABLE] += sifted.unreliable
        until_us = self._to_judge_anew(run, batch, sifted, confirmed)
        loud = sifted.loud
        if until_us:
            loud = loud.of(~np.isin(self._series(loud), list(until_us)))
        moved = by_readings(self.book.table, *self.book.spread(loud))
        rejudged = rejudge(self.book, until_us, past, recorded) if until_us else None
        if rejudged is not None:
            rejudged = rejudged._replace(confirmed=frozenset(confirmed))
        run.reasons[Reason.CONFIRMED_LATER] += len(confirmed)
        return self._passed(run, moved, sifted, rejudged)

    def tick(self, run: Run) -> Passed:
        """Let rise what has waited for its hold time."""
        return self._passed(run, by_clock(self.book.table, run.now_us), None, None)

    def adopt(self, passed: Passed) -> None:
        """Take over what was judged, which is committed now."""
        moved, table = passed.moved, self.book.table
        if passed.sifted is not None:
            table.move(moved.latches, moved.after, passed.judged_us)
            self.book.watchlist.adopt(passed.sifted)
        else:
            table.states.put(moved.latches, moved.after)
        if passed.rejudged is not None:
            anew = passed.rejudged.moved
            table.rewind(anew.latches, passed.rejudged.base, anew.after)
            self.book.watchlist.forget_recent(np.unique(table.series[anew.latches]).tolist())
        for each in passed.all_moved:
            table.value[each.latches] = each.value
            self.book.activate(each.latches)
        self.book.drop(passed.gone)

    def stored_changes(self, passed: Passed) -> Iterator[tuple[Group, Key, StoredLatch | None]]:
        """Yield each latch whose stored part has changed; None where it is idle now."""
        for moved in passed.all_moved:
            for place, latch in changed_latches(moved):
                yield *self.book.groups.name(place), latch
        for place in passed.gone:
            yield *self.book.groups.name(place), None

    def intervals(self, passed: Passed) -> Entries:
        """Return what is to be written of intervals."""
        ended, begun = spans_of(passed.moved, self.book.groups.name)
        ended += [
            Entry(self.book.groups.name(place), Span(0, int(self.book.table.states.ts_us[place])))
            for place in passed.gone
            if self.book.table.states.raised[place]
        ]
        if passed.rejudged is None:
            return Entries((), begun, ended)
        late = passed.rejudged.entries
        return Entries(late.revised, [*begun, *late.begun], ended)

    def _series(self, loud: Loud) -> Ints:
        slots = self.book.watchlist.slots
        series = {int(slot): slots[int(slot)].series_id for slot in np.unique(loud.slot)}
        return np.array([series[slot] for slot in loud.slot.tolist()], np.int64)

    def _to_judge_anew(
        self, run: Run, batch: JudgedBatch, sifted: Sifted, confirmed: Mapping[int, SeriesInfo]
    ) -> dict[int, int]:
        """Return the series of which older readings are new, or count now, and newest times."""
        found = self._came_late(run, batch, sifted) if len(sifted.late) else {}
        numbers = _numbers(confirmed)
        judged_us = self.book.watchlist.judged_us(numbers)
        found |= dict(zip(numbers.tolist(), judged_us.tolist(), strict=True))
        newer = zip(sifted.series.tolist(), sifted.judged_us.tolist(), strict=True)
        return found | {one: ts for one, ts in newer if one in found} if found else found

    def _came_late(self, run: Run, batch: JudgedBatch, sifted: Sifted) -> dict[int, int]:
        """Return the series that late readings have something to say of."""
        series = batch.series_id[sifted.late].astype(np.int64)
        judged_us = self.book.watchlist.judged_us(series)
        recent = batch.ts_us[sifted.late] > judged_us - LATENESS_US
        run.reasons[Reason.LATE] += int(np.count_nonzero(~recent))
        run.reasons[Reason.REJUDGED] += int(np.count_nonzero(recent))
        return dict(zip(series[recent].tolist(), judged_us[recent].tolist(), strict=True))

    def _passed(
        self, run: Run, moved: Moved, sifted: Sifted | None, rejudged: Rejudged | None
    ) -> Passed:
        book, changed = self.book, dict[int, bool]()
        told = Told(book.table, book.groups, book.bindings)
        gone = tuple(book.gone)
        tell_unbound(run, told, gone)
        if rejudged is not None:
            tell_rejudged(run, told, rejudged, changed)
            run.revised |= revised_groups(rejudged)
        tell(run, told, moved, changed)
        run.reasons[Reason.HOLDING] += moved.waiting
        run.reasons[Reason.DOUBTFUL_ALONE] += moved.doubtful
        judged_us = book.watchlist.judged_us(book.table.series[moved.latches])
        return Passed(moved, judged_us, sifted, gone, rejudged)


def _numbers(series: Iterable[int]) -> Ints:
    return np.array(sorted(series), np.int64)
