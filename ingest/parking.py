"""Keeping whole what could not be taken, and telling messages apart."""

from hashlib import blake2b
from typing import Any

import psycopg
import structlog

from data import parked
from ingest import metrics
from ingest.batch import Parked
from twin.model import Message

_log = structlog.get_logger()


def digest_of(message: Message) -> bytes:
    """Return what tells this message from another with the same packet id."""
    hashed = blake2b(message.topic.encode("utf-8", "surrogatepass"), digest_size=16)
    hashed.update(b"\0")
    hashed.update(message.payload)
    return hashed.digest()


def park(cursor: psycopg.Cursor[tuple[Any, ...]], kept: Parked) -> None:
    """Keep a message with the reasons why it was not, or not wholly, taken."""
    first = kept.faults[0]
    sentence = "; ".join(dict.fromkeys(fault.sentence for fault in kept.faults))
    parked.park(cursor, kept.message, digest_of(kept.message), first.reason, sentence)
    metrics.PARKED.labels(first.reason).inc()
    _log.info("parked", topic=kept.message.topic, reason=first.reason, sentence=sentence)
