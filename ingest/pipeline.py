"""The one way of a batch: decoded, resolved, stored and judged in one transaction, then done."""

import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
import psycopg
import structlog

from alerts.evaluator import no_system_alert
from data import locks, observations, parked
from data.catalogue import Catalogue
from data.connection import StoreUnavailableError, connect
from data.device_types import DeviceTypes
from data.heartbeats import Beat, write_beat
from data.observations import Rows
from ingest import corrections, judgements, metrics
from ingest.batch import Batch, OfferedAgain, Parcel, join, resolve, resolve_known
from ingest.decoders import Decoder
from ingest.inbox import Fates, counted
from ingest.memory import Memory
from ingest.redelivered import without_redelivered
from ingest.unknown_names import UnknownNames
from twin.model import Decoded, Fault, FaultReason, Message, Name

_log = structlog.get_logger()

_OFFERED_AT_ONCE = 500


class Taken(NamedTuple):
    """What a batch came to.

    Attributes:
        rows: the rows that were newly stored.
        stored: how many readings were new.
        known: how many were redeliveries or conflicts.
        parked: how many messages were parked.
        fates: what became of each message.
    """

    rows: Rows
    stored: int
    known: int
    parked: int
    fates: Fates


class Ahead(NamedTuple):
    """Some messages in a row, resolved before their turn where memory alone sufficed.

    Attributes:
        messages: how many.
        batch: of them; None where they are to be resolved in their turn.
        catalogue: the memory; None where there was none yet.
        version: which it had before.
    """

    messages: int
    batch: Batch | None = None
    catalogue: Catalogue | None = None
    version: int = 0


class _Session(NamedTuple):
    """A connection as the writer, and what is known over it."""

    connection: psycopg.Connection[tuple[Any, ...]]
    memory: Memory


class Clock(Protocol):
    """Tells the time: microseconds since 1970 UTC."""

    def __call__(self) -> int:
        """Return now."""


class Pipeline:
    """Stores and judges batches over one connection, of which there is one at a time.

    After any failed or unknown commit the connection is dropped and all memory is read again
    from the store.

    Args:
        store_url: of the store.
        decoders: by name.
        now: our clock.
        decoder_of: the decoder of each source, for parked messages that are offered again.
        device_types: the shipped ones where none are given.
        on_faulty_rule: called with rule and sentence when a rule has been switched off.
    """

    def __init__(
        self,
        store_url: str,
        decoders: Mapping[str, Decoder],
        now: Clock,
        *,
        decoder_of: Mapping[str, str] = MappingProxyType({}),
        device_types: DeviceTypes | None = None,
        on_faulty_rule: Callable[[str, str], None] = no_system_alert,
    ) -> None:
        self._store_url = store_url
        self._decoder_of = decoder_of
        self._decoders = decoders
        self._now = now
        self._types = device_types
        self._on_faulty_rule = on_faulty_rule
        self._unknown_names = UnknownNames()
        self._session: _Session | None = None
        self._reading = threading.Lock()

    def close(self) -> None:
        """Give the connection and the writer's lock back."""
        if self._session is not None:
            self._session.connection.close()
            self._session = None

    def ready(self) -> bool:
        """Connect if need be and return whether this process is the writer.

        Raises:
            StoreUnavailableError: the store cannot be reached.
        """
        return self._opened() is not None

    def decode(self, messages: Sequence[tuple[str, Message]]) -> list[Parcel]:
        """Decode messages, each with the name of its decoder; needs no store.

        A message that its decoder cannot bear, which is a mistake of ours, is parked like one that
        cannot be read: unacknowledged, it would come again and stop all the others for ever.
        """
        with self._reading:
            return [Parcel(message, self._read(decoder, message)) for decoder, message in messages]

    def _read(self, name: str, message: Message) -> Decoded:
        decoder = self._decoders[name]
        try:
            return decoder.decode(message)
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns one message
            _log.exception("a decoder failed", decoder=name, topic=message.topic)
            metrics.DECODER_FAILURES.labels(name).inc()
            sentence = (
                f"decoder {name!r} failed with {type(error).__name__}: a mistake of the program"
            )
            return Decoded(faults=[Fault(FaultReason.UNDECODABLE, sentence)])

    def resolve_ahead(self, parcels: Sequence[Parcel]) -> Ahead:
        """Resolve decoded messages from memory, while others are stored; any thread may call it."""
        session = self._session
        if session is None:
            return Ahead(len(parcels))
        catalogue = session.memory.catalogue
        version = catalogue.version
        return Ahead(len(parcels), resolve_known(catalogue, parcels), catalogue, version)

    def take(self, parcels: Sequence[Parcel], ahead: Sequence[Ahead] = ()) -> Taken:
        """Store and judge a batch; a message that the store refuses is found and parked.

        Args:
            parcels: the messages, decoded.
            ahead: the same ones, part by part, as far as they were resolved before.

        Raises:
            StoreUnavailableError: nothing is known to be stored; offer the same batch again.
        """
        try:
            return self._commit(parcels, ahead)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailableError(f"store lost in the middle of a batch: {error}") from error
        except psycopg.Error as error:
            self._recover()
            if len(parcels) > 1:
                half = len(parcels) // 2
                return _sum(self.take(parcels[:half]), self.take(parcels[half:]))
            return self._park_refused(parcels[0], error)
        except BaseException:
            # Whatever it was, memory and transaction are no longer known to agree.
            self.close()
            raise

    def tick(self, beat: Beat | None = None) -> bool:
        """Judge what happens without a message: the end of a hold, a rule that is withdrawn.

        What the store refuses is logged and tried again at the next tick; readings go on.

        Args:
            beat: a sign of life that is committed with it.

        Returns:
            Whether it is committed.

        Raises:
            StoreUnavailableError: nothing is known to be stored.
        """
        connection, memory = self._writer()
        try:
            memory.follow(connection)
            with connection.transaction(), connection.cursor() as cursor:
                judgement = memory.tick(cursor, self._now())
                if beat is not None:
                    write_beat(cursor, beat)
            memory.adopt_tick(judgement)
            judgements.tell(judgement)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailableError(f"store lost in a tick: {error}") from error
        except psycopg.Error as error:
            _log.error("the store refused a tick", error=str(error))
            self._recover()
            return False
        return True

    @property
    def faulty_rules(self) -> Mapping[str, str]:
        """The rules that are switched off, with a sentence each; any thread may ask."""
        return self._session.memory.faulty_rules if self._session else {}

    @property
    def clock_error_s(self) -> float | None:
        """How far our clock is ahead of most devices'; None if nobody knows. Any thread may ask."""
        return self._session.memory.watch.clock_error_s if self._session else None

    @property
    def listened_us(self) -> int:
        """Until when ingest listened, microseconds since 1970 UTC; 0 if it never did."""
        return self._session.memory.watch.listened_us if self._session else 0

    def watch_devices(self, *, listening: bool, throttled: Mapping[Name, str]) -> None:
        """Find whose state has changed: who is late or silent, throttled, faulty.

        Args:
            listening: whether we are connected and have taken what was waiting.
            throttled: reasons of the devices that are throttled, by their names.

        Raises:
            StoreUnavailableError: nothing is known to be stored.
        """
        connection, memory = self._writer()
        memory.watch.follow(memory.catalogue.devices)
        try:
            sight = memory.watch.look(self._now(), listening=listening, throttled=throttled)
            with connection.transaction(), connection.cursor() as cursor:
                sight.write(cursor)
            memory.watch.adopt(sight)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailableError(f"store lost in a look at devices: {error}") from error
        except psycopg.Error as error:
            _log.error("the store refused states of devices", error=str(error))
            self._recover()

    def offer_parked_again(self) -> Taken | None:
        """Take parked messages that somebody wants offered again; None if there are none.

        They count as of their first arrival. What is still not understood stays parked with its
        new reason; what was taken is forgotten. Killed in between, they are offered once more,
        and their readings are known by then.

        Raises:
            StoreUnavailableError: nothing is known to be stored.
        """
        connection, _ = self._writer()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                wanted = parked.wanted(cursor, _OFFERED_AT_ONCE)
            if not wanted:
                return None
            taken = self.take([self._unparked(offered.message) for offered in wanted])
            connection, _ = self._writer()
            with connection.transaction(), connection.cursor() as cursor:
                parked.settle(cursor, wanted)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailableError(
                f"store lost while offering parked messages: {error}"
            ) from error
        return taken

    def bound_parked(self, *, messages: int, size: int) -> int:
        """Forget the oldest parked messages beyond a number or a size in bytes; return how many.

        Raises:
            StoreUnavailableError: the store is away.
        """
        connection, _ = self._writer()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                return parked.bound(cursor, messages=messages, size=size)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailableError(f"store lost while bounding: {error}") from error

    def _unparked(self, message: Message) -> Parcel:
        decoder = self._decoder_of.get(message.source)
        if decoder is None:
            sentence = f"source {message.source!r}: expected one that is configured"
            return Parcel(message, Decoded(faults=[Fault(FaultReason.UNDECODABLE, sentence)]))
        return OfferedAgain(*self.decode([(decoder, message)])[0])

    def _commit(self, parcels: Sequence[Parcel], ahead: Sequence[Ahead] = ()) -> Taken:
        connection, memory = self._writer()
        memory.follow(connection)
        fresh = without_redelivered(connection, parcels)
        with metrics.DATABASE_SECONDS.time():
            batch = self._resolved(connection, memory.catalogue, fresh, ahead)
            connection.commit()
            declared = corrections.spans((parcel.message for parcel in fresh), batch.starts)
            with connection.transaction(), connection.cursor() as cursor:
                done = memory.store(cursor, batch, declared, self._now())
            memory.adopt(batch, done)
            self._unknown_names.adopt()
        judgements.tell(done.judgement)
        stored = int(np.count_nonzero(done.taken))
        return Taken(
            done.rows.take(done.taken),
            stored,
            len(done.taken) - stored,
            len(batch.parked),
            Fates(batch.starts, done.taken, counted(batch.places, done.events), batch.faults),
        )

    def _resolved(
        self,
        connection: psycopg.Connection[tuple[Any, ...]],
        catalogue: Catalogue,
        parcels: Sequence[Parcel],
        ahead: Sequence[Ahead],
    ) -> Batch:
        """Resolve what was not resolved before, or not from what memory holds now."""
        self._unknown_names.begin()
        batches: list[Batch] = []
        place = 0
        for part in ahead or [Ahead(len(parcels))]:
            begin, place = place, place + part.messages
            if (
                part.batch is not None
                and part.catalogue is catalogue
                and part.version == catalogue.version
            ):
                batches.append(part.batch)
            else:
                these = parcels[begin:place]
                batches.append(resolve(connection, catalogue, these, self._unknown_names))
        return join(batches)

    def _park_refused(self, parcel: Parcel, error: psycopg.Error) -> Taken:
        sentence = f"the store refused the message: {error.diag.message_primary or error}"
        fault = Fault(FaultReason.REFUSED, sentence)
        _log.warning("message refused", topic=parcel.message.topic, error=sentence)
        return self._commit([Parcel(parcel.message, Decoded(faults=[fault]))])

    def _recover(self) -> None:
        connection, memory = self._writer()
        connection.rollback()
        memory.recover(connection)

    def _writer(self) -> _Session:
        session = self._opened()
        if session is None:
            raise StoreUnavailableError("another ingest process writes to this store")
        return session

    def _opened(self) -> _Session | None:
        if self._session is not None:
            return self._session
        connection = connect(self._store_url, name="citytwin ingest")
        try:
            if not locks.try_take(connection, locks.WRITER):
                connection.close()
                return None
            observations.prepare_connection(connection)
            memory = Memory(connection, self._types, self._on_faulty_rule)
        except psycopg.OperationalError as error:
            connection.close()
            raise StoreUnavailableError(f"store lost while loading: {error}") from error
        except BaseException:
            # A rule file that cannot be loaded, or Ctrl-C: the connection must not outlive it.
            connection.close()
            raise
        self._session = _Session(connection, memory)
        return self._session


def _sum(one: Taken, other: Taken) -> Taken:
    return Taken(
        one.rows.then(other.rows),
        one.stored + other.stored,
        one.known + other.known,
        one.parked + other.parked,
        one.fates.then(other.fates),
    )
