"""CityJSON and CityJSONSeq inspected, and opened for their elements."""

from collections.abc import Iterator
from pathlib import Path

from spatial.files import Inspection
from spatial.models.cityjson.batching import elements_of, refusals_of
from spatial.models.cityjson.collecting import each_uncollected
from spatial.models.cityjson.drafting import Context
from spatial.models.cityjson.notes import Notes
from spatial.models.cityjson.surveying import Survey, survey
from spatial.models.cityjson.templates import Templates
from spatial.models.frames.placing import bounds_of
from spatial.models.model import Element, Model, Progress, RefusedElement, silent

_NAMED = 5


def inspect(path: Path, progress: Progress) -> Inspection:
    """Say what a file holds; its geometries are looked at and not measured.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    found = survey(path, silent)
    system = found.header.system
    return Inspection(
        format=found.format,
        schema=found.header.version,
        crs=system and system.name,
        bounds=bounds_of(found.frame, found.extent),
        counts=dict(sorted(found.counts.items())),
        warnings=[*found.warnings, *_about_refused(found, progress)],
    )


def opened(path: Path) -> Model:
    """Open a file for its elements.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    found = survey(path, silent)
    system = found.header.system

    def elements(progress: Progress) -> Iterator[Element | RefusedElement]:
        return _elements(found, progress)

    return Model(
        format=found.format,
        schema=found.header.version,
        crs=system and system.horizontal,
        height_datum=system and system.height_datum,
        elements=elements,
        warnings=found.warnings,
    )


def _elements(found: Survey, progress: Progress) -> Iterator[Element | RefusedElement]:
    context = Context(Templates(found.header.templates), found.frame)
    total, done = found.counts.total(), 0
    seen: set[str] = set()
    batches = found.batches(silent, Notes())
    for chunk in each_uncollected(batches, lambda batch: elements_of(batch, context)):
        yield from _once(chunk, seen)
        done += len(chunk)
        progress("measuring", min(done, total), total)


def _once(
    chunk: list[Element | RefusedElement], seen: set[str]
) -> Iterator[Element | RefusedElement]:
    for element in chunk:
        if isinstance(element, Element):
            if element.key in seen:
                yield RefusedElement(element.key, "has the key of a CityObject before it")
                continue
            seen.add(element.key)
        yield element


def _about_refused(found: Survey, progress: Progress) -> Iterator[str]:
    context = Context(Templates(found.header.templates), found.frame)
    count = 0
    batches = found.batches(progress, Notes())
    for chunk in each_uncollected(batches, lambda batch: refusals_of(batch, context)):
        for key, reason in chunk:
            count += 1
            if count <= _NAMED:
                yield f"{key!r} will be refused: {reason}"
    if count > _NAMED:
        yield f"{count - _NAMED:,} more will be refused"
