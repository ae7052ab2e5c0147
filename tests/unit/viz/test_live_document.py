import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from twin.model import to_us
from twin.model.frame import Frame, FrameKind, pack

ROOT = Path(__file__).parents[3]
EXAMPLE = Frame(
    kind=FrameKind.DELTA,
    seq=41,
    series_id=np.array([7, 42], dtype=np.uint32),
    ts_us=to_us(datetime(2026, 11, 21, 8, tzinfo=UTC)) - np.array([0, 2_000_000]),
    value=np.array([1.25, 3.0], dtype=np.float32),
    grade=np.array([0, 2], dtype=np.uint8),
)


def test_the_documented_frame_is_the_one_that_is_sent() -> None:
    document = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    lines = re.findall(r"^((?:[0-9a-f]{2} )+)? ?([0-9a-f]{2})  +\S", document, re.MULTILINE)
    written = "".join(before + last for before, last in lines)
    assert bytes.fromhex(written) == pack(EXAMPLE)


def test_the_viewers_test_reads_the_same_frame() -> None:
    test = (ROOT / "viz" / "web" / "tests" / "frame.test.ts").read_text(encoding="utf-8")
    written = "".join(re.findall(r'"((?:[0-9a-f]{2} ?)+)"', test))
    assert bytes.fromhex(written) == pack(EXAMPLE)
