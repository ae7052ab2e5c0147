"""``twin replay``: recorded series through the broker, in mode replay."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import track

from alerts.rule_files import rules_from
from alerts.rulebook import enforce, for_replay_only
from data.connection import connect
from data.registry import ChangeSet, EntityChange, NewName, issue_codes, record
from ingest.publisher import Publisher
from ingest.replay import ReplayMap, ReplayRow, RowFault, by_instant, payload, read_map, read_rows
from twin.app.checking import ingest_runs
from twin.app.settings import Settings

_PATIENCE_S = 60.0
_FAULTS_SHOWN = 20

_STORED = """
    SELECT count(*) FROM observation o JOIN series s ON s.id = o.series_id
    WHERE s.mode = 'replay' AND s.device = ANY(%s)
    AND o.ts BETWEEN to_timestamp(%s / 1e6) AND to_timestamp(%s / 1e6)"""

_RAISED = """
    SELECT count(*) FROM alert
    WHERE mode = 'replay' AND device = ANY(%s) AND raised_at IS NOT NULL
    AND observed_at BETWEEN to_timestamp(%s / 1e6) AND to_timestamp(%s / 1e6)"""


class ReplayError(Exception):
    """A replay that cannot be run, or that was not stored. Do what the sentence says."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What came of a replay.

    Attributes:
        rows: readings that could be read.
        missing: rows whose value says that there is none.
        refused: rows that could not be read.
        messages: messages sent.
        stored: readings of these stations and times that stand in the store now.
        alerts: alerts of these stations and times that stand in the store now.
        stations: entity code by station.
        sentences: why rows were refused, the first twenty.
    """

    rows: int
    missing: int
    refused: int
    messages: int
    stored: int
    alerts: int
    stations: dict[str, str]
    sentences: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """Return the report for a person."""
        summary = (
            f"{self.rows:,} readings sent in {self.messages:,} messages, {self.stored:,} stored, "
            f"{self.alerts} alerts, {self.missing} rows without a value, {self.refused} refused"
        )
        lines = [summary]
        lines += [f"  station {station} is {code}" for station, code in self.stations.items()]
        return "\n".join(lines + [f"  {sentence}" for sentence in self.sentences])


def run_replay(
    settings: Settings,
    files: Sequence[Path],
    mapping: Path,
    rule: Path | None,
    speed: float | None,
) -> ReplayReport:
    """Send the files' readings and wait until they are stored.

    Raises:
        ReplayMapError: the map has mistakes.
        RuleFileError: the rule file has mistakes.
        ReplayError: no ingest process runs, or it did not store what was sent.
        OSError: a file cannot be read.
    """
    replay_map = read_map(mapping.read_text(encoding="utf-8"), mapping.name)
    rules = for_replay_only(rules_from([rule])) if rule else ()
    read = list(read_rows(files, replay_map))
    rows = [row for row in read if isinstance(row, ReplayRow)]
    faults = [fault for fault in read if isinstance(fault, RowFault)]
    if not rows:
        raise ReplayError(f"no reading in {', '.join(map(str, files))}: {_first(faults)}")
    if not ingest_runs(settings):
        raise ReplayError("no ingest process is running: run twin up or twin ingest")
    with connect(settings.store_url, name="citytwin replay") as connection:
        stations = _register(connection, replay_map, rows)
        enforce(connection, rules, actor="twin replay")
    messages = _send(settings, rows, stations, speed)
    stored, alerts = _wait_until_stored(settings, rows, stations)
    refused = [fault for fault in faults if not fault.missing]
    return ReplayReport(
        rows=len(rows),
        missing=len(faults) - len(refused),
        refused=len(refused),
        messages=messages,
        stored=stored,
        alerts=alerts,
        stations={station: str(code) for station, code in stations.items()},
        sentences=[_sentence(fault) for fault in refused[:_FAULTS_SHOWN]],
    )


def _first(faults: Sequence[RowFault]) -> str:
    return _sentence(faults[0]) if faults else "the files are empty"


def _sentence(fault: RowFault) -> str:
    return f"{fault.file} line {fault.line}: {fault.sentence}"


def _register(
    connection: psycopg.Connection[tuple[Any, ...]],
    replay_map: ReplayMap,
    rows: Sequence[ReplayRow],
) -> dict[str, int]:
    """Return the code of each station; those that the register does not know yet get one."""
    first_rows = {row.station: row for row in reversed(rows)}
    stations = _known(connection, replay_map.scheme, list(first_rows))
    unknown = [row for station, row in sorted(first_rows.items()) if station not in stations]
    # Codes are issued in transactions of their own.
    connection.commit()
    entities: list[EntityChange] = []
    for klass in sorted({replay_map.station_class(row.quantity) for row in unknown}):
        members = [row for row in unknown if replay_map.station_class(row.quantity) == klass]
        codes = issue_codes(connection, replay_map.county, klass, len(members)).codes
        for code, row in zip(codes, members, strict=True):
            stations[row.station] = code
            entities.append(EntityChange(code, row.station_name or row.station))
    if entities:
        names = [NewName(stations[r.station], replay_map.scheme, r.station) for r in unknown]
        reason = "stations of a recording that is replayed"
        record(connection, ChangeSet("twin replay", reason, replay_map.scheme, entities, names))
    connection.commit()
    return stations


def _known(
    connection: psycopg.Connection[tuple[Any, ...]], scheme: str, stations: list[str]
) -> dict[str, int]:
    return dict(
        connection.execute(
            "SELECT value, code FROM entity_name WHERE scheme = %s AND value = ANY(%s)"
            " AND superseded_in IS NULL AND valid @> now()",
            (scheme, stations),
        ).fetchall()
    )


def _send(
    settings: Settings, rows: Sequence[ReplayRow], stations: dict[str, int], speed: float | None
) -> int:
    publisher = Publisher(settings.accounts["replay"], f"citytwin-replay-{time.time_ns()}")
    publisher.start()
    sent = 0
    try:
        for group in track(
            by_instant(_paced(rows, speed)),
            total=None,
            description="sending",
            console=Console(stderr=True),
            transient=True,
        ):
            code = stations[group[0].station]
            publisher.send(f"citytwin/replay/v1/{code}/telemetry", payload(group))
            sent += 1
        publisher.wait_until_confirmed()
    finally:
        publisher.stop()
    return sent


def _paced(rows: Sequence[ReplayRow], speed: float | None) -> Iterator[ReplayRow]:
    """Yield the rows when they are due: ``speed`` times as fast as they were recorded."""
    started = time.monotonic()
    for row in rows:
        if speed is not None:
            due = started + (row.observed_us - rows[0].observed_us) / 1e6 / speed
            time.sleep(max(0.0, due - time.monotonic()))
        yield row


def _wait_until_stored(
    settings: Settings, rows: Sequence[ReplayRow], stations: dict[str, int]
) -> tuple[int, int]:
    wanted = len(
        {(r.station, r.quantity, r.channel, r.statistic, r.period_s, r.observed_us) for r in rows}
    )
    span = (list(stations.values()), rows[0].observed_us, rows[-1].observed_us)
    deadline = time.monotonic() + _PATIENCE_S
    with connect(settings.store_url, name="citytwin replay") as connection:
        connection.autocommit = True
        while (stored := _count(connection, _STORED, span)) < wanted:
            if time.monotonic() > deadline:
                raise ReplayError(
                    f"{stored} of {wanted} readings stored after {_PATIENCE_S:g} s: see the log "
                    "of the ingest process and the parked messages"
                )
            time.sleep(0.1)
        return stored, _count(connection, _RAISED, span)


def _count(
    connection: psycopg.Connection[tuple[Any, ...]], query: str, span: tuple[object, ...]
) -> int:
    found = connection.execute(query.encode(), span).fetchone()
    return int(found[0]) if found else 0
