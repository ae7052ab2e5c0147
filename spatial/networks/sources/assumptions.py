"""What a search for a source takes for granted, and which ways of spreading it considers."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.networks.network import Floats, Ints
from spatial.networks.transport import Mixing

MIXINGS = (
    *(Mixing(dispersion) for dispersion in (0.1, 0.5, 2.0, 8.0, 25.0)),
    *(Mixing(0.2, tank_share=share) for share in (0.25, 0.5, 1.0)),
    *(Mixing(0.2, manhole_m3=volume) for volume in (0.03, 0.1, 0.3, 1.0, 3.0)),
)
"""From a plug to water that is mixed all the way; which of them it is the readings have to say."""
_USUAL = (2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 0.5, 0.2, 0.1)
"""How likely each is in a sewer of which nothing is known; judgement, not measured."""

_NEVER_SAY_NEVER = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What is known beforehand.

    Attributes:
        detection_limit: below it a value says only that it is low; None takes 2 % of the highest.
        noise: relative error of a reading, one standard deviation.
        travel_error: relative error of all travel times together.
        flow_error: relative error of the flows; that of guessed flows is taken as 1.
        faulty: how likely a sensor does not see what it should, or sees what is not there.
        released: between which instants the release began, seconds on the clock of the readings;
            None where nobody knows. The narrower it is, the better sources on one sewer can be
            told apart.
        shortest_s: shortest release.
        longest_s: longest release.
        mixings: how clouds may spread in this network.
        mixing_weight: how likely each of them is; that of an earlier ranking in the same network,
            or None if there is none.
        most_nodes: how many nodes are weighed in full.
    """

    detection_limit: float | None = None
    noise: float = 0.1
    travel_error: float = 0.15
    flow_error: float = 0.25
    faulty: float = 0.02
    released: tuple[float, float] | None = None
    shortest_s: float = 60.0
    longest_s: float = 12 * 3600.0
    mixings: tuple[Mixing, ...] = MIXINGS
    mixing_weight: tuple[float, ...] | None = None
    most_nodes: int = 1_500

    def log_weights(self) -> Floats:
        """Return the logarithm of the weight of each mixing: float64[h]."""
        usual = _USUAL if self.mixings == MIXINGS else (1.0,) * len(self.mixings)
        weight = np.array(self.mixing_weight or usual) + _NEVER_SAY_NEVER
        return np.asarray(np.log(weight / weight.sum()))


class Readings(NamedTuple):
    """What sensors read (r), above the background, in any order; NaN where a reading is missing.

    Attributes:
        node: int64[r], index of the node where the sensor stands.
        time_s: float64[r], seconds since any instant.
        value: float64[r], concentration in any unit.
    """

    node: Ints
    time_s: Floats
    value: Floats

    def of(self, rows: Ints | NDArray[np.bool_]) -> "Readings":
        """Return some of them."""
        return Readings(self.node[rows], self.time_s[rows], self.value[rows])
