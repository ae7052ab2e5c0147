"""What is known about the parts of the system, as the messages that devices would send."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from alerts.backlog import Backlog
from twin.model import Message, Mode

SOURCE: Final = f"telemetry-{Mode.ACTUAL}"
DECODER: Final = "json"

Objects = Sequence[Mapping[str, object]]


class Findings(NamedTuple):
    """What ingest knows of itself at an instant; None is what nobody knows.

    Attributes:
        delay_s: worst time from arrival to commit since the last look.
        waiting: messages that were received and not committed, worst since the last look.
        in_broker: messages that the broker holds for somebody.
        disk: percent in use.
        memory: percent in use.
        clock_s: how far our clock is ahead of most devices'.
        parked: messages parked since the start.
        refused: messages refused since the start.
        rules: those that are faulty, and those that were and are not any more.
    """

    delay_s: float | None
    waiting: int
    in_broker: int | None
    disk: float
    memory: float | None
    clock_s: float | None
    parked: int
    refused: int
    rules: Mapping[str, bool]


def ingest_objects(found: Findings, at_us: int) -> Objects:
    """Return the telemetry objects of ingest (docs/ingest.md)."""
    now: dict[str, float | None] = {
        "processing_delay": found.delay_s,
        # What is on its way to us stands in both.
        "queue_length": max(found.waiting, found.in_broker or 0),
        "disk_used": found.disk,
        "memory_used": found.memory,
        "clock_error": None if found.clock_s is None else abs(found.clock_s),
    }
    counted = {"messages_parked": found.parked, "messages_refused": found.refused}
    rules = [
        {"ts": _ms(at_us), "channel": rule, "rule_faulty": int(faulty)}
        for rule, faulty in sorted(found.rules.items())
    ]
    return [
        {"ts": _ms(at_us)} | {name: value for name, value in now.items() if value is not None},
        {"ts": _ms(at_us), "statistic": "counter", **counted},
        *rules,
    ]


def delivery_objects(backlog: Backlog, at_us: int) -> Objects:
    """Return the telemetry objects of the delivery of notices."""
    told = {"notices_waiting": backlog.waiting, "notice_age": backlog.oldest_s}
    return [{"ts": _ms(at_us), **told}]


def message_of(code: int, objects: Objects, at_us: int) -> Message:
    """Return objects as a message of the thing with this code, received at the same instant."""
    topic = f"citytwin/v1/{code}/telemetry"
    return Message(SOURCE, Mode.ACTUAL, topic, orjson.dumps(objects), at_us)


def _ms(at_us: int) -> int:
    return at_us // 1000
