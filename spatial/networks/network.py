"""A network of pipes as arrays: nodes where water comes together, links that carry it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # pandas takes half a second to load
    import geopandas as gpd
    import pandas as pd

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Texts: TypeAlias = NDArray[Any]
"""Objects of type str."""


class Frames(NamedTuple):
    """A network as two tables; their columns are listed at ``Network.from_frames``."""

    nodes: "gpd.GeoDataFrame"
    links: "gpd.GeoDataFrame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Nodes (n) and the links between them (m); NaN where a number is not known.

    Water runs from ``link_from`` to ``link_to`` where ``link_directed`` is true; in a pipe under
    pressure it may run either way.

    Attributes:
        node_key: str[n], what the source calls a node, or its entity code; unique.
        node_kind: str[n], ``junction``, ``outfall``, ``storage``, ``divider``, ``reservoir``,
            ``tank``, ``pump`` (a whole station).
        node_x: float64[n], easting, metres.
        node_y: float64[n], northing, metres.
        node_invert_m: float64[n], bottom level.
        node_ground_m: float64[n], level of the ground or the cover.
        link_key: str[m], unique.
        link_kind: str[m], ``conduit``, ``pump``, ``orifice``, ``weir``, ``outlet``, ``valve``.
        link_from: int64[m], index of a node, -1 where the node is not known.
        link_to: int64[m], alike.
        link_directed: bool[m], whether water runs one way only.
        link_length_m: float64[m].
        link_diameter_m: float64[m], height of the section where it is not round.
        link_invert_from_m: float64[m], bottom level at its upper end.
        link_invert_to_m: float64[m], bottom level at its lower end.
        link_travel_s: float64[m], how long water takes from end to end.
        link_path: object[m], float64[k, 2] points between the ends, empty where it is straight; no
            entries at all where every link is.
        link_closed: bool[m], whether it is shut in the normal state; no entries where none is.
        link_pressure: bool[m], whether it is known to run under pressure, whatever its slope; no
            entries where none is. ``under_pressure`` finds those below pumps, too.
        crs: of the places, for example ``EPSG:4547``; None where nobody said it.
    """

    node_key: Texts
    node_kind: Texts
    node_x: Floats
    node_y: Floats
    node_invert_m: Floats
    node_ground_m: Floats
    link_key: Texts
    link_kind: Texts
    link_from: Ints
    link_to: Ints
    link_directed: NDArray[np.bool_]
    link_length_m: Floats
    link_diameter_m: Floats
    link_invert_from_m: Floats
    link_invert_to_m: Floats
    link_travel_s: Floats
    link_path: NDArray[Any] = field(default_factory=lambda: np.empty(0, object))
    link_closed: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    link_pressure: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    crs: str | None = None

    def __len__(self) -> int:
        """Return the number of links."""
        return len(self.link_key)

    @classmethod
    def from_frames(cls, nodes: "gpd.GeoDataFrame", links: "pd.DataFrame") -> Self:
        """Return the network of two tables, of which columns beyond these are left out.

        Args:
            nodes: ``key`` (text or whole numbers, unique) and points as geometry; where there are
                any, ``kind`` (``junction``), ``invert_m`` and ``ground_m`` (NaN).
            links: ``key``, ``from`` and ``to`` (keys of nodes; what is none of them is unknown);
                where there are any, lines as geometry in the CRS of the nodes, ``kind``
                (``conduit``), ``directed`` (true), ``closed`` and ``pressure`` (false),
                ``length_m`` (of the line), ``diameter_m``, ``invert_from_m``, ``invert_to_m``
                (NaN), ``travel_s`` (the length at 0.6 m/s; unknown under pressure). In brackets
                what is taken without the column, and where the table has a gap.

        Raises:
            FrameRefusedError: a column is missing or holds something else.
            TransformFirstError: the nodes have no metric CRS, or the links another one.
        """
        from spatial.networks.frames import network_columns  # noqa: PLC0415 - loads pandas

        return cls(**network_columns(nodes, links))

    def to_frames(self, crs: str | None = None) -> Frames:
        """Return nodes and links as tables, with every column that ``from_frames`` takes.

        Args:
            crs: of the places, where the network does not say it.

        Raises:
            DeclareCrsError: neither says it.
        """
        from spatial.networks.frames import frames_of  # noqa: PLC0415

        return frames_of(self, crs)


def of_kind(kinds: Texts, wanted: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which kinds are among some: bool[n]. ``np.isin`` sorts text, which takes ten times."""
    return np.asarray(np.logical_or.reduce([kinds == one for one in wanted]), np.bool_)
