"""The hub: takes what ingest committed, and tells every viewer four times a second."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import orjson
import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from psycopg_pool import PoolTimeout

from twin.api.latest import ImpossibleSeriesError, LatestValues, Values
from twin.api.viewer import Viewer
from twin.model.frame import Frame, FrameKind, InvalidFrameError, pack, unpack

_log = structlog.get_logger()

INTERVAL_S = 0.25
HEARTBEAT_S = 2.0
"""A quiet connection sends an empty frame this often, so that silence means a broken one."""

STALE_S = 5.0
_RETRY_S = 1.0
_SEQ = 1 << 32

Load = Callable[[], Awaitable[Values]]


class Hub:
    """Belongs to one event loop; every method is called in it.

    Frames and alerts share one sequence number, so that a viewer notices a gap in either.
    """

    def __init__(self, load: Load, clock: Callable[[], float], registry: CollectorRegistry) -> None:
        self._load = load
        self._clock = clock
        self._latest = LatestValues()
        self._viewers: dict[Viewer, asyncio.Event] = {}
        self._held: list[Frame] = []
        self._seq = 0
        self._snapshot: bytes | None = None
        self._ingest_seq: int | None = None
        self._reload = asyncio.Event()
        self._loading = True
        self._connected: bool | None = None
        self._stale = False
        self._heard = clock()
        self._heard_at: datetime | None = None
        self._sent = clock()
        self._gaps = Counter(
            "citytwin_live_gaps", "Times that values were read again", registry=registry
        )
        self._frames = Counter("citytwin_live_frames", "Frames made for viewers", registry=registry)
        self._skipped = Counter(
            "citytwin_live_skipped_frames", "Frames that a slow viewer missed", registry=registry
        )
        viewers = Gauge("citytwin_live_viewers", "Connected viewers", registry=registry)
        viewers.set_function(lambda: len(self._viewers))

    @property
    def seq(self) -> int:
        """The number of the last frame or alert."""
        return self._seq

    def connected(self) -> None:
        """Take note that frames come from now on; what was committed before is read again."""
        self._connected = True
        self._ingest_seq = None
        self._ask_reload()

    def disconnected(self) -> None:
        """Take note that no frames come for a while."""
        self._connected = False

    def expect_frames(self) -> None:
        """Take note that there is a source of frames which is not connected yet."""
        self._connected = False

    def take(self, payload: bytes) -> None:
        """Take a frame of ingest; after a gap in its numbers all values are read again."""
        try:
            frame = unpack(payload)
        except (InvalidFrameError, ValueError) as error:
            _log.warning("live frame left out", error=str(error))
            self._ask_reload()
            return
        self._heard, self._heard_at = self._clock(), datetime.now(UTC)
        expected = frame.seq if self._ingest_seq is None else (self._ingest_seq + 1) % _SEQ
        self._ingest_seq = frame.seq
        if frame.seq != expected:
            self._gaps.inc()
            self._ask_reload()
        if self._loading:
            self._held.append(frame)
        else:
            self._merge(Values(*frame[2:]))

    def tell_alert(self, alert: object) -> None:
        """Send an alert to every viewer; none is left out."""
        self._seq += 1
        self._snapshot = None
        message = {"type": "alert", "seq": self._seq, "alert": alert}
        self._tell(orjson.dumps(message).decode())

    def tick(self) -> None:
        """Send what changed; notice silence of ingest, and viewers that cannot keep up."""
        now = self._clock()
        self._notice_silence(now)
        self._flush(now)
        for viewer, lost in self._viewers.items():
            if viewer.why_lost(now):
                lost.set()

    def join(self) -> tuple[Viewer, asyncio.Event]:
        """Add a viewer; the event is set once it has to be given up."""
        viewer, lost = Viewer(), asyncio.Event()
        self._viewers[viewer] = lost
        return viewer, lost

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        del self._viewers[viewer]

    def hello(self) -> str:
        """Return the first message of a connection."""
        hello = {"type": "hello", "seq": self._seq, "server_time": datetime.now(UTC)}
        return orjson.dumps(hello).decode()

    def status(self) -> str:
        """Return the message that says whether values of ingest come in."""
        ingest = "stale" if self._stale else "ok"
        status = {"type": "status", "ingest": ingest, "last_frame_at": self._heard_at}
        return orjson.dumps(status).decode()

    def snapshot(self) -> bytes:
        """Return all values as one frame; viewers who join together get the same bytes."""
        if self._snapshot is None:
            self._snapshot = pack(self._latest.snapshot(self._seq))
        return self._snapshot

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each reason why viewers do not see what is."""
        if self._connected is False:
            yield "live frames: not connected to the broker"

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            self.tick()

    async def keep_loaded(self) -> None:
        """Read all values whenever that is asked for, until cancelled."""
        self._ask_reload()
        while True:
            await self._reload.wait()
            self._reload.clear()
            try:
                values = await self._load()
            except (psycopg.Error, PoolTimeout) as error:
                _log.warning("latest values not read", error=str(error))
                self._reload.set()
                self._release()
                await asyncio.sleep(_RETRY_S)
                continue
            self._merge(values)
            self._release()

    def _ask_reload(self) -> None:
        # What comes while the store is read is newer than what is read: it is merged afterwards.
        self._loading = True
        self._reload.set()

    def _release(self) -> None:
        self._loading = self._reload.is_set()
        held, self._held = self._held, []
        for frame in held:
            self._merge(Values(*frame[2:]))

    def _merge(self, values: Values) -> None:
        try:
            self._latest.merge(values)
        except ImpossibleSeriesError as error:
            _log.warning("live frame left out", error=str(error))
        self._snapshot = None

    def _flush(self, now: float) -> None:
        frame = self._latest.take_changed(self._seq + 1)
        if frame is None and now - self._sent >= HEARTBEAT_S:
            frame = _empty(self._seq + 1)
        if frame is None:
            return
        self._seq, self._sent, self._snapshot = frame.seq, now, None
        data = pack(frame)
        self._frames.inc()
        for viewer in self._viewers:
            if not viewer.offer_delta(data, now):
                self._skipped.inc()

    def _notice_silence(self, now: float) -> None:
        stale = self._connected is not None and now - self._heard > STALE_S
        if stale != self._stale:
            self._stale = stale
            self._tell(self.status())

    def _tell(self, text: str) -> None:
        now = self._clock()
        for viewer in self._viewers:
            viewer.offer_text(text, now)


def _empty(seq: int) -> Frame:
    nothing = LatestValues().snapshot(seq)
    return nothing._replace(kind=FrameKind.DELTA)
