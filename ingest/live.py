"""After the commit: one frame of what changed, for the web processes."""

from collections.abc import Callable

import numpy as np

from data.observations import Rows
from twin.model.frame import Frame, FrameKind, pack

LIVE_TOPIC = "citytwin/v1/live/frames"
_NO_ROWS = Rows(*(np.empty(0, kind) for kind in ("i4", "i8", "f8", "i2", "i8")))


class LiveFrames:
    """Numbers and sends the frames; nobody confirms them, a gap in the numbers tells of a loss."""

    def __init__(self, publish: Callable[[str, bytes], None]) -> None:
        self._publish = publish
        self._seq = 0

    def send(self, rows: Rows) -> None:
        """Send the newest row of each series."""
        if rows:
            self._send_newest(rows)

    def beat(self) -> None:
        """Send a frame without rows: nothing has changed, and ingest is at work."""
        self._send_newest(_NO_ROWS)

    def _send_newest(self, rows: Rows) -> None:
        order = np.lexsort((rows.ts_us, rows.series_id))
        series = rows.series_id[order]
        ends = np.ones(len(series), dtype=np.bool_)
        ends[:-1] = series[1:] != series[:-1]
        last = order[ends]
        self._seq += 1
        frame = Frame(
            FrameKind.DELTA,
            self._seq,
            rows.series_id[last].astype(np.uint32),
            rows.ts_us[last],
            rows.value[last].astype(np.float32),
            (rows.quality[last] & 3).astype(np.uint8),
        )
        self._publish(LIVE_TOPIC, pack(frame))
