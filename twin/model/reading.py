"""What devices and cameras say, once decoded: the values that cross the whole house."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Statistic(StrEnum):
    """What a value stands for over its period."""

    INSTANT = "instant"
    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNTER = "counter"


class Name(NamedTuple):
    """An identifier in its scheme: ``code`` for the unified entity code, or another one."""

    scheme: str
    value: str


class Reading(NamedTuple):
    """One value of one quantity of one device at one instant.

    Attributes:
        device: who says it.
        quantity: a code of quantities.csv.
        value: in the quantity's stored unit; finite.
        observed_us: by the device's clock, microseconds since 1970 UTC; None where the message has
            no time of its own (it then gets its arrival time).
        channel: the source's own qualifier, e.g. ``upper`` beside ``lower``.
        statistic: what the value stands for.
        period_s: length of the period in seconds, 0 for an instant; the time is its end.
        flags: quality bits that the device itself gave.
    """

    device: Name
    quantity: str
    value: float
    observed_us: int | None
    channel: str = ""
    statistic: Statistic = Statistic.INSTANT
    period_s: int = 0
    flags: int = 0


class NativeReading(NamedTuple):
    """One value as a protocol says it, before a vocabulary says what it is.

    Attributes:
        device: who says it.
        native: what the protocol or the device calls it: ``w01018``, ``39``, ``temperature``.
        value: as sent, in ``unit``; finite.
        unit: as the message says it; empty where only the vocabulary knows.
        observed_us: by the device's clock, microseconds since 1970 UTC; None where the message has
            no time of its own.
        channel: the source's own qualifier.
        statistic: what the value stands for.
        period_s: length of the period in seconds, 0 for an instant; the time is its end.
        flags: quality bits that the device itself gave.
    """

    device: Name
    native: str
    value: float
    unit: str
    observed_us: int | None
    channel: str = ""
    statistic: Statistic = Statistic.INSTANT
    period_s: int = 0
    flags: int = 0


class VideoEvent(NamedTuple):
    """What a camera's analytics saw.

    Attributes:
        camera: who saw it.
        topic: the event's kind, e.g. ``RuleEngine/FieldDetector/ObjectsInside``.
        source: which rule, area or video source of that camera; joined in the order given.
        observed_us: by the camera's clock, microseconds since 1970 UTC.
        active: true when it began, false when it ended, None for a momentary event.
        data: the event's own fields, as sent.
    """

    camera: Name
    topic: str
    source: str
    observed_us: int | None
    active: bool | None
    data: Mapping[str, object]
