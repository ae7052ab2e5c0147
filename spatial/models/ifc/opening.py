"""Opens a model, and says what the library had to leave out of it."""

import mmap
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import ifcopenshell
from ifcopenshell import entity_instance
from ifcopenshell import ifcopenshell_wrapper as wrapper

from spatial.files.errors import refuse
from spatial.models.ifc.container import readable

_NESTED: Final = b"(" * 32
"""No list of the standard is deeper than three; each level of thousands would take memory."""
_HOLE_BYTES: Final = 1024**2
_CHECKED_FROM_BYTES: Final = 16 * 1024**2
_DANGLING = re.compile(r"Instance reference (#\d+) used by instance (#\d+) .*not found")
_UNKNOWN = re.compile(r"Entity with name '([^']*)' not found in schema")
_COUNTED = re.compile(r"Expected \d+ attribute values, found \d+ for instance (#\d+)")
_TWICE = re.compile(r"Overwriting instance with name (#\d+)")
_NAMED_CLASSES: Final = 5
_SHOWN: Final = 120


class Opened(NamedTuple):
    """An opened model.

    Attributes:
        file: the model in memory.
        schema: name of its schema as the file writes it.
        warnings: sentences about what is wrong with the file and was left out.
    """

    file: ifcopenshell.file
    schema: str
    warnings: tuple[str, ...]


def opened(path: Path) -> Opened:
    """Open a model.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    with readable(path) as (plain, header, about):
        _refuse_hostile(path, plain)
        log = wrapper.logger()
        log.output_format(wrapper.logger.FMT_INMEMORY)  # type: ignore[no-untyped-call]
        try:
            file = ifcopenshell.open(plain, format=".ifc", logger=log)
        except (ifcopenshell.Error, OSError, RuntimeError) as error:
            raise refuse(path, _why(log, error)) from error
        if not isinstance(file, ifcopenshell.file):
            raise refuse(path, f"opens as {type(file).__name__}: expected a STEP file")
        messages = (each.message for each in log.log_messages())
        return Opened(file, header.schema, (*about, *_sentences(messages, header.read_as)))


def _refuse_hostile(path: Path, plain: Path) -> None:
    """Refuse what would take memory or time without holding a model."""
    size = plain.stat().st_size
    with plain.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(_NESTED) >= 0:
            raise refuse(path, f"nests lists deeper than {len(_NESTED)}: no model does")
        if size < _CHECKED_FROM_BYTES:
            return
        for nothing in (b"\0", b" ", b"\n"):
            at = content.find(nothing * _HOLE_BYTES)
            if at >= 0:
                raise refuse(path, f"holds {_HOLE_BYTES:,} bytes of nothing from byte {at:,} on")


def _why(log: wrapper.logger, error: Exception) -> str:
    messages = [each.message for each in log.log_messages()]
    if not messages:
        return f"cannot be read: {error}"
    first = messages[0][:1].lower() + messages[0][1:_SHOWN]
    return f"is no STEP file that can be read: {first}"


def products(file: ifcopenshell.file) -> list[entity_instance]:
    """Return the products of a model, each once even where its number is used twice."""
    return list({product.id(): product for product in file.by_type("IfcProduct")}.values())


def _sentences(messages: Iterable[str], schema: str) -> Iterator[str]:
    """Yield a sentence for each kind of mistake that the library stepped over."""
    kinds: dict[re.Pattern[str], list[str]] = {
        pattern: [] for pattern in (_DANGLING, _UNKNOWN, _COUNTED, _TWICE)
    }
    others: list[str] = []
    for message in messages:
        pattern = next((each for each in kinds if each.search(message)), None)
        if pattern is None:
            others.append(message)
        else:
            kinds[pattern].append(message)
    yield from _about_classes(kinds[_UNKNOWN], schema)
    for said in kinds[_DANGLING][:1]:
        target, user = _DANGLING.findall(said)[0]
        count = len(kinds[_DANGLING])
        yield f"references to what is not there: {count}, e.g. {user} refers to {target}"
    for said in kinds[_COUNTED][:1]:
        yield (
            f"instances with more or fewer attributes than {schema} gives them: "
            f"{len(kinds[_COUNTED])}, e.g. {_COUNTED.findall(said)[0]}"
        )
    for said in kinds[_TWICE][:1]:
        number = _TWICE.findall(said)[0]
        yield f"numbers used twice: {len(kinds[_TWICE])}, e.g. {number}; the last instance counts"
    if others:
        yield f"mistakes of syntax, stepped over: {len(others)}, the first: {others[0][:_SHOWN]}"


def _about_classes(messages: list[str], schema: str) -> Iterator[str]:
    unknown = Counter(name for message in messages for name in _UNKNOWN.findall(message))
    if unknown:
        classes = [f"{name} ({count})" for name, count in unknown.most_common(_NAMED_CLASSES)]
        more = ", …" if len(unknown) > _NAMED_CLASSES else ""
        yield f"classes that {schema} does not know, left out: {', '.join(classes)}{more}"
