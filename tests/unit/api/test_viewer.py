"""A viewer's queue: frames may be dropped, alerts never, and who takes nothing is given up."""

import pytest

from twin.api.viewer import LONGEST_WAIT_S, MOST_TEXTS, Viewer

pytestmark = pytest.mark.anyio


def snapshot() -> bytes:
    return b"snapshot"


async def begun() -> Viewer:
    viewer = Viewer()
    assert await viewer.next(snapshot) == b"snapshot"
    return viewer


async def test_a_new_viewer_gets_a_snapshot_before_anything_else() -> None:
    viewer = Viewer()
    viewer.offer_text("alert 1", 0.0)
    assert await viewer.next(snapshot) == b"snapshot"
    assert await viewer.next(snapshot) == "alert 1"


async def test_frames_and_alerts_leave_in_their_order() -> None:
    viewer = await begun()
    viewer.offer_delta(b"1", 0.0)
    viewer.offer_text("2", 0.0)
    viewer.offer_delta(b"3", 0.0)
    assert [await viewer.next(snapshot) for _ in range(3)] == [b"1", "2", b"3"]


async def test_a_slow_viewer_loses_frames_and_gets_a_snapshot_but_every_alert() -> None:
    viewer = await begun()
    taken = [viewer.offer_delta(b"delta", 0.0) for _ in range(5)]
    viewer.offer_text("alert 6", 0.0)
    while viewer.offer_delta(b"delta", 0.0):
        taken.append(True)
    assert len(taken) < 20
    viewer.offer_text("alert 20", 0.0)
    assert not viewer.offer_delta(b"dropped as well", 0.0)
    sent = [await viewer.next(snapshot) for _ in range(3)]
    assert sent == [b"snapshot", "alert 6", "alert 20"]
    assert viewer.offer_delta(b"next", 0.0)
    assert await viewer.next(snapshot) == b"next"


async def test_a_viewer_is_given_up_when_an_alert_waits_too_long() -> None:
    viewer = await begun()
    viewer.offer_delta(b"1", 0.0)
    viewer.offer_text("alert", 10.0)
    assert not viewer.why_lost(10.0 + LONGEST_WAIT_S)
    assert "waited longer" in viewer.why_lost(10.1 + LONGEST_WAIT_S)


async def test_an_alert_that_is_stuck_in_sending_counts_as_waiting() -> None:
    viewer = await begun()
    viewer.offer_text("alert", 10.0)
    await viewer.next(snapshot)
    assert viewer.why_lost(10.1 + LONGEST_WAIT_S)
    viewer.offer_delta(b"proof that the alert was taken", 20.0)
    await viewer.next(snapshot)
    assert not viewer.why_lost(1000.0)


async def test_a_viewer_with_too_many_alerts_waiting_is_given_up() -> None:
    viewer = await begun()
    for number in range(MOST_TEXTS):
        viewer.offer_text(str(number), 0.0)
    assert not viewer.why_lost(0.0)
    viewer.offer_text("one more", 0.0)
    assert "messages waiting" in viewer.why_lost(0.0)


async def test_frames_alone_never_get_a_viewer_given_up() -> None:
    viewer = await begun()
    for _ in range(100):
        viewer.offer_delta(b"delta", 0.0)
    assert not viewer.why_lost(1e6)
