"""What became of a file, as the lines that a case expects."""

import tomllib
from pathlib import Path
from typing import Any, TypedDict, cast

from shapely.geometry.base import BaseGeometry

from spatial.files import Columns, FeatureTable, FileRefusedError, Place, Target, Wkt, read

CASES = Path(__file__).parent / "cases"
SRID = 4547


def all_cases() -> list[Path]:
    """Every folder of a case."""
    return sorted(folder for folder in CASES.iterdir() if folder.is_dir())


def file_of(case: Path) -> Path:
    """The file that a case is about."""
    (found,) = case.glob("file.*")
    return found


class Options(TypedDict, total=False):
    """What a case says about its file."""

    layer: str
    crs: str
    place: Place
    encoding: str


def report(case: Path) -> list[str]:
    """Read the file of a case and say what came out."""
    return outcome(file_of(case), _options(case))


def outcome(path: Path, options: Options | None = None, to_srid: int = SRID) -> list[str]:
    """Read a file and say what came out."""
    try:
        return lines(read(path, to=Target(to_srid), **(options or {})))
    except FileRefusedError as error:
        return [f"refused: {error}"]


def lines(table: FeatureTable) -> list[str]:
    """Rows taken, rows refused and warnings, a line each."""
    taken = [_taken(table, at) for at in range(len(table.rows))]
    refused = [f"row {row} refused: {reason}" for row, reason in table.refused]
    return [*taken, *refused, *(f"warning: {warning}" for warning in table.warnings)]


def _taken(table: FeatureTable, at: int) -> str:
    shape = table.geometry[at]
    place = "nowhere" if shape is None else f"{shape.geom_type} near {_near(shape)}"
    values = {name: column[at : at + 1].tolist()[0] for name, column in table.columns.items()}
    return f"row {table.rows[at]}: {place} {values!r}"


def _near(shape: BaseGeometry) -> str:
    place = shape.representative_point()
    return f"{place.x:.0f} {place.y:.0f}"


def _options(case: Path) -> Options:
    described = case / "options.toml"
    if not described.exists():
        return {}
    said: dict[str, Any] = tomllib.loads(described.read_text(encoding="utf-8"))
    if "place" in said:
        said["place"] = _place(said["place"])
    return cast("Options", said)


def _place(said: dict[str, str]) -> Place:
    return Wkt(**said) if "column" in said else Columns(**said)
