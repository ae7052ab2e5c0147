"""After the commit: one frame of what changed, for the web processes."""

from collections.abc import Callable

import numpy as np

from data.observations import Rows
from twin.model.frame import Frame, FrameKind, pack

LIVE_TOPIC = "citytwin/v1/live/frames"


class LiveFrames:
    """Numbers and sends the frames; nobody confirms them, a gap in the numbers tells of a loss."""

    def __init__(self, publish: Callable[[str, bytes], None]) -> None:
        self._publish = publish
        self._seq = 0

    def send(self, rows: Rows) -> None:
        """Send the newest row of each series."""
        if not rows:
            return
        order = np.lexsort((rows.ts_us, rows.series_id))
        series = rows.series_id[order]
        last = order[np.append(series[1:] != series[:-1], True)]
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
