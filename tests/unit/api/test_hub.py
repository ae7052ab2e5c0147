"""The hub: coalesced frames, one sequence, reloads after gaps, and word of silence."""

import asyncio
import json
from collections.abc import Callable
from typing import cast

import pytest
from prometheus_client import CollectorRegistry

from tests.unit.api.test_latest import rows_of, values
from twin.api.hub import HEARTBEAT_S, STALE_S, Hub
from twin.api.latest import Values
from twin.api.viewer import Viewer
from twin.model.frame import Frame, FrameKind, pack, unpack

pytestmark = pytest.mark.anyio


class Store:
    """A store whose latest values a test sets, and whose reading it can hold up."""

    def __init__(self) -> None:
        self.values = values()
        self.reads = 0
        self.open = asyncio.Event()
        self.open.set()

    async def load(self) -> Values:
        self.reads += 1
        await self.open.wait()
        return self.values


class Stage:
    """A hub with a clock and a store of the test's own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.store = Store()
        self.hub = Hub(self.store.load, lambda: self.now, CollectorRegistry())
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._work = asyncio.create_task(self.hub.keep_loaded())
        await self.until(lambda: self.store.reads == 1)
        await self.settle()

    async def stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(1000):
            if condition():
                return
            await asyncio.sleep(0)
        raise AssertionError("did not happen")

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def viewer(self) -> Viewer:
        viewer, _ = self.hub.join()
        assert (await self.frame(viewer)).kind is FrameKind.SNAPSHOT
        return viewer

    async def frame(self, viewer: Viewer) -> Frame:
        data = await asyncio.wait_for(viewer.next(self.hub.snapshot), 1)
        assert isinstance(data, bytes)
        return unpack(data)

    async def text(self, viewer: Viewer) -> dict[str, object]:
        data = await asyncio.wait_for(viewer.next(self.hub.snapshot), 1)
        assert isinstance(data, str)
        return cast("dict[str, object]", json.loads(data))


def ingested(seq: int, *rows: tuple[int, int, float, int]) -> bytes:
    return pack(Frame(FrameKind.DELTA, seq, *values(*rows)))


async def test_what_came_since_the_last_tick_becomes_one_frame() -> None:
    stage = Stage()
    await stage.start()
    viewer = await stage.viewer()
    stage.hub.take(ingested(1, (7, 100, 1.0, 0), (8, 100, 5.0, 0)))
    stage.hub.take(ingested(2, (7, 101, 2.0, 1)))
    stage.hub.tick()
    assert rows_of(await stage.frame(viewer)) == {7: (101, 2.0, 1), 8: (100, 5.0, 0)}
    await stage.stop()


async def test_all_viewers_get_the_very_same_bytes() -> None:
    stage = Stage()
    await stage.start()
    one, other = (stage.hub.join()[0] for _ in range(2))
    assert await one.next(stage.hub.snapshot) is await other.next(stage.hub.snapshot)
    stage.hub.take(ingested(1, (7, 100, 1.0, 0)))
    stage.hub.tick()
    assert await one.next(stage.hub.snapshot) is await other.next(stage.hub.snapshot)
    await stage.stop()


async def test_frames_and_alerts_count_in_one_sequence() -> None:
    stage = Stage()
    await stage.start()
    viewer = await stage.viewer()
    began = json.loads(stage.hub.hello())["seq"]
    stage.hub.take(ingested(1, (7, 100, 1.0, 0)))
    stage.hub.tick()
    stage.hub.tell_alert({"id": 1})
    stage.hub.tell_alert({"id": 1})
    stage.hub.take(ingested(2, (7, 101, 1.0, 0)))
    stage.hub.tick()
    assert (await stage.frame(viewer)).seq == began + 1
    assert await stage.text(viewer) == {"type": "alert", "seq": began + 2, "alert": {"id": 1}}
    assert (await stage.text(viewer))["seq"] == began + 3
    assert (await stage.frame(viewer)).seq == began + 4
    await stage.stop()


async def test_a_gap_in_the_numbers_of_ingest_reads_the_store_again() -> None:
    stage = Stage()
    await stage.start()
    viewer = await stage.viewer()
    stage.hub.take(ingested(1, (7, 100, 1.0, 0)))
    stage.store.values = values((7, 100, 1.0, 0), (8, 104, 8.0, 0), (9, 104, 9.0, 0))
    stage.hub.take(ingested(3, (9, 105, 10.0, 0)))
    await stage.until(lambda: stage.store.reads == 2)
    await stage.settle()
    stage.hub.tick()
    # The frame came after the gap: what the store said of that series is older.
    assert rows_of(await stage.frame(viewer)) == {
        7: (100, 1.0, 0),
        8: (104, 8.0, 0),
        9: (105, 10.0, 0),
    }
    await stage.stop()


async def test_a_frame_that_comes_while_the_store_is_read_is_newer_than_what_is_read() -> None:
    stage = Stage()
    await stage.start()
    viewer = await stage.viewer()
    stage.store.open.clear()
    stage.store.values = values((7, 100, 1.0, 0))
    stage.hub.connected()
    await stage.until(lambda: stage.store.reads == 2)
    stage.hub.take(ingested(5, (7, 100, 2.0, 0)))
    stage.store.open.set()
    await stage.settle()
    stage.hub.tick()
    assert rows_of(await stage.frame(viewer)) == {7: (100, 2.0, 0)}
    await stage.stop()


async def test_consecutive_numbers_read_nothing_again() -> None:
    stage = Stage()
    await stage.start()
    for seq in (2**32 - 1, 0, 1):
        stage.hub.take(ingested(seq, (7, 100, 1.0, 0)))
    await stage.settle()
    assert stage.store.reads == 1
    await stage.stop()


async def test_bytes_that_are_no_frame_are_left_out_and_the_store_is_read_again() -> None:
    stage = Stage()
    await stage.start()
    wrong_kind = bytearray(ingested(1, (7, 100, 1.0, 0)))
    wrong_kind[5] = 9
    for payload in (b"", b"CTLF", bytes(wrong_kind), ingested(1, (2**31, 100, 1.0, 0))):
        stage.hub.take(payload)
    await stage.until(lambda: stage.store.reads == 2)
    await stage.settle()
    assert rows_of(unpack(stage.hub.snapshot())) == {}
    await stage.stop()


async def test_a_quiet_connection_still_says_that_it_lives() -> None:
    stage = Stage()
    await stage.start()
    viewer = await stage.viewer()
    stage.hub.tick()
    stage.now += HEARTBEAT_S
    stage.hub.tick()
    frame = await stage.frame(viewer)
    assert (frame.kind, len(frame.series_id)) == (FrameKind.DELTA, 0)
    await stage.stop()


async def test_silence_of_ingest_and_its_end_are_told_once_each() -> None:
    stage = Stage()
    await stage.start()
    stage.hub.connected()
    await stage.settle()
    viewer = await stage.viewer()
    stage.now += STALE_S + 0.1
    stage.hub.tick()
    stage.hub.tick()
    assert (await stage.text(viewer))["ingest"] == "stale"
    assert (await stage.frame(viewer)).kind is FrameKind.DELTA
    stage.hub.take(ingested(1, (7, 100, 1.0, 0)))
    stage.hub.tick()
    told = await stage.text(viewer)
    assert told["ingest"] == "ok"
    assert told["last_frame_at"] is not None
    await stage.stop()


async def test_a_viewer_that_takes_no_alerts_is_told_to_go() -> None:
    stage = Stage()
    await stage.start()
    _, lost = stage.hub.join()
    stage.hub.tell_alert({"id": 1})
    stage.hub.tick()
    assert not lost.is_set()
    stage.now += 31
    stage.hub.tick()
    assert lost.is_set()
    await stage.stop()


async def test_without_a_connection_to_the_broker_the_service_is_not_ready() -> None:
    stage = Stage()
    assert not list(stage.hub.problems())
    stage.hub.expect_frames()
    assert "not connected" in next(stage.hub.problems())
    stage.hub.connected()
    assert not list(stage.hub.problems())
    stage.hub.disconnected()
    assert list(stage.hub.problems())
