"""Drafts of objects made elements."""

from collections.abc import Iterator, Sequence

from spatial.models.citygml.sketching import Draft
from spatial.models.citygml.tables import class_of
from spatial.models.model import Element, Json, RefusedElement

_REPEATED = "has the gml:id of an object before it: the first one keeps it"


def finished(drafts: Sequence[Draft], seen: set[int]) -> Iterator[Element | RefusedElement]:
    """Give the elements of a batch in their order; parts of a refused whole have none.

    Args:
        drafts: measured.
        seen: hashes of the keys that were given before; grows.
    """
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


def refuse_repeated(draft: Draft, seen: set[int]) -> None:
    """Refuse an object whose key another one has.

    Hashes of 64 bits are kept instead of keys: of ten million objects two meet by chance once in
    hundred thousand files.
    """
    if draft.reason is not None:
        return
    number = hash(draft.key)
    if number in seen:
        draft.reason = _REPEATED
    seen.add(number)


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
