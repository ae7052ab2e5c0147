"""From what the store knows to a state of each rule at each thing, and of each field there."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alerts.knowing.needs import Need
from alerts.knowing.reading import Device, Heard, Stands
from alerts.rules import AlertLevel, Reason

CLEAR, UNKNOWN = "clear", "unknown"


class Unknown(StrEnum):
    """Why a rule says nothing of a thing; the value is the phrase that stands in sentences."""

    STALE = "has no reading for three of its intervals"
    UNBELIEVED = "has only unreliable readings for three of its intervals"
    UNHEARD = "is a device whose state is unknown"
    NO_LIMIT = Reason.NO_LIMIT.value
    UNMEASURED = "is not measured"

    @property
    def is_lost(self) -> bool:
        """Whether the rule could judge before; otherwise it is not set up there."""
        return self not in (Unknown.NO_LIMIT, Unknown.UNMEASURED)


_WORST_FIRST = list(Unknown)


class Said(NamedTuple):
    """What a rule says of a thing.

    Attributes:
        level: that stands; None for none.
        unknown: why it does not know; None where it does.
        subject: whose fault that is, e.g. ``depth (series 17)``.
        since: when that began; None where nobody can tell.
    """

    level: AlertLevel | None = None
    unknown: Unknown | None = None
    subject: str = ""
    since: datetime | None = None

    @property
    def state(self) -> str:
        """The name of the level, ``unknown`` or ``clear``."""
        if self.level is not None:
            return self.level.text
        return CLEAR if self.unknown is None else UNKNOWN

    @property
    def rank(self) -> tuple[int, int, str]:
        """Grows from what is most worth telling to what is least."""
        doubt = len(_WORST_FIRST) if self.unknown is None else _WORST_FIRST.index(self.unknown)
        since = "" if self.since is None else self.since.isoformat()
        return -(self.level or 0), doubt, since


Rules = dict[str, Said]
"""What the rules of a field say of a thing, by their ids."""
Things = dict[tuple[int, str], Rules]
"""The same by thing and field."""


def state_of(rules: Iterable[Said]) -> str:
    """Return what is known in a field: the highest level, or unknown, or clear.

    It is unknown where a rule has lost sight of the thing, or none of them ever saw it.
    """
    told = list(rules)
    level = max((one.level for one in told if one.level), default=None)
    if level is not None:
        return level.text
    lost = any(one.unknown is not None and one.unknown.is_lost for one in told)
    return UNKNOWN if lost or all(one.unknown for one in told) else CLEAR


class Judge:
    """Judges the things of a scope by what rules need.

    Args:
        needs: of the rules in force.
        now: at which readings are fresh or not.
    """

    def __init__(self, needs: Iterable[Need], now: datetime) -> None:
        self._now = now
        self._by_quantity: dict[str | None, list[Need]] = defaultdict(list)
        self.by_class: dict[str, dict[str, list[Need]]] = defaultdict(lambda: defaultdict(list))
        for need in needs:
            self._by_quantity[need.quantity].append(need)
            for klass in need.classes or () if need.quantity is not None else ():
                self.by_class[klass][need.domain].append(need)
        self.things: Things = defaultdict(dict)
        self.classes: dict[int, str] = {}

    def hear(self, series: Iterable[Heard]) -> None:
        """Take note of series."""
        for one in series:
            for need in self._by_quantity.get(one.quantity, ()):
                if _is_of(need, one):
                    self._say(one.entity, one.class_code, need, self._heard(need, one))

    def see(self, devices: Iterable[Device]) -> None:
        """Take note of devices."""
        for one in devices:
            unheard = one.state == UNKNOWN
            said = Said(None, Unknown.UNHEARD if unheard else None, "the device", one.since)
            for need in self._by_quantity.get(None, ()):
                if need.classes is None or one.class_code in need.classes:
                    self._say(one.entity, one.class_code, need, said)

    def stand(self, standing: Iterable[Stands], domains: Mapping[str, str]) -> None:
        """Take note of levels that stand."""
        for one in standing:
            domain = one.domain or domains[one.rule]
            self.classes[one.entity] = one.class_code
            rules = self.things[one.entity, domain]
            before, level = rules.get(one.rule, Said()), AlertLevel.named(one.level)
            rules[one.rule] = before._replace(level=max(level, before.level or level))

    def complete(self) -> dict[str, Counter[str]]:
        """Add what rules for the class of a thing do not know because nothing is measured.

        Returns:
            By field and state, how many things there are of which anything is known.
        """
        for entity, klass in self.classes.items():
            for domain in self.by_class.get(klass, {}):
                rules = self.things[entity, domain]
                for name, said in self.unmeasured(klass, domain).items():
                    rules.setdefault(name, said)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for (_, domain), rules in self.things.items():
            counts[domain][state_of(rules.values())] += 1
        return counts

    def unmeasured(self, klass: str, domain: str) -> Rules:
        """Return what rules say of a thing at which nothing is measured."""
        needs = self.by_class[klass][domain]
        subjects: dict[str, str] = {}
        for need in needs:
            subjects.setdefault(need.rule, need.quantity or "")
        return {rule: Said(None, Unknown.UNMEASURED, subject) for rule, subject in subjects.items()}

    def _say(self, entity: int, klass: str, need: Need, said: Said) -> None:
        """Keep the worst that is said: one silent series of several is enough not to know."""
        self.classes[entity] = klass
        rules = self.things[entity, need.domain]
        before = rules.get(need.rule)
        if before is None or said.rank < before.rank:
            rules[need.rule] = said

    def _heard(self, need: Need, one: Heard) -> Said:
        subject = f"{one.quantity} (series {one.id})"
        if need.limits is not None and not set(need.limits) & set(one.limits):
            return Said(None, Unknown.NO_LIMIT, "the thing")
        due = None if one.sound is None else one.sound + one.patience
        if one.newest is None or one.newest + one.patience <= self._now:
            return Said(None, Unknown.STALE, subject, due)
        if due is None or due <= self._now:
            return Said(None, Unknown.UNBELIEVED, subject, due)
        return Said()


def _is_of(need: Need, one: Heard) -> bool:
    return (
        (need.classes is None or one.class_code in need.classes)
        and (need.channel is None or need.channel == one.channel)
        and (need.datum is None or need.datum == one.datum)
    )
