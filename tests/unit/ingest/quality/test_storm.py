"""The demo storm is a true flood: no check may take it for a fault."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from data.demo.storm.run import Step, StormRun
from tests.unit.demo_storm.town import make_devices, make_town
from tests.unit.ingest.quality.judging import NOON_US, Judge, info
from tests.unit.ingest.quality.plain import Sent
from twin.model import Check, SeriesInfo

MINUTES = 240
MONITORED = {"8501": "8202", "8502": "8402"}
FAULTS = Check.SPIKE | Check.RATE | Check.SENTINEL | Check.STUCK


class Storm:
    """What the devices of a small town say in a storm, each quantity a series."""

    def __init__(self) -> None:
        network = make_town()
        devices = make_devices(network)
        self._classes = {one.code: MONITORED.get(one.klass, one.klass) for one in devices}
        self._numbers: dict[tuple[int, str], int] = {}
        self._run = StormRun(network=network, devices=devices, seed=7, start_us=NOON_US)
        self.series: dict[int, SeriesInfo] = {}

    def batches(self) -> Iterator[list[Sent]]:
        """Yield what is said in each minute."""
        for step in islice(self._run, MINUTES):
            yield list(self._said(step))

    def _said(self, step: Step) -> Iterator[Sent]:
        for device, payload in step.readings.items():
            ts_us = int(payload["ts"] * 1000)
            for quantity in payload.keys() - {"ts"}:
                yield Sent(self._series(device, quantity), ts_us, payload[quantity])

    def _series(self, device: int, quantity: str) -> int:
        number = self._numbers.setdefault((device, quantity), len(self._numbers) + 1)
        self.series.setdefault(number, info(number, quantity, klass=self._classes[device]))
        return number


def test_no_reading_of_a_storm_is_taken_for_a_fault() -> None:
    storm = Storm()
    judge = Judge(storm.series)
    found: Counter[tuple[str, int]] = Counter()
    for batch in storm.batches():
        qualities = judge.take(batch).quality.tolist()
        found.update(
            (storm.series[row.series].quantity, packed)
            for row, packed in zip(batch, qualities, strict=True)
            if packed & FAULTS
        )
    assert len({one.quantity for one in storm.series.values()}) > 10
    assert found == Counter()
