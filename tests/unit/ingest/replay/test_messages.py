"""What is replayed reads back as what was recorded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.replay import ReplayRow, by_instant, payload
from tests.unit.ingest.decoders.recorded import decode
from twin.model import Mode, Statistic

TOPIC = "citytwin/replay/v1/4403118501000001/telemetry"


def _row(
    quantity: str, value: float, channel: str = "", ts_us: int = 0, period_s: int = 0
) -> ReplayRow:
    statistic = Statistic.SUM if period_s else Statistic.INSTANT
    return ReplayRow("f", 1, "A", "", quantity, channel, ts_us, value, statistic, period_s)


_rows = st.builds(
    _row,
    st.sampled_from(["level", "depth", "rainfall"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "Stage", "Height"]),
    period_s=st.sampled_from([0, 900]),
)


def test_stage_and_height_of_one_instant_stay_apart() -> None:
    sent = payload([_row("level", 1.5, "Stage"), _row("level", 0.8, "Height")])
    assert sent == (
        b'[{"ts":0,"channel":"Stage","level":1.5},{"ts":0,"channel":"Height","level":0.8}]'
    )


def test_quantities_of_one_channel_share_an_object() -> None:
    assert payload([_row("level", 1.5), _row("depth", 2)]) == b'{"ts":0,"level":1.5,"depth":2}'


@given(st.lists(_rows, min_size=1, max_size=8), st.integers(-(10**15), 10**16))
def test_the_decoder_reads_back_every_row_that_was_sent(rows: list[ReplayRow], ts_us: int) -> None:
    decoded = decode(
        "json", TOPIC, payload([row._replace(observed_us=ts_us) for row in rows]), Mode.REPLAY
    )
    assert not decoded.faults
    found = [(r.quantity, r.value, r.channel, r.statistic, r.period_s) for r in decoded.readings]
    recorded = [(r.quantity, r.value, r.channel, r.statistic, r.period_s) for r in rows]
    assert sorted(found) == sorted(recorded)
    assert {reading.observed_us for reading in decoded.readings} == {ts_us}


@pytest.mark.parametrize(("times", "sizes"), [([0, 0, 1], [2, 1]), ([0, 1, 2], [1, 1, 1])])
def test_rows_of_one_station_and_time_travel_together(times: list[int], sizes: list[int]) -> None:
    rows = [_row("level", 1.0, str(number), ts_us) for number, ts_us in enumerate(times)]
    assert [len(group) for group in by_instant(rows)] == sizes
