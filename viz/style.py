"""The MapLibre style: a grey city, and sensors coloured by the feature state that pages set.

Feature state of a device: ``data`` (bool, a value is known), ``grade`` (0 good, 1 doubtful,
2 unreliable), ``level`` (0 none, 1 red to 4 blue: the most urgent open alert).
"""

from typing import Any

from viz import palette
from viz.tiles import Bounds, tile_json

Json = dict[str, Any]

FONT = "NotoSC"
"""Name of the font that the page serves; a style without glyphs draws all text with it."""

SENSORS = "sensors"
"""The layer of the sensors; what deck.gl draws over the city goes below it."""


def map_style(*, bounds: Bounds, revision: int) -> Json:
    """Return the style of the district; addresses are relative to the server.

    Args:
        bounds: west, south, east and north in degrees.
        revision: the register's revision, part of every tile's address.
    """
    layers = [
        *_ground(),
        *_water(),
        *_roads(),
        *_drainage(),
        *_buildings(),
        *_devices(),
        *_labels(),
    ]
    return {
        "version": 8,
        "sources": {
            name: _source(tile_json(name, bounds=bounds, revision=revision))
            for name in ("city", "devices")
        },
        "light": {"anchor": "map", "position": [1.3, 210, 35], "intensity": 0.25},
        "layers": layers,
    }


def _source(described: Json) -> Json:
    wanted = ("tiles", "bounds", "minzoom", "maxzoom")
    return {"type": "vector", **{key: described[key] for key in wanted}}


def _ground() -> list[Json]:
    return [
        {"id": "land", "type": "background", "paint": {"background-color": palette.LAND}},
        _city("areas", "area", "fill", {"fill-color": palette.AREA_LINE, "fill-opacity": 0.10}),
        _city(
            "area-edges",
            "area",
            "line",
            {
                "line-color": palette.AREA_LINE,
                "line-width": 1,
                "line-opacity": 0.7,
                "line-dasharray": [4, 2],
            },
        ),
    ]


def _water() -> list[Json]:
    width = _by_zoom((9, 1.2), (12, 3.5), (15, 9), (18, 40))
    return [
        _city("water", "water", "fill", {"fill-color": palette.WATER}, shape="Polygon"),
        _city(
            "rivers",
            "water",
            "line",
            {"line-color": palette.WATER_LINE, "line-width": width},
            shape="LineString",
        ),
    ]


def _roads() -> list[Json]:
    width = _by_zoom((10, 0.4), (13, 1.6), (15, 5), (18, 30))
    casing = _by_zoom((12, 1.0), (13, 2.6), (15, 7), (18, 34))
    edge = {"line-color": palette.ROAD_CASING, "line-width": casing}
    surface = {"line-color": palette.ROAD, "line-width": width}
    rounded = {"line-cap": "round", "line-join": "round"}
    boundary = {
        "line-color": palette.SUB_DISTRICT_LINE,
        "line-width": _by_zoom((9, 0.8), (14, 1.6)),
        "line-dasharray": [6, 3],
    }
    return [
        _city("road-edges", "road", "line", edge, layout=rounded, minzoom=12),
        _city("roads", "road", "line", surface, layout=rounded),
        _city("sub-district-edges", "sub_district", "line", boundary),
    ]


def _drainage() -> list[Json]:
    pipe = {"line-color": palette.DRAINAGE, "line-width": _by_zoom((14, 0.6), (18, 3))}
    node = {
        "circle-color": palette.LAND,
        "circle-radius": _by_zoom((14, 1.2), (18, 5)),
        "circle-stroke-color": palette.DRAINAGE,
        "circle-stroke-width": 1,
    }
    return [
        _city("pipes", "drainage", "line", pipe, shape="LineString"),
        _city("drainage-nodes", "drainage", "circle", node, shape="Point"),
    ]


def _buildings() -> list[Json]:
    height = ["coalesce", ["get", "height"], 6]
    colour = ["interpolate", ["linear"], height, 0, palette.BUILDING, 120, palette.BUILDING_TALL]
    solid = {
        "fill-extrusion-color": colour,
        "fill-extrusion-height": height,
        "fill-extrusion-opacity": 0.88,
    }
    return [
        _city("buildings-flat", "building", "fill", {"fill-color": colour}, maxzoom=14),
        _city("buildings", "building", "fill-extrusion", solid, minzoom=14),
    ]


def _labels() -> list[Json]:
    sub_district = ["==", ["get", "class"], "8803"]
    along = {"symbol-placement": "line", "symbol-spacing": 400}
    return [
        _city(
            "road-names",
            "road",
            "symbol",
            _ink(palette.LABEL, opacity=0.75),
            layout=_text(12, **along),
            minzoom=14,
        ),
        _city(
            "water-names",
            "water",
            "symbol",
            _ink(palette.WATER_LABEL),
            layout=_text(13, **along),
            shape="LineString",
            minzoom=11,
        ),
        {
            **_city(
                "reservoir-names",
                "label",
                "symbol",
                _ink(palette.WATER_LABEL),
                layout=_text(13),
            ),
            "filter": ["!", sub_district],
        },
        {
            **_city(
                "sub-district-names",
                "label",
                "symbol",
                _ink(palette.LABEL),
                layout=_text(_by_zoom((9, 12), (13, 18)), **{"text-letter-spacing": 0.12}),
                maxzoom=15,
            ),
            "filter": sub_district,
        },
    ]


def _devices() -> list[Json]:
    shared = {"source": "devices", "source-layer": "device"}
    return [
        {"id": SENSORS, "type": "circle", **shared, "paint": _dot()},
        {
            "id": "sensors-unreliable",
            "type": "symbol",
            **shared,
            "minzoom": 13.5,
            "layout": {
                "text-field": "?",
                "text-font": [FONT],
                "text-size": 13,
                "text-offset": [0.55, -0.55],
                "text-allow-overlap": True,
                "text-ignore-placement": True,
            },
            "paint": {**_ink(palette.LABEL), "text-opacity": ["case", _unreliable(), 1, 0]},
        },
    ]


def _dot() -> Json:
    known = ["boolean", _state("data"), False]
    ring = ["case", known, palette.SENSOR_RING, palette.SENSOR]
    far_ring = ["case", known, palette.SENSOR_RING, palette.SENSOR_FAR]
    return {
        # From far away thousands of dots would outshine the city: darker there.
        "circle-color": _far_to_near(_dot_colour(palette.SENSOR_FAR), _dot_colour(palette.SENSOR)),
        "circle-radius": _by_zoom((9, 1.2), (12, 2.2), (15, 5), (18, 9)),
        "circle-stroke-color": _far_to_near(far_ring, ring),
        "circle-stroke-width": _by_zoom((9, 0.4), (13, 1), (16, 1.5)),
        "circle-pitch-alignment": "viewport",
    }


def _far_to_near(far: object, near: object) -> list[Any]:
    return ["interpolate", ["linear"], ["zoom"], 11.5, far, 14, near]


def _dot_colour(plain: str) -> list[Any]:
    known = ["boolean", _state("data"), False]
    alarmed = [part for mark in palette.LEVEL_MARKS for part in (mark.number, mark.colour)]
    level = ["to-number", _state("level"), 0]
    return ["match", level, *alarmed, ["case", known, plain, palette.SENSOR_RING]]


def _unreliable() -> list[Any]:
    return ["==", ["to-number", _state("grade"), 0], 2]


def _city(layer: str, source_layer: str, kind: str, paint: Json, **more: object) -> Json:
    shape = more.pop("shape", None)
    described = {
        "id": layer,
        "type": kind,
        "source": "city",
        "source-layer": source_layer,
        **more,
        "paint": paint,
    }
    # MVT knows Multi… shapes too, and a style names both by the single one.
    return {**described, "filter": ["==", ["geometry-type"], shape]} if shape else described


def _by_zoom(*stops: tuple[int, float]) -> list[Any]:
    pairs = [part for stop in stops for part in stop]
    return ["interpolate", ["exponential", 1.4], ["zoom"], *pairs]


def _text(size: object, **more: object) -> Json:
    return {"text-field": ["get", "name"], "text-font": [FONT], "text-size": size, **more}


def _ink(colour: str, *, opacity: float = 1.0) -> Json:
    return {
        "text-color": colour,
        "text-opacity": opacity,
        "text-halo-color": palette.LABEL_HALO,
        "text-halo-width": 1.4,
    }


def _state(name: str) -> list[str]:
    return ["feature-state", name]
