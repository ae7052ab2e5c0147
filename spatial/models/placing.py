"""Elements of a model with their shapes in the metric CRS of the store, a batch at a time."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from spatial.files import RefusedRow, Target
from spatial.files.layer import Layer, objects
from spatial.files.table import check_metric, feature_table
from spatial.models.model import Element, Model, Progress, RefusedElement, silent

_BATCH = 5_000
LONGEST_KEY_BYTES = 1_000
"""Of what elements are found by: an index of the store takes 2,704 bytes, prefixes included."""
_SHOWN = 200
_NO_CRS = "the model does not say its CRS"


class PlacedElements(NamedTuple):
    """Some elements of a model; n of them were taken.

    Attributes:
        numbers: int64[n], which element of the model each is, from 1.
        elements: (n,) as the model has them.
        shapes: (n,) 2-D shapes in the store's CRS, None where the model draws nothing.
        refused: elements that stay out, by number; the reason names them.
        refused_keys: their keys.
        warnings: sentences on what was assumed, mended or dropped.
    """

    numbers: NDArray[np.int64]
    elements: list[Element]
    shapes: NDArray[Any]
    refused: list[RefusedRow]
    refused_keys: list[str]
    warnings: list[str]


def placed(
    path: Path, model: Model, crs: str | None, to: Target, progress: Progress = silent
) -> Iterator[PlacedElements]:
    """Yield the elements of a model in batches, so that a model of any size can be taken.

    An element whose shape cannot be placed is refused; a second one with the same key is too.

    Args:
        path: of the model, for sentences.
        model: opened.
        crs: that the caller says; it wins over the model's.
        to: CRS of the store, and how finely coordinates are kept in it.
        progress: is told how far it is.

    Raises:
        FileRefusedError: the model cannot be read on, or nobody says the CRS of its shapes.
        ChooseMetricCrsError: ``to`` is not a metric CRS.
    """
    check_metric(to.srid)
    found = enumerate(model.elements(progress), 1)
    seen: set[str] = set()
    while batch := list(islice(found, _BATCH)):
        yield _placed(path, model, crs, to, batch, seen)


def _placed(
    path: Path,
    model: Model,
    crs: str | None,
    to: Target,
    batch: list[tuple[int, Element | RefusedElement]],
    seen: set[str],
) -> PlacedElements:
    refused, taken = [], {}
    for number, found in batch:
        if isinstance(found, RefusedElement):
            refused.append(_refused(number, found.key, found.reason))
        elif found.key in seen:
            refused.append(_refused(number, found.key, "its key is that of an earlier element"))
        elif reason := _unstorable(found):
            refused.append(_refused(number, found.key, reason))
        else:
            seen.add(found.key)
            taken[number] = found
    table = feature_table(path, model.format, _layer(model, taken), crs, to)
    refused += [_refused(row, taken[row].key, reason) for row, reason in table.refused]
    kept = set(table.rows.tolist())
    return PlacedElements(
        numbers=table.rows,
        elements=[taken[number] for number in table.rows.tolist()],
        shapes=table.geometry,
        refused=sorted(refused),
        refused_keys=[found.key for number, found in batch if number not in kept],
        warnings=table.warnings if taken else [],
    )


def _refused(number: int, key: str, reason: str) -> RefusedRow:
    return RefusedRow(number, f"element {key[:_SHOWN].replace(chr(0), '?')!r}: {reason}")


def _unstorable(element: Element) -> str:
    """Return why the texts of an element cannot be kept; empty where they can."""
    texts = [element.key, element.native_class, element.name, element.parent, *element.lods]
    try:
        written = orjson.dumps([texts, dict(element.properties)])
    except orjson.JSONEncodeError as error:
        return f"its texts or properties are none of JSON's: {error}"
    if b"\\u0000" in written and _holds_nul([texts, dict(element.properties)]):
        return "one of its texts holds a NUL character"
    found_by = {"key": element.key, "class": element.native_class, "whole": element.parent or ""}
    for what, text in found_by.items():
        if len(text) > LONGEST_KEY_BYTES // 4 and len(text.encode()) > LONGEST_KEY_BYTES:
            return (
                f"its {what} is {len(text.encode()):,} bytes long: expected at most "
                f"{LONGEST_KEY_BYTES:,}"
            )
    return ""


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_holds_nul, value))


def _layer(model: Model, taken: dict[int, Element]) -> Layer:
    shapes = objects([element.shape for element in taken.values()])
    return Layer(
        name=model.format,
        crs=model.crs,
        rows=np.array(list(taken), dtype=np.int64),
        wkb=objects([shapely.to_wkb(shape) for shape in shapes]),
        columns={},
        no_crs=_NO_CRS,
    )
