"""CityGML inspected, and opened for its elements."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from spatial.files import Inspection
from spatial.files.errors import refuse
from spatial.models.citygml.describing import check, describe
from spatial.models.citygml.finishing import finished, refuse_repeated
from spatial.models.citygml.pieces import Node, Pieces
from spatial.models.citygml.seen_keys import SeenKeys
from spatial.models.citygml.sketching import Draft, drafts_of
from spatial.models.citygml.splitting import Splitter, is_object
from spatial.models.citygml.stream import Stream
from spatial.models.citygml.surveying import Survey, survey
from spatial.models.citygml.wholes import fill_wholes
from spatial.models.frames.placing import Extent, bounds_of
from spatial.models.model import Element, Model, Progress, RefusedElement
from spatial.models.surfaces.layout import Floats

_FORMAT = "CityGML"
_NAMED = 5
_MOST_CLASSES = 1_000


def inspect(path: Path, progress: Progress) -> Inspection:
    """Say what a file holds; its geometries are looked at and not measured.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    found = survey(path)
    tally = _Tally()
    pieces = Pieces()
    for drafts in _batches(path, pieces, progress):
        tally.add(drafts, check(drafts, pieces, found.scene))
    system = found.scene.frame.system
    return Inspection(
        format=_FORMAT,
        schema=found.version,
        crs=system and system.name,
        bounds=bounds_of(found.scene.frame, tally.extent),
        counts=dict(sorted(tally.counts.items())),
        warnings=[*found.warnings, *tally.warnings()],
    )


def open_model(path: Path) -> Model:
    """Open a file for its elements; one that is cut off shows it when they are read to the end.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    found = survey(path)
    system = found.scene.frame.system

    def elements(progress: Progress) -> Iterator[Element | RefusedElement]:
        return _elements(path, found, progress)

    return Model(
        format=_FORMAT,
        schema=found.version,
        crs=system and system.horizontal,
        height_datum=system and system.height_datum,
        elements=elements,
        warnings=found.warnings,
    )


def _elements(path: Path, found: Survey, progress: Progress) -> Iterator[Element | RefusedElement]:
    pieces = Pieces()
    seen = SeenKeys()
    for drafts in _batches(path, pieces, progress):
        describe(drafts, pieces, found.scene)
        fill_wholes(drafts, found.scene.frame.plan_unit_m)
        yield from finished(drafts, seen)


def _batches(path: Path, pieces: Pieces, progress: Progress) -> Iterator[list[Draft]]:
    splitter = Splitter()
    classes: set[str] = set()
    for batch in Stream(path, pieces).batches(progress):
        drafts = _drafts(batch, pieces, splitter)
        classes.update(draft.native_class for draft in drafts)
        if len(classes) > _MOST_CLASSES:
            raise refuse(path, f"has objects of more than {_MOST_CLASSES:,} classes")
        yield drafts


def _drafts(batch: Sequence[Node], pieces: Pieces, splitter: Splitter) -> list[Draft]:
    return [draft for top in batch if is_object(top) for draft in drafts_of(top, pieces, splitter)]


class _Tally:
    """Adds up the objects of a file."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.extent: Extent | None = None
        self._seen = SeenKeys()
        self._refused = 0
        self._named: list[str] = []
        self._noted = 0
        self._notes: list[str] = []

    def add(self, drafts: Sequence[Draft], places: Floats) -> None:
        """Take the objects of a batch into account, and the places of those that are drawn."""
        self.counts.update(draft.native_class for draft in drafts)
        if len(places):
            x, y, z = places.min(axis=0).tolist()
            right, far, up = places.max(axis=0).tolist()
            mine = Extent((x, y, z), (right, far, up))
            self.extent = mine if self.extent is None else self.extent.joined(mine)
        for draft in drafts:
            self._look_at(draft)

    def warnings(self) -> Iterator[str]:
        """Give sentences on what is refused, and what is odd."""
        if not self.counts:
            yield "holds no object of the city"
        yield from self._named
        if self._refused > len(self._named):
            yield f"{self._refused - len(self._named):,} more will be refused"
        yield from self._notes
        if self._noted > len(self._notes):
            yield f"{self._noted - len(self._notes):,} more have surfaces that are missing"

    def _look_at(self, draft: Draft) -> None:
        refuse_repeated(draft, self._seen)
        if draft.reason is not None:
            self._refused += 1
            if len(self._named) < _NAMED:
                self._named.append(f"{draft.key!r} will be refused: {draft.reason}")
        elif draft.notes:
            self._noted += 1
            if len(self._notes) < _NAMED:
                self._notes.append(f"{draft.key!r}: {draft.notes[0]}")
