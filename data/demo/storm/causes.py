"""Which cause what devices show truly has: for tests of what belongs together."""

from dataclasses import dataclass

import numpy as np

from data.demo.network import DemoDevice
from data.demo.storm.basin import Floats, Ints, accumulate
from data.demo.storm.rehearsal import HORIZON_MIN
from data.demo.storm.run import StormRun

RELEASE = "release"
LEAK = "leak"
INTRUSION = "intrusion"
_CARRIED = frozenset({"ammonia_nitrogen", "conductivity", "ph"})
_OXYGEN_PER_MG = 0.2  # as the sensors of the simulation have it
_MOST_MG = 8.0
_OXYGEN_PER_SWELL = 0.25
_SLOPE = "8508"
_GAS = "8509"
_CAMERA = "8601"
_FALLEN = frozenset({"8501", "8502", "8503", "8504", "8505", "8506", "8507", "8510", "8511"})
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCauses:
    """What is behind what devices show.

    Attributes:
        run: the storm.
        devices: by code.
        cell_of_node: int64[n], the rain cell that most of a node's water fell from.
        cell_of_device: the cell that most rain on a device's place fell from, by code.
    """

    run: StormRun
    devices: dict[int, DemoDevice]
    cell_of_node: Ints
    cell_of_device: dict[int, int]

    def of(self, device: int, quantity: str, at_us: int) -> str:
        """Return the cause of what a device shows at an instant; empty where it is chance.

        Args:
            device: its code.
            quantity: what it shows.
            at_us: microseconds since 1970 UTC.
        """
        shown = self.devices[device]
        incidents = self.run.incidents
        if shown.klass == _GAS:
            return LEAK if incidents.leak and incidents.leak.device == device else ""
        if shown.klass == _CAMERA:
            return INTRUSION if incidents.intrusion and incidents.intrusion.device == device else ""
        if shown.klass == _SLOPE:
            moved = incidents.slide is not None and incidents.slide.device == device
            return self._rain(shown) if moved else ""
        if shown.klass == "8505" and self._carried(device, quantity, at_us):
            return RELEASE
        return self._rain(shown) if shown.klass in _FALLEN else ""

    def _rain(self, device: DemoDevice) -> str:
        if device.node >= 0:
            return f"rain {self.cell_of_node[device.node]}"
        return f"rain {self.cell_of_device[device.code]}"

    def _carried(self, device: int, quantity: str, at_us: int) -> bool:
        if quantity in _CARRIED:
            return True
        rehearsal = self.run.rehearsal
        if quantity != "dissolved_oxygen" or device not in rehearsal.station:
            return False
        minute = min((at_us - self.run.start_us) // _MINUTE_US, HORIZON_MIN)
        column = rehearsal.station.index(device)
        taken = _OXYGEN_PER_MG * min(float(rehearsal.added_mg_l[minute, column]), _MOST_MG)
        return taken > _OXYGEN_PER_SWELL * float(rehearsal.swell[minute, column])


def true_causes(run: StormRun) -> TrueCauses:
    """Return what is behind what devices show in a run."""
    network, stage = run.network, run.stage
    fallen = _fallen_mm(run, network.node_x, network.node_y)
    water = [accumulate(stage.basin, row * stage.routing.runoff_m2) for row in fallen]
    x = np.array([device.x for device in run.devices])
    y = np.array([device.y for device in run.devices])
    over = np.argmax(_fallen_mm(run, x, y), axis=0)
    return TrueCauses(
        run=run,
        devices={device.code: device for device in run.devices},
        cell_of_node=np.argmax(np.array(water), axis=0),
        cell_of_device={
            device.code: int(cell) for device, cell in zip(run.devices, over, strict=True)
        },
    )


def _fallen_mm(run: StormRun, x: Floats, y: Floats) -> Floats:
    """Return what fell from each cell at each place: float64[cells, k] in mm."""
    storm = run.stage.storm
    if storm is None:
        return np.zeros((1, len(x)))
    cells = (storm.cell, *storm.more)
    minutes = np.arange(HORIZON_MIN) + 0.5
    return np.array(
        [sum(storm.of_cell(cell, minute, x, y) for minute in minutes) / 60 for cell in cells]
    )
