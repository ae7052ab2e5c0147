"""Rain to runoff, and water with what it carries from node to node: mass in = out + stored."""

from dataclasses import dataclass, replace

import numpy as np

from data.demo.network import DrainageNetwork, NodeKind
from data.demo.storm.basin import Basin, Floats, accumulate

LONGEST_STEP_S = 5.0

_MM_H_M2_PER_M3S = 3.6e6
_GROUND_DELAY_S = {NodeKind.MANHOLE: 240.0}  # time that runoff spends on roofs and roads
_SLOPE_DELAY_S = 4800.0  # and on the banks of reaches and reservoirs
_SEEPAGE_M_S = 2e-8  # dry-weather flow from a catchment's area
_SOURCE_SHARE = 0.03  # dry-weather flow of a river's source, share of its bankful discharge
_BISECTIONS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """Where the water and the released substance are, over n nodes, and the book of both.

    Attributes:
        stored_m3: float64[n], in the node, ponded water included.
        on_ground_m3: float64[n], runoff on its way to the node.
        link_m3s: float64[n], flow through the node's link in the last step.
        substance_kg: float64[n].
        entered_m3: all water that has come in since the start.
        left_m3: all water that has left through outlets.
        left_kg: all substance that has left.
    """

    stored_m3: Floats
    on_ground_m3: Floats
    link_m3s: Floats
    substance_kg: Floats
    entered_m3: float = 0.0
    left_m3: float = 0.0
    left_kg: float = 0.0

    def total_m3(self) -> float:
        """Return all water in the district."""
        return float(self.stored_m3.sum() + self.on_ground_m3.sum())

    def concentration_mg_l(self) -> Floats:
        """Return float64[n], the substance's concentration; 0 where there is no water."""
        wet = self.stored_m3 > 0
        return 1000 * np.divide(
            self.substance_kg, self.stored_m3, out=np.zeros_like(self.stored_m3), where=wet
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What comes in during a step.

    Attributes:
        rain_mm_h: float64[n], over each node's catchment.
        base_m3s: float64[n], dry-weather flow.
        release_kg_s: float64[n], substance.
    """

    rain_mm_h: Floats
    base_m3s: Floats
    release_kg_s: Floats


@dataclass(frozen=True, slots=True)
class Routing:
    """Moves water through one network."""

    basin: Basin
    runoff_m2: Floats
    delay_s: Floats

    @classmethod
    def over(cls, network: DrainageNetwork, basin: Basin) -> "Routing":
        """Return the routing of a network and its prepared geometry."""
        delay = [_GROUND_DELAY_S.get(NodeKind(kind), _SLOPE_DELAY_S) for kind in network.node_kind]
        return cls(basin, network.catchment_m2 * network.runoff_coefficient, np.array(delay))

    def step(self, water: Water, supply: Supply, seconds: float) -> Water:
        """Return the water after ``seconds``, in equal sub-steps of at most LONGEST_STEP_S."""
        count = max(1, int(np.ceil(seconds / LONGEST_STEP_S)))
        for _ in range(count):
            water = self._substep(water, supply, seconds / count)
        return water

    def _substep(self, water: Water, supply: Supply, dt: float) -> Water:
        rained = supply.rain_mm_h * self.runoff_m2 * (dt / _MM_H_M2_PER_M3S)
        arriving = water.on_ground_m3 * -np.expm1(-dt / self.delay_s)
        based = supply.base_m3s * dt
        moved, share = self._outflow(water.stored_m3, dt)
        carried = water.substance_kg * _ratio(moved, water.stored_m3)
        stored, left_m3 = self._shift(water.stored_m3, moved)
        substance, left_kg = self._shift(water.substance_kg, carried)
        return Water(
            stored_m3=stored + arriving + based,
            on_ground_m3=water.on_ground_m3 - arriving + rained,
            link_m3s=moved * share / dt,
            substance_kg=substance + supply.release_kg_s * dt,
            entered_m3=water.entered_m3 + float(rained.sum() + based.sum()),
            left_m3=water.left_m3 + left_m3,
            left_kg=water.left_kg + left_kg,
        )

    def _outflow(self, stored: Floats, dt: float) -> tuple[Floats, Floats]:
        """Return m3 that leave each node, and the share of them that takes the link.

        A node empties exponentially at its present rate, so it never gives more than it has,
        however small it is beside its link.
        """
        through, over = self.basin.discharge_m3s(stored)
        rate = _ratio(through + over, stored)
        return stored * -np.expm1(-rate * dt), _ratio(through, through + over)

    def _shift(self, held: Floats, moved: Floats) -> tuple[Floats, float]:
        basin = self.basin
        drains = basin.downstream >= 0
        arrived = np.bincount(basin.downstream[drains], weights=moved[drains], minlength=len(held))
        gone = np.where(basin.outlet, held + arrived, 0)
        kept = np.where(basin.outlet, 0, held - np.where(drains, moved, 0) + arrived)
        return kept, float(gone.sum())

    def steady(self, base_m3s: Floats) -> Water:
        """Return the state in which the dry-weather flow passes through without a change."""
        flow = accumulate(self.basin, base_m3s)
        low, high = np.zeros_like(flow), self.basin.full_m3.copy()
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            enough = self._outflow(middle, LONGEST_STEP_S)[0] >= flow * LONGEST_STEP_S
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        stored = np.where(self.basin.outlet, 0, high)
        nothing = np.zeros_like(flow)
        water = Water(
            stored_m3=stored, on_ground_m3=nothing, link_m3s=nothing, substance_kg=nothing
        )
        moved, share = self._outflow(stored, LONGEST_STEP_S)
        return replace(water, link_m3s=moved * share / LONGEST_STEP_S)


def dry_weather_m3s(network: DrainageNetwork, basin: Basin) -> Floats:
    """Return the flow that enters each node in dry weather, float64[n].

    Ground water seeps in everywhere; the source of each river brings a share of what it can carry.
    """
    seepage = network.catchment_m2 * _SEEPAGE_M_S
    natural = np.isin(network.node_kind, (NodeKind.REACH, NodeKind.RESERVOIR))
    fed = natural & (basin.downstream >= 0)
    source = natural.copy()
    source[basin.downstream[fed]] = False
    return seepage + np.where(source, _SOURCE_SHARE * basin.capacity_m3s, 0)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
