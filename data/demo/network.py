"""The demo district's water system as arrays: nodes that store water and links that carry it."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class NodeKind(IntEnum):
    """What a node of the network is."""

    MANHOLE = 0
    REACH = 1
    RESERVOIR = 2
    OUTLET = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainageNetwork:
    """Manholes, reaches and reservoirs (n nodes), joined by pipes and channels (m links).

    Every link points downstream; the links form a forest that ends in OUTLET nodes.

    Attributes:
        node_code: int64[n], entity code of the manhole (0103), reach (8202) or reservoir (8203);
            0 for an outlet.
        node_kind: int8[n], a NodeKind.
        node_x: float64[n], easting in the district's CRS, metres.
        node_y: float64[n], northing, metres.
        ground_m: float64[n], ground or bank level, metres above datum.
        invert_m: float64[n], bottom level, metres above datum.
        storage_m2: float64[n], plan area of the free water surface below ground.
        ponding_m2: float64[n], plan area of the road surface that floods above ground.
        catchment_m2: float64[n], area whose runoff enters here.
        runoff_coefficient: float64[n], share of rain that runs off, 0 to 1.
        road_code: int64[n], road section (8402) that floods when the node surcharges, or 0.
        link_code: int64[m], entity code of the pipe (8301); 0 for a river's own flow or an outfall.
        link_from: int64[m], index of the upstream node.
        link_to: int64[m], index of the downstream node.
        link_length_m: float64[m].
        link_capacity_m3s: float64[m], discharge when full (Manning).
        link_full_depth_m: float64[m], depth above the upstream invert at which the link runs full.
    """

    node_code: NDArray[np.int64]
    node_kind: NDArray[np.int8]
    node_x: NDArray[np.float64]
    node_y: NDArray[np.float64]
    ground_m: NDArray[np.float64]
    invert_m: NDArray[np.float64]
    storage_m2: NDArray[np.float64]
    ponding_m2: NDArray[np.float64]
    catchment_m2: NDArray[np.float64]
    runoff_coefficient: NDArray[np.float64]
    road_code: NDArray[np.int64]
    link_code: NDArray[np.int64]
    link_from: NDArray[np.int64]
    link_to: NDArray[np.int64]
    link_length_m: NDArray[np.float64]
    link_capacity_m3s: NDArray[np.float64]
    link_full_depth_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDevice:
    """A sensor or camera of the demo district, with the truth about what it watches.

    Attributes:
        code: its entity code.
        klass: its class (85xx or 8601).
        x: easting, metres.
        y: northing, metres.
        target: entity code of what it truly belongs to, 0 where it belongs to nothing.
        node: index of the network node (or of the upstream node of its pipe) that it measures, -1
            where it measures no water.
        link: index of the network link that it measures, -1 where none.
    """

    code: int
    klass: str
    x: float
    y: float
    target: int
    node: int = -1
    link: int = -1
