"""What ingest says of itself, as the decoder of all telemetry reads it."""

import json

from alerts.backlog import Backlog
from data.reference import quantities
from ingest.decoders import DECODERS
from ingest.self_watch.readings import Findings, delivery_objects, ingest_objects, message_of
from tests.unit.ingest.self_watch.test_our_clock import NOW_US
from twin.model import Statistic

CODE = 4403118901000001
FINDINGS = Findings(0.25, 12, None, 41.5, None, -3.5, 7, 2, {"road": True, "rain-1h": False})


def test_every_object_is_read_without_a_fault() -> None:
    message = message_of(CODE, ingest_objects(FINDINGS, NOW_US), NOW_US)
    decoded = DECODERS["json"].decode(message)
    assert decoded.faults == []
    told = {(one.quantity, one.channel): (one.value, one.statistic) for one in decoded.readings}
    assert told == {
        ("processing_delay", ""): (0.25, Statistic.INSTANT),
        ("queue_length", ""): (12.0, Statistic.INSTANT),
        ("disk_used", ""): (41.5, Statistic.INSTANT),
        ("clock_error", ""): (3.5, Statistic.INSTANT),
        ("messages_parked", ""): (7.0, Statistic.COUNTER),
        ("messages_refused", ""): (2.0, Statistic.COUNTER),
        ("rule_faulty", "road"): (1.0, Statistic.INSTANT),
        ("rule_faulty", "rain-1h"): (0.0, Statistic.INSTANT),
    }


def test_what_nobody_knows_is_left_out() -> None:
    nothing = Findings(None, 0, None, 1.0, None, None, 0, 0, {})
    (now, _) = ingest_objects(nothing, NOW_US)
    assert set(now) == {"ts", "queue_length", "disk_used"}


def test_delivery_tells_how_many_notices_wait_and_since_when() -> None:
    (told,) = json.loads(
        message_of(CODE, delivery_objects(Backlog(3, 61.5), NOW_US), NOW_US).payload
    )
    assert told == {"ts": NOW_US // 1000, "notices_waiting": 3, "notice_age": 61.5}
    assert set(told) - {"ts"} <= set(quantities())
