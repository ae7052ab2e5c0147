"""What a file says before any CityObject is drawn: header, counts, extent, what is odd."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from spatial.files.errors import refuse
from spatial.models.cityjson import document, sequence
from spatial.models.cityjson.batching import Batch, Document, batch_of
from spatial.models.cityjson.collecting import each_uncollected, settle, uncollected
from spatial.models.cityjson.header import Header, header_of
from spatial.models.cityjson.notes import Notes
from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.frames.placing import Extent, Frame, frame_of
from spatial.models.model import Progress, RefusedElement

_LINES_A_BATCH = 2_000
_BYTES_A_BATCH = 4 * 1024**2
_NOT_JSON = "lines hold NaN or Infinity, which JSON has not, read as null"

Batches: TypeAlias = Callable[[Progress, Notes], Iterator[Batch]]
"""Gives the CityObjects of a file; may be called again."""


class Survey(NamedTuple):
    """A file looked through once.

    Attributes:
        format: CityJSON or CityJSONSeq.
        header: what it says of itself.
        counts: CityObjects by type.
        extent: of all vertices, or what the header says where there are none.
        frame: how coordinates are read.
        warnings: sentences.
        batches: its CityObjects.
    """

    format: str
    header: Header
    counts: Counter[str]
    extent: Extent | None
    frame: Frame
    warnings: tuple[str, ...]
    batches: Batches


def survey(path: Path, progress: Progress) -> Survey:
    """Look through a file.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    if sequence.is_sequence(path):
        return _survey_sequence(path, progress)
    notes = Notes()
    with uncollected():
        loaded = document.whole(path)
        header = header_of(path, loaded.value)
        _note_repeated(loaded, notes)
        batch = batch_of([_document(path, loaded.value)], header.transform, notes)
        settle(batch.land)

    def batches(_progress: Progress, _notes: Notes) -> Iterator[Batch]:
        return batch.cut()

    said = (*loaded.warnings, *header.warnings)
    return _summed("CityJSON", header, iter([batch]), batches, (*said, *notes.sentences()))


def _survey_sequence(path: Path, progress: Progress) -> Survey:
    loaded = sequence.first_of(path)
    header = header_of(path, loaded.value)
    first = _document(path, loaded.value)

    def batches(progress: Progress, notes: Notes, *, first_time: bool = False) -> Iterator[Batch]:
        if first.objects:
            yield batch_of([first], header.transform, notes)
        yield from _features(_Lines(path, header, first_time), progress, notes)

    notes = Notes()
    _note_repeated(loaded, notes)
    found = batches(progress, notes, first_time=True)
    summed = _summed("CityJSONSeq", header, found, batches, ())
    said = (*loaded.warnings, *header.warnings, *notes.sentences())
    return summed._replace(warnings=(*said, *summed.warnings))


def _summed(
    name: str,
    header: Header,
    found: Iterator[Batch],
    batches: Batches,
    warnings: tuple[str, ...],
) -> Survey:
    counts: Counter[str] = Counter()
    extent: Extent | None = None
    for mine, its in each_uncollected(found, _counted):
        counts.update(its)
        extent = extent.joined(mine) if extent and mine else extent or mine
    extent = extent or _said(header)
    frame = frame_of(header.system, extent)
    return Survey(name, header, counts, extent, frame, (*warnings, *frame.warnings), batches)


def _counted(batch: Batch) -> tuple[Extent | None, Counter[str]]:
    return batch.land.extent(), batch.counts


class _Lines(NamedTuple):
    """A sequence to read: the file, its header, and whether it is looked at for oddities."""

    path: Path
    header: Header
    watch: bool


def _features(source: _Lines, progress: Progress, notes: Notes) -> Iterator[Batch]:
    """Give the features of a sequence, some megabytes of lines at a time."""
    path, header, watch = source
    size = path.stat().st_size
    documents: list[Document] = []
    refused: list[RefusedElement] = []
    start = 0
    lines = sequence.lines_of(path)
    next(lines)
    for line in lines:
        try:
            feature, loaded = sequence.feature_of(line, watch=watch)
            documents.append(feature)
            if loaded.warnings:
                notes.add(_NOT_JSON, f"line {line.number}")
            _note_repeated(loaded, notes)
        except ObjectRefusedError as error:
            refused.append(RefusedElement(f"line {line.number}", str(error)))
        if len(documents) >= _LINES_A_BATCH or line.end - start >= _BYTES_A_BATCH:
            progress("reading", line.end, size)
            yield _batch(documents, refused, header, notes)
            start = line.end
    yield _batch(documents, refused, header, notes)
    progress("reading", size, size)


def _note_repeated(loaded: document.Loaded, notes: Notes) -> None:
    for name in loaded.repeated:
        notes.add("names stand twice in one object of the JSON and are read the last time", name)


def _batch(
    documents: list[Document], refused: list[RefusedElement], header: Header, notes: Notes
) -> Batch:
    """Return what was gathered, and let go of it."""
    batch = batch_of(documents, header.transform, notes)
    batch.refused[:0] = refused
    documents.clear()
    refused.clear()
    return batch


def _document(path: Path, written: dict[str, object]) -> Document:
    try:
        return sequence.document_of(written)
    except ObjectRefusedError as error:
        raise refuse(path, str(error)) from error


def _said(header: Header) -> Extent | None:
    if header.extent is None:
        return None
    x, y, z, right, far, up = header.extent
    return Extent((x, y, z), (right, far, up))
