"""True extremes are not muted: jumps beyond a limit that the checks of quality refused.

Each raises "check sensor" at once. Its next reading, or a neighbour, makes it doubtful, and rules
judge it again; otherwise the alert stands until the sensor is back among sound readings.
"""

from collections.abc import Iterable, Mapping
from math import nan
from typing import NamedTuple

from alerts.beyond import Beyond, LimitsAtSeries, Reading
from alerts.bindings import RulesAtSeries
from alerts.extreme_store import Around, ExtremeStore, Neighbour
from alerts.memory import Group, Key
from alerts.rules import LadderRule
from alerts.rules.extreme import ExtremeRule
from alerts.rules.jump import Jump
from data.quality_confirmed import Refused
from twin.model import SeriesInfo


class Pending(NamedTuple):
    """A jump that nothing has confirmed yet.

    Attributes:
        rule: what it is looked at by.
        info: its series.
        quality: that the checks gave it.
        beyond: the limit that it is beyond.
        jump: itself.
        neighbours: other series that could confirm it, by their numbers.
    """

    rule: ExtremeRule
    info: SeriesInfo
    quality: int
    beyond: Beyond
    jump: Jump
    neighbours: Mapping[int, Neighbour]

    @property
    def group(self) -> Group:
        """What has one alert together."""
        return Group(self.rule.id, self.info.entity, self.info.mode)

    @property
    def key(self) -> Key:
        """The name of its latch."""
        return Key(str(self.info.series_id), str(self.jump.ts_us))

    @property
    def refused(self) -> Refused:
        """The stored reading."""
        return Refused(self.info.series_id, self.jump.ts_us)


class Found(NamedTuple):
    """A reading that only checks of changes refused, and the limit that it is beyond."""

    rule: ExtremeRule
    reading: Reading
    beyond: Beyond

    @property
    def refused(self) -> Refused:
        """The stored reading."""
        return Refused(self.reading.info.series_id, self.reading.ts_us)

    def is_dangerous(self, around: Around) -> bool:
        """Return whether it jumped to the dangerous side, and not back from there."""
        if around.before is None:
            return True
        step = self.reading.value - around.before
        return step > 0 if self.beyond.binding.part.above else step < 0

    def pending(self, around: Around, neighbours: Iterable[Neighbour]) -> Pending:
        """Return it as it waits for what confirms it, with what the store knows around it."""
        ts_us, rule = self.reading.ts_us, self.rule
        jump = Jump(
            ts_us=ts_us,
            value=self.reading.value,
            before=nan if around.before is None else around.before,
            until_us=ts_us + rule.within_intervals * around.interval_us,
            limit=self.beyond.lowest,
            above=self.beyond.binding.part.above,
        )
        near = {one.info.series_id: one for one in neighbours}
        return Pending(rule, self.reading.info, around.quality, self.beyond, jump, near)


class Surroundings(NamedTuple):
    """What was found, with what the store knows around it."""

    found: Found
    around: Around
    neighbours: tuple[Neighbour, ...]

    def pending(self) -> Pending | None:
        """Return it as it waits for what confirms it; None if it jumped back to the safe side."""
        if not self.found.is_dangerous(self.around):
            return None
        return self.found.pending(self.around, self.neighbours)

    def after(self, believed: Reading | None) -> "Surroundings":
        """Return it where a reading before it was found to be true just now."""
        if believed is None or believed.ts_us < self.around.before_us:
            return self
        around = self.around._replace(before_us=believed.ts_us, before=believed.value)
        return self._replace(around=around)


class Watched(NamedTuple):
    """What a run made of jumps; give it to ``adopt`` after the commit.

    Attributes:
        pending: those that nothing has confirmed yet, by series.
        confirmed: series of which a stored reading was made doubtful.
    """

    pending: Mapping[int, Pending]
    confirmed: Mapping[int, SeriesInfo]


class Extremes:
    """How jumps are found: the rules for them, and the rules whose limits count.

    Args:
        rules: by which jumps are looked at; the first one that is for a thing counts.
        limits: of the rules in force.
        store: asked about readings.
    """

    def __init__(
        self, rules: Iterable[ExtremeRule], limits: LimitsAtSeries, store: ExtremeStore
    ) -> None:
        self._rules = tuple(rules)
        self.limits = limits
        self.store = store

    @property
    def names(self) -> frozenset[str]:
        """The ids of the rules for jumps."""
        return frozenset(rule.id for rule in self._rules)

    def find(self, reading: Reading) -> Found | None:
        """Return what there is to a refused reading; None if it is beyond no limit."""
        info = reading.info
        for rule in self._rules:
            if rule.is_for(info.entity_class) and rule.judges(info.mode):
                beyond = self.limits.reached(reading)
                return None if beyond is None else Found(rule, reading, beyond)
        return None

    def surroundings(self, found: Iterable[Found]) -> dict[Refused, Surroundings]:
        """Return what the store knows around readings that were found."""
        by_key = {each.refused: each for each in found}
        if not by_key:
            return {}
        around = self.store.around(list(by_key))
        near = self.store.neighbours({key: by_key[key].rule.neighbours_m for key in around})
        return {key: Surroundings(by_key[key], around[key], tuple(near[key])) for key in around}


class ExtremeWatch:
    """The jumps that are still to be confirmed, from batch to batch.

    Args:
        rules: by which jumps are looked at.
        ladders: the rules whose limits count.
    """

    def __init__(self, rules: Iterable[ExtremeRule], ladders: Iterable[LadderRule]) -> None:
        self.rules = tuple(rules)
        self._at_series = RulesAtSeries(ladders)
        self.standing: Mapping[int, Pending] = {}

    def extremes(self, store: ExtremeStore) -> Extremes:
        """Return how jumps are found in a transaction."""
        return Extremes(self.rules, LimitsAtSeries(self._at_series, store.past), store)

    def load(self, store: ExtremeStore, latches: Iterable[Key]) -> None:
        """Take up the jumps whose alerts stand, as far as they are beyond a limit still."""
        keys = [Refused(int(key.stem), int(key.leaf)) for key in latches]
        if not keys:
            return
        extremes = self.extremes(store)
        infos = {b.info.series_id: b.info for b in store.series({k.series_id for k in keys})}
        around = store.around(keys)
        readings = (Reading(infos[k.series_id], k.ts_us, a.value) for k, a in around.items())
        found = [each for reading in readings if (each := extremes.find(reading))]
        self.standing = {
            key.series_id: _heard(pending, around[key].after)
            for key, each in extremes.surroundings(found).items()
            if (pending := each.pending()) is not None
        }

    def adopt(self, watched: Watched) -> None:
        """Take over what a run came to, which is committed now."""
        self.standing = watched.pending


def _heard(pending: Pending, sound: int) -> Pending:
    """Return a jump after so many readings of its series that can be relied on."""
    sound = min(sound, pending.rule.sound_readings - 1)
    return pending._replace(jump=pending.jump._replace(sound=sound))
