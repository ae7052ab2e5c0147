"""Drafts of objects made elements."""

from collections.abc import Iterator, Sequence

from spatial.models.citygml.seen_keys import SeenKeys
from spatial.models.citygml.sketching import Draft
from spatial.models.citygml.tables import class_of
from spatial.models.model import Element, Json, RefusedElement

_REPEATED = "has the gml:id of an object before it: the first one keeps it"


def finished(drafts: Sequence[Draft], seen: SeenKeys) -> Iterator[Element | RefusedElement]:
    """Give the elements of a batch in their order; parts of a refused whole have none."""
    refused: set[str] = set()
    for draft in drafts:
        refuse_repeated(draft, seen)
        if draft.reason is not None:
            refused.add(draft.key)
            yield RefusedElement(draft.key, draft.reason)
            continue
        if draft.parent in refused:
            draft.notes.append(f"its parent {draft.parent!r} is refused")
            draft.parent = None
        yield _element(draft)


def refuse_repeated(draft: Draft, seen: SeenKeys) -> None:
    """Refuse an object whose key another one has."""
    if draft.reason is None and not seen.add(draft.key):
        draft.reason = _REPEATED


def _element(draft: Draft) -> Element:
    entity_class = class_of(draft.native_class, draft.properties)
    properties: dict[str, Json] = {**draft.properties, **draft.about}
    if draft.notes:
        properties["measured.notes"] = list(draft.notes)
    return Element(
        key=draft.key,
        native_class=draft.native_class,
        klass="" if entity_class.part else entity_class.code,
        name=_name(draft),
        parent=draft.parent,
        shape=draft.shape,
        base_m=draft.base_m,
        top_m=draft.top_m,
        lods=draft.lods,
        measures=draft.measures,
        properties=properties,
    )


def _name(draft: Draft) -> str:
    named = draft.properties.get("name", draft.properties.get(draft.named_by))
    return "" if named is None else str(named)
