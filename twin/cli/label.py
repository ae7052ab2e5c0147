"""``twin code label``: printable labels with the code and its QR code."""

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from data.reference import entity_classes
from twin.app import settings as app_settings
from twin.cli.printing import print_json, say
from twin.codes import EntityCode, InvalidEntityCodeError

if TYPE_CHECKING:
    from viz.labels import Label
    from viz.labels.files import Written


class Format(StrEnum):
    """The kind of file."""

    PDF = "pdf"
    SVG = "svg"


class _Order(NamedTuple):
    """Which labels are wanted: of these codes, or of all that stand in the register."""

    codes: list[EntityCode]
    klass: str | None
    area: EntityCode | None
    plain: bool


class _Paper(NamedTuple):
    """On what they are printed, and where their QR codes lead."""

    sheet: str
    start: int
    kind: Format
    out: Path
    public_url: str | None


Codes = Annotated[
    list[str] | None, typer.Argument(help="Entity codes: 16 digits, or as printed on a label.")
]
From = Annotated[
    str | None, typer.Option("--from", help="File with a code a line; - is standard input.")
]
Class = Annotated[str | None, typer.Option("--class", help="All entities in use of this class.")]
Area = Annotated[str | None, typer.Option(help="All entities in use in this entity's area.")]
SheetName = Annotated[str, typer.Option(help="Sheet, or WxH in mm for one label a page.")]
Start = Annotated[int, typer.Option(help="First position that is not used up, from 1.")]
Kind = Annotated[Format, typer.Option("--format", help="Kind of file.")]
Out = Annotated[Path | None, typer.Option(help="File to write, labels.pdf if absent.")]
PublicUrl = Annotated[str | None, typer.Option(help="Address under which phones reach the map.")]
Plain = Annotated[bool, typer.Option("--plain", help="Code and class only; asks no register.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def label(  # noqa: PLR0913 - each is an option of the command
    codes: Codes = None,
    *,
    source: From = None,
    klass: Class = None,
    area: Area = None,
    sheet: SheetName = "a4-24",
    start: Start = 1,
    kind: Kind = Format.PDF,
    out: Out = None,
    public_url: PublicUrl = None,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Write sheets of labels whose QR codes lead to the entities for as long as the codes live.

    Example: twin code label 440311-0103-000127-9 --public-url https://twin.example.cn
    """
    wanted = _parsed([*(codes or ()), *_lines(source)])
    order = _Order(wanted, klass, _parsed([area])[0] if area else None, plain)
    _check(order)
    written, count = _print(
        order, _Paper(sheet, start, kind, out or Path(f"labels.{kind}"), public_url)
    )
    for file in written.files:
        say(f"{count} labels: {file}")
    if as_json:
        print_json({"file": str(written.files[0]), "pages": written.pages, "labels": count})


def _lines(source: str | None) -> Iterator[str]:
    """Yield the codes of a file; empty lines and those that begin with # count not."""
    if source is None:
        return
    file = None if source == "-" else Path(source)
    text = file.read_text("utf-8-sig", "backslashreplace") if file else sys.stdin.read()
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            yield line


def _parsed(texts: Iterable[str]) -> list[EntityCode]:
    parsed, wrong = [], []
    for text in texts:
        try:
            parsed.append(EntityCode.parse_printed(text))
        except InvalidEntityCodeError as error:
            wrong.append(str(error))
    if wrong:
        _refuse(*wrong)
    return parsed


def _check(order: _Order) -> None:
    selecting = order.klass is not None or order.area is not None
    if order.klass is not None and order.klass not in entity_classes():
        _refuse(f"class {order.klass!r}: expected four digits of the class table, e.g. 0103")
    if bool(order.codes) == selecting:
        _refuse("nothing to print, or two things: expected codes, or --class and --area")
    if selecting and order.plain:
        _refuse("--plain asks no register: expected codes, not --class or --area")


def _print(order: _Order, paper: _Paper) -> "tuple[Written, int]":
    from viz import labels  # noqa: PLC0415 - commands load only what they need
    from viz.labels.files import write_labels  # noqa: PLC0415
    from viz.labels.register import NotInRegisterError  # noqa: PLC0415

    try:
        sheet = labels.sheet_named(paper.sheet)
        printed = _labels(order)
        address = paper.public_url or _public_url(plain=order.plain)
        written = write_labels(printed, sheet, address, paper.out, paper.kind.value, paper.start)
    except (
        labels.InvalidPublicUrlError,
        labels.InvalidSheetError,
        labels.SheetTooSmallError,
        NotInRegisterError,
    ) as error:
        _refuse(*str(error).splitlines())
    return written, len(printed)


def _labels(order: _Order) -> "list[Label]":
    from data.connection import connect  # noqa: PLC0415
    from viz.labels import register  # noqa: PLC0415

    if order.plain:
        return register.plain_labels(order.codes)
    with connect(app_settings.load().store_url, name="citytwin labels") as connection:
        if order.codes:
            return register.labels_of(connection, order.codes)
        return register.selected_labels(connection, order.klass, order.area)


def _public_url(*, plain: bool) -> str:
    """Return the address of the settings; the one that we bind to leads nowhere on a phone."""
    from viz.labels import InvalidPublicUrlError  # noqa: PLC0415

    try:
        named = app_settings.load().web.public_url
    except app_settings.SettingsError:
        if not plain:
            raise
        named = None
    if named is None:
        raise InvalidPublicUrlError(
            "no public address: expected --public-url, or public_url under [web] in citytwin.toml"
        )
    return str(named)


def _refuse(*sentences: str) -> NoReturn:
    for sentence in sentences:
        say(f"twin: {sentence}")
    raise typer.Exit(2)
