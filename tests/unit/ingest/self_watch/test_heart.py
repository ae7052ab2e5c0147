"""When a heart beats, and what it tells."""

import json

from ingest.self_watch.heart import Heart
from tests.unit.ingest.self_watch.test_our_clock import NOW_US, SECOND_US


def test_a_beat_is_due_every_few_seconds_and_told_once_it_is_committed() -> None:
    told: list[bytes] = []
    heart = Heart(5, lambda: {"stored": 3}, told.append)
    beat = heart.due(NOW_US)
    assert beat is not None
    # Not committed yet, so it is still due.
    assert heart.due(NOW_US + SECOND_US) == beat
    heart.beaten(beat, NOW_US + SECOND_US)
    assert heart.due(NOW_US + 5 * SECOND_US) is None
    assert heart.due(NOW_US + 6 * SECOND_US) is not None
    (payload,) = map(json.loads, told)
    assert payload == {
        "state": "online",
        "part": "ingest",
        "at": "2026-05-21T04:00:01.000Z",
        "started_at": "2026-05-21T04:00:00.000Z",
        "version": beat.version,
        "every_s": 5,
        "stored": 3,
    }


def test_a_clock_that_is_set_back_does_not_stop_it() -> None:
    heart = Heart(5, dict, lambda _payload: None)
    beat = heart.due(NOW_US)
    assert beat is not None
    heart.beaten(beat, NOW_US)
    assert heart.due(NOW_US - 3600 * SECOND_US) is not None
