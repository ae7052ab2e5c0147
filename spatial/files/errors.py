"""What can be wrong with a file as a whole, or with one of its rows."""

from pathlib import Path
from typing import NamedTuple


class FileRefusedError(ValueError):
    """A file that cannot be taken. Correct what the sentence names, or export it again."""


class RowRefusedError(ValueError):
    """A row that cannot be taken. Correct it in the file; the other rows are not touched."""


class ChooseMetricCrsError(ValueError):
    """A target that is not in metres. Ask for the projected CRS of the district."""


class RefusedRow(NamedTuple):
    """A row that stays out: its number as a person finds it in the file, and why."""

    row: int
    reason: str


def refuse(path: Path, sentence: str) -> FileRefusedError:
    """Return the error that names the file and says what is wrong with it."""
    return FileRefusedError(f"file {path.name!r}: {sentence}")
