"""The table of classes holds only classes that exist, on both sides."""

import csv
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from ifcopenshell import ifcopenshell_wrapper as wrapper

ROOT = Path(__file__).parents[4]
SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
ROWS = list(
    csv.DictReader(
        (resources.files("spatial.models.ifc") / "classes.csv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
)


def predefined(native_class: str) -> set[str] | None:
    """Return the predefined types of a class in all schemas, None where no schema knows it."""
    found: set[str] | None = None
    for name in SCHEMAS:
        try:
            entity: Any = wrapper.schema_by_name(name).declaration_by_name(native_class).as_entity()
        except RuntimeError:
            continue
        found = found or set()
        for attribute in entity.all_attributes():
            if attribute.name() == "PredefinedType":
                kind = attribute.type_of_attribute().declared_type().as_enumeration_type()
                found |= set(kind.enumeration_items())
    return found


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['native_class']}-{row['predefined_type']}"
)
def test_a_row_names_what_exists(row: dict[str, str]) -> None:
    types = predefined(row["native_class"])
    assert types is not None
    assert not row["predefined_type"] or row["predefined_type"] in types
    with (ROOT / "data/reference/classes.csv").open(encoding="utf-8", newline="") as file:
        roles = {each["class"]: each["role"] for each in csv.DictReader(file)}
    coded = roles.get(row["class"]) in {"thing", "area"} and row["class"] != "8103"
    assert not row["class"] or row["class"] in roles
    assert row["binding"] == ("coded" if coded else "address")
    assert row["where"] in {"anywhere", "outdoors"}


def test_no_row_is_there_twice() -> None:
    keys = [(row["native_class"], row["predefined_type"]) for row in ROWS]
    assert len(keys) == len(set(keys))
