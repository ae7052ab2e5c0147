"""Which series has which latches, as rules and register stand."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from alerts.bindings import Binding, RulesAtSeries, Spot, by_signal, outermost
from alerts.groups import Groups
from alerts.latches import LatchTable, Owner
from alerts.looking_back import Loud
from alerts.memory import Group, Key
from alerts.past_readings import Readings
from alerts.rules import LadderRule, Reason
from alerts.rules.courses import Ints, Rungs, States
from alerts.stored_latches import StoredLatch
from alerts.watchlist import Watchlist
from twin.model import Mode, SeriesInfo

Name = tuple[Group, Key]
_NOTHING = np.empty(0, np.int64)


class LatchBook:
    """Latches by series and by signal; what the store knows is taken up when a series is bound.

    Args:
        rules: those in force.
        stored: the latches that were not idle.

    Attributes:
        table: all latches.
        groups: of them.
        watchlist: what is worth a look.
        bindings: of each latch, by its place.
        gone: places of latches that are bound no more.
    """

    def __init__(self, rules: Iterable[LadderRule], stored: Mapping[Name, StoredLatch]) -> None:
        self.table, self.groups, self.watchlist = LatchTable(), Groups(), Watchlist()
        self.bindings: list[Binding] = []
        self.gone: list[int] = []
        self._rules = RulesAtSeries(rules)
        self._stored = dict(stored)
        self._infos: dict[int, SeriesInfo] = {}
        self._names: dict[int, dict[Name, int]] = {}
        self._latches: list[Ints] = []
        self._first = self._count = self._flat = _NOTHING
        self._slot_of: Ints = _NOTHING

    def bind(self, infos: Iterable[SeriesInfo]) -> list[Reason]:
        """Look up the rules of series; latches that they have no more are ``gone``.

        Returns:
            Why rules that name their quantities do not judge them, or not at every level.
        """
        refusals: list[Reason] = []
        changed = False
        for info in infos:
            if self._infos.get(info.series_id) == info:
                self.watchlist.recall(info.series_id)
                continue
            self._bind(info, list(self._rules.bind(info, refusals)))
            self._infos[info.series_id] = info
            changed = True
        if changed:
            self._lay_out()
        return refusals

    def unbind(self, series_ids: Iterable[int]) -> None:
        """Let nobody judge some series any more."""
        for series_id in series_ids:
            self._rebind(series_id, [])
            self._infos.pop(series_id, None)
            self.watchlist.bind(series_id, {}, actual=False)
            self.watchlist.forget(series_id)

    def take_unbound(self) -> dict[Name, StoredLatch]:
        """Return what the store knows of latches that were not bound, and forget it."""
        left, self._stored = self._stored, {}
        return left

    def busy_series(self) -> list[int]:
        """Return the series that have latches which are not idle."""
        busy = np.flatnonzero(~self.table.states.idle[: self.table.count])
        busy = np.setdiff1d(busy, np.array(self.gone, np.int64))
        return [int(series) for series in np.unique(self.table.series[busy])]

    def spread(self, loud: Loud) -> tuple[Ints, Readings]:
        """Return a row for each latch of each number."""
        row, place = self._places(loud.slot)
        return self._flat[place], Readings(loud.ts_us[row], loud.value[row], loud.good[row])

    def latches_of_series(self, series_id: int) -> Ints:
        """Return the latches of a series."""
        return np.array(list(self._names.get(series_id, {}).values()), np.int64)

    def latches_of(self, slot: int) -> Ints:
        """Return the latches of a slot."""
        return self._latches[slot]

    def activate(self, latches: Ints) -> None:
        """Have all rows of slots looked at while one of their latches is not idle."""
        slots = np.unique(self._slot_of[latches])
        slots = slots[slots >= 0]
        if len(slots):
            row, place = self._places(slots)
            busy = np.bincount(row, ~self.table.states.idle[self._flat[place]], len(slots))
            self.watchlist.activate(slots, busy > 0)

    def drop(self, places: Iterable[int]) -> None:
        """Forget latches that are gone."""
        for place in places:
            self.groups.remove(place)
            self.table.states.put(np.array([place]), States.low(1))
            self.gone.remove(place)

    def _places(self, slots: Ints) -> tuple[Ints, Ints]:
        """Return for all latches of slots which slot, by position, and which place in a row."""
        count = self._count[slots] if len(slots) else _NOTHING
        row = np.repeat(np.arange(len(slots)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return row, (np.repeat(self._first[slots], count) + within if len(slots) else _NOTHING)

    def _bind(self, info: SeriesInfo, bindings: list[Binding]) -> None:
        places = self._rebind(info.series_id, bindings)
        signals = by_signal(bindings)
        bounds = {signal: outermost(together) for signal, together in signals.items()}
        actual = info.mode is Mode.ACTUAL
        slots = self.watchlist.bind(info.series_id, bounds, actual=actual)
        self._latches.extend([_NOTHING] * (len(self.watchlist.slots) - len(self._latches)))
        for signal, slot in slots.items():
            mine = [place for each in signals[signal] for place in places[each.spot]]
            self._latches[slot] = np.array(mine, np.int64)

    def _rebind(self, series_id: int, bindings: Iterable[Binding]) -> dict[Spot, list[int]]:
        """Give the latches of a series their places; return these by rule and part."""
        old = self._names.get(series_id, {})
        new: dict[Name, int] = {}
        places_of: dict[Spot, list[int]] = {}
        for binding in bindings:
            names = [(binding.group, key) for key in binding.keys]
            rungs = binding.part.rungs()
            fresh = [row for row, name in enumerate(names) if name not in old]
            if fresh:
                old = old | self._added(binding, rungs, [names[row] for row in fresh], fresh)
            places = [old[name] for name in names]
            if len(fresh) < len(names):
                self.table.rungs.put(np.array(places), rungs)
                for place in places:
                    self.bindings[place] = binding
            new |= dict(zip(names, places, strict=True))
            places_of[binding.spot] = places
        self.gone.extend(place for name, place in old.items() if name not in new)
        self._names[series_id] = new
        return places_of

    def _added(
        self, binding: Binding, rungs: Rungs, names: Sequence[Name], rows: Sequence[int]
    ) -> dict[Name, int]:
        """Give latches of a binding their places; what the store knows of them comes along."""
        info = binding.info
        number = self.groups.number(binding.group)
        owner = Owner(number, info.series_id, info.mode is Mode.ACTUAL)
        if len(rows) < len(binding.limits):
            rungs = rungs.of(np.array(rows))
        places = self.table.add(rungs, binding.levels[rows], owner)
        self.groups.add(number, names, places)
        self.bindings.extend([binding] * len(rows))
        found = dict(zip(names, places.tolist(), strict=True))
        for name in self._stored.keys() & found.keys():
            kept = self._stored.pop(name)
            self.table.set_out(np.array([found[name]]), kept.states, np.array([kept.value]))
        return found

    def _lay_out(self) -> None:
        """Lay the latches of all slots one after the other."""
        self._count = np.array([len(latches) for latches in self._latches], np.int64)
        self._first = np.cumsum(self._count) - self._count
        self._flat = np.concatenate([_NOTHING, *self._latches])
        self._slot_of = np.full(self.table.count, -1, np.int64)
        self._slot_of[self._flat] = np.repeat(np.arange(len(self._count)), self._count)
        self.activate(self._flat)
