"""Tags: words that a user puts on things of a model."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from spatial.models.inp.objects import Link, Node, PipeModel, Raingage, Subcatchment
from spatial.models.inp.rows import Row

_Found: TypeAlias = (
    dict[str, Node] | dict[str, Link] | dict[str, Subcatchment] | dict[str, Raingage]
)
_VALUES = 3


def take_tags(model: PipeModel, rows: Sequence[Row], families: Mapping[str, str]) -> None:
    """Put the tag of each row on its thing.

    Args:
        model: whose things are tagged.
        rows: kind of thing, name, tag.
        families: of things, by the words of the program for them.
    """
    found: dict[str, _Found] = {
        "node": model.nodes,
        "link": model.links,
        "subcatchment": model.subcatchments,
        "raingage": model.raingages,
    }
    for row in rows:
        values = row.values()
        if len(values) < _VALUES:
            continue
        family = families.get(values[0].upper())
        thing = found[family].get(model.fold(values[1])) if family else None
        if thing is not None:
            thing.properties["tag"] = " ".join(values[2:])
