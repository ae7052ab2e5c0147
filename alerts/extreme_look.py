"""One run over a batch: jumps that are new, and what its readings say of those that wait."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from alerts.beyond import Reading
from alerts.extreme_store import Neighbour
from alerts.extreme_words import confirmation, confirmed, not_confirmed, unbound, unconfirmed
from alerts.extremes import Extremes, Found, Pending, Surroundings, Watched
from alerts.rules import AlertLevel, Latch
from alerts.rules.courses import Flags
from alerts.rules.jump import Said
from alerts.run import Explain, Run
from data.quality_confirmed import Confirmation, Refused
from twin.model import Check, Grade, JudgedBatch
from twin.model.quality import GRADE_MASK

_OF_CHANGE = Check.SPIKE | Check.RATE
# A true extreme has none of these: it is impossible, or somebody knows that it is wrong.
_OTHERWISE = (
    Check.HARD_LIMIT
    | Check.SENTINEL
    | Check.STUCK
    | Check.DEVICE_FLAG
    | Check.RETAINED
    | Check.PERSON
)


class Look:
    """Jumps as they stand after what was looked at so far, on top of what is known.

    Args:
        run: notes what changes.
        extremes: how jumps are found.
        standing: those that nothing has confirmed yet, by series.
    """

    def __init__(self, run: Run, extremes: Extremes, standing: Mapping[int, Pending]) -> None:
        self._run = run
        self._extremes = extremes
        self._pending = dict(standing)
        self._confirmed: dict[Refused, Confirmation] = {}
        self._believed: dict[int, Reading] = {}
        self._asked_by: dict[int, set[int]] = {}
        for pending in self._pending.values():
            self._ask_from_now_on(pending)

    def follow_register(self) -> None:
        """Give up jumps of series that tell of something else now, and alerts without a jump."""
        names = self._extremes.names
        groups = sorted(group for group in self._run.draft.groups() if group.rule in names)
        if not groups:
            return
        for series_id in self._pending.keys() - self._still_bound():
            del self._pending[series_id]
        known = {(one.group, one.key) for one in self._pending.values()}
        for group in groups:
            for key in list(self._run.draft.latches(group)):
                if (group, key) not in known:
                    over = {key: Latch(AlertLevel.BLUE)}
                    self._run.write(group, over, unbound(key, self._run.now_us))

    def judge(self, batch: JudgedBatch) -> None:
        """Look at the rows of a batch, which are stored already, in the order of their times."""
        found = dict(self._found(batch))
        if not found and not self._pending:
            return
        around = self._extremes.surroundings(found.values())
        for row in self._rows(batch, around.values()):
            reading = _reading(batch, row)
            if int(batch.quality[row]) & GRADE_MASK != Grade.UNRELIABLE:
                self._hear(reading)
            elif row not in found or not self._raise(around[found[row].refused]):
                self._doubt(reading.info.series_id)

    def done(self) -> Watched:
        """Make confirmed readings doubtful in the store; return what the run came to."""
        changed = self._extremes.store.confirm(self._confirmed) if self._confirmed else set()
        infos = {key.series_id: self._believed[key.series_id].info for key in changed}
        return Watched(self._pending, infos)

    def _found(self, batch: JudgedBatch) -> Iterator[tuple[int, Found]]:
        """Yield the rows that only checks of changes refused, and that are beyond a limit."""
        for row in np.flatnonzero(_refused_for_change(batch)).tolist():
            if found := self._extremes.find(_reading(batch, row)):
                yield row, found

    def _rows(self, batch: JudgedBatch, new: Iterable[Surroundings]) -> list[int]:
        """Return the rows of series that jumped, and of their neighbours."""
        asked = self._pending.keys() | self._asked_by.keys()
        for each in new:
            asked.add(each.found.reading.info.series_id)
            asked.update(one.info.series_id for one in each.neighbours)
        rows: list[int] = np.flatnonzero(np.isin(batch.series_id, list(asked))).tolist()
        return rows

    def _still_bound(self) -> set[int]:
        return {
            one.info.series_id
            for one in self._extremes.store.series(list(self._pending))
            if one.stands and one.info.entity == self._pending[one.info.series_id].info.entity
        }

    def _raise(self, around: Surroundings) -> bool:
        """Have a jump wait for what confirms it; return whether it is one to the dangerous side."""
        series_id = around.found.reading.info.series_id
        new, old = (
            around.after(self._believed.get(series_id)).pending(),
            self._pending.get(series_id),
        )
        if new is None or (old is not None and new.jump.ts_us <= old.jump.ts_us):
            return False
        self._pending[series_id] = new
        self._ask_from_now_on(new)
        latches = {new.key: Latch(new.rule.alert_level, raised=True, ts_us=new.jump.ts_us)}
        if old is not None and old.group == new.group:
            latches[old.key] = Latch(AlertLevel.BLUE)
        self._run.write(new.group, latches, unconfirmed(new))
        self._ask_neighbours(new)
        return True

    def _doubt(self, series_id: int) -> None:
        """Take note of another reading of a series that cannot be relied on."""
        pending = self._pending.get(series_id)
        if pending is not None:
            self._pending[series_id] = pending._replace(jump=pending.jump.doubted())

    def _ask_neighbours(self, new: Pending) -> None:
        """See whether the last reading of a neighbour, or its own jump, confirms a new one."""
        for series_id, one in new.neighbours.items():
            other = self._pending.get(series_id)
            if other is not None and _jumped_alike(new, other):
                self._believe(other, Reading(new.info, new.jump.ts_us, new.jump.value))
                self._believe(new, Reading(other.info, other.jump.ts_us, other.jump.value))
                return
            last = self._last(one)
            if last is not None and self._stands_with(new, last):
                self._believe(new, last)
                return

    def _last(self, neighbour: Neighbour) -> Reading | None:
        """Return the last reading of a neighbour, or the one that was found to be true just now."""
        believed = self._believed.get(neighbour.info.series_id)
        if believed is not None and believed.ts_us >= neighbour.ts_us:
            return believed
        if neighbour.value is None:
            return None
        return Reading(neighbour.info, neighbour.ts_us, neighbour.value)

    def _hear(self, reading: Reading) -> None:
        """Hear a reading that can be relied on: for its own series, and for its neighbours."""
        own = self._pending.get(reading.info.series_id)
        if own is not None:
            self._hear_own(own, reading)
        for series_id in sorted(self._asked_by.get(reading.info.series_id, ())):
            other = self._pending.get(series_id)
            if other is not None and self._stands_with(other, reading):
                self._believe(other, reading)

    def _ask_from_now_on(self, pending: Pending) -> None:
        """Have the neighbours of a jump heard for it."""
        for series_id in pending.neighbours:
            self._asked_by.setdefault(series_id, set()).add(pending.info.series_id)

    def _hear_own(self, own: Pending, reading: Reading) -> None:
        jump, said = own.jump.next(reading.ts_us, reading.value, own.rule.sound_readings)
        if said is Said.CONFIRMED:
            self._believe(own, reading)
        elif jump is None:
            self._end(own, not_confirmed(own, reading))
        else:
            self._pending[own.info.series_id] = own._replace(jump=jump)

    def _stands_with(self, pending: Pending, reading: Reading) -> bool:
        """Return whether a neighbour is beyond its own limit of the rule, at about that time."""
        jump = pending.jump
        near = abs(reading.ts_us - jump.ts_us) <= jump.until_us - jump.ts_us
        if not near or jump.sound:
            return False
        rule = pending.beyond.binding.rule.id
        return self._extremes.limits.reached(reading, rule) is not None

    def _believe(self, pending: Pending, by: Reading) -> None:
        said = Confirmation(pending.rule.actor, confirmation(pending, by))
        self._confirmed[pending.refused] = said
        jump = pending.jump
        self._believed[pending.info.series_id] = Reading(pending.info, jump.ts_us, jump.value)
        self._end(pending, confirmed(pending, by))

    def _end(self, pending: Pending, explain: Explain) -> None:
        del self._pending[pending.info.series_id]
        self._run.write(pending.group, {pending.key: Latch(AlertLevel.BLUE)}, explain)


def _reading(batch: JudgedBatch, row: int) -> Reading:
    info = batch.series[int(batch.series_id[row])]
    return Reading(info, int(batch.ts_us[row]), float(batch.value[row]))


def _jumped_alike(one: Pending, other: Pending) -> bool:
    """Return whether two jumps are of one rule, to the same side, at about the same time."""
    same = one.beyond.binding.rule.id == other.beyond.binding.rule.id
    apart = abs(one.jump.ts_us - other.jump.ts_us)
    return (
        same
        and one.jump.above == other.jump.above
        and (
            not other.jump.sound
            and apart <= max(j.until_us - j.ts_us for j in (one.jump, other.jump))
        )
    )


def _refused_for_change(batch: JudgedBatch) -> Flags:
    quality = batch.quality.astype(np.int64)
    refused = (quality & GRADE_MASK) == int(Grade.UNRELIABLE)
    return np.asarray(
        refused & ((quality & int(_OF_CHANGE)) != 0) & ((quality & int(_OTHERWISE)) == 0)
    )
