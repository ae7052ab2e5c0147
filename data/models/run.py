"""One import of a model: entities and elements in one change set, or nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from data.importing import Delivery, ImportReport, Progress, run_import, take_rows
from data.importing.codes import Issue
from data.models import elements, files
from data.models.coded import CodedRows, import_map, name_prefix
from data.models.elements import Cursor, ElementCounts
from data.models.files import FileCounts, ModelFile
from data.registry.recording import close_change_set, open_change_set
from spatial.models import Model
from spatial.models.placing import PlacedElements

Connection = psycopg.Connection[tuple[Any, ...]]

_SAVED = """
    INSERT INTO model (name, format, schema, crs, height_datum, accuracy_m, file, digest, warnings,
                       change_set_id)
    VALUES (%(name)s, %(format)s, %(schema)s, %(crs)s, %(height_datum)s, %(accuracy_m)s, %(file)s,
            %(digest)s, %(warnings)s, %(change_set)s)
    ON CONFLICT (name) DO UPDATE SET
        format = excluded.format, schema = excluded.schema, crs = excluded.crs,
        height_datum = excluded.height_datum, accuracy_m = excluded.accuracy_m,
        file = excluded.file, digest = excluded.digest, warnings = excluded.warnings,
        change_set_id = excluded.change_set_id
    RETURNING id"""
_TOLD_ELSE = """
    SELECT 1 FROM model WHERE name = %(name)s AND (format, schema, crs, height_datum, accuracy_m)
    IS DISTINCT FROM (%(format)s, %(schema)s, %(crs)s, %(height_datum)s, %(accuracy_m)s::float8)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDelivery:
    """Which model is imported, by whom.

    Attributes:
        name: of the model; the file is a state of it.
        source: whose word it is.
        reason: why it is imported; None for one made of the file's name.
        scheme: in which keys are names.
        crs: that the caller says, or None.
        srid: of the store.
        files: that are served of it; None leaves those that stand.
        delivery: who imports which file; its refused rows and warnings are those of the model.
    """

    name: str
    source: str
    reason: str | None = None
    scheme: str
    crs: str | None = None
    srid: int
    files: Sequence[ModelFile] | None = None
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """What came of an import of a model.

    Attributes:
        entities: of what is coded.
        elements: how many elements of the model differ from what stood.
        files: how many of its served files do; None if they were left alone.
        change_set: id of the change set; None if nothing was written.
    """

    entities: ImportReport
    elements: ElementCounts
    files: FileCounts | None = None
    change_set: int | None

    def as_dict(self) -> dict[str, Any]:
        """Return the report for programs."""
        return self.entities.as_dict() | {
            "change_set": self.change_set,
            "elements": self.elements._asdict(),
            "files": None if self.files is None else self.files._asdict(),
        }

    def differs(self) -> bool:
        """Tell whether what is not in the register differs from what stood."""
        return self.elements.differ() or (self.files is not None and self.files.differ())


def run_model_import(
    connection: Connection,
    model: Model,
    found: Iterator[PlacedElements],
    delivery: ModelDelivery,
    issue: Issue | None,
    progress: Progress,
) -> ModelReport:
    """Compare a model with the store and write what differs; the caller commits.

    Args:
        connection: in a transaction with nothing else in it; rolled back if nothing is taken.
        model: opened.
        found: its elements in the store's CRS.
        delivery: says whose it is.
        issue: gives out codes for new entities; None compares and writes nothing.
        progress: is told how far it is.

    Raises:
        FileRefusedError: the model cannot be read to its end; nothing was taken.
        ChangeRefusedError: what no element alone is to blame for; nothing was taken.
        CodesExhaustedError: a class has not so many codes left in a county.
    """
    with connection.cursor() as cursor:
        coded = _staged(cursor, found, delivery)
        progress("comparing the elements", 0, 0)
        number = _id_of(cursor, delivery.name)
        counts = elements.compare(cursor, number, len(delivery.delivery.unread))
        served = None if delivery.files is None else files.compare(cursor, number, delivery.files)
        meant = import_map(delivery.name, delivery.source, delivery.scheme, delivery.reason)
        rows = take_rows(coded.table(model.format), meant)
        entities = run_import(connection, rows, meant, delivery.delivery, issue, progress)
        report = ModelReport(
            entities=entities, elements=counts, files=served, change_set=entities.change_set
        )
        if issue is None or entities.refusal:
            return report
        if not (report.change_set or report.differs() or _told_else(cursor, model, delivery)):
            _settle(cursor, number, delivery)  # entities may have been merged since
            return report
        progress("writing the elements", 0, 0)
        return replace(report, change_set=_write(cursor, model, delivery, report))


def _staged(cursor: Cursor, found: Iterator[PlacedElements], delivery: ModelDelivery) -> CodedRows:
    elements.open_stage(cursor)
    coded = CodedRows()
    for some in found:
        elements.stage(cursor, some, delivery.srid)
        coded.take(some)
        delivery.delivery.unread.extend(some.refused)
        delivery.delivery.warnings.extend(some.warnings)
    return coded


def _id_of(cursor: Cursor, name: str) -> int | None:
    cursor.execute("SELECT id FROM model WHERE name = %s", (name,))
    found = cursor.fetchone()
    return None if found is None else int(found[0])


def _write(cursor: Cursor, model: Model, delivery: ModelDelivery, report: ModelReport) -> int:
    made_in = report.change_set or _opened(cursor, delivery, report)
    cursor.execute(_SAVED, _row(model, delivery, made_in))
    number = int(cursor.fetchall()[0][0])
    elements.write(cursor, number, made_in)
    if report.files is not None:
        files.write(cursor, number)
    _settle(cursor, number, delivery)
    return made_in


def _settle(cursor: Cursor, number: int | None, delivery: ModelDelivery) -> None:
    if number is not None:
        prefix = name_prefix(delivery.name, delivery.scheme)
        elements.settle(cursor, number, delivery.scheme, prefix)


def _told_else(cursor: Cursor, model: Model, delivery: ModelDelivery) -> bool:
    """Tell whether a model that stands says something else of itself: a CRS, a zero of heights."""
    cursor.execute(_TOLD_ELSE, _row(model, delivery, 0))
    return bool(cursor.fetchone())


def _opened(cursor: Cursor, delivery: ModelDelivery, report: ModelReport) -> int:
    """Begin and end a change set in which elements or files changed and no entity did."""
    whose = delivery.delivery
    reason = delivery.reason or f"import of {whose.file}"
    made = open_change_set(cursor, whose.actor, reason, delivery.source)
    cursor.execute(
        "UPDATE change_set SET model = %s, file = %s, digest = %s WHERE id = %s",
        (delivery.name, whose.file, whose.digest, made),
    )
    counts = {f"elements_{name}": count for name, count in report.elements._asdict().items()}
    if report.files is not None:
        counts |= {f"files_{name}": count for name, count in report.files._asdict().items()}
    close_change_set(cursor, made, counts)
    return made


def _row(model: Model, delivery: ModelDelivery, change_set: int) -> dict[str, object]:
    return {
        "name": delivery.name,
        "format": model.format,
        "schema": model.schema or "",
        "crs": delivery.crs or model.crs or "",
        "height_datum": model.height_datum or "",
        "accuracy_m": model.accuracy_m,
        "file": delivery.delivery.file,
        "digest": delivery.delivery.digest,
        "warnings": Jsonb(list(model.warnings)),
        "change_set": change_set,
    }
