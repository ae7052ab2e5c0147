"""Sheets of labels as files: one PDF, or an SVG a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from viz.labels.label import Label
from viz.labels.pdf import as_pdf
from viz.labels.sheet import Sheet
from viz.labels.svg import as_svg

Format = Literal["pdf", "svg"]


class Written(NamedTuple):
    """What was written; ``files`` are as many as ``pages`` for SVG."""

    files: tuple[Path, ...]
    pages: int


def write_labels(
    labels: Sequence[Label], sheet: Sheet, public_url: str, target: Path, kind: Format, start: int
) -> Written:
    """Write the labels, from position ``start`` of the first sheet on.

    Several SVG pages are numbered: ``labels-1.svg``, ``labels-2.svg``.

    Raises:
        SheetTooSmallError: the labels would be unreadable; nothing was written.
        InvalidPublicUrlError: nothing that a label can lead to; nothing was written.
        InvalidSheetError: the sheet has no position ``start``; nothing was written.
        OSError: a file cannot be written.
    """
    if kind == "pdf":
        target.write_bytes(as_pdf(labels, sheet, public_url, start=start))
        return Written((target,), -(-(len(labels) + start - 1) // sheet.per_page))
    documents = as_svg(labels, sheet, public_url, start=start)
    names = [target.with_stem(f"{target.stem}-{page}") for page in range(1, len(documents) + 1)]
    files = tuple(names) if len(names) > 1 else (target,)
    for file, document in zip(files, documents, strict=True):
        file.write_text(document, encoding="utf-8")
    return Written(files, len(files))
