"""What a map draws from the rows of a file, and why rows are refused."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from data.importing import ImportMapError, take_rows
from data.importing.drawing import as_text
from data.registry import KEEP
from tests.unit.importing.tables import (
    Columns,
    X,
    Y,
    import_map,
    reasons,
    rows,
    square,
    table,
)


def test_a_key_is_kept_in_the_form_of_its_scheme() -> None:
    smallest = 'model = "m"\nsource = "s"\nkey = { scheme = "ma", column = "id" }\n'
    assert take_rows(table({"id": ["ma.156.8001"]}), import_map("", smallest)).keys


@pytest.mark.parametrize(
    ("value", "key"), [("a", "way/a"), (7, "way/7"), (7.0, "way/7"), (True, "way/true")]
)
def test_a_key_of_any_type_becomes_text_behind_its_prefix(value: object, key: str) -> None:
    smallest = 'model="m"\nsource="s"\nkey={scheme="osm", column="id", prefix="way/"}\n'
    assert take_rows(table({"id": [value]}), import_map("", smallest)).keys == [key]


def test_a_key_of_several_columns_is_joined() -> None:
    smallest = (
        'model="m"\nsource="s"\nkey={scheme="asset", columns=["street", "number"], separator="-"}\n'
    )
    told = table({"street": ["High St", None], "number": [4, 5]})
    taken = take_rows(told, import_map("", smallest))
    assert taken.keys == ["High St-4", ""]
    assert reasons(taken) == {2: "no key: column 'street' or 'number' is empty"}


def test_the_second_row_of_a_key_is_refused_and_names_the_first() -> None:
    taken = rows({"id": ["a", "b", "a", "a"]})
    assert reasons(taken) == {
        3: "key 'a' (asset): row 1 has it already",
        4: "key 'a' (asset): row 1 has it already",
    }


@pytest.mark.parametrize("empty", [None, "", "   "])
def test_a_row_without_a_key_is_refused(empty: object) -> None:
    columns: Columns = {"id": ["a", empty]}
    taken = rows(columns)
    assert reasons(taken) == {2: "no key: column 'id' is empty"}


def test_a_key_that_is_none_of_its_scheme_is_refused() -> None:
    smallest = 'model="m"\nsource="s"\nkey={scheme="house", column="id"}\n'
    taken = take_rows(table({"id": ["12"]}), import_map("", smallest))
    assert reasons(taken)[1].startswith("house: house code '12': expected 25 digits")


def test_rows_that_are_not_meant_are_left_out_and_not_refused() -> None:
    shapes = [square(5), Point(X, Y), square(5), None]
    columns: Columns = {"id": ["a", "b", "c", "d"], "floor": [1, 1, 2, 1]}
    taken = rows(columns, '[select]\ngeometry = ["Polygon"]\nwhere = { floor = [1] }', shapes)
    assert (taken.keys, taken.left_out, reasons(taken)) == (["a"], 3, {})


def test_a_class_may_be_told_by_words_of_the_file() -> None:
    smallest = (
        'model="m"\nsource="s"\nkey={scheme="asset", column="id"}\n'
        'class={column="kind", values={house="8101", tree="0402"}}\n'
    )
    told = table({"id": ["a", "b", "c", "d"], "kind": ["house", "tree", "boat", None]})
    taken = take_rows(told, import_map("", smallest))
    assert taken.classes[:2] == ["8101", "0402"]
    assert reasons(taken) == {
        3: "column 'kind': 'boat', expected one of class.values: house, tree",
        4: "no class: column 'kind' is empty",
    }


def test_a_class_that_there_is_not_refuses_its_row() -> None:
    smallest = 'model="m"\nsource="s"\nkey={scheme="asset", column="id"}\nclass={column="class"}\n'
    taken = take_rows(table({"id": [1, 2], "class": [8101, 9999]}), import_map("", smallest))
    assert reasons(taken) == {2: "class '9999': expected four digits of classes.csv"}


def test_what_is_blank_says_nothing_or_clears_as_the_map_wants() -> None:
    columns: Columns = {"id": ["a"], "name": [" "], "h": [None], "owner": [""]}
    fields = '[fields]\nname = "name"\nheight_m = "h"\nowner = "owner"\n'
    assert rows(columns, fields).fields == {"name": [KEEP], "height_m": [KEEP], "owner": [KEEP]}
    cleared = rows(columns, f'blank = "clear"\n{fields}').fields
    assert cleared == {"name": [KEEP], "height_m": [None], "owner": [""]}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("height_m", "tall", "fields.height_m: 'tall', expected a number"),
        ("height_m", True, "fields.height_m: True, expected a number"),
        ("height_m", -3, "height_m: -3, expected metres from 0 to 1000"),
        ("height_m", "1e999", "fields.height_m: '1e999', expected a number"),
        ("stage", "gone", "stage: 'gone', expected one of planned, building, accepted, in use"),
        ("valid_from", "May", "valid_from: 'May', expected a date or time of ISO 8601"),
    ],
)
def test_a_value_that_a_field_cannot_have_refuses_its_row(
    field: str, value: object, reason: str
) -> None:
    columns: Columns = {"id": ["a", "b"], "v": [None, value]}
    taken = rows(columns, f'[fields]\n{field} = "v"')
    assert list(reasons(taken)) == [2]
    assert reasons(taken)[2].startswith(reason)


def test_fields_get_the_types_of_the_register() -> None:
    taken = rows(
        {"id": ["a"], "h": ["12.5"], "d": ["2026-05-01"], "t": ["2026-05-01T00:00:00Z"], "n": [7]},
        '[fields]\nheight_m = "h"\nvalid_from = "d"\nvalid_to = "t"\nname = "n"',
    )
    local = timezone(timedelta(hours=8))
    assert taken.fields == {
        "name": ["7"],
        "height_m": [12.5],
        "valid_from": [datetime(2026, 5, 1, tzinfo=local)],
        "valid_to": [datetime.fromisoformat("2026-05-01T00:00:00+00:00")],
    }


@pytest.mark.parametrize(("written", "metres"), [(2345, 2.345), ("1", 0.001), (0.3, 0.0003)])
def test_a_scaled_number_has_no_digits_that_nobody_wrote(written: object, metres: float) -> None:
    fields = '[fields]\nheight_m = { column = "mm", scale = 0.001 }'
    assert rows({"id": ["a"], "mm": [written]}, fields).fields["height_m"] == [metres]


def test_a_property_may_be_fixed_translated_or_scaled() -> None:
    taken = rows(
        {"id": ["a", "b"], "w": [250, None], "u": ["W", "X"]},
        '[properties]\nx_by = { value = "li" }\nx_width_m = { column = "w", scale = 0.01 }\n'
        'use = { column = "u", values = { W = "living" } }',
    )
    assert taken.properties == {
        "x_by": ["li", "li"],
        "x_width_m": [2.5, None],
        "use": ["living", None],
    }
    assert reasons(taken) == {2: "column 'u': 'X', expected one of properties.use.values: W"}


def test_columns_that_the_file_has_not_are_all_named() -> None:
    with pytest.raises(ImportMapError) as refused:
        rows({"nr": ["a"]}, '[fields]\nname = "title"')
    assert refused.value.mistakes == (
        "key: the file has no column 'id'",
        "fields.name: the file has no column 'title'",
        "columns of layer 'houses': 'nr'",
    )


@given(st.one_of(st.integers(-(2**53), 2**53), st.integers(-(2**53), 2**53).map(float)))
def test_a_whole_number_reads_the_same_in_any_column(number: float) -> None:
    assert as_text(number) == str(int(number))
