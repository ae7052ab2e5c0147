"""Live frames survive the wire; broken ones are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.frame import Frame, FrameKind, InvalidFrameError, pack, unpack

ROWS = st.lists(
    st.tuples(
        st.integers(1, 2**31 - 1),
        st.integers(0, 2_000_000_000),
        st.floats(width=32, allow_nan=False),
        st.integers(0, 2),
    ),
    max_size=50,
)


@given(ROWS, st.sampled_from(FrameKind), st.integers(0, 2**32 - 1))
def test_a_frame_reads_back_to_the_second(
    rows: list[tuple[int, int, float, int]], kind: FrameKind, seq: int
) -> None:
    packed = pack(frame_of(rows, kind, seq))
    assert len(packed) == 24 + 13 * len(rows)
    back = unpack(packed)
    assert (back.kind, back.seq) == (kind, seq)
    assert back.series_id.tolist() == [row[0] for row in rows]
    assert (back.ts_us // 1_000_000).tolist() == [row[1] for row in rows]
    assert back.value.tolist() == [row[2] for row in rows]
    assert back.grade.tolist() == [row[3] for row in rows]


@pytest.mark.parametrize("cut", [0, 3, 23, 30])
def test_a_cut_frame_is_refused_with_its_length(cut: int) -> None:
    packed = pack(frame_of([(1, 10, 1.0, 0)], FrameKind.DELTA, 1))
    with pytest.raises(InvalidFrameError, match=f"frame of {cut} bytes"):
        unpack(packed[:cut])


def test_another_magic_is_refused() -> None:
    packed = pack(frame_of([], FrameKind.SNAPSHOT, 1))
    with pytest.raises(InvalidFrameError, match="expected b'CTLF'"):
        unpack(b"XXXX" + packed[4:])


def frame_of(rows: list[tuple[int, int, float, int]], kind: FrameKind, seq: int) -> Frame:
    return Frame(
        kind,
        seq,
        np.array([row[0] for row in rows], dtype=np.uint32),
        np.array([row[1] for row in rows], dtype=np.int64) * 1_000_000,
        np.array([row[2] for row in rows], dtype=np.float32),
        np.array([row[3] for row in rows], dtype=np.uint8),
    )
