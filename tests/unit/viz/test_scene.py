import json
from collections.abc import Iterator
from typing import Any

import pytest

from data.reference import alert_domains, entity_classes, quantities
from viz import palette
from viz.palette import LEVEL_MARKS, LevelMark
from viz.scene import District, district_scene
from viz.tiles import LAYERS

GUANGMING = District("光明区", "Guangming District", (113.84, 22.66, 114.01, 22.85), 3)


@pytest.fixture
def scene() -> dict[str, Any]:
    return district_scene(GUANGMING)


def test_a_scene_is_valid_json_without_nan(scene: dict[str, Any]) -> None:
    assert json.loads(json.dumps(scene, allow_nan=False)) == scene


def test_a_scene_is_the_same_at_every_call(scene: dict[str, Any]) -> None:
    assert district_scene(GUANGMING) == scene


def test_a_scene_names_no_host(scene: dict[str, Any]) -> None:
    assert [text for text in strings(scene) if "//" in text or "mapbox" in text.lower()] == []


def test_no_text_is_left_for_pydecks_template_to_fill(scene: dict[str, Any]) -> None:
    assert [text for text in strings(scene) if "__" in text] == []


def test_every_deck_layer_has_an_id_that_live_data_fills(scene: dict[str, Any]) -> None:
    described = [layer["id"] for layer in scene["deck"]["layers"]]
    assert set(described) == set(scene["live"]["layers"])
    assert len(described) == len(set(described))


def test_deck_options_are_plain_and_accessors_are_expressions(scene: dict[str, Any]) -> None:
    halo, column = scene["deck"]["layers"]
    assert halo["radiusUnits"] == "pixels"
    assert halo["getPosition"] == column["getPosition"] == "@@=place"


def test_deck_layers_are_drawn_below_a_layer_of_the_style(scene: dict[str, Any]) -> None:
    style_layers = {layer["id"] for layer in scene["style"]["layers"]}
    assert {layer["beforeId"] for layer in scene["deck"]["layers"]} <= style_layers


def test_halo_colours_are_those_of_the_levels(scene: dict[str, Any]) -> None:
    expression = scene["deck"]["layers"][0]["getFillColor"]
    for mark in LEVEL_MARKS:
        red, green, blue = mark.rgb()
        assert f"[{red}, {green}, {blue}, " in expression


def test_style_layers_draw_only_what_tiles_hold(scene: dict[str, Any]) -> None:
    held = {name: {drawn.vector_layer for drawn in entries} for name, entries in LAYERS.items()}
    for layer in scene["style"]["layers"]:
        if layer["type"] != "background":
            assert layer["source-layer"] in held[layer["source"]], layer["id"]


def test_style_layers_have_names_of_their_own(scene: dict[str, Any]) -> None:
    names = [layer["id"] for layer in scene["style"]["layers"]]
    assert len(names) == len(set(names))


def test_only_sensors_use_alarm_colours(scene: dict[str, Any]) -> None:
    alarm = {mark.colour for mark in LEVEL_MARKS}
    coloured = {
        layer["id"] for layer in scene["style"]["layers"] if alarm & set(strings(layer["paint"]))
    }
    assert coloured == {"sensors"}


def test_the_legend_has_every_level_and_domain_in_both_languages(scene: dict[str, Any]) -> None:
    legend = scene["legend"]
    assert [entry["level"] for entry in legend["levels"]] == ["red", "orange", "yellow", "blue"]
    assert [entry["number"] for entry in legend["levels"]] == [1, 2, 3, 4]
    assert {entry["domain"] for entry in legend["domains"]} == set(alert_domains())
    for entry in (*legend["levels"], *legend["domains"]):
        assert entry["name"]["zh"]
        assert entry["name"]["en"]


def test_live_layers_ask_for_known_quantities_and_classes(scene: dict[str, Any]) -> None:
    asked = [layer for layer in scene["live"]["layers"].values() if layer["from"] == "latest"]
    assert asked
    for layer in asked:
        assert layer["quantity"] in quantities()
        assert layer["class"] in entity_classes()


@pytest.mark.parametrize("mark", LEVEL_MARKS, ids=lambda mark: mark.level)
def test_a_level_keeps_three_to_one_contrast_on_the_map(mark: LevelMark) -> None:
    for ground in (palette.LAND, palette.BUILDING, palette.BUILDING_TALL, palette.WATER):
        assert contrast(mark.colour, ground) >= 3


def test_the_view_looks_at_the_middle_of_the_district(scene: dict[str, Any]) -> None:
    view = scene["view"]
    assert (view["longitude"], view["latitude"]) == pytest.approx((113.925, 22.755))


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
