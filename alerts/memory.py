"""What the rules remember between batches, and the draft of it that a batch changes."""

from collections.abc import Iterator
from typing import NamedTuple

from alerts.rules import AlertLevel, Latch, Reason
from twin.model import Mode


class Group(NamedTuple):
    """What has at most one open alert: a rule at an entity in a mode."""

    rule: str
    entity: int
    mode: Mode


class Key(NamedTuple):
    """Which latch of a group: its stem is the series or the camera's source, its leaf the rest."""

    stem: str
    leaf: str

    @property
    def level(self) -> AlertLevel:
        """The level of a latch of a rule with limits, whatever part of the rule it is."""
        return AlertLevel.named(self.leaf.partition("@")[0])

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return f"{self.stem}#{self.leaf}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read what ``text`` gave."""
        stem, _, leaf = text.rpartition("#")
        return cls(stem, leaf)


Latches = dict[Key, Latch]


class Cause(NamedTuple):
    """What made a level change: the observation and the judgement about it.

    Attributes:
        ts_us: observed.
        device: code of who observed it, 0 for nobody.
        series_id: None for a video event.
        value: in the stored unit, None for a video event.
        limit: what it was held against.
        reason: the name of the judgement.
        sentence: the judgement with its values.
    """

    ts_us: int
    device: int
    series_id: int | None
    value: float | None
    limit: float | None
    reason: Reason
    sentence: str


class Change(NamedTuple):
    """The level of a group went from ``old`` to ``new``; None stands for no level."""

    group: Group
    old: AlertLevel | None
    new: AlertLevel | None
    at_us: int
    cause: Cause


def standing(latches: Latches) -> AlertLevel | None:
    """Return the highest level that stands."""
    return max((latch.level for latch in latches.values() if latch.raised), default=None)


class Memory:
    """The latches that are not idle, by group, and where each stem has some."""

    def __init__(self) -> None:
        self.groups: dict[Group, Latches] = {}
        self._stems: dict[str, set[Group]] = {}

    def where(self, stem: str) -> frozenset[Group]:
        """Return the groups in which a stem has latches."""
        return frozenset(self._stems.get(stem, ()))

    def put(self, group: Group, latches: Latches) -> None:
        """Remember the latches of a group in place of its former ones."""
        for stem in {key.stem for key in self.groups.pop(group, {})}:
            self._forget(stem, group)
        if latches:
            self.groups[group] = latches
        for stem in {key.stem for key in latches}:
            self._stems.setdefault(stem, set()).add(group)

    def _forget(self, stem: str, group: Group) -> None:
        groups = self._stems[stem]
        groups.discard(group)
        if not groups:
            del self._stems[stem]


class Draft:
    """Changes on top of a memory that stays as it is until the draft is adopted."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._stems: dict[str, set[Group]] = {}
        self.touched: dict[Group, Latches] = {}

    def latches(self, group: Group) -> Latches:
        """Return the latches of a group as they stand; not to be written to."""
        found = self.touched.get(group)
        return self._memory.groups.get(group, {}) if found is None else found

    def groups(self) -> set[Group]:
        """Return the groups that have latches."""
        stand = {group for group, latches in self.touched.items() if latches}
        return (self._memory.groups.keys() - self.touched.keys()) | stand

    def where(self, stem: str) -> list[Group]:
        """Return the groups in which a stem has, or lately had, latches."""
        return sorted(self._memory.where(stem) | self._stems.get(stem, set()))

    def set(self, group: Group, changed: Latches) -> tuple[AlertLevel | None, AlertLevel | None]:
        """Write latches of a group; idle ones are forgotten.

        Returns:
            The level of the group before and after.
        """
        before = self.latches(group)
        latches = {key: latch for key, latch in (before | changed).items() if not latch.idle}
        self.touched[group] = latches
        for key in changed:
            self._stems.setdefault(key.stem, set()).add(group)
        return standing(before), standing(latches)

    def discard(self, rule: str) -> None:
        """Undo what was written for a rule."""
        self.touched = {g: latches for g, latches in self.touched.items() if g.rule != rule}

    def stored_changes(self) -> Iterator[tuple[Group, Key, Latch | None]]:
        """Yield each latch whose stored part differs from the memory's; None where it went."""
        for group, latches in self.touched.items():
            before = self._memory.groups.get(group, {})
            for key in before.keys() | latches.keys():
                old, new = before.get(key), latches.get(key)
                if old is None or new is None or old.stored != new.stored:
                    yield group, key, new

    def adopt(self) -> dict[str, bool]:
        """Make the memory what the draft says.

        Returns:
            The stems that changed, and whether they still have latches.
        """
        for group, latches in self.touched.items():
            self._memory.put(group, latches)
        return {stem: bool(self._memory.where(stem)) for stem in self._stems}
