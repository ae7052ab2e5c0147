"""What deck.gl draws over the map, described by pydeck and read back as plain JSON.

pydeck is used as a producer of JSON only, and its traps are handled here: a plain string becomes
an expression unless it is a ``String``; a layer without an id gets a random one at every call and
loses its state in the browser; ``mapStyle`` and ``mapProvider`` would call outside hosts.
The layers carry no data: the page fills them by their id with what is live.
"""

import json
from typing import Any, cast

import pydeck as pdk
from pydeck.types import String

from viz import palette

Json = dict[str, Any]

ALERT_HALO = "alert-halo"
ROAD_DEPTH = "road-depth"

_HALO_ALPHA = 70
_METRES_PER_METRE_OF_WATER = 300
"""A column this high stands for one metre of water: 10 cm must be seen from far away."""


def deck_json(*, before_id: str) -> Json:
    """Return the deck.gl description of the layers over the map.

    Args:
        before_id: the MapLibre layer that they are drawn below.
    """
    deck = pdk.Deck(
        layers=[_alert_halo(before_id), _road_depth(before_id)],
        map_provider=None,
        initial_view_state=None,
    )
    described = cast("Json", json.loads(deck.to_json()))
    return {"layers": described["layers"]}


def live_layers() -> Json:
    """Return what fills each layer, by the layer's id."""
    return {
        ALERT_HALO: {"from": "alerts"},
        ROAD_DEPTH: {"from": "latest", "quantity": "depth", "class": "8502", "above": 0.01},
    }


def _alert_halo(before_id: str) -> pdk.Layer:
    return pdk.Layer(
        "ScatterplotLayer",
        id=ALERT_HALO,
        data=[],
        get_position="place",
        get_fill_color=_colour_by_level(),
        get_radius=22,
        radius_units=String("pixels"),
        billboard=True,
        before_id=String(before_id),
    )


def _road_depth(before_id: str) -> pdk.Layer:
    return pdk.Layer(
        "ColumnLayer",
        id=ROAD_DEPTH,
        data=[],
        get_position="place",
        get_elevation="value",
        elevation_scale=_METRES_PER_METRE_OF_WATER,
        get_fill_color=list(palette.DEPTH_COLUMN),
        radius=14,
        disk_resolution=8,
        extruded=True,
        before_id=String(before_id),
    )


def _colour_by_level() -> str:
    *urgent, last = palette.LEVEL_MARKS
    chosen = [f"level == '{mark.level}' ? {_rgba(mark)} : " for mark in urgent]
    return "".join([*chosen, _rgba(last)])


def _rgba(mark: palette.LevelMark) -> str:
    return str([*mark.rgb(), _HALO_ALPHA])
