"""A TOML file with declarations into systems that can be used."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from spatial.heights import NOTHING_ELSE, DatumOffset, Geoid, Known
from spatial.local_systems.declaration import Declaration, Declarations
from spatial.local_systems.errors import LocalSystemError
from spatial.local_systems.system import LocalSystem, declare

_LARGEST_FILE_BYTES = 1024**2


class Declared(NamedTuple):
    """What a file declares.

    Attributes:
        systems: by name; capitals do not matter, so keys are case-folded.
        heights: offsets between vertical datums, and geoid models.
    """

    systems: Mapping[str, LocalSystem] = MappingProxyType({})
    heights: Known = NOTHING_ELSE


NOTHING_DECLARED = Declared()


def read_systems(path: Path) -> Declared:
    """Read a file of declarations; grids are looked up beside it.

    Raises:
        LocalSystemError: with a sentence for each mistake; each begins with the file's name.
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size > _LARGEST_FILE_BYTES:
        raise LocalSystemError(
            [f"{path.name}: {size:,} bytes, expected at most {_LARGEST_FILE_BYTES:,}"]
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LocalSystemError([f"{path.name}: not UTF-8: {error.reason}"]) from error
    return systems_of(text, path.name, path.parent)


def systems_of(text: str, origin: str, folder: Path) -> Declared:
    """Read the TOML form.

    Args:
        text: of the file.
        origin: what sentences call it.
        folder: where grids lie.

    Raises:
        LocalSystemError: with a sentence for each mistake; each begins with ``origin``.
    """
    try:
        written = tomllib.loads(text)
        declared = Declarations.model_validate(written, context={"folder": folder})
    except tomllib.TOMLDecodeError as error:
        raise LocalSystemError([f"{origin}: not TOML: {error}"]) from error
    except ValidationError as error:
        mistakes = (f"{origin}: {_sentence(one, written)}" for one in error.errors())
        raise LocalSystemError(mistakes) from error
    heights = Known(
        [DatumOffset(**offset.model_dump()) for offset in declared.heights],
        [Geoid(**geoid.model_dump()) for geoid in declared.geoids],
    )
    return Declared(_systems(declared.systems, origin), heights)


def _systems(declarations: list[Declaration], origin: str) -> Mapping[str, LocalSystem]:
    systems, mistakes = {}, []
    for declared in declarations:
        try:
            systems[declared.name.casefold()] = declare(declared)
        except ValueError as error:
            mistakes.append(f"{origin}: system {declared.name!r}: {error}")
    if mistakes:
        raise LocalSystemError(mistakes)
    return systems


def _sentence(detail: ErrorDetails, written: Mapping[str, object]) -> str:
    place = "".join(_place(detail, written))
    field = ".".join(str(part) for part in _field(detail))
    match detail["type"]:
        case "missing":
            return f"{place}key {field!r} is missing"
        case "extra_forbidden":
            return f"{place}unknown key {field!r}"
        case "union_tag_not_found":
            return f"{place}key 'kind' is missing: expected one of {_kinds()}"
        case "union_tag_invalid":
            return f"{place}kind {detail['ctx']['tag']!r}: expected one of {_kinds()}"
        case "value_error":
            return f"{place}{detail['ctx']['error']}"
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return f"{place}{field} {detail['input']!r}: {message}"


def _place(detail: ErrorDetails, written: Mapping[str, object]) -> Iterator[str]:
    """Yield which system is meant, by its name where it has one."""
    match detail["loc"], written:
        case ("systems", int(at), *_), {"systems": [*systems]}:
            match systems[at]:
                case {"name": str(name)}:
                    yield f"system {name!r}: "
                case _:
                    yield f"system {at + 1}: "
        case (str(table), int(at), *_), _:
            yield f"{table} {at + 1}: "


def _field(detail: ErrorDetails) -> tuple[int | str, ...]:
    """Return the path inside the system, without its position and its kind."""
    match detail["loc"]:
        case ("systems", int(), str(), *rest):
            return tuple(rest)
        case (str(), int(), *rest):
            return tuple(rest)
    return detail["loc"]


def _kinds() -> str:
    return "'seven-parameter', 'four-parameter', 'grid', 'pipeline'"
