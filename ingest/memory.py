"""What the one writer knows of the store, and how it stores and judges a batch with that."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from alerts.evaluator import Evaluator, Judgement
from alerts.rulebook import rule_revision, rules_in_force
from data import device_states, intake, observations, positions, rollups
from data.catalogue import Catalogue
from data.device_types import DeviceTypes
from data.observations import Rows
from ingest import corrections
from ingest.batch import Batch, CameraEvent
from ingest.devices.watch import DeviceWatch
from ingest.parking import digest_of, park
from ingest.quality import QualityChecks
from twin.model import JudgedBatch, StoredEvent

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]


class Stored(NamedTuple):
    """What a transaction did.

    Attributes:
        rows: as judged by the quality checks.
        taken: bool[n], which of them stand now.
        events: which video events were new.
        judgement: of the rules.
    """

    rows: Rows
    taken: NDArray[np.bool_]
    events: Sequence[bool]
    judgement: Judgement


class Memory:
    """Who is who, the rules and their state, what was last seen of series and devices.

    A batch is adopted only after its commit. After a failed or unknown one an instance is thrown
    away, and the next one reads what it needs from the store.

    Args:
        connection: of the writer, made ready for writing.
        types: of devices; the shipped ones where None.
        on_faulty_rule: called with rule and sentence when a rule has been switched off.

    Attributes:
        catalogue: names and series.
        watch: states of devices.
    """

    def __init__(
        self,
        connection: Connection,
        types: DeviceTypes | None,
        on_faulty_rule: Callable[[str, str], None],
    ) -> None:
        self._on_faulty_rule = on_faulty_rule
        self.catalogue = Catalogue(types)
        self.watch = DeviceWatch()
        self._writing = observations.Writer()
        self._checks = QualityChecks()
        self.watch.load(connection)
        self._load_rules(connection)

    @property
    def faulty_rules(self) -> Mapping[str, str]:
        """The rules that are switched off, with a sentence each."""
        return self._evaluator.faulty

    def follow(self, connection: Connection) -> None:
        """See whether the register, the rules or the quality settings have changed."""
        # This question comes with every batch: alone it need not open and end a transaction.
        connection.autocommit = True
        try:
            if self.catalogue.refresh(connection):
                self._evaluator.bindings_changed()
                self.watch.forget_register()
            if self.catalogue.rule_revision != self._rule_revision:
                self._load_rules(connection)
            self._checks.follow(connection, self.catalogue.quality_revision)
        finally:
            if not connection.closed:
                connection.autocommit = False

    def recover(self, connection: Connection) -> None:
        """Forget what a batch left that the store refused."""
        self._checks = QualityChecks()
        self._load_rules(connection)

    def tick(self, cursor: Cursor, now_us: int) -> Judgement:
        """Judge what happens without a message."""
        return self._evaluator.tick(cursor, now_us)

    def store(
        self, cursor: Cursor, batch: Batch, declared: Sequence[corrections.Span], now_us: int
    ) -> Stored:
        """Store and judge a batch in the cursor's transaction."""
        new = taken = np.zeros(0, dtype=np.bool_)
        rows = batch.rows
        if rows:
            rows = self._checks.judge(cursor, rows, self.catalogue.series, batch.judged)
            new, revised = corrections.store(cursor, rows, declared, self._writing.write)
            taken = new | revised
            rollups.note(cursor, rows.take(taken))
            positions.write_positions(cursor, rows.take(taken), self.catalogue.series)
        if batch.retained:
            sized = self._checks.sized(batch.retained, self.catalogue.series)
            observations.keep_latest(cursor, sized)
        written = intake.write_events(cursor, [_event_row(event) for event in batch.events])
        fresh = [event for event, is_new in zip(batch.events, written, strict=True) if is_new]
        for kept in batch.parked:
            park(cursor, kept)
        device_states.count_refused(cursor, batch.refused)
        if batch.timeless:
            packets = {m.packet_id: digest_of(m) for m in batch.timeless}
            intake.remember(cursor, "ingest", packets)
        events = sorted(filter(_is_judged, fresh), key=lambda event: event.ts_us)
        judged = self._judged(rows.take(new & batch.judged) if rows else rows, events, now_us)
        judgement = self._evaluator.judge(cursor, judged)
        intake.write_verdicts(
            cursor,
            [
                (reason, event.camera.code, event.ts_us, event.event.topic, event.digest)
                for reason, event in zip(judgement.event_reasons, events, strict=True)
            ],
        )
        return Stored(rows, taken, written, judgement)

    def adopt(self, batch: Batch, stored: Stored) -> None:
        """Take over a batch, which is committed now."""
        self._checks.adopt()
        self._evaluator.adopt(stored.judgement)
        self.watch.hear(
            stored.rows, batch.judged, self.catalogue.series, batch.presences, batch.events
        )

    def adopt_tick(self, judgement: Judgement) -> None:
        """Take over what a tick came to, which is committed now."""
        self._evaluator.adopt(judgement)

    def _judged(self, rows: Rows, events: Sequence[CameraEvent], now_us: int) -> JudgedBatch:
        order = np.argsort(rows.ts_us, kind="stable")
        rows = rows.take(order)
        return JudgedBatch(
            series_id=rows.series_id,
            ts_us=rows.ts_us,
            value=rows.value,
            quality=rows.quality,
            series=self.catalogue.series,
            events=tuple(_stored_event(event) for event in events),
            now_us=now_us,
        )

    def _load_rules(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        revision = rule_revision(connection)
        found = rules_in_force(connection)
        self._evaluator = Evaluator(found.rules, self._on_faulty_rule, found.faulty)
        self._evaluator.load(connection)
        connection.commit()
        self._rule_revision = revision


def _event_row(stored: CameraEvent) -> intake.EventRow:
    event, message = stored.event, stored.message
    return intake.EventRow(
        camera=stored.camera.code,
        ts_us=stored.ts_us,
        topic=event.topic,
        digest=stored.digest,
        source=event.source,
        active=event.active,
        data=dict(event.data),
        mode=message.mode,
        retained=message.retained,
        verdict="",
        received_us=message.received_us,
    )


def _is_judged(stored: CameraEvent) -> bool:
    return stored.message.mode.judged and not stored.message.retained


def _stored_event(stored: CameraEvent) -> StoredEvent:
    return StoredEvent(
        camera=stored.camera.code,
        areas=stored.camera.areas,
        topic=stored.event.topic,
        source=stored.event.source,
        object_id=str(stored.event.data.get("ObjectId", "")),
        active=stored.event.active,
        ts_us=stored.ts_us,
        mode=stored.message.mode,
    )
