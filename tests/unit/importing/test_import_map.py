"""The import map: what it takes, and the sentence for each mistake."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from data.importing import ImportMap, ImportMapError, read_map
from data.importing.import_map import (
    Drawn,
    EntityFields,
    Key,
    Missing,
    Parent,
    Place,
    Select,
)
from tests.unit.importing.tables import SMALLEST, import_map

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = sorted((DOCS / "examples" / "import").glob("*.toml"))
KEY = 'key = { scheme = "asset", column = "id" }\n'
PARTS: dict[str, type[BaseModel]] = {
    "": ImportMap,
    "place.": Place,
    "select.": Select,
    "key.": Key,
    "fields.": EntityFields,
    "parent.": Parent,
    "missing.": Missing,
    "value.": Drawn,
}


def mistakes(more: str, smallest: str = SMALLEST) -> tuple[str, ...]:
    with pytest.raises(ImportMapError) as refused:
        import_map(more, smallest)
    return refused.value.mistakes


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('colour = "red"', "map.toml: unknown key 'colour'"),
        ("[select]\ngeomtry = []", "map.toml: unknown key 'select.geomtry'"),
        ('crs = "EPSG:99"', "map.toml: crs: CRS 'EPSG:99': expected one that is known"),
        ('encoding = "klingon"', "map.toml: encoding: encoding 'klingon': expected one"),
        ('blank = "drop"', "map.toml: blank 'drop': input should be 'keep' or 'clear'"),
        ('place = { x = "a", crs = "EPSG:4326" }', "map.toml: place: expected either x and y"),
        ("[fields]\nname = {}", "map.toml: fields.name: expected either column or value"),
        (
            '[fields]\nname = { column = "a", value = "b" }',
            "map.toml: fields.name: expected either column or value",
        ),
        (
            "[fields]\nheight_m = { value = 3, scale = 0.1 }",
            "map.toml: fields.height_m: values and scale are for columns",
        ),
        ("[fields]\nheight_m = 3", "map.toml: fields.height_m 3: input should be"),
        ('[properties]\nheigth = "h"', "map.toml: properties.heigth: property 'heigth': expected"),
        ('[names]\nosmm = "a"', "map.toml: names.osmm: scheme 'osmm': expected one of"),
        ('[names]\ncode = "a"', "map.toml: names.code: scheme 'code': codes are issued"),
        ('[names]\nasset = "a"', "map.toml: names: 'asset' is the key's scheme"),
        (
            '[parent]\nscheme = "osm"\ncolumn = "a"\nkind = "owns"',
            "map.toml: parent.kind: relation 'owns': expected one of part_of",
        ),
        ("[missing]\nat_most_percent = 101", "map.toml: missing.at_most_percent 101"),
        ("[select.where]\nkind = []", "map.toml: select.where.kind []"),
        ('[select]\ngeometry = ["Blob"]', "map.toml: select.geometry.0 'Blob'"),
        ("= 3", "map.toml: not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(more: str, sentence: str) -> None:
    found = mistakes(more)
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_all_mistakes_are_named_at_once() -> None:
    found = mistakes('colour = "red"\nblank = "drop"', 'model = "m"\n')
    assert [sentence.removeprefix("map.toml: ") for sentence in found] == [
        "key 'source' is missing",
        "blank 'drop': input should be 'keep' or 'clear'",
        "key 'key' is missing",
        "unknown key 'colour'",
    ]


@pytest.mark.parametrize(
    ("klass", "sentence"),
    [
        ('{ value = "9999" }', "class '9999': expected four digits of classes.csv"),
        ('{ column = "t", values = { a = "81" } }', "class '81': expected four digits"),
        ('{ column = "t", scale = 2.0 }', "expected column, value or values, not scale"),
    ],
)
def test_a_class_that_there_is_not_is_refused(klass: str, sentence: str) -> None:
    (found,) = mistakes("", f'model = "m"\nsource = "s"\n{KEY}class = {klass}')
    assert found.startswith(f"map.toml: class: {sentence}")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ('{ scheme = "asset" }', "key: expected either column or columns"),
        ('{ scheme = "asset", columns = ["a"] }', "key.columns ['a']: list should have at least 2"),
        ('{ column = "a" }', "key 'key.scheme' is missing"),
        ('{ scheme = "nothing", column = "a" }', "key.scheme: scheme 'nothing': expected one of"),
    ],
)
def test_a_key_that_cannot_be_one_is_refused(key: str, sentence: str) -> None:
    (found,) = mistakes("", f'model = "m"\nsource = "s"\nkey = {key}')
    assert found.startswith(f"map.toml: {sentence}")


def test_codes_as_keys_cannot_tell_what_is_missing() -> None:
    keyed = 'model = "m"\nsource = "s"\nkey = { scheme = "code", column = "code" }\n'
    assert import_map("", keyed).key.scheme == "code"
    assert mistakes("[missing]\nretire = true", keyed)


def test_a_value_may_be_a_column_or_a_table() -> None:
    told = import_map(
        '[fields]\nname = "n"\nheight_m = { column = "h", scale = 0.001 }\n'
        'owner = { value = "water bureau" }\n'
    ).fields
    assert dict(told.given()) == {
        "name": Drawn(column="n"),
        "height_m": Drawn(column="h", scale=0.001),
        "owner": Drawn(value="water bureau"),
    }


def test_every_column_is_known_with_its_place() -> None:
    told = import_map(
        '[select.where]\nkind = ["house"]\n[fields]\nname = "n"\n[properties]\nuse = "u"\n'
        '[names]\n"asset.water" = "w"\n[parent]\nscheme = "osm"\ncolumn = "p"\n'
    )
    assert list(told.columns()) == [
        ("select.where", "kind"),
        ("key", "id"),
        ("fields.name", "n"),
        ("properties.use", "u"),
        ("names.asset.water", "w"),
        ("parent", "p"),
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_map(example: Path) -> None:
    assert read_map(example.read_text(encoding="utf-8"), example.name).model


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8


def keys_of_the_model() -> Iterator[str]:
    for prefix, part in PARTS.items():
        for name, field in part.model_fields.items():
            yield prefix + (field.alias or name)


def test_every_key_of_a_map_is_documented() -> None:
    text = (DOCS / "import.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([^`-][^`]*)`", text, flags=re.MULTILINE))
    assert documented == set(keys_of_the_model())
