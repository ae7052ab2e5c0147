"""One import: rows of a file compared with the register, and written as one change set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from data.importing.changes import (
    Encoded,
    Properties,
    encoded_shapes,
    entity_changes,
    typed_properties,
)
from data.importing.codes import Issue, codes_of
from data.importing.import_map import ImportMap
from data.importing.missing import Vanished, vanished
from data.importing.naming import Naming, ended_names, naming_of, new_names
from data.importing.outcomes import Comparison, outcomes_of, retired_outcomes, unread_outcomes
from data.importing.parents import Related, refuse_orphans, relate, relations_of
from data.importing.places import Counties, counties_of
from data.importing.report import ImportReport, RowOutcome
from data.importing.resolving import NEW, Resolved, entity_classes_of, resolve
from data.importing.rows import Rows
from data.registry import ChangeSet, EntityChange, lock, record, srid_of
from data.registry.staging import Cursor
from data.registry.values import NewName
from spatial.files import RefusedRow

Connection = psycopg.Connection[tuple[Any, ...]]
Progress = Callable[[str, int, int], None]
"""Is told what is being done, to how many rows it is done, and of how many; 0 of 0 if unknown."""

_SAID_EVERY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Who imports which file, and how strictly.

    Attributes:
        actor: who.
        file: name of the file.
        digest: SHA-256 of it.
        county: for codes of what lies in no county that the tables know, or None.
        strict: whether one refused row refuses all.
        unread: rows that the file's reader refused.
        warnings: sentences about the file.
    """

    actor: str
    file: str
    digest: str
    county: str | None = None
    strict: bool = False
    unread: list[RefusedRow]
    warnings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Everything that is known once the register was asked."""

    rows: Rows
    import_map: ImportMap
    resolved: Resolved
    properties: list[Properties]
    shapes: Encoded
    naming: Naming
    related: Related
    counties: Counties
    gone: Vanished


class _ComparedError(Exception):
    """Ends an import that shall not be written; never leaves this module."""


def run_import(
    connection: Connection,
    rows: Rows,
    import_map: ImportMap,
    delivery: Delivery,
    issue: Issue | None,
    progress: Progress,
) -> ImportReport:
    """Compare rows with the register and write what differs; the caller commits.

    Args:
        connection: in a transaction with nothing else in it; rolled back if nothing is taken.
        rows: of the file, in the store's CRS; takes the reasons of the rows refused.
        import_map: says what they are.
        delivery: says whose they are.
        issue: gives out codes for new entities; None compares and writes nothing.
        progress: is told how far it is.

    Raises:
        ChangeRefusedError: what no row alone is to blame for; nothing was taken.
        CodesExhaustedError: a class has not so many codes left in a county.
    """
    lock(connection)
    progress("asking the register", 0, 0)
    with connection.cursor() as cursor:
        plan = _plan(cursor, rows, import_map, delivery)
    refusal = _refusal(plan, delivery)
    written = issue is not None and not refusal
    codes, warnings = codes_of(rows, plan.resolved, plan.counties.codes, issue if written else None)
    comparison = Comparison()
    change = _change_set(plan, codes, delivery, progress)

    def said(cursor: Cursor) -> None:
        comparison.look(cursor)
        if not written:
            raise _ComparedError
        progress("writing what differs", 0, 0)

    change_set = None
    try:
        change_set = record(connection, change, said=said, checked=True).change_set
    except _ComparedError:
        connection.rollback()
    names, relations = _count_beside(plan, codes, comparison)
    return ImportReport(
        model=import_map.model,
        file=delivery.file,
        digest=delivery.digest,
        dry_run=issue is None,
        change_set=change_set,
        refusal=refusal,
        outcomes=_outcomes(plan, codes, comparison, delivery, issued=written),
        left_out=rows.left_out,
        names=names,
        relations=relations,
        conflicts=comparison.conflicts,
        warnings=[*delivery.warnings, *plan.counties.warnings, *_about(plan), *warnings],
    )


def _plan(cursor: Cursor, rows: Rows, import_map: ImportMap, delivery: Delivery) -> _Plan:
    srid = srid_of(cursor.connection)
    clear = import_map.blank == "clear"
    resolved = resolve(cursor, rows, import_map)
    classes = entity_classes_of(rows, resolved)
    properties = typed_properties(rows, classes, clear=clear)
    naming = naming_of(cursor, rows, resolved, import_map)
    related = relate(cursor, rows, resolved, classes, import_map)
    new = np.flatnonzero((resolved.codes == NEW) & rows.passed())
    counties = counties_of(rows, new, srid, delivery.county, related.within)
    refuse_orphans(rows, related)
    return _Plan(
        rows=rows,
        import_map=import_map,
        resolved=resolved,
        properties=properties,
        shapes=encoded_shapes(rows, srid, clear=clear),
        naming=naming,
        related=related,
        counties=counties,
        gone=vanished(cursor, rows, resolved, import_map, len(delivery.unread)),
    )


def _refusal(plan: _Plan, delivery: Delivery) -> str:
    refused = len(delivery.unread) + int((~plan.rows.passed()).sum())
    if delivery.strict and refused:
        return f"rows refused: {refused:,}, expected none (--strict)"
    return plan.gone.refusal


def _about(plan: _Plan) -> list[str]:
    return [plan.gone.warning] if plan.gone.warning else []


def _change_set(plan: _Plan, codes: list[int], delivery: Delivery, progress: Progress) -> ChangeSet:
    import_map = plan.import_map
    return ChangeSet(
        actor=delivery.actor,
        reason=import_map.reason or f"import of {delivery.file}",
        source=import_map.source,
        entities=_entities(plan, codes, progress),
        names=_names(plan, codes),
        relations=relations_of(plan.related, codes, import_map),
        ended_names=ended_names(plan.naming, codes),
        ended_relations=[*plan.gone.ended, *plan.related.ended],
        model=import_map.model,
        file=delivery.file,
        digest=delivery.digest,
    )


def _entities(plan: _Plan, codes: list[int], progress: Progress) -> Iterator[EntityChange]:
    total = len(codes) - codes.count(NEW)
    changes = entity_changes(plan.rows, plan.resolved, codes, plan.properties, plan.shapes)
    for gone, change in enumerate(changes):
        if gone % _SAID_EVERY == 0:
            progress("sending to the store", gone, total)
        yield change
    progress("comparing with the register", 0, 0)
    yield from (EntityChange(code, retired=True) for code in plan.gone.codes)


def _names(plan: _Plan, codes: list[int]) -> Iterator[NewName]:
    return new_names(plan.naming, plan.rows, plan.resolved, codes, plan.import_map.key.scheme)


def _count_beside(plan: _Plan, codes: list[int], comparison: Comparison) -> tuple[int, int]:
    """Count names and relations, and say so of their entities."""
    ended = ended_names(plan.naming, codes)
    related = relations_of(plan.related, codes, plan.import_map)
    further = [codes[at] for at, _, _ in plan.naming.new if codes[at] != NEW]
    comparison.add([*further, *(name.code for name in ended)], "names")
    comparison.add((relation.origin for relation in related), "relations")
    added = sum(1 for _ in _names(plan, codes))
    return added + len(ended), len(related) + len(plan.related.ended) + len(plan.gone.ended)


def _outcomes(
    plan: _Plan, codes: list[int], comparison: Comparison, delivery: Delivery, *, issued: bool
) -> list[RowOutcome]:
    found = [
        *outcomes_of(plan.rows, plan.resolved, codes, comparison, issued=issued),
        *unread_outcomes(delivery.unread),
    ]
    found.sort(key=lambda outcome: outcome.row or 0)
    return [*found, *retired_outcomes(plan.gone.codes)]
