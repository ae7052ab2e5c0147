"""``twin import`` of features: a file into the register, in one transaction or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from data.connection import StoreUnavailableError, connect
from data.importing import (
    Delivery,
    ImportMap,
    ImportMapError,
    ImportReport,
    Progress,
    check_county,
    read_map,
    run_import,
    take_rows,
)
from data.registry import srid_of
from data.tables import COORDINATE_DECIMALS
from spatial.files import Columns, FeatureTable, Place, Target, Wkt, read
from twin.app.import_turns import (
    check_file_name,
    codes_of_their_own,
    digest_of,
    wait_for_turn,
    without_collector,
)
from twin.app.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What is to be imported, and how.

    Attributes:
        file: of features.
        mapping: TOML file that says what the columns are.
        county: for codes of what lies in no county that the tables know, or None.
        dry_run: whether nothing shall be written.
        strict: whether one refused row refuses all.
        actor: who imports.
    """

    file: Path
    mapping: Path
    county: str | None
    dry_run: bool
    strict: bool
    actor: str


def import_file(
    settings: Settings, order: ImportOrder, progress: Progress, say: Callable[[str], None]
) -> ImportReport:
    """Import a file, or compare it with the register.

    Raises:
        ImportMapError: the map has mistakes, or names columns that the file does not have.
        FileRefusedError: the file cannot be taken.
        UnknownCountyError: the county is none.
        ChangeRefusedError: the register cannot take it.
        CodesExhaustedError: a class has not so many codes left in a county.
        StoreUnavailableError: the store is away; the register is as it was.
        OSError: a file cannot be read.
    """
    check_file_name(order.file)
    import_map = _map(order.mapping)
    if order.county is not None:
        check_county(order.county)
    with (
        without_collector(),
        connect(settings.store_url, name="citytwin import") as connection,
    ):
        srid = srid_of(connection)
        connection.rollback()
        progress("reading the file", 0, 0)
        table = _read(order.file, import_map, srid)
        try:
            return _import(connection, settings, order, import_map, table, (progress, say))
        except psycopg.OperationalError as error:
            raise StoreUnavailableError(f"the register is as it was: {error}") from error


def _map(path: Path) -> ImportMap:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ImportMapError([f"map {str(path)!r}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ImportMapError([f"map {str(path)!r}: expected UTF-8, {error}"]) from error
    return read_map(text, path.name)


def _read(path: Path, import_map: ImportMap, srid: int) -> FeatureTable:
    return read(
        path,
        layer=import_map.layer,
        crs=import_map.crs,
        place=_place(import_map),
        encoding=import_map.encoding,
        to=Target(srid, COORDINATE_DECIMALS),
    )


def _place(import_map: ImportMap) -> Place | None:
    said = import_map.place
    if said is None:
        return None
    if said.wkt is not None:
        return Wkt(said.wkt, said.crs)
    return Columns(said.x or "", said.y or "", said.crs)


def _import(
    connection: Connection,
    settings: Settings,
    order: ImportOrder,
    import_map: ImportMap,
    table: FeatureTable,
    told: tuple[Progress, Callable[[str], None]],
) -> ImportReport:
    progress, say = told
    progress("checking the rows", 0, 0)
    rows = take_rows(table, import_map)
    delivery = Delivery(
        actor=order.actor,
        file=order.file.name,
        digest=digest_of(order.file),
        county=order.county,
        strict=order.strict,
        unread=table.refused,
        warnings=table.warnings,
    )
    wait_for_turn(connection, say)
    with codes_of_their_own(settings, dry_run=order.dry_run) as issue:
        report = run_import(connection, rows, import_map, delivery, issue, progress)
        connection.commit()
    return report
